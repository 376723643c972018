"""A programme, the template and the calendar it follows, and its mentoring groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from pydantic import TypeAdapter

from bot.kernel.clock import local_date, monday_of
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.people.model import Role
from bot.schedule.calendar import Break
from bot.schedule.model import Rhythm

MOST_NAME_CHARS = 75
"""A name fits on a button and in a select."""
MOST_CONTACT_CHARS = 300
FIRST_PREPARATION_WEEK = -12
MOST_WEEKS = 104
USUAL_HOURS = Rhythm()
CONCERN_HOURS = 24
"""A concern goes to the deputy, too, after so many working hours, unless the coordinator chose."""


class Use(StrEnum):
    """The capabilities that a programme may do without, each by its name.

    The contacts and the way to raise a concern are not among them: they are always there.
    """

    PROFILE = "profiles"
    CHECKINS = "checkins"
    STAGES = "stages"
    GOALS = "goals"
    COMPASS = "compass"
    AGREEMENTS = "agreements"
    MEETINGS = "meetings"
    NUDGES = "nudges"
    RELATIONSHIP = "relationship"
    COMMUNITY = "community"
    PEERS = "peers"
    CLOSING = "closing"
    RESEARCH = "research"


USES_OF_EARLIER = (
    (Use.PROFILE, FIRST_PREPARATION_WEEK),
    *((use, 1) for use in (Use.CHECKINS, Use.STAGES, Use.MEETINGS, Use.NUDGES)),
)
"""The capabilities of every programme made before there was a choice."""


class ProgrammeState(StrEnum):
    """A programme goes from draft to running to closed, and never back."""

    DRAFT = "draft"
    RUNNING = "running"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """The focus of a role in weeks `first_week` to `last_week`; week 1 holds the start."""

    audience: Role
    first_week: int
    last_week: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The make-up of a programme. Comes from config/programmes/*.yaml.

    Weekdays count from Monday = 0. Times are local: the member's zone for check-ins and nudges,
    the programme's zone for the pulse. `framework_id` and `instrument_id` name other files of the
    catalogue. `group_stages` is mixed, alike or any; `group_company` names what nobody should be
    the only one of in a group: site, department. `uses` names the capabilities that the programme
    has, each with the week from which members meet it; what is not named is nowhere to be seen.
    """

    id: str
    name: str
    description: str
    weeks: int
    framework_id: str
    instrument_id: str
    checkin_every_weeks: int
    checkin_first_week: int
    checkin_weekday: int
    checkin_time: time
    checkin_every_weeks_by_stage: tuple[tuple[str, int], ...] = ()
    nudge_weekday: int
    nudge_time: time
    pulse_every_weeks: int
    pulse_first_week: int
    pulse_weekday: int
    pulse_time: time
    pulse_open_days: int
    pulse_cell_level: str = "group"
    """The unit that the pulse reports on: each `group`, or the `programme` as a whole."""
    keep_words_days: int = 90
    """After the close, until what members wrote is deleted."""
    keep_names_days: int = 365
    keep_notice_days: int = 14
    pulse_comments: bool = False
    """Whether the pulse has room for a comment, from the next round on."""
    mentees_per_group_min: int
    mentees_per_group_max: int
    mentors_per_group: int
    group_stages: str = "any"
    group_company: tuple[str, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    uses: tuple[tuple[Use, int], ...] = USES_OF_EARLIER

    def checkin_weeks_for(self, stage: str | None) -> int:
        """Count the weeks between check-ins for a mentee at `stage`, whatever its capitals."""
        wanted = (stage or "").strip().casefold()
        return next(
            (
                weeks
                for name, weeks in self.checkin_every_weeks_by_stage
                if name.strip().casefold() == wanted
            ),
            self.checkin_every_weeks,
        )


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """A number of weeks that are not counted, from a Monday on: all that follows comes later.

    Below 0, so many numbers are left out on that Monday: all that follows comes earlier.
    """

    monday: date
    weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A run of mentoring with a calendar. `timezone` is an IANA name.

    `template` is a copy made when the programme was created: a changed file never changes a
    programme under way. `crisis_contact` and `concern_contact` are what members read, as written.
    `concern_person` and, after `concern_hours` working hours, `concern_deputy` are told of concerns
    by Cairn; None where a programme began before they were asked for.
    Whole weeks within `breaks` are not counted, nor are those of `shifts`: the weeks after them
    move, and come earlier by shifts below 0. In a break nobody is asked for anything; in a shift
    check-ins and nudges go on.
    `closes_on` is the day, of which coordinators were told, on which it closes by itself.
    `conduct_text` and `consent_text` are the digests of its own texts, None for those that stand in
    the files; `conduct_again` of the code of conduct that who accepted another was asked to accept.
    Members who chose no hours of their own are left in peace from `quiet_from` to `quiet_until`.
    `channel_confirmed` and `channel_problem` are facts about the channel for digests: those that a
    coordinator has confirmed, and those for which digests do not go there.
    """

    id: ProgrammeId
    workspace_id: WorkspaceId
    name: str
    template_id: str
    framework_id: str
    state: ProgrammeState
    starts_on: date
    weeks: int
    timezone: str
    coordinator_channel: str | None = None
    channel_confirmed: str | None = None
    channel_problem: str | None = None
    channel_checked_on: date | None = None
    crisis_contact: str | None = None
    concern_contact: str | None = None
    concern_person: MemberId | None = None
    concern_deputy: MemberId | None = None
    concern_hours: int = CONCERN_HOURS
    conduct_text: str | None = None
    conduct_again: str | None = None
    consent_text: str | None = None
    quiet_from: time = USUAL_HOURS.quiet_from
    quiet_until: time = USUAL_HOURS.quiet_until
    template: Template
    breaks: tuple[Break, ...] = ()
    shifts: tuple[Shift, ...] = ()
    closes_on: date | None = None

    @property
    def usual_hours(self) -> Rhythm:
        """Give the hours and days of members who have chosen none of their own."""
        return Rhythm(quiet_from=self.quiet_from, quiet_until=self.quiet_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A mentoring group. `slack_channel` is None until its private channel was opened."""

    id: GroupId
    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    name: str
    slack_channel: str | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One member's seat in one mentoring group, with the role they have there."""

    group_id: GroupId
    member_id: MemberId
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """Counts of the members who take part and are paired, and of the programme's groups.

    A member with several roles is one of the `people`, and counts in each role. `capacity` counts
    the mentees that all who mentor can take, `coordinators` everybody who coordinates.
    """

    mentors: int
    peer_mentors: int
    mentees: int
    people: int
    accepted: int
    away: int
    groups: int
    capacity: int = 0
    coordinators: int = 1

    @property
    def to_accept(self) -> int:
        return self.people - self.accepted


def first_monday(programme: Programme) -> date:
    """Give the Monday of week 1, the week that holds the start."""
    return monday_of(programme.starts_on)


def _free_mondays(programme: Programme) -> list[date]:
    """List the Mondays of weeks after the first that are not counted.

    Their working days all lie in a break, or the calendar was shifted there: by as many weeks as
    it says, beside those of a break.
    """
    found = set()
    for one in programme.breaks:
        monday = monday_of(one.first + timedelta(days=6))  # the first that is not before it
        while monday + timedelta(days=4) <= one.last:
            if monday > first_monday(programme):
                found.add(monday)
            monday += timedelta(weeks=1)
    for shift in programme.shifts:
        monday, left = shift.monday, max(0, shift.weeks)
        while left:
            left -= monday not in found
            found.add(monday)
            monday += timedelta(weeks=1)
    return sorted(found)


def monday_of_week(programme: Programme, week: int) -> date:
    """Find the Monday of the programme's week number `week`; week 1 holds the start.

    Of a week whose number is left out, that of the first after it.
    """
    monday = first_monday(programme) + timedelta(weeks=week - 1)
    left_out = [(one.monday, one.weeks) for one in programme.shifts if one.weeks < 0]
    for day, weeks in sorted([*((free, 1) for free in _free_mondays(programme)), *left_out]):
        if day <= monday:
            monday = max(day, monday + timedelta(weeks=weeks))
    return monday


def week_of(programme: Programme, now: datetime) -> int:
    """Give the number of the week of `now` by the programme's clocks; week 1 holds the start.

    A week that is not counted has the number of the week before it.
    """
    return week_on(programme, local_date(now, programme.timezone))


def week_on(programme: Programme, day: date) -> int:
    """Give the number of the week of a day, as `week_of` does."""
    free = sum(monday <= day for monday in _free_mondays(programme))
    left_out = sum(one.weeks for one in programme.shifts if one.weeks < 0 and one.monday <= day)
    return (day - first_monday(programme)).days // 7 + 1 - free - left_out


def is_counted(programme: Programme, monday: date) -> bool:
    """Say whether the week of this Monday has a number of its own."""
    return monday not in _free_mondays(programme)


def is_left_out(programme: Programme, week: int) -> bool:
    """Say whether there is no week of this number, since all came earlier."""
    monday = monday_of_week(programme, week)
    return bool(programme.shifts) and week_on(programme, monday) != week


def last_day(programme: Programme) -> date:
    """Give the Sunday of the last week."""
    return monday_of_week(programme, programme.weeks + 1) - timedelta(days=1)


def uses(programme: Programme, use: Use) -> bool:
    """Say whether the programme has this at all, in whatever week."""
    return use in dict(programme.template.uses)


def in_use(programme: Programme, use: Use, now: datetime) -> bool:
    """Say whether the programme has this, and the week has come in which members meet it."""
    first_week = dict(programme.template.uses).get(use)
    return first_week is not None and week_of(programme, now) >= first_week


def is_over(programme: Programme, now: datetime) -> bool:
    """Say whether the last week of the calendar has passed."""
    return week_of(programme, now) > programme.weeks


CLOSES_AFTER = timedelta(weeks=4)
"""So long after its last day a programme closes that nobody closes or lets go on."""
TOLD_BEFORE_CLOSE = timedelta(weeks=2)


def closing_day(programme: Programme, today: date) -> date:
    """Give the day on which a programme that is over closes by itself.

    It is the one that coordinators were told of, as long as the last day has not moved since.
    """
    earliest = last_day(programme) + CLOSES_AFTER
    told = programme.closes_on
    return told if told and told >= earliest else max(earliest, today + TOLD_BEFORE_CLOSE)


def milestones_for(programme: Programme, role: Role, week: int) -> tuple[Milestone, ...]:
    """Find what members of `role` are about in this week; the one that ends first leads."""
    found = [
        one
        for one in programme.template.milestones
        if one.audience is role and one.first_week <= week <= one.last_week
    ]
    return tuple(sorted(found, key=lambda one: (one.last_week, one.first_week)))


_TEMPLATE = TypeAdapter(Template)


def template_snapshot(template: Template) -> dict[str, object]:
    """Turn `template` into JSON values; `template_from_snapshot` gives an equal one back."""
    values: dict[str, object] = _TEMPLATE.dump_python(template, mode="json")
    return values


def template_from_snapshot(snapshot: Mapping[str, object]) -> Template:
    """Make the template of which `snapshot` was made."""
    return _TEMPLATE.validate_python(snapshot)
