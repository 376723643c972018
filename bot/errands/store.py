"""Store errands: asked for in the transaction that makes them due, gone once they are done."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errands.tables import IS_OPEN, errand
from bot.kernel import leases
from bot.kernel.database import delete_rows, insert_into, read_as, rows_of, values_of
from bot.kernel.ids import WorkspaceId, new_id


class Want(StrEnum):
    """The wished state of something in Slack.

    `in` and `out`: a person in, or not in, a channel. `redrawn`: a message that was sent, as it
    would be written now; removed when nothing would be. `opened`: a group's channel there, with
    its members invited, and nothing against posting there. `shown`: a person's Home tab, as it is
    now.
    """

    IN = "in"
    OUT = "out"
    REDRAWN = "redrawn"
    OPENED = "opened"
    SHOWN = "shown"


HOME = "home"
"""The place of an errand about a person's Home tab."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One thing to bring about in Slack. A later errand about the same takes its place.

    `place` is a Slack channel, the id of the outbox entry whose message it is about, or `group:`
    and the id of the group whose channel is to be opened; `person` is a Slack user id, empty where
    none is concerned. `id` changes with what is wanted, so that an attempt at what was wanted
    before ends nothing. `failed_at` is when it was found to be impossible.
    """

    id: str
    workspace_id: WorkspaceId
    place: str
    person: str
    want: Want
    asked_at: datetime
    attempts: int = 0
    last_error: str | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """It is as it was wanted, by this attempt or before it."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not yet, or perhaps: it is tried again. `reason` is a short code for operators.

    `wait` is how long Slack asked to be left alone, if it did.
    """

    reason: str
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class NotBefore:
    """The person whom it would disturb is not disturbed before this; no attempt was made."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Impossible:
    """Slack will never do it; somebody has to do it by hand."""

    reason: str


Outcome = Done | Later | NotBefore | Impossible


FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)


def wait_after(attempts: int) -> timedelta:
    """Say how long to wait after so many attempts: doubled each time, never longer than six hours.

    There is no last attempt: what was asked for is still owed.
    """
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 12)
    return min(LONGEST_WAIT, doubled)


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
    made = _made(workspace_id, want, place=place, person=person, now=now)
    lease_until = now + leases.ERRANDS if at_once else None
    await _put(connection, [values_of(made, errand, ready_at=now, lease_until=lease_until)])
    return made


async def look_again(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    want: Want,
    *,
    places: Iterable[str],
    now: datetime,
) -> None:
    """Ask for each of `places`; what was found about one that is asked for already stays known."""
    made = [_made(workspace_id, want, place=one, person="", now=now) for one in places]
    insert = insert_into(connection, errand)
    again = insert.on_conflict_do_update(
        index_elements=_KEY, set_={"ready_at": insert.excluded.ready_at, "failed_at": None}
    )
    rows = [values_of(one, errand, ready_at=now, lease_until=None) for one in made]
    if rows:
        await connection.execute(again, rows)


async def find_impossible(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    want: Want,
    *,
    place: str,
    reason: str,
    now: datetime,
) -> Errand:
    """Put on record that something cannot be, and why; returns since when it has been so."""
    known = (await about(connection, workspace_id, [place])).get(place)
    if known is None:
        known = await ask(connection, workspace_id, want, place=place, now=now)
    if known.failed_at is None or known.last_error != reason:
        await end(connection, known, Impossible(reason), now=now)
    return known


async def ask_for_all(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    want: Want,
    *,
    places: Iterable[str],
    now: datetime,
) -> None:
    """Ask as `ask` does for each of `places`."""
    made = [_made(workspace_id, want, place=one, person="", now=now) for one in places]
    free = {"ready_at": now, "lease_until": None}
    await _put(connection, [values_of(one, errand, **free) for one in made])


def _made(
    workspace_id: WorkspaceId, want: Want, *, place: str, person: str, now: datetime
) -> Errand:
    return Errand(
        id=new_id("errand"),
        workspace_id=workspace_id,
        place=place,
        person=person,
        want=want,
        asked_at=now,
    )


async def _put(connection: AsyncConnection, rows: Sequence[dict[str, object]]) -> None:
    """Write errands in place of earlier ones; the lease of an attempt that is under way stays."""
    if not rows:
        return
    insert = insert_into(connection, errand)
    fresh = {name: insert.excluded[name] for name in rows[0] if name not in _KEY}
    fresh["lease_until"] = sa.func.coalesce(insert.excluded.lease_until, errand.c.lease_until)
    await connection.execute(
        insert.on_conflict_do_update(index_elements=_KEY, set_=fresh), list(rows)
    )


async def claim(connection: AsyncConnection, *, now: datetime, limit: int) -> list[Errand]:
    """Take up to `limit` errands of any workspace whose turn has come, for leases.ERRANDS."""
    rows = await connection.execute(
        sa.select(errand)
        .where(IS_OPEN, errand.c.ready_at <= leases.NOW, leases.is_free(errand))
        .order_by(errand.c.ready_at)
        .limit(limit)
        .with_for_update(skip_locked=True),
        {"now": now},
    )
    claimed = [_errand(row) for row in rows]
    for one in claimed:
        await connection.execute(
            errand.update().where(_this(one)).values(lease_until=now + leases.ERRANDS)
        )
    return claimed


async def end(connection: AsyncConnection, one: Errand, outcome: Outcome, *, now: datetime) -> None:
    """Write down how an attempt ended; nothing when something else is wanted by now."""
    if isinstance(outcome, Done):
        await connection.execute(errand.delete().where(_this(one)))
        return
    if isinstance(outcome, NotBefore):
        waiting = {"ready_at": outcome.at, "lease_until": None}
        await connection.execute(errand.update().where(_this(one)).values(**waiting))
        return
    attempts = one.attempts + 1
    asked = outcome.wait if isinstance(outcome, Later) else None
    await connection.execute(
        errand.update()
        .where(_this(one))
        .values(
            attempts=attempts,
            last_error=outcome.reason,
            ready_at=now + (wait_after(attempts) if asked is None else asked),
            lease_until=None,
            failed_at=now if isinstance(outcome, Impossible) else None,
        )
    )


async def put_off(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    want: Want,
    *,
    until: datetime,
    given_back: Collection[str],
) -> None:
    """Let all that is wanted in this way in a workspace wait until Slack takes such calls again.

    `given_back` are the ids of those that the caller had claimed and does not attempt.
    """
    theirs = rows_of(errand, workspace_id, id=given_back)
    await connection.execute(errand.update().where(theirs).values(lease_until=None))
    waiting = (rows_of(errand, workspace_id, want=want), IS_OPEN, errand.c.ready_at < until)
    await connection.execute(errand.update().where(*waiting).values(ready_at=until))


async def about(
    connection: AsyncConnection, workspace_id: WorkspaceId, places: Collection[str]
) -> dict[str, Errand]:
    """Find the errands about these places, each with no person concerned, by place."""
    query = sa.select(errand).where(rows_of(errand, workspace_id, place=places, person=""))
    return {row.place: _errand(row) for row in await connection.execute(query)}


async def take_back(
    connection: AsyncConnection, workspace_id: WorkspaceId, places: Collection[str]
) -> bool:
    """Take back what is wanted of these places; False when an attempt at some of it has begun."""
    theirs = rows_of(errand, workspace_id, place=places, person="")
    unbegun = (errand.c.attempts == 0, errand.c.lease_until.is_(None))
    await connection.execute(errand.delete().where(theirs, *unbegun))
    begun = await connection.execute(sa.select(errand.c.id).where(theirs).limit(1))
    return begun.one_or_none() is None


async def forget_invitations(
    connection: AsyncConnection, workspace_id: WorkspaceId, slack_user_id: str
) -> None:
    """Let nobody invite this person any more, or show them something; what takes them out of
    channels stays owed."""
    wants = [Want.IN, Want.SHOWN]
    await delete_rows(connection, errand, workspace_id, person=slack_user_id, want=wants)


async def forget_invitations_into(
    connection: AsyncConnection, workspace_id: WorkspaceId, channel: str, **whose: str
) -> None:
    """Let nobody be invited into this channel any more, or one `person`."""
    await delete_rows(connection, errand, workspace_id, place=channel, want=Want.IN, **whose)


async def impossible(
    connection: AsyncConnection, workspace_id: WorkspaceId, want: Want
) -> list[Errand]:
    """Find what is wanted in this way and was found to be impossible, the oldest first."""
    query = (
        sa.select(errand)
        .where(rows_of(errand, workspace_id, want=want), errand.c.failed_at.is_not(None))
        .order_by(errand.c.asked_at)
    )
    return [_errand(row) for row in await connection.execute(query)]


async def next_at(connection: AsyncConnection) -> datetime | None:
    """Say when the next attempt at an errand may be made, in any workspace; None for no errand."""
    return await leases.next_at(connection, errand, IS_OPEN)


async def owed(connection: AsyncConnection, workspace_id: WorkspaceId) -> list[Errand]:
    """Find what was tried in this workspace and is not done, or cannot be, the oldest first."""
    query = (
        sa.select(errand)
        .where(errand.c.workspace_id == workspace_id, errand.c.attempts > 0)
        .order_by(errand.c.asked_at)
    )
    return [_errand(row) for row in await connection.execute(query)]


async def try_again(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    failed_by: Collection[str] | None = None,
) -> int:
    """Let all that is owed in this workspace, or failed by these, be tried at once; how much."""
    its = {} if failed_by is None else {"last_error": failed_by}
    done = await connection.execute(
        errand.update()
        .where(rows_of(errand, workspace_id, **its), errand.c.attempts > 0)
        .values(ready_at=errand.c.asked_at, failed_at=None, last_error=None)
    )
    return done.rowcount


async def workspaces(connection: AsyncConnection) -> Iterable[WorkspaceId]:
    """Find the workspaces in which something is owed."""
    query = sa.select(errand.c.workspace_id).where(errand.c.attempts > 0).distinct()
    return [WorkspaceId(one) for one in (await connection.execute(query)).scalars()]


async def count_owed(connection: AsyncConnection) -> dict[tuple[Want, bool], int]:
    """Count what is wanted in all workspaces, and whether it was found to be impossible."""
    is_impossible = errand.c.failed_at.is_not(None)
    query = sa.select(
        errand.c.want, is_impossible.label("is_impossible"), sa.func.count().label("how_many")
    ).group_by(errand.c.want, is_impossible)
    return {
        (Want(row.want), bool(row.is_impossible)): row.how_many
        for row in await connection.execute(query)
    }


def _this(one: Errand) -> sa.ColumnElement[bool]:
    return rows_of(errand, one.workspace_id, place=one.place, person=one.person, id=one.id)


def _errand(row: sa.Row[Any]) -> Errand:
    return read_as(Errand, row, want=Want(row.want))
