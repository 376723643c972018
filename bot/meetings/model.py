"""A meeting that took place, and one that is planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId

MeetingId = NewType("MeetingId", str)
PlanId = NewType("PlanId", str)

LENGTHS = (15, 30, 45, 60, 90, 120)
"""The minutes for which a meeting can be planned."""
MOST_TIMES = 5
"""The times that a mentor offers: more would be a survey."""
FARTHEST_AHEAD = timedelta(days=366)
"""From today to the first of the days on which times are looked for."""
LOOKS_AHEAD = timedelta(days=14)
"""The days on which times are looked for."""
CORRECTED_WITHIN = timedelta(days=14)


class Mode(StrEnum):
    """The ways of meeting."""

    IN_PERSON = "in_person"
    VIDEO = "video"
    PHONE = "phone"
    CHAT = "chat"


class Length(StrEnum):
    """The length of a meeting, as a band of minutes."""

    UNDER_30 = "under_30"
    FROM_30_TO_60 = "30_to_60"
    OVER_60 = "over_60"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One held meeting. `held_on` is the mentor's local date; mode and length may be left out.

    `minutes` is None where only a band was noted. `objecting` are mentees who say that it was not
    so. People who were not there are not named anywhere.
    """

    id: MeetingId
    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    group_id: GroupId
    held_on: date
    mode: Mode | None
    length: Length | None
    minutes: int | None = None
    mentees: frozenset[MemberId]
    mentors: frozenset[MemberId] = frozenset()
    recorded_by: MemberId
    recorded_at: datetime
    objecting: frozenset[MemberId] = frozenset()

    def may_change(self, now: datetime) -> bool:
        """Say whether the record may be corrected: for 14 days, and while a mentee objects."""
        return bool(self.objecting) or now - self.recorded_at <= CORRECTED_WITHIN


class PlanState(StrEnum):
    """The states of a planned meeting: times are offered, one is fixed, and it is held or not."""

    OFFERED = "offered"
    FIXED = "fixed"
    HELD = "held"
    MISSED = "missed"
    CALLED_OFF = "called_off"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMeeting:
    """A meeting that a mentor plans. `starts_at` is there once the time is fixed.

    `times` are those that were offered, by number; `answers` say by member and number who can.
    `changes` counts the changes, for calendars.
    """

    id: PlanId
    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    group_id: GroupId
    minutes: int
    state: PlanState
    offered_by: MemberId
    offered_at: datetime
    starts_at: datetime | None = None
    changed_at: datetime
    changes: int = 0
    times: Mapping[int, datetime] = field(default_factory=dict)
    answers: Mapping[MemberId, Mapping[int, bool]] = field(default_factory=dict)

    @property
    def ends_at(self) -> datetime | None:
        return self.starts_at and self.starts_at + timedelta(minutes=self.minutes)

    def open_times(self, now: datetime) -> dict[int, datetime]:
        """Give the offered times that are still to come, in their order."""
        is_open = self.state is PlanState.OFFERED
        found = sorted(self.times.items(), key=lambda one: one[1])
        return {number: at for number, at in found if is_open and at > now}

    def has_answered(self, member_id: MemberId, now: datetime) -> bool:
        """Say whether a member has answered every time that is still to come."""
        return self.open_times(now).keys() <= self.answers.get(member_id, {}).keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A record to which mentees object: their names, and since when (UTC) the first does."""

    meeting_id: MeetingId
    group_id: GroupId
    held_on: date
    names: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMeetings:
    """The meetings of one group: what is planned, the last that was held, and who objects to it.

    `objections` are for a mentor alone.
    """

    group_id: GroupId
    name: str
    mentees: frozenset[MemberId]
    is_mentor: bool
    plans: Sequence[PlannedMeeting]
    last: Meeting | None = None
    objections: Sequence[Objection] = ()

    def upcoming(self, now: datetime) -> list[PlannedMeeting]:
        """Give the meetings whose time is fixed and not over."""
        return [one for one in self.plans if one.ends_at is not None and one.ends_at > now]

    def offered(self, now: datetime) -> list[PlannedMeeting]:
        """Give the plans of which a time is still to be chosen."""
        return [one for one in self.plans if one.open_times(now)]
