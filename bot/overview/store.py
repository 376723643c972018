"""Read what needs a coordinator, and count: two statements, however large the programme is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.tables import checkin
from bot.kernel.clock import local_date
from bot.kernel.database import rows_of
from bot.kernel.ids import MemberId
from bot.kinds import ToDoKind
from bot.matching.model import MENTORING
from bot.matching.tables import pairing_table, waitlist_table
from bot.meetings.tables import meeting
from bot.overview.model import Figures, NeedLine, NeedSummary
from bot.overview.queries import HERE, INSTANT, lasting, of_group, queries
from bot.people.model import Role
from bot.people.tables import member_table
from bot.programme.model import Programme
from bot.programme.tables import group_table, seat_table

NAMED = 3
"""So many names stand in a summary."""


async def needs(
    connection: AsyncConnection, programme: Programme, *, now: datetime
) -> list[NeedSummary]:
    """Find what needs a coordinator, of each kind the count and the first who have waited."""
    firsts = []
    for need, query in queries(programme, now).items():
        its = query.subquery()
        of = sa.func.count().over().label("of")
        kind = sa.literal(need.value).label("need")
        first = sa.select(kind, its.c.id, its.c.name, its.c.since, of)
        limited = first.order_by(*_in_order(its)).limit(NAMED).subquery()
        firsts.append(sa.select(limited))
    rows = (await connection.execute(sa.union_all(*firsts))).all()
    found: dict[str, list[sa.Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.need, []).append(row)
    return [_summary(ToDoKind(need), some) for need, some in found.items()]


def _in_order(its: sa.Subquery) -> Sequence[sa.ColumnElement[Any]]:
    return its.c.since, sa.func.lower(its.c.name), its.c.id


def _summary(need: ToDoKind, rows: Sequence[sa.Row[Any]]) -> NeedSummary:
    first = sorted(rows, key=lambda row: (row.since, row.name.casefold(), row.id))
    names = tuple(row.name for row in first)
    return NeedSummary(need=need, count=first[0].of, names=names, since=first[0].since)


async def lines(
    connection: AsyncConnection,
    programme: Programme,
    need: ToDoKind,
    *,
    now: datetime,
    most: int,
    skipped: int = 0,
    named: str = "",
) -> tuple[list[NeedLine], int]:
    """Find `most` of what needs a coordinator, the longest first, and how many there are in all.

    `named`: only those in whose name this stands, whatever its capitals.
    """
    its = queries(programme, now)[need].subquery()
    query = sa.select(its, sa.func.count().over().label("of"))
    if named:
        for_all = sa.func.lower(its.c.name).contains(named.lower(), autoescape=True)
        query = query.where(for_all | its.c.name.contains(named, autoescape=True))
    query = query.order_by(*_in_order(its)).limit(most).offset(skipped)
    rows = (await connection.execute(query)).all()
    found = [_line(row) for row in rows]
    return await _with_people(connection, programme, need, found), rows[0].of if rows else 0


def _line(row: sa.Row[Any]) -> NeedLine:
    given = {name: value for name, value in row._asdict().items() if value is not None}
    its = NeedLine.__dataclass_fields__
    return NeedLine(**{name: value for name, value in given.items() if name in its})


async def _with_people(
    connection: AsyncConnection, programme: Programme, need: ToDoKind, found: Sequence[NeedLine]
) -> list[NeedLine]:
    """Add whom to write to about each of these."""
    if need is ToDoKind.MENTORS_OVER_CAPACITY:
        return [_to(one, [(MemberId(one.id), one.name)]) for one in found]
    query = _people(programme, need, [one.id for one in found])
    if query is None:
        return list(found)
    by_id: dict[str, list[tuple[MemberId, str]]] = {}
    for row in await connection.execute(query):
        by_id.setdefault(row.of, []).append((MemberId(row.id), row.name))
    return [_to(one, by_id.get(one.id, [])) for one in found]


def _to(one: NeedLine, people: Sequence[tuple[MemberId, str]]) -> NeedLine:
    ids, names = tuple(id_ for id_, _ in people), tuple(name for _, name in people)
    return replace(one, people=ids, people_names=names)


def _people(programme: Programme, need: ToDoKind, ids: Sequence[str]) -> sa.Select[Any] | None:
    """Select by name who takes part: the mentors of these groups, or of these mentees, or the
    mentees of these mentors."""
    of_groups = (ToDoKind.GROUPS_NOT_MET, ToDoKind.GROUPS_GONE_QUIET)
    pairs = {
        ToDoKind.CLAIMS_WAIT: (pairing_table.c.mentee_id, pairing_table.c.mentor_id),
        ToDoKind.MENTORS_AWAY: (pairing_table.c.mentor_id, pairing_table.c.mentee_id),
    }
    if need in of_groups:
        column, member_id = seat_table.c.group_id, seat_table.c.member_id
        roles = [role.value for role in MENTORING]
        which = rows_of(seat_table, programme.workspace_id, group_id=ids, role=roles)
    elif need in pairs:
        column, member_id = pairs[need]
        which = lasting(programme) & column.in_(ids)
    else:
        return None
    return (
        sa.select(column.label("of"), member_table.c.id, member_table.c.name)
        .distinct()
        .join_from(member_id.table, member_table, member_table.c.id == member_id)
        .where(rows_of(member_table, programme.workspace_id, state=HERE), which)
        .order_by(member_table.c.name)
    )


async def figures(connection: AsyncConnection, programme: Programme, *, now: datetime) -> Figures:
    """Count the groups, meetings and people of a programme."""
    workspace_id = programme.workspace_id
    today = local_date(now, programme.timezone)
    its = rows_of(meeting, workspace_id, programme_id=programme.id)
    seated = (
        sa.exists()
        .where(of_group(seat_table), seat_table.c.role == Role.MENTEE.value)
        .correlate(group_table)
    )
    has_met = sa.exists().where(of_group(meeting)).correlate(group_table)
    groups = (
        sa.select(
            sa.func.count().label("groups"), sa.func.count(sa.case((has_met, 1))).label("met")
        )
        .where(rows_of(group_table, workspace_id, programme_id=programme.id), seated)
        .subquery()
    )

    def within(first: timedelta, last: timedelta) -> sa.ColumnElement[bool]:
        return its & meeting.c.held_on.between(today - first, today - last)

    lately = within(timedelta(days=27), timedelta(0))
    week, before = timedelta(days=6), timedelta(days=7)
    mentees = sa.select(pairing_table.c.mentee_id).distinct().where(lasting(programme))
    wrote = sa.select(sa.func.count(sa.distinct(checkin.c.member_id))).where(
        rows_of(checkin, workspace_id, programme_id=programme.id),
        checkin.c.written_at > sa.literal(now - timedelta(weeks=2), INSTANT),
    )
    waiting = rows_of(waitlist_table, workspace_id, programme_id=programme.id)
    counts: dict[str, sa.Select[Any]] = {
        "met_lately": sa.select(sa.func.count(sa.distinct(meeting.c.group_id))).where(lately),
        "meetings": sa.select(sa.func.count()).where(within(week, timedelta(0))),
        "meetings_before": sa.select(sa.func.count()).where(within(week + before, before)),
        "mentees": sa.select(sa.func.count()).select_from(mentees.subquery()),
        "wrote": wrote,
        "waiting": sa.select(sa.func.count()).select_from(waitlist_table).where(waiting),
    }
    others = (one.scalar_subquery().label(name) for name, one in counts.items())
    query = sa.select(groups, *others)
    row = (await connection.execute(query)).one()
    return Figures(**row._asdict())
