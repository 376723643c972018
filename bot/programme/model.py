"""A programme, the template it follows, and its mentoring groups."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any

from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.people.model import Role


class ProgrammeState(StrEnum):
    """A programme goes from draft to running to closed, and never back."""

    DRAFT = "draft"
    RUNNING = "running"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """The focus of one role in weeks `first_week` to `last_week`, both included.

    Week 1 is the week of the start; weeks up to 0 come before it.
    """

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
    the only one of in a group: site, department.
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
    """What the pulse reports on: each `group`, or the `programme` as a whole."""
    pulse_comments: bool = False
    """Whether the pulse has room for a comment, from the next round on."""
    mentees_per_group_min: int
    mentees_per_group_max: int
    mentors_per_group: int
    group_stages: str = "any"
    group_company: tuple[str, ...] = ()
    milestones: tuple[Milestone, ...] = ()

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A run of mentoring with a calendar. `timezone` is an IANA name.

    `template` is a copy made when the programme was created: a changed file never changes a
    programme under way. `crisis_contact` and `concern_contact` are what members read, as written.
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
    crisis_contact: str | None = None
    concern_contact: str | None = None
    template: Template


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
    """Counts of the members who take part, coordinators aside, and of the programme's groups."""

    mentors: int
    peer_mentors: int
    mentees: int
    accepted: int
    to_accept: int
    away: int
    groups: int

    @property
    def people(self) -> int:
        return self.mentors + self.peer_mentors + self.mentees


_TIMES = ("checkin_time", "nudge_time", "pulse_time")


def template_snapshot(template: Template) -> dict[str, object]:
    """Write `template` as JSON values; `template_from_snapshot` gives an equal one back."""
    values = asdict(template)
    values.update({name: values[name].isoformat() for name in _TIMES})
    values["milestones"] = [
        {**milestone, "audience": milestone["audience"].value} for milestone in values["milestones"]
    ]
    values["checkin_every_weeks_by_stage"] = [
        list(pair) for pair in template.checkin_every_weeks_by_stage
    ]
    return values


def template_from_snapshot(snapshot: Mapping[str, Any]) -> Template:
    """Give the template of which `snapshot` was made."""
    values = dict(snapshot)
    values.update({name: time.fromisoformat(values[name]) for name in _TIMES})
    values["milestones"] = tuple(
        Milestone(**{**milestone, "audience": Role(milestone["audience"])})
        for milestone in values["milestones"]
    )
    values["checkin_every_weeks_by_stage"] = tuple(
        (stage, weeks) for stage, weeks in values["checkin_every_weeks_by_stage"]
    )
    values["group_company"] = tuple(values.get("group_company", ()))
    return Template(**values)
