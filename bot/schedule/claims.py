"""Claim what has fallen due, from any number of replicas at once, and say how it is done."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.clock import local_date
from bot.kernel.database import portions, put_rows
from bot.kernel.ids import WorkspaceId
from bot.kinds import COMES_ON_ANY_DAY
from bot.schedule import rules
from bot.schedule.calendar import ORDINARY, Calendar
from bot.schedule.model import Due, Occurrence, Once, Rule
from bot.schedule.store import IS_THIS, due_in, paused_until_of, remove, row_of, update_row
from bot.schedule.tables import KEY, schedule
from bot.schedule.time_off import calendar_for, calendar_of, calendars_of

AfterCommit = Callable[[], Awaitable[object]]
Light = Callable[[AsyncConnection, Due, datetime], Awaitable[AfterCommit | None]]
"""The work when something falls due, inside the claim's transaction, which many of them share.

It may return what must wait until that has committed (destroying keys, emptying a log).
"""


@dataclass(frozen=True, slots=True)
class Heavy:
    """A duty about many members at once: as a light one, in a transaction of its own."""

    do: Light

    async def __call__(
        self, connection: AsyncConnection, due: Due, now: datetime
    ) -> AfterCommit | None:
        return await self.do(connection, due, now)


@dataclass(frozen=True, slots=True)
class Outside:
    """A duty that takes long (a solver, keys elsewhere) and so begins in no transaction.

    It opens its own as it needs them. Until it has been done it falls due again every few minutes,
    so doing it twice must change nothing.
    """

    do: Callable[[Due, datetime], Awaitable[None]]


Duty = Light | Heavy | Outside
"""The duty of a kind of schedule: light unless it says otherwise."""

_MOVE = (
    schedule.update()
    .where(*IS_THIS)
    .values({name: sa.bindparam(name) for name in ("next_due_at", "due_on", "served_on")})
)
_FORGET = schedule.delete().where(*IS_THIS)


async def claim_due(
    connection: AsyncConnection,
    *,
    now: datetime,
    limit: int,
    kinds: Collection[str] | None = None,
    except_kinds: Collection[str] = (),
) -> list[Due]:
    """Take up to `limit` of what is due in any workspace, the longest due first.

    Of these `kinds` only, or of all except some. Each is moved to its next time after `now` (or
    forgotten, when it comes only once) in the same transaction, so it is claimed by one caller
    alone, and missed times are caught up once. Call it in a writing transaction, and do what is
    due before that commits.
    """
    wanted = [schedule.c.next_due_at <= now]
    if kinds is not None:
        wanted.append(schedule.c.kind.in_(sorted(kinds)))
    if except_kinds:
        wanted.append(schedule.c.kind.not_in(sorted(except_kinds)))
    rows = (
        await connection.execute(
            sa.select(schedule)
            .where(*wanted)
            .order_by(schedule.c.next_due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()
    calendars = await calendars_of(connection, {row.workspace_id for row in rows})
    claimed: list[Due] = []
    moved: list[dict[str, Any]] = []
    over: list[dict[str, Any]] = []
    for row in rows:
        calendar = calendar_for(row.kind, calendars.get(row.workspace_id, ORDINARY))
        due, served_on, following = _serve(row, calendar, now=now)
        claimed.append(due)
        key = {f"its_{name}": getattr(row, name) for name in KEY}
        if following is None:
            over.append(key)
        else:
            times = {"next_due_at": following.at, "due_on": following.day, "served_on": served_on}
            moved.append(key | times)
    if moved:
        await connection.execute(_MOVE, moved)
    if over:
        await connection.execute(_FORGET, over)
    return claimed


async def pass_over(connection: AsyncConnection, *, now: datetime) -> int:
    """Move what asks people again and again on to its next time after `now`, without doing it.

    What comes once, and what brings something in line, stays due. Returns how many were moved.
    """
    query = sa.select(schedule).where(
        schedule.c.next_due_at <= now,
        schedule.c.kind.not_in(sorted(COMES_ON_ANY_DAY)),
        schedule.c.rule.not_like("once %"),
    )
    rows = (await connection.execute(query)).all()
    calendars = await calendars_of(connection, {row.workspace_id for row in rows})
    moved = []
    for row in rows:
        calendar = calendar_for(row.kind, calendars.get(row.workspace_id, ORDINARY))
        _, served_on, following = _serve(row, calendar, now=now)
        if following is not None:
            key = {f"its_{name}": getattr(row, name) for name in KEY}
            times = {"next_due_at": following.at, "due_on": following.day, "served_on": served_on}
            moved.append(key | times)
    for some in portions(moved):
        await connection.execute(_MOVE, list(some))
    return len(moved)


async def postpone(connection: AsyncConnection, due: Due, *, until: datetime) -> None:
    """Let something that was claimed and could not be done fall due again at `until`.

    Call it in the claim's transaction. Later times of the same schedule stay as they are.
    """
    row = await row_of(connection, due.workspace_id, kind=due.kind, subject_id=due.subject_id)
    if row is None:
        values = {
            **{name: getattr(due, name) for name in (*KEY, "tz")},
            "rule": Once(until).to_text(),
            "next_due_at": until,
        }
        await put_rows(connection, schedule, [values])
    elif row.next_due_at is not None and until < row.next_due_at:
        missed_on = local_date(due.due_at, due.tz)
        await update_row(connection, row, {"next_due_at": until, "due_on": missed_on})


async def done(connection: AsyncConnection, due: Due, *, until: datetime, now: datetime) -> None:
    """Note that something is done that was postponed until `until` while it was being done.

    What has been scheduled in its place meanwhile stays.
    """
    row = await row_of(connection, due.workspace_id, kind=due.kind, subject_id=due.subject_id)
    if row is None or row.next_due_at != until:
        return
    if row.rule == Once(until).to_text():
        await remove(connection, due.workspace_id, kind=due.kind, subject_id=due.subject_id)
        return
    await update_row(connection, row, await _following_of(connection, row, now=now))


async def served_ahead(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    subject_id: str,
    until: datetime,
    now: datetime,
) -> None:
    """Pass over the date of a schedule that comes until `until`: what it would ask for is done.

    What is due already, or comes once, stays.
    """
    row = await row_of(connection, workspace_id, kind=kind, subject_id=subject_id)
    if row is None or row.due_on is None or not now < row.next_due_at <= until:
        return
    served = {"served_on": row.due_on}
    following = await _following_of(connection, row, now=row.next_due_at, **served)
    await update_row(connection, row, served | following)


async def next_due_at(connection: AsyncConnection) -> datetime | None:
    """Say when the first schedule of any workspace is due (UTC), None when nothing ever is."""
    query = sa.select(sa.func.min(schedule.c.next_due_at))
    found: datetime | None = (await connection.execute(query)).scalar_one()
    return found


async def overdue(connection: AsyncConnection, *, now: datetime) -> tuple[int, datetime | None]:
    """Count what is due in all workspaces at `now`, and say since when the first is."""
    query = sa.select(sa.func.count(), sa.func.min(schedule.c.next_due_at)).where(
        schedule.c.next_due_at <= now
    )
    count, since = (await connection.execute(query)).one()
    return count, since


def _serve(
    row: sa.Row[Any], calendar: Calendar, *, now: datetime
) -> tuple[Due, date | None, Occurrence | None]:
    """Serve `row` at `now`: what is due, the local date that serves, and when it is due again."""
    rule, tz = Rule.from_text(row.rule), rules.zone(row.tz)
    due = Occurrence(row.due_on, row.next_due_at)
    latest = rules.catch_up(rule, tz, due=due, now=now, calendar=calendar)
    if latest.day is None:
        return due_in(row, latest.at), None, None
    following = rules.next_occurrence(rule, tz, since=now, served_on=latest.day, calendar=calendar)
    return due_in(row, latest.at), latest.day, following


async def _following_of(
    connection: AsyncConnection, row: sa.Row[Any], *, now: datetime, **changed: Any
) -> dict[str, Any]:
    """Work out `next_due_at` and `due_on` of a row from `now` on, by the pauses of its subject.

    `changed`: columns of the row that are about to change.
    """
    workspace_id = WorkspaceId(row.workspace_id)
    paused = await paused_until_of(connection, workspace_id, [row.subject_id], now=now)
    calendar = calendar_for(row.kind, await calendar_of(connection, workspace_id))
    paused_until = paused[row.subject_id]
    return rules.following_values(
        row._asdict() | changed, since=now, paused_until=paused_until, calendar=calendar
    )
