"""Say in SQL what needs a coordinator: a query of each kind, over a programme's rows."""

from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from bot.kernel.database import rows_of
from bot.kinds import ToDoKind
from bot.matching.model import MENTORING, WISHES_AND_MOVED, WISHES_TO_MOVE
from bot.matching.tables import pairing_table, waitlist_table
from bot.meetings.model import PlanState
from bot.meetings.tables import meeting, planned_meeting
from bot.overview import rules
from bot.people.model import MemberState
from bot.people.tables import member_table
from bot.programme.model import Programme
from bot.programme.tables import group_table, seat_table
from bot.schedule.rules import instant_of, zone
from bot.stages.model import StageEventKind
from bot.stages.tables import stage_event

TIMES_OPEN_FOR = timedelta(days=14)
INSTANT = pairing_table.c.started_at.type
ASKED = [WISHES_TO_MOVE, WISHES_AND_MOVED]
HERE = [MemberState.ACTIVE.value, MemberState.PAUSED.value]


def queries(programme: Programme, now: datetime) -> dict[ToDoKind, sa.Select[Any]]:
    """Build the query of each kind: columns `id`, `name`, `since`, and what its lines say."""
    return {
        ToDoKind.GROUPS_NOT_MET: _not_met(programme, now),
        ToDoKind.GROUPS_GONE_QUIET: _gone_quiet(programme, now),
        ToDoKind.MENTORS_AWAY: _mentor_away(programme, now),
        ToDoKind.MENTORS_OVER_CAPACITY: _over_capacity(programme),
        ToDoKind.ASKED_TO_MOVE: _waiting(programme, asked=True),
        ToDoKind.WAIT_FOR_SEAT: _waiting(programme, asked=False),
        ToDoKind.CLAIMS_WAIT: _claim_waits(programme, now),
    }


def lasting(programme: Programme) -> sa.ColumnElement[bool]:
    """Match the programme's pairings of now."""
    its = rows_of(pairing_table, programme.workspace_id, programme_id=programme.id)
    return its & pairing_table.c.ended_at.is_(None)


def of_group(table: sa.Table) -> sa.ColumnElement[bool]:
    """Match the rows of `table` that are a group's, within a query of groups."""
    return (table.c.workspace_id == group_table.c.workspace_id) & (
        table.c.group_id == group_table.c.id
    )


def _columns(*, since: sa.ColumnElement[Any], table: sa.Table, **more: Any) -> list[Any]:
    named = [value.label(name) for name, value in more.items()]
    return [table.c.id, table.c.name, since.label("since"), *named]


def _unplanned(now: datetime) -> sa.ColumnElement[bool]:
    """Match groups with no date ahead, and no times that were offered of late."""
    at = sa.literal(now, INSTANT)
    fixed = (planned_meeting.c.state == PlanState.FIXED.value) & (planned_meeting.c.starts_at > at)
    offered = (planned_meeting.c.state == PlanState.OFFERED.value) & (
        planned_meeting.c.offered_at > sa.literal(now - TIMES_OPEN_FOR, INSTANT)
    )
    return ~sa.exists().where(of_group(planned_meeting), fixed | offered).correlate(group_table)


def _introduced() -> sa.ScalarSelect[Any]:
    """Select since when a group has had its people: since its first lasting pairing."""
    started = sa.func.min(pairing_table.c.started_at, type_=INSTANT)
    query = sa.select(started).where(of_group(pairing_table), pairing_table.c.ended_at.is_(None))
    return query.correlate(group_table).scalar_subquery()


def _start_of(day: date, programme: Programme) -> datetime:
    return instant_of(day, time(0), zone(programme.timezone))


def _not_met(programme: Programme, now: datetime) -> sa.Select[Any]:
    before = _start_of(rules.weeks_before(programme, now, rules.FIRST_MEETING_WEEKS), programme)
    introduced = _introduced()
    return sa.select(*_columns(since=introduced, table=group_table)).where(
        rows_of(group_table, programme.workspace_id, programme_id=programme.id),
        ~sa.exists().where(of_group(meeting)).correlate(group_table),
        introduced < sa.literal(before, INSTANT),
        _unplanned(now),
    )


def _gone_quiet(programme: Programme, now: datetime) -> sa.Select[Any]:
    before = rules.weeks_before(programme, now, rules.QUIET_WEEKS)
    last = (
        sa.select(sa.func.max(meeting.c.held_on, type_=sa.Date()))
        .where(of_group(meeting))
        .correlate(group_table)
        .scalar_subquery()
    )
    introduced = _introduced()
    return sa.select(*_columns(since=introduced, table=group_table, last_met=last)).where(
        rows_of(group_table, programme.workspace_id, programme_id=programme.id),
        last < sa.literal(before, sa.Date()),
        introduced.is_not(None),
        _unplanned(now),
    )


def _mentees_of_mentor(programme: Programme) -> sa.ScalarSelect[Any]:
    """Select how many mentees a mentor has now, over all their groups."""
    mentees = sa.func.count(sa.distinct(pairing_table.c.mentee_id))
    query = sa.select(mentees).where(
        lasting(programme), pairing_table.c.mentor_id == member_table.c.id
    )
    return query.correlate(member_table).scalar_subquery()


def _mentor_away(programme: Programme, now: datetime) -> sa.Select[Any]:
    until, since = member_table.c.paused_until, member_table.c.away_from
    soon = sa.literal(now + rules.AWAY_FOR, INSTANT)
    for_long = (
        until.is_(None) | (until > soon) | (since < sa.literal(now - rules.AWAY_FOR, INSTANT))
    )
    mentees = _mentees_of_mentor(programme)
    its = _columns(since=since, table=member_table, until=until, count=mentees)
    return sa.select(*its).where(
        rows_of(member_table, programme.workspace_id, state=MemberState.PAUSED),
        since.is_not(None),
        until.is_(None) | (until > sa.literal(now, INSTANT)),
        for_long,
        mentees > 0,
    )


def _over_capacity(programme: Programme) -> sa.Select[Any]:
    """Select mentors with more mentees than they, and whoever mentors beside them, said."""
    own, beside = seat_table.alias("own_seat"), seat_table.alias("seat_beside")
    mentor = member_table.alias("mentor_beside")
    roles, workspace_id = [role.value for role in MENTORING], programme.workspace_id

    def mentoring(seat: sa.FromClause) -> sa.ColumnElement[bool]:
        return (seat.c.workspace_id == workspace_id) & seat.c.role.in_(roles)

    groups = sa.select(own.c.group_id).where(mentoring(own), own.c.member_id == member_table.c.id)
    groups = groups.correlate(member_table)
    together = sa.select(beside.c.member_id).where(mentoring(beside), beside.c.group_id.in_(groups))
    limit = (
        sa.select(sa.func.sum(mentor.c.capacity))
        .where(mentor.c.workspace_id == workspace_id, mentor.c.id.in_(together))
        .correlate(member_table)
        .scalar_subquery()
    )
    # A pair lasts once in a programme, so pairs are counted, and from an index alone.
    counted = (
        sa.select(pairing_table.c.mentor_id, sa.func.count().label("mentees"))
        .where(lasting(programme))
        .group_by(pairing_table.c.mentor_id)
        .subquery()
    )
    started = sa.select(sa.func.min(pairing_table.c.started_at, type_=INSTANT)).where(
        lasting(programme), pairing_table.c.mentor_id == member_table.c.id
    )
    since, mentees = started.correlate(member_table).scalar_subquery(), counted.c.mentees
    its = _columns(since=since, table=member_table, count=mentees, limit=limit)
    return (
        sa.select(*its)
        .join_from(counted, member_table, counted.c.mentor_id == member_table.c.id)
        .where(
            rows_of(member_table, workspace_id, state=HERE),
            mentees > member_table.c.capacity,
            mentees > limit,
        )
    )


def _waiting(programme: Programme, *, asked: bool) -> sa.Select[Any]:
    """Select who waits for a seat: who asked for another mentor, or everybody else."""
    reason = waitlist_table.c.reason
    its = _columns(since=waitlist_table.c.since, table=member_table, why=reason)
    same = (waitlist_table.c.workspace_id == member_table.c.workspace_id) & (
        waitlist_table.c.member_id == member_table.c.id
    )
    return (
        sa.select(*its)
        .join_from(waitlist_table, member_table, same)
        .where(
            rows_of(waitlist_table, programme.workspace_id, programme_id=programme.id),
            member_table.c.state == MemberState.ACTIVE.value,
            reason.in_(ASKED) if asked else reason.not_in(ASKED),
        )
    )


def _claim_waits(programme: Programme, now: datetime) -> sa.Select[Any]:
    """Select mentees whose last line of their history is a claim of some weeks ago."""
    later, its = stage_event.alias("later_event"), stage_event
    same = (later.c.workspace_id == its.c.workspace_id) & (later.c.member_id == its.c.member_id)
    answered = sa.exists().where(same, later.c.number > its.c.number).correlate(its)
    paired = sa.exists().where(lasting(programme), pairing_table.c.mentee_id == its.c.member_id)
    whose = (its.c.workspace_id == member_table.c.workspace_id) & (
        its.c.member_id == member_table.c.id
    )
    return (
        sa.select(*_columns(since=its.c.at, table=member_table))
        .join_from(its, member_table, whose)
        .where(
            rows_of(its, programme.workspace_id, kind=StageEventKind.CLAIMED.value),
            its.c.framework_id == programme.framework_id,
            its.c.at < sa.literal(now - rules.CLAIM_WAITS_FOR, INSTANT),
            ~answered,
            member_table.c.state == MemberState.ACTIVE.value,
            paired.correlate(its),
        )
    )
