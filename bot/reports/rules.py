"""Count a programme's meetings, participation and changes for its reports."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, time, timedelta

from bot.goals.model import GoalStatus
from bot.kernel.clock import local_date
from bot.kernel.ids import GroupId, MemberId
from bot.matching.model import EndReason
from bot.meetings.rules import once_each
from bot.people.model import Role
from bot.portfolio.rules import noted_minutes
from bot.programme.model import Programme, ProgrammeState, is_over, last_day
from bot.reports.disclosure import count, share
from bot.reports.model import (
    MeetingsRow,
    MonthRow,
    NotedMeeting,
    Practice,
    Report,
    ReportFacts,
    RoundRow,
    SeatChanges,
    SeatTerm,
    Span,
    StageRelease,
    TrainingRow,
)
from bot.schedule.rules import instant_of, zone
from bot.stages.model import Framework
from bot.stages.rules import level_after
from bot.training.model import MentorTraining

REPORTED_ROLES = (Role.MENTEE, Role.MENTOR, Role.PEER_MENTOR)
MONTHS_OF_A_HALF_YEAR = 6
FORMER_GROUP = "A former group"
ONE_DAY = timedelta(days=1)
LATE_FOR = timedelta(days=7)
"""So long after its end a month is counted: a check-in asked for in it may still be written."""


def ended_on(programme: Programme, seats: Sequence[SeatTerm], *, now: datetime) -> date | None:
    """Find the last day of a programme that has ended; None while it runs."""
    closed = [
        local_date(one.ended_at, programme.timezone)
        for one in seats
        if one.ended_at and one.end_reason is EndReason.PROGRAMME_CLOSED
    ]
    if programme.state is ProgrammeState.CLOSED and closed:
        return min(max(closed), last_day(programme))
    is_past = programme.state is ProgrammeState.CLOSED or is_over(programme, now)
    return last_day(programme) if is_past else None


def months_between(first: date, last: date) -> list[Span]:
    """List the months from that of `first` to that of `last`."""
    found, day = [], first.replace(day=1)
    while day <= last:
        after = _next_month(day)
        found.append(Span(day, after - ONE_DAY))
        day = after
    return found


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def half_years(first: date, last: date) -> list[Span]:
    """List the half-years from the month of `first` on, up to that which holds `last`."""
    months = months_between(first, max(first, last))
    found = []
    for at in range(0, len(months), MONTHS_OF_A_HALF_YEAR):
        end = months[at].first
        for _ in range(MONTHS_OF_A_HALF_YEAR):
            end = _next_month(end)
        found.append(Span(months[at].first, end - ONE_DAY))
    return found


def stages_on(programme: Programme, seats: Sequence[SeatTerm], *, now: datetime) -> date | None:
    """Find the last day at whose end stages may be counted: of a month, or of the programme."""
    today = local_date(now, programme.timezone)
    ended = ended_on(programme, seats, now=now)
    until = min(today, ended) if ended else today
    over = [one.last for one in months_between(programme.starts_on, until) if one.last < today]
    days = [day for day in over if day <= until]
    if ended and programme.starts_on <= ended < today:
        days.append(ended)
    return max(days, default=None)


def end_of(day: date, programme: Programme) -> datetime:
    """Give the instant at which a day ends by the programme's clocks."""
    return instant_of(day + ONE_DAY, time(0), zone(programme.timezone))


def counts_by_stage(
    framework: Framework,
    seats: Sequence[SeatTerm],
    *,
    end: datetime,
    initial: Mapping[MemberId, str | None],
    moves: Mapping[MemberId, str],
) -> list[int]:
    """Count by stage the mentees who had a seat just before `end`; those erased are not there."""
    counts = [0] * len(framework.levels)
    there = {
        one.mentee_id
        for one in seats
        if one.started_at < end
        and (
            one.ended_at is None
            or one.ended_at >= end
            or one.end_reason is EndReason.PROGRAMME_CLOSED
        )
    }
    for mentee in there & initial.keys():
        level = level_after(framework, moves.get(mentee), initial=initial[mentee])
        counts[framework.position(level.name)] += 1
    return counts


def report_of(
    programme: Programme,
    facts: ReportFacts,
    *,
    rounds: Sequence[RoundRow],
    stages: StageRelease | None,
    stages_due: date | None,
    now: datetime,
) -> Report:
    """Count all that a programme's reports say."""
    today = local_date(now, programme.timezone)
    ended = ended_on(programme, facts.seats, now=now)
    until = max(programme.starts_on, min(today, ended) if ended else today)
    spans = half_years(programme.starts_on, until)
    held = once_each(facts.meetings)
    people = _people(facts, facts.seats)
    return Report(
        name=programme.name,
        starts_on=programme.starts_on,
        ends_on=ended or last_day(programme),
        is_closed=programme.state is ProgrammeState.CLOSED,
        made_on=today,
        until=until,
        half_years=tuple(spans),
        people={role: len(found) for role, found in people.items()},
        groups=len(_groups(facts)),
        groups_met=len({one.group_id for one in facts.meetings}),
        meetings_by_half_year=tuple(
            sum(_half_year(one.held_on, spans) == at for one in held) for at in range(len(spans))
        ),
        minutes=_minutes(held),
        meetings=tuple(_meetings(facts, spans)),
        months=tuple(_months(programme, facts, until=until, today=today)),
        practice=_practice(facts, people),
        training=tuple(_training(facts, _mentors(people))),
        rounds=tuple(rounds),
        stages=stages,
        stages_due=stages_due,
        changes=_changes(facts),
    )


def _people(facts: ReportFacts, seats: Iterable[SeatTerm]) -> dict[Role, set[MemberId]]:
    """Find who had a seat, by role."""
    found: dict[Role, set[MemberId]] = {role: set() for role in REPORTED_ROLES}
    for one in seats:
        found[Role.MENTEE].add(one.mentee_id)
        found[facts.roles.get(one.mentor_id, Role.MENTOR)].add(one.mentor_id)
    return found


def _groups(facts: ReportFacts) -> list[tuple[str, GroupId]]:
    """List the groups that had people or met, by name; one that is gone has none of its own."""
    ids = {one.group_id for one in facts.seats} | {one.group_id for one in facts.meetings}
    named = [(facts.groups.get(one, FORMER_GROUP), one) for one in ids]
    return sorted(named, key=lambda one: (one[0].casefold(), one[1]))


def _half_year(day: date, spans: Sequence[Span]) -> int:
    """Find the half-year of a day; what was before the first or after the last belongs there."""
    return next((at for at, span in enumerate(spans) if day <= span.last), len(spans) - 1)


def _meetings(facts: ReportFacts, spans: Sequence[Span]) -> Iterator[MeetingsRow]:
    """Give a row for each group and half-year, also where the group did not meet."""
    held: dict[tuple[GroupId, int], list[NotedMeeting]] = defaultdict(list)
    for one in facts.meetings:
        held[one.group_id, _half_year(one.held_on, spans)].append(one)
    for name, group_id in _groups(facts):
        for at in range(len(spans)):
            theirs = held[group_id, at]
            months = sorted({one.held_on.replace(day=1) for one in theirs})
            yield MeetingsRow(name, at, len(theirs), tuple(months), _minutes(theirs))


def _minutes(held: Sequence[NotedMeeting]) -> int | None:
    return sum(noted_minutes(one.minutes, one.length) for one in held) or None


def _months(
    programme: Programme, facts: ReportFacts, *, until: date, today: date
) -> Iterator[MonthRow]:
    """Count participation in each month that has been over for LATE_FOR."""
    asked: dict[date, list[tuple[MemberId, bool]]] = defaultdict(list)
    for one in facts.prompts:
        for at, was_written in one.asked:
            day = local_date(at, programme.timezone)
            if programme.starts_on <= day <= until:
                asked[day.replace(day=1)].append((one.member_id, was_written))
    met: dict[date, set[MemberId]] = defaultdict(set)
    for day, member_id in facts.met:
        met[day.replace(day=1)].add(member_id)
    for month in months_between(programme.starts_on, until):
        if min(month.last, until) + LATE_FOR < today:
            here = _people(facts, _seated_in(month, facts.seats, programme))
            yield _month(month, here, asked[month.first], met[month.first])


def _seated_in(month: Span, seats: Sequence[SeatTerm], programme: Programme) -> Iterator[SeatTerm]:
    begins, ends = end_of(month.first - ONE_DAY, programme), end_of(month.last, programme)
    for one in seats:
        if one.started_at < ends and (one.ended_at is None or one.ended_at > begins):
            yield one


def _month(
    month: Span,
    people: Mapping[Role, Set[MemberId]],
    asked: Sequence[tuple[MemberId, bool]],
    met: Set[MemberId],
) -> MonthRow:
    written = sum(was_written for _, was_written in asked)
    writers = len({member_id for member_id, _ in asked})
    return MonthRow(
        month=month.first,
        people={role: len(found) for role, found in people.items()},
        checkins=share(written, len(asked), people=writers),
        met={role: share(len(found & met), len(found)) for role, found in people.items()},
    )


def _practice(facts: ReportFacts, people: Mapping[Role, Set[MemberId]]) -> Practice:
    everybody = frozenset().union(*people.values())
    mentees, peers = people[Role.MENTEE], people[Role.PEER_MENTOR]
    with_goal = {member for member, _ in facts.goals}
    mentors, in_training = _mentors(people), {m for one in facts.training for m in one.people}
    return Practice(
        conduct=share(len(everybody & facts.accepted), len(everybody)),
        agreements=share(facts.agreed, facts.pairs),
        goals=count(len(facts.goals)),
        with_goal=share(len(mentees & with_goal), len(mentees)),
        mentors_trained=share(len(mentors & in_training), len(mentors)),
        goals_done=count(sum(status == GoalStatus.DONE for _, status in facts.goals)),
        peer_mentors_trained=share(len(peers & facts.trained), len(peers)),
        trained=count(len(everybody & facts.trained)),
    )


def _mentors(people: Mapping[Role, Set[MemberId]]) -> Set[MemberId]:
    """Find all who mentored, as a mentor or as a peer-mentor."""
    return people[Role.MENTOR] | people[Role.PEER_MENTOR]


def _training(facts: ReportFacts, mentors: Set[MemberId]) -> Iterator[TrainingRow]:
    """Give a row for each name of a training in which mentors of the programme took part."""
    named: dict[str, list[MentorTraining]] = defaultdict(list)
    for one in facts.training:  # the latest first
        if not mentors.isdisjoint(one.people):
            named[one.name.casefold()].append(one)
    for _, each in sorted(named.items()):
        there = mentors & {member for one in each for member in one.people}
        yield TrainingRow(each[0].name, len(each), each[0].held_on, count(len(there)))


def _changes(facts: ReportFacts) -> SeatChanges:
    mentors = {p.mentor_id for p in facts.seats if p.end_reason is EndReason.MENTOR_LEFT}
    mentees = {p.mentee_id for p in facts.seats if p.end_reason is EndReason.MENTEE_LEFT}
    return SeatChanges(count(facts.rematched), count(len(mentors)), count(len(mentees)))
