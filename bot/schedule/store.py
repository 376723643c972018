"""The table of what falls due, and the claims that any number of replicas may make at once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import insert_into, portions
from bot.kernel.ids import WorkspaceId
from bot.schedule import choices, rules
from bot.schedule.model import Choice, Due, Planned, Rule
from bot.schedule.next_times import following_values, resting, resting_until, row_for, still_due
from bot.schedule.tables import KEY, schedule_choice, schedule_rest
from bot.schedule.tables import schedule as schedule  # noqa: PLC0414 - the store hands it on

ASKED = "asked"
"""The reason of a rest that a member or coordinator asked for."""


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

    Returns when it is next due (UTC), None while the subject rests without an end. A date that
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
    """As `put`, for many subjects, each named once; when each is next due."""
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
    query = sa.select(schedule).where(
        schedule.c.workspace_id == workspace_id,
        schedule.c.kind == kind,
        schedule.c.subject_id.in_(ids),
    )
    kept = {row.subject_id: row for row in await connection.execute(query)}
    held = await resting(connection, workspace_id, ids, now=now)
    rows = [
        row_for(
            workspace_id,
            kind,
            replace(one, rule=applied[one.subject_id]),
            kept=kept.get(one.subject_id),
            resting_until=held[one.subject_id],
            now=now,
        )
        for one in planned
    ]
    insert = insert_into(connection, schedule)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in KEY}
    await connection.execute(
        insert.on_conflict_do_update(index_elements=list(KEY), set_=changed), rows
    )
    return rows


async def remove(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, kind: str, subject_id: str
) -> None:
    """Forget the schedule of this kind and subject, if there is one."""
    await connection.execute(
        schedule.delete().where(
            schedule.c.workspace_id == workspace_id,
            schedule.c.kind == kind,
            schedule.c.subject_id == subject_id,
        )
    )


async def remove_all(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kinds: Collection[str],
    subject_ids: Collection[str],
) -> None:
    """Forget the schedules of these kinds and subjects."""
    for some in portions(list(subject_ids)):
        await connection.execute(
            schedule.delete().where(
                schedule.c.workspace_id == workspace_id,
                schedule.c.kind.in_(list(kinds)),
                schedule.c.subject_id.in_(some),
            )
        )


async def remove_subject(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, subject_id: str
) -> None:
    """Forget every schedule, rest and choice of this subject."""
    for table in (schedule, schedule_rest, schedule_choice):
        await connection.execute(
            table.delete().where(
                table.c.workspace_id == workspace_id, table.c.subject_id == subject_id
            )
        )


async def pause(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    subject_id: str,
    until: datetime | None,
    now: datetime,
    reason: str = ASKED,
) -> None:
    """Let all schedules of this subject rest until `until`; None means until `resume`.

    They return by themselves: recurring ones at their next time after the rest, single ones that
    fell into it at its end.
    """
    rest = {
        "workspace_id": workspace_id,
        "subject_id": subject_id,
        "reason": reason,
        "until": until or rules.FARTHEST,
    }
    await connection.execute(upsert(connection, schedule_rest, rest))
    await set_next(connection, workspace_id, [subject_id], now=now)


async def resume(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    subject_id: str,
    now: datetime,
    reason: str = ASKED,
) -> None:
    """End the rest of this subject that was for `reason`; times missed meanwhile stay missed."""
    await connection.execute(
        schedule_rest.delete().where(
            schedule_rest.c.workspace_id == workspace_id,
            schedule_rest.c.subject_id == subject_id,
            schedule_rest.c.reason == reason,
        )
    )
    await set_next(connection, workspace_id, [subject_id], now=now)


async def is_resting(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, subject_id: str, reason: str
) -> bool:
    """Whether a rest for this reason was begun and not ended by `resume`, even if it is over."""
    key = {"workspace_id": workspace_id, "subject_id": subject_id, "reason": reason}
    query = sa.select(schedule_rest).filter_by(**key)
    return (await connection.execute(query)).first() is not None


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
    rules.zone(tz)
    held_until = await resting_until(connection, workspace_id, subject_id, now=now)
    for row in await _rows_of(connection, workspace_id, [subject_id]):
        values: dict[str, Any] = {"tz": tz}
        if row.due_on is not None and row.next_due_at is not None:
            at = rules.instant_of(row.due_on, _wall_time(row.rule), rules.zone(tz))
            held = [at, *(end for end in (row.not_before, held_until) if end)]
            values["next_due_at"] = max(held)
        await connection.execute(this(schedule.update(), row).values(values))


async def upcoming(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, subject_ids: Iterable[str]
) -> list[Due]:
    """What is next due for these subjects, soonest first; what rests without an end is left out."""
    rows = await connection.execute(
        sa.select(schedule)
        .where(
            schedule.c.workspace_id == workspace_id,
            schedule.c.subject_id.in_(list(subject_ids)),
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
    """Follow what the subject chose from now on, or the plan again for None; when it is next due.

    None when nothing of this kind is scheduled for the subject: the choice then counts later.
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
    """The rule kept for this kind and subject, if there is one."""
    row = await row_of(connection, workspace_id, kind=kind, subject_id=subject_id)
    return Rule.from_text(row.rule) if row else None


def this(statement: sa.Update, row: sa.Row[Any]) -> sa.Update:
    return statement.where(*(schedule.c[name] == getattr(row, name) for name in KEY))


def _wall_time(rule_text: str) -> Any:
    rule = Rule.from_text(rule_text)
    return getattr(rule, "at")  # noqa: B009 - every rule with dates has it


def due_in(row: sa.Row[Any], due_at: datetime) -> Due:
    return Due(
        workspace_id=WorkspaceId(row.workspace_id),
        kind=row.kind,
        subject_id=row.subject_id,
        due_at=due_at,
        first_due_at=row.next_due_at,
        tz=row.tz,
    )


async def set_next(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    subject_ids: Sequence[str],
    *,
    now: datetime,
) -> None:
    """Find out anew when these subjects' schedules are next due, after a rest began or ended."""
    for some in portions(subject_ids):
        held_until = await resting(connection, workspace_id, some, now=now)
        moved = [
            {f"its_{name}": getattr(row, name) for name in KEY}
            | following_values(
                row._asdict(),
                since=still_due(row, now),
                resting_until=held_until[row.subject_id],
            )
            for row in await _rows_of(connection, workspace_id, some)
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
    query = sa.select(schedule).where(
        schedule.c.workspace_id == workspace_id,
        schedule.c.kind == kind,
        schedule.c.subject_id == subject_id,
    )
    return (await connection.execute(query)).one_or_none()


async def _rows_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, subject_ids: Sequence[str]
) -> Sequence[sa.Row[Any]]:
    theirs = (schedule.c.workspace_id == workspace_id, schedule.c.subject_id.in_(subject_ids))
    return (await connection.execute(sa.select(schedule).where(*theirs).with_for_update())).all()


def upsert(connection: AsyncConnection, table: sa.Table, values: dict[str, Any]) -> Any:
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in values.items() if name not in keys}
    insert = insert_into(connection, table).values(values)
    return insert.on_conflict_do_update(index_elements=keys, set_=rest)
