"""Store what falls due, and pause, move and resume it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import add_row, delete_rows, portions, put_rows, read_as, rows_of
from bot.kernel.ids import WorkspaceId
from bot.schedule import choices, rules
from bot.schedule.calendar import Calendar
from bot.schedule.model import Choice, Due, Planned, Rule
from bot.schedule.tables import KEY, WHOLE_WORKSPACE, schedule_choice, schedule_rest
from bot.schedule.tables import schedule as schedule  # noqa: PLC0414 - the store hands it on
from bot.schedule.time_off import calendar_for, calendar_of

ASKED = "asked"
"""The reason of a pause that a member or coordinator asked for."""


async def put(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    subject_id: str,
    rule: Rule,
    tz: str,
    now: datetime,
    not_before: datetime | None = None,
) -> datetime | None:
    """Keep one schedule for this kind and subject, replacing the one that is there.

    Returns when it is next due (UTC), None while the subject is paused without an end. A date that
    was served under the old rule is not served again. What the subject has chosen goes before
    `rule`. Raises ValueError for an unknown zone.
    """
    planned = Planned(subject_id=subject_id, rule=rule, tz=tz, not_before=not_before)
    found = await put_all(connection, workspace_id, kind=kind, planned=[planned], now=now)
    return found[subject_id]


async def put_all(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    planned: Sequence[Planned],
    now: datetime,
) -> dict[str, datetime | None]:
    """Keep schedules as `put` does, for many subjects, each named once; when each is next due."""
    found: dict[str, datetime | None] = {}
    for some in portions(planned):
        for row in await _put_some(connection, workspace_id, kind, some, now=now):
            found[row["subject_id"]] = row["next_due_at"]
    return found


async def _put_some(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    kind: str,
    planned: Sequence[Planned],
    *,
    now: datetime,
) -> list[dict[str, Any]]:
    ids = [one.subject_id for one in planned]
    applied = await choices.applied(
        connection, workspace_id, kind=kind, planned={one.subject_id: one.rule for one in planned}
    )
    query = sa.select(schedule).where(rows_of(schedule, workspace_id, kind=kind, subject_id=ids))
    current = {row.subject_id: row for row in await connection.execute(query)}
    paused = await paused_until_of(connection, workspace_id, ids, now=now)
    calendar = calendar_for(kind, await calendar_of(connection, workspace_id))
    rows = [
        _row_for(
            workspace_id,
            kind,
            replace(one, rule=applied[one.subject_id]),
            current=current.get(one.subject_id),
            paused_until=paused[one.subject_id],
            calendar=calendar,
            now=now,
        )
        for one in planned
    ]
    await put_rows(connection, schedule, rows)
    return rows


def _row_for(
    workspace_id: WorkspaceId,
    kind: str,
    planned: Planned,
    *,
    current: sa.Row[Any] | None,
    paused_until: datetime | None,
    calendar: Calendar,
    now: datetime,
) -> dict[str, Any]:
    """Make the row of what is `planned` of a kind, in place of the `current` one."""
    values: dict[str, Any] = {
        "workspace_id": workspace_id,
        "kind": kind,
        "subject_id": planned.subject_id,
        "rule": planned.rule.to_text(),
        "tz": planned.tz,
        "not_before": planned.not_before,
        "served_on": current.served_on if current else None,
    }
    is_unchanged = current is not None and (current.rule, current.tz) == (
        values["rule"],
        planned.tz,
    )
    since = _still_due(current, now) if current is not None and is_unchanged else now
    return values | rules.following_values(
        values, since=since, paused_until=paused_until, calendar=calendar
    )


async def remove(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kind: str | Collection[str],
    subject_id: str | Collection[str],
) -> None:
    """Forget the schedules of one kind and subject or of many, if there are any."""
    for some in portions([subject_id] if isinstance(subject_id, str) else list(subject_id)):
        await delete_rows(connection, schedule, workspace_id, kind=kind, subject_id=some)


async def remove_subject(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, subject_id: str
) -> None:
    """Forget every schedule, pause and choice of this subject."""
    for table in (schedule, schedule_rest, schedule_choice):
        await delete_rows(connection, table, workspace_id, subject_id=subject_id)


async def pause(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    subject_id: str,
    until: datetime | None,
    now: datetime,
    reason: str = ASKED,
) -> None:
    """Pause all schedules of this subject until `until`; None means until `resume`.

    They return by themselves: recurring ones at their next time after the pause, single ones that
    fell into it at its end.
    """
    row = {"workspace_id": workspace_id, "subject_id": subject_id, "reason": reason}
    await put_rows(connection, schedule_rest, [row | {"until": until or rules.FARTHEST}])
    await _set_next(connection, workspace_id, [subject_id], now=now)


async def resume(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    subject_id: str,
    now: datetime,
    reason: str = ASKED,
) -> None:
    """End the pause of this subject that was for `reason`; times missed meanwhile stay missed."""
    await delete_rows(connection, schedule_rest, workspace_id, subject_id=subject_id, reason=reason)
    await _set_next(connection, workspace_id, [subject_id], now=now)


async def is_paused(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, subject_id: str, reason: str
) -> bool:
    """Say whether a pause for this reason was begun and not ended by `resume`, even if over."""
    query = sa.select(schedule_rest).where(
        rows_of(schedule_rest, workspace_id, subject_id=subject_id, reason=reason)
    )
    return (await connection.execute(query)).first() is not None


async def paused_subjects(
    connection: AsyncConnection, workspace_id: WorkspaceId, reasons: Collection[str]
) -> set[tuple[str, str]]:
    """Find who is paused for one of these reasons, even if it is over: subject and reason."""
    its = rows_of(schedule_rest, workspace_id, reason=reasons)
    query = sa.select(schedule_rest.c.subject_id, schedule_rest.c.reason).where(its)
    return {(row.subject_id, row.reason) for row in await connection.execute(query)}


async def pause_workspace(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, reason: str
) -> None:
    """Let nothing fall due in this workspace until `resume_workspace`."""
    row = {"workspace_id": workspace_id, "subject_id": WHOLE_WORKSPACE, "reason": reason}
    await add_row(connection, schedule_rest, row | {"until": rules.FARTHEST})
    await connection.execute(
        sa.update(schedule).where(rows_of(schedule, workspace_id)).values(rules.NEVER)
    )


async def resume_workspace(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, reason: str, now: datetime
) -> None:
    """End the pause for `reason`: recurring times go on from now, single ones missed come at once.

    Subjects that are paused for a reason of their own stay paused.
    """
    whole = {"subject_id": WHOLE_WORKSPACE, "reason": reason}
    if await delete_rows(connection, schedule_rest, workspace_id, **whole):
        await follow_calendar(connection, workspace_id, now=now)


async def follow_calendar(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> None:
    """Work out anew when all schedules of a workspace are next due, by its present days off."""
    subjects = sa.select(schedule.c.subject_id).where(rows_of(schedule, workspace_id))
    found = (await connection.execute(subjects.distinct())).scalars().all()
    await _set_next(connection, workspace_id, found, now=now)


async def change_zone(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    subject_id: str,
    tz: str,
    now: datetime,
) -> None:
    """Let a travelling subject's schedules follow the clocks of `tz`.

    The date that each is next due on stays: one that has come in the old zone does not come again
    in the new, and one whose hour has passed there already is due at once. Raises ValueError for
    an unknown zone.
    """
    zone = rules.zone(tz)
    paused = await paused_until_of(connection, workspace_id, [subject_id], now=now)
    calendar = await calendar_of(connection, workspace_id)
    for row in await _rows(connection, workspace_id, [subject_id]):
        values: dict[str, Any] = {"tz": tz}
        if row.due_on is not None and row.next_due_at is not None:
            rule: Any = Rule.from_text(row.rule)  # every rule with dates has a time
            days_off = calendar_for(row.kind, calendar)
            at = rules.occurs_at(rule, row.due_on, zone, days_off) or row.next_due_at
            values["next_due_at"] = max(
                [at, *(end for end in (row.not_before, paused[subject_id]) if end)]
            )
        await update_row(connection, row, values)


async def upcoming(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, subject_ids: Iterable[str]
) -> list[Due]:
    """List what is next due for these subjects, soonest first, without what is paused for ever."""
    rows = await connection.execute(
        sa.select(schedule)
        .where(
            rows_of(schedule, workspace_id, subject_id=list(subject_ids)),
            schedule.c.next_due_at.is_not(None),
        )
        .order_by(schedule.c.next_due_at)
    )
    return [due_in(row, row.next_due_at) for row in rows]


async def choose(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    subject_id: str,
    choice: Choice | None,
    now: datetime,
) -> datetime | None:
    """Follow what the subject chose from now on, or the plan again for None.

    Returns when it is next due; None when nothing of this kind is scheduled for the subject: the
    choice then counts later.
    """
    its = {"kind": kind, "subject_id": subject_id}
    row = await row_of(connection, workspace_id, **its)
    planned = await choices.planned_rule(connection, workspace_id, **its)
    await choices.put_choice(connection, workspace_id, **its, choice=choice, now=now)
    if row is None:
        return None
    rule = planned or Rule.from_text(row.rule)
    return await put(
        connection, workspace_id, **its, rule=rule, tz=row.tz, now=now, not_before=row.not_before
    )


async def rule_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, kind: str, subject_id: str
) -> Rule | None:
    """Find the rule for this kind and subject, if there is one."""
    row = await row_of(connection, workspace_id, kind=kind, subject_id=subject_id)
    return Rule.from_text(row.rule) if row else None


async def subjects(
    connection: AsyncConnection, workspace_id: WorkspaceId, kinds: Collection[str]
) -> set[tuple[str, str]]:
    """Find for whom something of these kinds is scheduled: kind and subject."""
    its = rows_of(schedule, workspace_id, kind=kinds)
    rows = await connection.execute(sa.select(schedule.c.kind, schedule.c.subject_id).where(its))
    return {(row.kind, row.subject_id) for row in rows}


def due_in(row: sa.Row[Any], due_at: datetime) -> Due:
    """Make what is due at `due_at` from its row."""
    return read_as(Due, row, due_at=due_at, first_due_at=row.next_due_at)


async def _set_next(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    subject_ids: Sequence[str],
    *,
    now: datetime,
) -> None:
    """Work out anew when these subjects' schedules are next due, after a pause began or ended."""
    calendar = await calendar_of(connection, workspace_id)
    for some in portions(subject_ids):
        paused = await paused_until_of(connection, workspace_id, some, now=now)
        moved = [
            {f"its_{name}": getattr(row, name) for name in KEY}
            | rules.following_values(
                row._asdict(),
                since=_still_due(row, now),
                paused_until=paused[row.subject_id],
                calendar=calendar_for(row.kind, calendar),
            )
            for row in await _rows(connection, workspace_id, some)
        ]
        if moved:
            await connection.execute(_MOVE, moved)


IS_THIS = [schedule.c[name] == sa.bindparam(f"its_{name}") for name in KEY]
_MOVE = (
    schedule.update()
    .where(*IS_THIS)
    .values({name: sa.bindparam(name) for name in ("next_due_at", "due_on")})
)


async def row_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, kind: str, subject_id: str
) -> sa.Row[Any] | None:
    """Find the row of this kind and subject."""
    its = rows_of(schedule, workspace_id, kind=kind, subject_id=subject_id)
    return (await connection.execute(sa.select(schedule).where(its))).one_or_none()


async def update_row(connection: AsyncConnection, row: sa.Row[Any], values: dict[str, Any]) -> None:
    """Change columns of a row that was read."""
    its = rows_of(schedule, row.workspace_id, kind=row.kind, subject_id=row.subject_id)
    await connection.execute(schedule.update().where(its).values(values))


async def _rows(
    connection: AsyncConnection, workspace_id: WorkspaceId, subject_ids: Sequence[str]
) -> Sequence[sa.Row[Any]]:
    theirs = rows_of(schedule, workspace_id, subject_id=subject_ids)
    return (await connection.execute(sa.select(schedule).where(theirs).with_for_update())).all()


def _still_due(row: sa.Row[Any], now: datetime) -> datetime:
    """Give `now`, or when `row` fell due if nobody has claimed that yet."""
    return min(now, row.next_due_at or now)


async def paused_until_of(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    subject_ids: Sequence[str],
    *,
    now: datetime,
) -> dict[str, datetime | None]:
    """Find the end of each subject's pause: the latest of its own and the workspace's."""
    query = sa.select(schedule_rest.c.subject_id, schedule_rest.c.until).where(
        rows_of(schedule_rest, workspace_id, subject_id=[*subject_ids, WHOLE_WORKSPACE]),
        schedule_rest.c.until > now,
    )
    ends: dict[str, list[datetime]] = {}
    for row in await connection.execute(query):
        ends.setdefault(row.subject_id, []).append(row.until)
    everybody = ends.get(WHOLE_WORKSPACE, [])
    return {one: max([*ends.get(one, []), *everybody], default=None) for one in subject_ids}
