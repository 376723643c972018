"""Store series of peer rounds, their rounds, and who meets whom. Each sees one workspace only."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import (
    delete_rows,
    put_rows,
    read_as,
    rows_of,
    values_of,
)
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.peers.model import (
    OwnPeers,
    Peer,
    PeerComing,
    PeerMeeting,
    PeerMeetingId,
    PeerReach,
    PeerRound,
    PeerRoundId,
    PeerRoundState,
    PeerSeries,
    RoundSums,
    SeriesId,
    SeriesPlan,
    SeriesState,
)
from bot.peers.tables import peer_meeting, peer_round, peer_seat, peer_series
from bot.people.model import Role
from bot.people.tables import member_table

COMES = peer_seat.c.coming == PeerComing.COMES.value
IS_OPEN = peer_round.c.state == PeerRoundState.OPEN.value


async def put_series(connection: AsyncConnection, one: PeerSeries) -> None:
    """Write a series over what has its id."""
    plan = asdict(one.plan) | {"roles": sorted(one.plan.roles), "reach": one.plan.reach.value}
    row = values_of(one, peer_series, state=one.state.value, **plan)
    await put_rows(connection, peer_series, [row])


async def series_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> list[PeerSeries]:
    """Find the series of a programme, the first to begin first."""
    its = rows_of(peer_series, workspace_id, programme_id=programme_id)
    query = sa.select(peer_series).where(its).order_by(peer_series.c.first_on, peer_series.c.id)
    return [_series(row) for row in await connection.execute(query)]


async def one_series(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    series_id: SeriesId,
    *,
    hold: bool = False,
) -> PeerSeries | None:
    """Find a series by its id, or None; `hold` it until the transaction ends."""
    row = await _one(connection, peer_series, workspace_id, series_id, hold=hold)
    return None if row is None else _series(row)


async def _one(
    connection: AsyncConnection, table: sa.Table, workspace_id: WorkspaceId, its: str, *, hold: bool
) -> sa.Row[Any] | None:
    query = sa.select(table).where(rows_of(table, workspace_id, id=its))
    return (await connection.execute(query.with_for_update() if hold else query)).one_or_none()


def _series(row: sa.Row[Any]) -> PeerSeries:
    plan = read_as(
        SeriesPlan, row, roles=frozenset(map(Role, row.roles)), reach=PeerReach(row.reach)
    )
    return read_as(PeerSeries, row, plan=plan, state=SeriesState(row.state))


async def rounds_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, *series_ids: SeriesId
) -> list[PeerRound]:
    """Find the rounds of series that have begun or were skipped, the first first."""
    its = rows_of(peer_round, workspace_id, series_id=series_ids)
    query = sa.select(peer_round).where(its).order_by(peer_round.c.series_id, peer_round.c.number)
    return [_round(row) for row in await connection.execute(query)]


async def one_round(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    round_id: PeerRoundId,
    *,
    hold: bool = False,
) -> PeerRound | None:
    """Find a round by its id, or None; `hold` it, so that its meetings change one by one."""
    row = await _one(connection, peer_round, workspace_id, round_id, hold=hold)
    return None if row is None else _round(row)


def _round(row: sa.Row[Any]) -> PeerRound:
    return read_as(PeerRound, row, state=PeerRoundState(row.state))


async def put_round(connection: AsyncConnection, one: PeerRound) -> None:
    """Write a round over what has its id."""
    row = values_of(one, peer_round, state=one.state.value)
    await put_rows(connection, peer_round, [row], changing=["state", "repeats", "asked_at"])


async def remove_round(connection: AsyncConnection, one: PeerRound) -> None:
    """Delete a round with its meetings: nobody has heard of it."""
    await delete_rows(connection, peer_round, one.workspace_id, id=one.id)


async def put_meetings(
    connection: AsyncConnection, of: PeerRound, meetings: Sequence[PeerMeeting]
) -> None:
    """Write meetings of a round, with the seats of those who come; nobody has said they met."""
    key: dict[str, object] = {"workspace_id": of.workspace_id, "round_id": of.id}
    rows = [
        key | {"id": one.id, "about": one.about, "met_at": None, "is_off": len(one.members) < 2}
        for one in meetings
    ]
    comes: dict[str, object] = {"coming": PeerComing.COMES.value, "said_met": None}
    seats = [
        key | comes | {"meeting_id": one.id, "member_id": member}
        for one in meetings
        for member in one.members
    ]
    await put_rows(connection, peer_meeting, rows, changing=["is_off"])
    await put_rows(connection, peer_seat, seats, changing=["meeting_id"])


def _seated(workspace_id: WorkspaceId, *columns: Any, **its: object) -> sa.Select[Any]:
    """Select seats that have these values, each beside its meeting, round and series."""

    def is_row(table: sa.Table, its_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        return sa.and_(table.c.workspace_id == workspace_id, table.c.id == its_id)

    return (
        sa.select(*columns)
        .select_from(peer_seat)
        .join(peer_meeting, is_row(peer_meeting, peer_seat.c.meeting_id))
        .join(peer_round, is_row(peer_round, peer_seat.c.round_id))
        .join(peer_series, is_row(peer_series, peer_round.c.series_id))
        .where(rows_of(peer_seat, workspace_id, **its))
    )


async def history(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    of: Collection[MemberId] | None = None,
) -> list[list[MemberId]]:
    """List who, of these or of all, came to each meeting of a programme, the oldest first.

    What was called off is left out.
    """
    its = {} if of is None else {"member_id": list(of)}
    query = _seated(workspace_id, peer_seat.c.meeting_id, peer_seat.c.member_id, **its)
    query = query.where(
        COMES, peer_meeting.c.is_off.is_(False), peer_series.c.programme_id == programme_id
    ).order_by(peer_round.c.begins_on, peer_seat.c.meeting_id, peer_seat.c.member_id)
    rows = (await connection.execute(query)).all()
    return [
        [row.member_id for row in some] for _, some in groupby(rows, key=attrgetter("meeting_id"))
    ]


async def meetings_of(connection: AsyncConnection, one: PeerRound) -> list[PeerMeeting]:
    """Find who comes to each meeting of a round that nobody has said took place."""
    columns = peer_seat.c.meeting_id, peer_meeting.c.about, peer_seat.c.member_id
    query = _seated(one.workspace_id, *columns, round_id=one.id)
    query = query.where(COMES, peer_meeting.c.met_at.is_(None))
    query = query.order_by(peer_seat.c.meeting_id, peer_seat.c.member_id)
    rows = (await connection.execute(query)).all()
    return [
        PeerMeeting(id=key, about=about, members=tuple(row.member_id for row in some))
        for (key, about), some in groupby(rows, key=attrgetter("meeting_id", "about"))
    ]


async def change_seat(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    round_id: PeerRoundId,
    member_id: MemberId,
    **values: object,
) -> None:
    """Change a member's seat in a round."""
    its = rows_of(peer_seat, workspace_id, round_id=round_id, member_id=member_id)
    await connection.execute(sa.update(peer_seat).where(its).values(values))


async def call_off(connection: AsyncConnection, workspace_id: WorkspaceId, *ids: str) -> None:
    """Note of meetings that fewer than two come."""
    its = rows_of(peer_meeting, workspace_id, id=ids)
    off = sa.update(peer_meeting).where(its, peer_meeting.c.met_at.is_(None))
    await connection.execute(off.values(is_off=True))


async def note_met(
    connection: AsyncConnection, workspace_id: WorkspaceId, meeting_id: PeerMeetingId, now: datetime
) -> None:
    """Note that a meeting took place, by the first who says so."""
    its = rows_of(peer_meeting, workspace_id, id=meeting_id)
    first = sa.update(peer_meeting).where(its, peer_meeting.c.met_at.is_(None))
    await connection.execute(first.values(met_at=now, is_off=False))


async def open_rounds_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_ids: Collection[MemberId]
) -> list[PeerRoundId]:
    """Find the open rounds to which one of these members comes."""
    query = _seated(workspace_id, peer_seat.c.round_id, member_id=list(member_ids))
    rows = await connection.execute(query.where(COMES, IS_OPEN))
    return sorted(set(rows.scalars()))


async def sums_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, series_id: SeriesId
) -> list[RoundSums]:
    """Sum up each round of a series, the first first. Nobody is named."""
    rounds = await rounds_of(connection, workspace_id, series_id)
    meeting, skips = peer_seat.c.meeting_id, peer_seat.c.coming == PeerComing.SKIPS.value

    def meetings(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count(sa.distinct(sa.case((which, meeting))))

    columns = {
        "people": sa.func.count(),
        "meetings": meetings(sa.true()),
        "met": meetings(peer_meeting.c.met_at.is_not(None)),
        "called_off": meetings(peer_meeting.c.is_off),
        "skipped": sa.func.count(sa.case((skips, 1))),
    }
    named = [column.label(name) for name, column in columns.items()]
    ids = [one.id for one in rounds]
    query = _seated(workspace_id, peer_seat.c.round_id, *named, round_id=ids)
    rows = (await connection.execute(query.group_by(peer_seat.c.round_id))).all()
    found = {row.round_id: {name: getattr(row, name) for name in columns} for row in rows}
    return [RoundSums(round=one, **found.get(one.id, dict.fromkeys(columns, 0))) for one in rounds]


async def own_peers(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    member_id: MemberId | None = None,
    slack_user_id: str | None = None,
    round_id: PeerRoundId | None = None,
) -> list[OwnPeers]:
    """Find with whom a member meets: in this round, or in every open one. One statement."""
    me, other, them = member_table.alias("me"), peer_seat.alias("other"), member_table.alias("them")

    def is_row(
        table: sa.FromClause, column: sa.ColumnElement[str], value: sa.ColumnElement[str]
    ) -> sa.ColumnElement[bool]:
        return sa.and_(table.c.workspace_id == workspace_id, column == value)

    columns = (
        peer_round,
        *(peer_series.c.programme_id, peer_series.c.reach),
        *(peer_meeting.c.about, peer_meeting.c.met_at),
        *(peer_seat.c.meeting_id, peer_seat.c.member_id.label("own_id"), peer_seat.c.said_met),
        peer_seat.c.coming.label("own_coming"),
        *(other.c.member_id, other.c.coming, them.c.slack_user_id, them.c.name),
    )
    its = {} if member_id is None else {"member_id": member_id}
    query = (
        _seated(workspace_id, *columns, **its)
        .join(other, is_row(other, other.c.meeting_id, peer_seat.c.meeting_id))
        .join(them, is_row(them, them.c.id, other.c.member_id))
        .where(IS_OPEN if round_id is None else peer_round.c.id == round_id)
        .order_by(peer_round.c.begins_on, peer_round.c.id, them.c.name)
    )
    if member_id is None:
        query = query.join(me, is_row(me, me.c.id, peer_seat.c.member_id))
        query = query.where(me.c.slack_user_id == slack_user_id)
    rows = (await connection.execute(query)).all()
    return [_own(list(some)) for _, some in groupby(rows, key=attrgetter("id"))]


def _own(rows: Sequence[sa.Row[Any]]) -> OwnPeers:
    first = rows[0]
    others = [
        read_as(Peer, row, coming=PeerComing(row.coming))
        for row in rows
        if row.member_id != row.own_id
    ]
    return read_as(
        OwnPeers,
        first,
        round=_round(first),
        reach=PeerReach(first.reach),
        coming=PeerComing(first.own_coming),
        others=tuple(others),
        was_held=first.met_at is not None,
    )


async def forget_member(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> int:
    """Delete a member's seats in every round; returns how many there were."""
    return await delete_rows(connection, peer_seat, workspace_id, member_id=member_id)
