"""Errands on record: asked for in the transaction that makes them due, gone once they are done."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errands import model as rules
from bot.errands.model import Done, Errand, Impossible, Outcome, Want
from bot.errands.tables import IS_OPEN, errand
from bot.kernel import leases
from bot.kernel.database import Instant, insert_into
from bot.kernel.ids import WorkspaceId, new_id

_COLUMNS = tuple(errand.c[name] for name in Errand.__dataclass_fields__)
_KEY = ("workspace_id", "place", "person")


async def ask(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    want: Want,
    *,
    place: str,
    person: str = "",
    now: datetime,
    at_once: bool = False,
) -> Errand:
    """Put an errand on record, in place of any earlier one about the same.

    `at_once`: the caller makes the first attempt right after its commit, and nobody else does
    meanwhile. An attempt that is under way at what was wanted before is waited for.
    """
    made = Errand(
        id=new_id("errand"),
        workspace_id=workspace_id,
        place=place,
        person=person,
        want=want,
        asked_at=now,
    )
    values = {
        **{name: getattr(made, name) for name in Errand.__dataclass_fields__},
        "ready_at": now,
        "lease_until": now + leases.ERRANDS if at_once else None,
        "failed_at": None,
    }
    insert = insert_into(connection, errand).values(values)
    fresh = {name: insert.excluded[name] for name in values if name not in {*_KEY, "lease_until"}}
    if at_once:
        fresh["lease_until"] = insert.excluded.lease_until
    await connection.execute(insert.on_conflict_do_update(index_elements=_KEY, set_=fresh))
    return made


async def claim(connection: AsyncConnection, *, now: datetime, limit: int) -> list[Errand]:
    """Take up to `limit` errands of any workspace whose turn has come, for leases.ERRANDS."""
    rows = await connection.execute(
        sa.select(*_COLUMNS)
        .where(IS_OPEN, errand.c.ready_at <= now, _is_free(now))
        .order_by(errand.c.ready_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = [_errand(row) for row in rows]
    for one in claimed:
        await connection.execute(
            errand.update().where(*_this(one)).values(lease_until=now + leases.ERRANDS)
        )
    return claimed


async def end(connection: AsyncConnection, one: Errand, outcome: Outcome, *, now: datetime) -> None:
    """Write down how an attempt ended; nothing when something else is wanted by now."""
    if isinstance(outcome, Done):
        await connection.execute(errand.delete().where(*_this(one)))
        return
    attempts = one.attempts + 1
    await connection.execute(
        errand.update()
        .where(*_this(one))
        .values(
            attempts=attempts,
            last_error=outcome.reason,
            ready_at=now + rules.wait_after(attempts),
            lease_until=None,
            failed_at=now if isinstance(outcome, Impossible) else None,
        )
    )


async def forget_invitations(
    connection: AsyncConnection, workspace_id: WorkspaceId, slack_user_id: str
) -> None:
    """Let nobody invite this person any more; what takes them out of channels stays owed."""
    await connection.execute(
        errand.delete().where(
            errand.c.workspace_id == workspace_id,
            errand.c.person == slack_user_id,
            errand.c.want == Want.IN,
        )
    )


async def next_at(connection: AsyncConnection) -> datetime | None:
    """When the next attempt at an errand may be made, in any workspace; None when there is none."""
    at = sa.case(
        (errand.c.lease_until > errand.c.ready_at, errand.c.lease_until), else_=errand.c.ready_at
    )
    query = sa.select(sa.func.min(at, type_=Instant())).where(IS_OPEN)
    found: datetime | None = (await connection.execute(query)).scalar_one()
    return found


async def owed(connection: AsyncConnection, workspace_id: WorkspaceId) -> list[Errand]:
    """What was tried in this workspace and is not done, or cannot be, the oldest first."""
    query = (
        sa.select(*_COLUMNS)
        .where(errand.c.workspace_id == workspace_id, errand.c.attempts > 0)
        .order_by(errand.c.asked_at)
    )
    return [_errand(row) for row in await connection.execute(query)]


async def try_again(connection: AsyncConnection, workspace_id: WorkspaceId) -> int:
    """Let everything that is owed in this workspace be tried at once; returns how much."""
    done = await connection.execute(
        errand.update()
        .where(errand.c.workspace_id == workspace_id, errand.c.attempts > 0)
        .values(ready_at=errand.c.asked_at, failed_at=None)
    )
    return done.rowcount


async def workspaces(connection: AsyncConnection) -> Iterable[WorkspaceId]:
    """The workspaces in which something is owed."""
    query = sa.select(errand.c.workspace_id).where(errand.c.attempts > 0).distinct()
    return [WorkspaceId(one) for one in (await connection.execute(query)).scalars()]


def _is_free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(errand.c.lease_until.is_(None), errand.c.lease_until <= now)


def _this(one: Errand) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        errand.c.workspace_id == one.workspace_id,
        errand.c.place == one.place,
        errand.c.person == one.person,
        errand.c.id == one.id,
    )


def _errand(row: sa.Row[Any]) -> Errand:
    values = row._asdict() | {"want": Want(row.want)}
    return Errand(**values)
