"""Read what reports count, each kind of thing in one query; store stage distributions."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements.tables import agreement
from bot.checkins.rules import Came
from bot.checkins.tables import checkin_turn
from bot.community.tables import peer_training
from bot.goals.tables import goal
from bot.groups.store import ended_known
from bot.kernel.clock import read_instant
from bot.kernel.database import add_row, read_as, read_each, rows_of, values_of
from bot.kernel.ids import MemberId
from bot.matching.model import EndReason
from bot.matching.tables import pairing_table
from bot.meetings.model import Length
from bot.meetings.tables import meeting, meeting_mentee, meeting_mentor
from bot.people.model import MENTORING, Role
from bot.people.tables import member_table
from bot.programme import store as programmes
from bot.programme.model import Programme
from bot.reports.model import (
    NotedMeeting,
    Prompted,
    ReportFacts,
    SeatTerm,
    StageCell,
    StageRelease,
)
from bot.reports.tables import stage_release_table
from bot.stages.rules import MOVES
from bot.stages.tables import stage_event
from bot.training.store import trainings


async def facts_of(connection: AsyncConnection, programme: Programme) -> ReportFacts:
    """Read all that a programme's reports count, pulses and stages aside; nobody's words."""
    workspace_id = programme.workspace_id
    its = {"programme_id": programme.id}
    groups = await programmes.groups(connection, workspace_id, programme.id)
    seats = await programmes.seats(connection, workspace_id, programme.id)
    pairs, agreed = await _pairs(connection, programme)
    known = await ended_known(connection, workspace_id, programme_id=programme.id)
    rematched = {(p.mentee_id, p.ended_at) for p in known if p.end_reason is EndReason.REMATCH}
    terms = sa.select(pairing_table).where(rows_of(pairing_table, workspace_id, **its))
    held = sa.select(meeting).where(rows_of(meeting, workspace_id, **its))
    goals = sa.select(goal.c.member_id, goal.c.status).where(rows_of(goal, workspace_id, **its))
    return ReportFacts(
        groups={one.id: one.name for one in groups},
        seats=await read_each(connection, terms, _pairing),
        roles={one.member_id: one.role for one in seats if one.role in MENTORING}
        | await _roles_of_mentors(connection, programme, {one.member_id for one in seats}),
        meetings=await read_each(connection, held, _meeting),
        met=await _met(connection, programme),
        prompts=await _prompts(connection, programme),
        accepted=await _ids(
            connection,
            sa.select(member_table.c.id).where(
                member_table.c.workspace_id == workspace_id,
                member_table.c.conduct_accepted_at.is_not(None),
            ),
        ),
        trained=await _ids(
            connection,
            sa.select(peer_training.c.member_id).where(
                peer_training.c.workspace_id == workspace_id
            ),
        ),
        training=await trainings(connection, workspace_id),
        goals=[(MemberId(row.member_id), row.status) for row in await connection.execute(goals)],
        pairs=pairs,
        agreed=agreed,
        rematched=len(rematched),
    )


async def _pairs(connection: AsyncConnection, programme: Programme) -> tuple[int, int]:
    """Count the pairs that last, or lasted to the end, and those of them that have agreed."""
    has_agreed = sa.exists().where(
        agreement.c.workspace_id == pairing_table.c.workspace_id,
        agreement.c.pairing_id == pairing_table.c.id,
        agreement.c.agreed_at.is_not(None),
    )
    lasted = pairing_table.c.end_reason == EndReason.PROGRAMME_CLOSED.value
    query = sa.select(sa.func.count(), sa.func.count(sa.case((has_agreed, 1)))).where(
        rows_of(pairing_table, programme.workspace_id, programme_id=programme.id),
        pairing_table.c.ended_at.is_(None) | lasted,
    )
    pairs, agreed = (await connection.execute(query)).one()
    return pairs, agreed


def _pairing(row: sa.Row[Any]) -> SeatTerm:
    return read_as(SeatTerm, row, end_reason=EndReason(row.end_reason) if row.end_reason else None)


def _meeting(row: sa.Row[Any]) -> NotedMeeting:
    return read_as(NotedMeeting, row, length=Length(row.length) if row.length else None)


async def _ids(connection: AsyncConnection, query: sa.Select[Any]) -> frozenset[MemberId]:
    return frozenset((await connection.execute(query)).scalars())


async def _roles_of_mentors(
    connection: AsyncConnection, programme: Programme, seated: set[MemberId]
) -> dict[MemberId, Role]:
    """Find the role of mentors who have no seat any more, by what they are in the roster."""
    theirs = sa.select(pairing_table.c.mentor_id).where(
        rows_of(pairing_table, programme.workspace_id, programme_id=programme.id)
    )
    query = sa.select(member_table.c.id, member_table.c.is_mentor).where(
        member_table.c.workspace_id == programme.workspace_id,
        member_table.c.is_peer_mentor,
        member_table.c.id.in_(theirs),
    )
    return {
        MemberId(row.id): Role.MENTOR if row.is_mentor else Role.PEER_MENTOR
        for row in await connection.execute(query)
        if row.id not in seated
    }


async def _met(connection: AsyncConnection, programme: Programme) -> list[tuple[date, MemberId]]:
    """Find on which days whom a meeting names, mentees and mentors."""
    queries = []
    for table in (meeting_mentee, meeting_mentor):
        of_meeting = (table.c.workspace_id == meeting.c.workspace_id) & (
            table.c.meeting_id == meeting.c.id
        )
        queries.append(
            sa.select(meeting.c.held_on, table.c.member_id)
            .select_from(meeting.join(table, of_meeting))
            .where(rows_of(meeting, programme.workspace_id, programme_id=programme.id))
        )
    rows = await connection.execute(sa.union(*queries))
    return [(row.held_on, MemberId(row.member_id)) for row in rows]


async def _prompts(connection: AsyncConnection, programme: Programme) -> list[Prompted]:
    """Find when each mentee of a programme was asked for a check-in, and which were written."""
    query = sa.select(checkin_turn.c.member_id, checkin_turn.c.asks).where(
        checkin_turn.c.workspace_id == programme.workspace_id,
        checkin_turn.c.asks.is_not(None),
        checkin_turn.c.member_id.in_(_mentees(programme)),
    )
    return await read_each(
        connection,
        query,
        lambda row: Prompted(member_id=MemberId(row.member_id), asked=tuple(_asked(row.asks))),
    )


def _asked(asks: list[dict[str, Any]]) -> Iterator[tuple[datetime, bool]]:
    for one in asks:
        if one["was_sent"] and one.get("came") != Came.SKIPPED:
            yield read_instant(one["at"]), one.get("came") == Came.WRITTEN


def _mentees(programme: Programme) -> sa.Select[Any]:
    return sa.select(pairing_table.c.mentee_id).where(
        rows_of(pairing_table, programme.workspace_id, programme_id=programme.id)
    )


async def initial_stages(
    connection: AsyncConnection, programme: Programme
) -> dict[MemberId, str | None]:
    """Find the stage that the roster says for each mentee of a programme, gone ones aside."""
    query = sa.select(member_table.c.id, member_table.c.stage).where(
        member_table.c.workspace_id == programme.workspace_id,
        member_table.c.id.in_(_mentees(programme)),
    )
    return {MemberId(row.id): row.stage for row in await connection.execute(query)}


async def moves_before(
    connection: AsyncConnection, programme: Programme, *, end: datetime
) -> dict[MemberId, str]:
    """Find the stage to which each mentee of a programme last moved before `end`."""
    query = (
        sa.select(stage_event.c.member_id, stage_event.c.to_level)
        .where(
            rows_of(
                stage_event,
                programme.workspace_id,
                framework_id=programme.framework_id,
                kind=[one.value for one in sorted(MOVES)],
            ),
            stage_event.c.at < end,
            stage_event.c.member_id.in_(_mentees(programme)),
        )
        .order_by(stage_event.c.member_id, stage_event.c.number)
    )
    rows = await connection.execute(query)
    return {MemberId(row.member_id): row.to_level for row in rows}


async def pairings_of(connection: AsyncConnection, programme: Programme) -> list[SeatTerm]:
    """Find who was with whom in a programme, and when."""
    query = sa.select(pairing_table).where(
        rows_of(pairing_table, programme.workspace_id, programme_id=programme.id)
    )
    return await read_each(connection, query, _pairing)


async def stage_releases(connection: AsyncConnection, programme: Programme) -> list[StageRelease]:
    """Find what came of every day on which stages were counted, the earliest first."""
    query = (
        sa.select(stage_release_table)
        .where(rows_of(stage_release_table, programme.workspace_id, programme_id=programme.id))
        .order_by(stage_release_table.c.on)
    )
    return [
        read_as(
            StageRelease,
            row,
            levels=tuple(row.levels),
            cells=tuple(StageCell(*one) for one in row.cells),
        )
        for row in await connection.execute(query)
    ]


async def put_stage_release(
    connection: AsyncConnection, programme: Programme, release: StageRelease, *, now: datetime
) -> None:
    """Keep what came of a day; it stays, whatever changes."""
    row = values_of(
        release,
        stage_release_table,
        workspace_id=programme.workspace_id,
        programme_id=programme.id,
        levels=list(release.levels),
        cells=[[one.first, one.last, one.people] for one in release.cells],
        made_at=now,
    )
    await add_row(connection, stage_release_table, row)
