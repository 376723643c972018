"""Claims of what has fallen due, which any number of replicas may make at once."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.dates import local_date
from bot.schedule import rules
from bot.schedule.model import Due, Occurrence, Once, Rule
from bot.schedule.next_times import following_values, resting_until
from bot.schedule.store import IS_THIS, due_in, remove, row_of, this, upsert
from bot.schedule.tables import KEY, schedule

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
    claimed: list[Due] = []
    moved: list[dict[str, Any]] = []
    over: list[dict[str, Any]] = []
    for row in rows:
        due, served_on, following = _serve(row, now=now)
        claimed.append(due)
        key = {f"its_{name}": value for name, value in _key(row).items()}
        if following is None:
            over.append(key)
        else:
            moved.append(
                key
                | {
                    "next_due_at": following.at,
                    "due_on": following.day,
                    "served_on": served_on,
                }
            )
    if moved:
        await connection.execute(_MOVE, moved)
    if over:
        await connection.execute(_FORGET, over)
    return claimed


async def postpone(connection: AsyncConnection, due: Due, *, until: datetime) -> None:
    """Let something that was claimed and could not be done fall due again at `until`.

    Call it in the claim's transaction. Later times of the same schedule stay as they are.
    """
    row = await row_of(connection, due.workspace_id, kind=due.kind, subject_id=due.subject_id)
    if row is None:
        values = {
            "workspace_id": due.workspace_id,
            "kind": due.kind,
            "subject_id": due.subject_id,
            "rule": Once(until).to_text(),
            "tz": due.tz,
            "next_due_at": until,
        }
        await connection.execute(upsert(connection, schedule, values))
    elif row.next_due_at is not None and until < row.next_due_at:
        missed_on = local_date(due.due_at, due.tz)
        again = this(schedule.update(), row).values(next_due_at=until, due_on=missed_on)
        await connection.execute(again)


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
    held_until = await resting_until(connection, due.workspace_id, due.subject_id, now=now)
    values = following_values(row._asdict(), since=now, resting_until=held_until)
    await connection.execute(this(schedule.update(), row).values(values))


async def next_due_at(connection: AsyncConnection) -> datetime | None:
    """When the first schedule of any workspace is due (UTC), None when nothing ever is."""
    found: datetime | None = (
        await connection.execute(
            sa.select(schedule.c.next_due_at)
            .where(schedule.c.next_due_at.is_not(None))
            .order_by(schedule.c.next_due_at)
            .limit(1)
        )
    ).scalar_one_or_none()
    return found


def _key(row: sa.Row[Any]) -> dict[str, str]:
    return {name: getattr(row, name) for name in KEY}


def _serve(row: sa.Row[Any], *, now: datetime) -> tuple[Due, date | None, Occurrence | None]:
    """What is due in `row` at `now`, the local date that serves, and when it is due again."""
    rule, tz = Rule.from_text(row.rule), rules.zone(row.tz)
    latest = rules.catch_up(rule, tz, due=Occurrence(row.due_on, row.next_due_at), now=now)
    if latest.day is None:
        return due_in(row, latest.at), None, None
    following = rules.next_occurrence(rule, tz, since=now, served_on=latest.day)
    return due_in(row, latest.at), latest.day, following
