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
    portions,
    put_rows,
    read_as,
    rows_of,
    values_of,
    write_each,
)
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.peers.model import (
    PeerComing,
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
from bot.peers.rules import Alone
from bot.peers.tables import peer_meeting, peer_round, peer_seat, peer_series
from bot.people.model import Role

COMES = peer_seat.c.coming == PeerComing.COMES.value


async def put_series(connection: AsyncConnection, one: PeerSeries) -> None:
    """Write a series over what has its id."""
    plan = asdict(one.plan) | {"roles": sorted(one.plan.roles), "reach": one.plan.reach.value}
    await put_rows(
        connection,
        peer_series,
        [values_of(one, peer_series, state=one.state.value, **plan)],
    )


async def series_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> list[PeerSeries]:
    """Find the series of a programme, the first to begin first."""
    query = sa.select(peer_series).where(
        rows_of(peer_series, workspace_id, programme_id=programme_id)
    )
    rows = await connection.execute(query.order_by(peer_series.c.first_on, peer_series.c.id))
    return [_series(row) for row in rows]


async def one_series(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    series_id: SeriesId,
    *,
    hold: bool = False,
) -> PeerSeries | None:
    """Find a series by its id, or None; `hold` it until the transaction ends."""
    query = sa.select(peer_series).where(rows_of(peer_series, workspace_id, id=series_id))
    query = query.with_for_update() if hold else query
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _series(row)


def _series(row: sa.Row[Any]) -> PeerSeries:
    roles = frozenset(map(Role, row.roles))
    plan = read_as(SeriesPlan, row, roles=roles, reach=PeerReach(row.reach))
    return read_as(PeerSeries, row, plan=plan, state=SeriesState(row.state))


async def rounds_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, series_id: SeriesId
) -> list[PeerRound]:
    """Find the rounds of a series that have begun or were skipped, the first first."""
    query = sa.select(peer_round).where(rows_of(peer_round, workspace_id, series_id=series_id))
    return [
        round_from(row) for row in await connection.execute(query.order_by(peer_round.c.number))
    ]


async def one_round(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    round_id: PeerRoundId,
    *,
    hold: bool = False,
) -> PeerRound | None:
    """Find a round by its id, or None; `hold` it, so that its meetings change one by one."""
    query = sa.select(peer_round).where(rows_of(peer_round, workspace_id, id=round_id))
    query = query.with_for_update() if hold else query
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else round_from(row)


def round_from(row: sa.Row[Any]) -> PeerRound:
    """Make a round of its row."""
    return read_as(PeerRound, row, state=PeerRoundState(row.state))


async def put_round(connection: AsyncConnection, one: PeerRound) -> None:
    """Write a round over what has its id."""
    row = values_of(one, peer_round, state=one.state.value)
    await put_rows(connection, peer_round, [row], changing=["state", "repeats", "asked_at"])


async def remove_round(connection: AsyncConnection, one: PeerRound) -> None:
    """Delete a round with its meetings: nobody has heard of it."""
    await delete_rows(connection, peer_round, one.workspace_id, id=one.id)


async def add_meetings(
    connection: AsyncConnection,
    of: PeerRound,
    meetings: Sequence[tuple[PeerMeetingId, str, Sequence[MemberId]]],
    *,
    is_off: bool = False,
) -> None:
    """Write new meetings of a round: the id, what its pool is about, and who is in it."""
    key: dict[str, object] = {"workspace_id": of.workspace_id, "round_id": of.id}
    rows = [
        key | {"id": meeting_id, "about": about, "met_at": None, "is_off": is_off}
        for meeting_id, about, _ in meetings
    ]
    comes: dict[str, object] = {"coming": PeerComing.COMES.value, "said_met": None}
    seats = [
        key | comes | {"meeting_id": meeting_id, "member_id": one}
        for meeting_id, _, people in meetings
        for one in people
    ]
    await write_each(connection, sa.insert(peer_meeting), rows)
    for some in portions(seats):
        await put_rows(connection, peer_seat, some, changing=["meeting_id", "coming", "said_met"])


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
    query = (
        sa.select(peer_seat.c.meeting_id, peer_seat.c.member_id)
        .join(
            peer_meeting,
            sa.and_(
                peer_meeting.c.workspace_id == workspace_id,
                peer_meeting.c.id == peer_seat.c.meeting_id,
                peer_meeting.c.is_off.is_(False),
            ),
        )
        .join(peer_round, is_round(peer_seat, workspace_id))
        .join(peer_series, is_series(workspace_id))
        .where(
            rows_of(peer_seat, workspace_id, **its),
            COMES,
            peer_series.c.programme_id == programme_id,
        )
        .order_by(peer_round.c.begins_on, peer_seat.c.meeting_id, peer_seat.c.member_id)
    )
    rows = (await connection.execute(query)).all()
    return [
        [row.member_id for row in its] for _, its in groupby(rows, key=attrgetter("meeting_id"))
    ]


def is_round(table: sa.FromClause, workspace_id: WorkspaceId) -> sa.ColumnElement[bool]:
    """Tie rows to the round that they name."""
    return sa.and_(peer_round.c.workspace_id == workspace_id, peer_round.c.id == table.c.round_id)


def is_series(workspace_id: WorkspaceId) -> sa.ColumnElement[bool]:
    """Tie a round to its series."""
    return sa.and_(
        peer_series.c.workspace_id == workspace_id, peer_series.c.id == peer_round.c.series_id
    )


async def alone_in(
    connection: AsyncConnection, workspace_id: WorkspaceId, round_id: PeerRoundId
) -> list[Alone]:
    """Find those who come to a round, and with whom nobody else does."""
    single = (
        sa.select(peer_seat.c.meeting_id)
        .where(rows_of(peer_seat, workspace_id, round_id=round_id), COMES)
        .group_by(peer_seat.c.meeting_id)
        .having(sa.func.count() == 1)
    )
    query = (
        sa.select(peer_seat.c.member_id, peer_seat.c.meeting_id, peer_meeting.c.about)
        .join(
            peer_meeting,
            sa.and_(
                peer_meeting.c.workspace_id == workspace_id,
                peer_meeting.c.id == peer_seat.c.meeting_id,
                peer_meeting.c.met_at.is_(None),
            ),
        )
        .where(rows_of(peer_seat, workspace_id, round_id=round_id), COMES)
        .where(peer_seat.c.meeting_id.in_(single))
    )
    return [
        Alone(member_id=row.member_id, meeting_id=PeerMeetingId(row.meeting_id), about=row.about)
        for row in await connection.execute(query)
    ]


async def coming_to(
    connection: AsyncConnection, workspace_id: WorkspaceId, round_id: PeerRoundId
) -> dict[PeerMeetingId, list[MemberId]]:
    """Find who comes to each meeting of a round that nobody has said took place."""
    query = (
        sa.select(peer_seat.c.meeting_id, peer_seat.c.member_id)
        .join(
            peer_meeting,
            sa.and_(
                peer_meeting.c.workspace_id == workspace_id,
                peer_meeting.c.id == peer_seat.c.meeting_id,
                peer_meeting.c.met_at.is_(None),
            ),
        )
        .where(rows_of(peer_seat, workspace_id, round_id=round_id), COMES)
    )
    found: dict[PeerMeetingId, list[MemberId]] = {}
    for row in await connection.execute(query):
        found.setdefault(PeerMeetingId(row.meeting_id), []).append(row.member_id)
    return found


async def change_seat(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    round_id: PeerRoundId,
    member_id: MemberId,
    **values: object,
) -> bool:
    """Change a seat; False where all that is so already: a second press of a button is none."""
    its = rows_of(peer_seat, workspace_id, round_id=round_id, member_id=member_id)
    is_new = sa.or_(*(peer_seat.c[key].is_distinct_from(value) for key, value in values.items()))
    done = await connection.execute(sa.update(peer_seat).where(its, is_new).values(values))
    return done.rowcount > 0


async def count_company(
    connection: AsyncConnection, workspace_id: WorkspaceId, meeting_ids: Collection[PeerMeetingId]
) -> None:
    """Note of meetings whether at least two come."""
    coming = (
        sa.select(sa.func.count())
        .where(
            peer_seat.c.workspace_id == workspace_id,
            peer_seat.c.meeting_id == peer_meeting.c.id,
            COMES,
        )
        .scalar_subquery()
    )
    its = rows_of(peer_meeting, workspace_id, id=list(meeting_ids))
    off = sa.and_(coming < 2, peer_meeting.c.met_at.is_(None))
    await connection.execute(sa.update(peer_meeting).where(its).values(is_off=off))


async def about_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, meeting_id: PeerMeetingId
) -> str:
    """Find what the pool of a meeting is about."""
    query = sa.select(peer_meeting.c.about).where(
        rows_of(peer_meeting, workspace_id, id=meeting_id)
    )
    return str((await connection.execute(query)).scalar_one())


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
    query = (
        sa.select(peer_seat.c.round_id)
        .join(peer_round, is_round(peer_seat, workspace_id))
        .where(rows_of(peer_seat, workspace_id, member_id=list(member_ids)), COMES)
        .where(peer_round.c.state == PeerRoundState.OPEN.value)
    )
    return sorted(set((await connection.execute(query)).scalars()))


async def sums_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, series_id: SeriesId
) -> list[RoundSums]:
    """Sum up each round of a series, the first first. Nobody is named."""
    rounds = await rounds_of(connection, workspace_id, series_id)
    ids = [one.id for one in rounds]
    meetings = (
        sa.select(
            peer_meeting.c.round_id,
            sa.func.count().label("meetings"),
            sa.func.count(peer_meeting.c.met_at).label("met"),
            sa.func.count(sa.case((peer_meeting.c.is_off, 1))).label("called_off"),
        )
        .where(rows_of(peer_meeting, workspace_id, round_id=ids))
        .group_by(peer_meeting.c.round_id)
    )
    skips = sa.case((peer_seat.c.coming == PeerComing.SKIPS.value, 1))
    people = (
        sa.select(
            peer_seat.c.round_id,
            sa.func.count().label("people"),
            sa.func.count(skips).label("skipped"),
        )
        .where(rows_of(peer_seat, workspace_id, round_id=ids))
        .group_by(peer_seat.c.round_id)
    )
    none = dict.fromkeys(("people", "meetings", "met", "called_off", "skipped"), 0)
    found: dict[str, dict[str, int]] = {one: dict(none) for one in ids}
    for query in (meetings, people):
        for row in await connection.execute(query):
            found[row.round_id] |= {k: v for k, v in row._asdict().items() if k != "round_id"}
    return [RoundSums(round=one, **found[one.id]) for one in rounds]


async def forget_member(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> int:
    """Delete a member's seats in every round; returns how many there were."""
    return await delete_rows(connection, peer_seat, workspace_id, member_id=member_id)
