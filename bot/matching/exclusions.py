"""Keep what members and coordinators say about pairs that must not be matched."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import add_row, delete_rows, put_rows, read_as, rows_of, values_of
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.kinds import ScheduleKind
from bot.matching.model import (
    Bar,
    Conflict,
    Pair,
)
from bot.matching.tables import (
    conflict_table,
    forbid_table,
    wish_table,
)
from bot.people import store as people
from bot.people.use_cases import must_coordinate
from bot.schedule import store as schedule
from bot.schedule.model import Once

log = structlog.get_logger("cairn.matching")

MOST_WISHES = 10
SEALED = SealedRows(wish_table, ("workspace_id", "id"))
BLOCKED = "blocked"
"""Stands before the ids in a row of whom its owner blocked; a row of wishes begins with an id."""


class WishesUnreadable(UserFacing):
    """A wish given in confidence does not open: nobody is introduced, lest one be broken."""

    def __init__(self) -> None:
        super().__init__(
            "Wishes given in confidence cannot be read just now, so nobody is introduced and no "
            "wish is changed. Tell the person who runs Cairn: `python app.py doctor` says what to "
            "do."
        )


async def wish_apart(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    member: MemberId,
    avoided: Sequence[SlackUserId],
) -> None:
    """Keep in confidence whom this member wishes not to meet, in place of earlier wishes.

    Raises UserFacing for more than MOST_WISHES and for somebody who takes no part here.
    """
    if len(avoided) > MOST_WISHES:
        raise UserFacing(f"Name {MOST_WISHES} people at most.")
    ids = []
    for slack_user_id in dict.fromkeys(avoided):
        found = await people.member_by_slack_id(connection, workspace_id, slack_user_id)
        if found is None:
            raise UserFacing(
                "One of these people takes no part in mentoring here, so you need not name "
                "them. Leave them out."
            )
        ids.append(found.id)
    await set_vetoes(connection, workspace_id, member, ids)


async def record_conflict(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    senior: SlackUserId,
    junior: SlackUserId,
    bar: Bar,
    starts: date | None,
    ends: date | None,
    by: MemberId,
) -> Conflict:
    """Keep that `senior` judges, manages or treats `junior`, on the days from start to end.

    An open end has no date. Raises UserFacing for anybody but a coordinator, for an end before
    the start, for the same person twice and for strangers.
    """
    if starts is not None and ends is not None and ends < starts:
        raise UserFacing("The last day is before the first. Swap them, or leave one empty.")
    if senior == junior:
        raise UserFacing("Choose two different people.")
    await must_coordinate(connection, workspace_id, by)
    two = [
        await people.member_by_slack_id(connection, workspace_id, one) for one in (senior, junior)
    ]
    if two[0] is None or two[1] is None:
        raise UserFacing("Both must be in the roster. Import them first, then try again.")
    conflict = Conflict(senior_id=two[0].id, junior_id=two[1].id, bar=bar, starts=starts, ends=ends)
    await put_conflict(connection, workspace_id, conflict)
    return conflict


async def lift(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    what: str,
    first: str,
    second: str,
    by: MemberId,
) -> None:
    """Take back a conflict, or that two are never matched; `what` is its bar, or the programme.

    `first` is its senior, or the mentee. Raises UserFacing for anybody but a coordinator.
    """
    await must_coordinate(connection, workspace_id, by)
    if what in set(Bar):
        conflict = {"senior_id": first, "junior_id": second, "bar": what}
        await delete_rows(connection, conflict_table, workspace_id, **conflict)
    else:
        await allow(connection, workspace_id, ProgrammeId(what), (first, second))


NO_PLACE = "There was no seat that fits."
ASK_AGAIN = "Run the matching again to see what would help."


async def forbid(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    pair: Pair,
    *,
    by: MemberId | None,
    now: datetime,
) -> None:
    """Never match this pair in this programme. Forbidding it twice is the same as once."""
    row = {
        "workspace_id": workspace_id,
        "programme_id": programme_id,
        "mentee_id": pair[0],
        "mentor_id": pair[1],
        "made_by": by,
        "made_at": now,
    }
    await add_row(connection, forbid_table, row)
    await separate_peers(connection, workspace_id, now=now)


async def separate_peers(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime
) -> None:
    """Let peers who must not meet any more be parted as soon as this is written, not at night."""
    kind = ScheduleKind.PEERS_APART
    await schedule.put(
        connection,
        workspace_id,
        kind=kind,
        subject_id=workspace_id,
        rule=Once(now),
        tz="UTC",
        now=now,
    )


async def allow(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId, pair: Pair
) -> None:
    """Take a forbid back, if there is one."""
    theirs = {"programme_id": programme_id, "mentee_id": pair[0], "mentor_id": pair[1]}
    await delete_rows(connection, forbid_table, workspace_id, **theirs)


async def forbids(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> list[Pair]:
    """Find the pairs that are forbidden in this programme, by mentee and mentor id."""
    rows = await connection.execute(
        sa.select(forbid_table.c.mentee_id, forbid_table.c.mentor_id)
        .where(rows_of(forbid_table, workspace_id, programme_id=programme_id))
        .order_by(forbid_table.c.mentee_id, forbid_table.c.mentor_id)
    )
    return [(row.mentee_id, row.mentor_id) for row in rows]


async def forbidden_by_hand(
    connection: AsyncConnection, workspace_id: WorkspaceId
) -> list[tuple[ProgrammeId, MemberId, MemberId]]:
    """Find what coordinators forbade, by programme, mentee and mentor; not what mentees asked."""
    columns = (forbid_table.c.programme_id, forbid_table.c.mentee_id, forbid_table.c.mentor_id)
    by_hand = rows_of(forbid_table, workspace_id), forbid_table.c.made_by.is_not(None)
    rows = await connection.execute(sa.select(*columns).where(*by_hand).order_by(*columns))
    return [(ProgrammeId(p), MemberId(mentee), MemberId(mentor)) for p, mentee, mentor in rows]


async def set_vetoes(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    avoided: Iterable[MemberId],
) -> None:
    """Replace whom this member wishes not to be matched with. Confidential.

    Raises WishesUnreadable, as does everything that reads or changes wishes.
    """
    named = [other for other in dict.fromkeys(avoided) if other != member_id]
    named = await _held(connection, workspace_id, member_id, named)
    await _put_wishes(connection, workspace_id, {member_id: named}, blocked=False)


async def set_blocks(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    blocked: Collection[MemberId],
) -> None:
    """Replace whom this member blocked; wishes stay as they are. Confidential, as they are."""
    named = await _held(connection, workspace_id, member_id, sorted(blocked))
    await _put_wishes(connection, workspace_id, {member_id: named}, blocked=True)


async def _held(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    named: Sequence[MemberId],
) -> list[MemberId]:
    """Hold a member while their wishes change, and give those they name who are not erased.

    Raises UserFacing where they are erased themselves.
    """
    if await people.member(connection, workspace_id, member_id, hold=True) is None:
        raise UserFacing(people.ERASED)
    here = await people.keep(connection, workspace_id, named)
    return [one for one in named if one in here]


async def _put_wishes(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    wishes: Mapping[MemberId, Sequence[MemberId]],
    *,
    blocked: bool,
) -> None:
    """Write these members' wishes, or whom they blocked, in place of their earlier ones; none at
    all leaves no row."""
    kept = await _wishes(connection, workspace_id)
    old = [one.row_id for one in kept if one.member_id in wishes and one.is_block == blocked]
    await delete_rows(connection, wish_table, workspace_id, id=old)
    for member_id, named in wishes.items():
        if named:
            row = {"workspace_id": workspace_id, "id": f"wish_{secrets.token_hex(8)}"}
            mark = [BLOCKED] if blocked else []
            sealed = await SEALED.seal(connection, row, [*mark, member_id, *named])
            await connection.execute(sa.insert(wish_table).values(sealed))


@dataclass(frozen=True, slots=True)
class _Wish:
    """A row, opened: whose it is, whom it names, and whether they are blocked."""

    row_id: str
    member_id: MemberId
    named: frozenset[MemberId]
    is_block: bool


def _wish(row_id: str, ids: Sequence[str]) -> _Wish:
    is_block = ids[0] == BLOCKED
    member_id, *named = ids[1:] if is_block else ids
    return _Wish(row_id, MemberId(member_id), frozenset(map(MemberId, named)), is_block)


async def _wishes(connection: AsyncConnection, workspace_id: WorkspaceId) -> list[_Wish]:
    """Open all wishes of a workspace, and all blocks."""
    query = sa.select(wish_table).where(wish_table.c.workspace_id == workspace_id)
    try:
        return [
            _wish(row.id, await SEALED.open(connection, row))
            for row in await connection.execute(query)
        ]
    except OperatorFacing as lost:
        log.error("wishes_unreadable", workspace=workspace_id, reason=lost.reason)  # noqa: TRY400 - no values
        raise WishesUnreadable from None


async def vetoes(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    of: Collection[MemberId] | None = None,
) -> dict[MemberId, frozenset[MemberId]]:
    """Say whom each `of` these (None: everybody) wishes not to be with, or blocked: for
    themselves, `bot.groups.joining` and what keeps people on record."""
    found: dict[MemberId, frozenset[MemberId]] = {}
    for one in await _wishes(connection, workspace_id):
        if of is None or one.member_id in of:
            found[one.member_id] = found.get(one.member_id, frozenset()) | one.named
    return found


async def own_wishes(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> frozenset[MemberId]:
    """Find whom a member wishes not to be with, and has not blocked: for their own eyes."""
    kept = await _wishes(connection, workspace_id)
    theirs = [one.named for one in kept if one.member_id == member_id and not one.is_block]
    return frozenset[MemberId]().union(*theirs)


async def blocks(
    connection: AsyncConnection, workspace_id: WorkspaceId
) -> dict[MemberId, frozenset[MemberId]]:
    """Find whom each member blocked. Nobody but them is ever told."""
    kept = await _wishes(connection, workspace_id)
    return {one.member_id: one.named for one in kept if one.is_block}


async def forget_in_wishes(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> None:
    """Delete a member's wishes, and their name in those of others."""
    kept = await _wishes(connection, workspace_id)
    for blocked in (False, True):
        about = {one.member_id: one.named for one in kept if one.is_block == blocked}
        changed = {
            one: sorted(named - {member_id}) for one, named in about.items() if member_id in named
        }
        changed[member_id] = []
        await _put_wishes(connection, workspace_id, changed, blocked=blocked)


async def put_conflict(
    connection: AsyncConnection, workspace_id: WorkspaceId, conflict: Conflict
) -> None:
    """Write a conflict; dates replace those that stood there for the same two and kind."""
    row = values_of(conflict, conflict_table, workspace_id=workspace_id)
    await put_rows(connection, conflict_table, [row])


async def conflicts(connection: AsyncConnection, workspace_id: WorkspaceId) -> list[Conflict]:
    """Find all conflicts on record, by senior and junior id."""
    rows = await connection.execute(
        sa.select(conflict_table)
        .where(conflict_table.c.workspace_id == workspace_id)
        .order_by(conflict_table.c.senior_id, conflict_table.c.junior_id, conflict_table.c.bar)
    )
    return [read_as(Conflict, row, bar=Bar(row.bar)) for row in rows]
