"""A meeting that took place."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId

MeetingId = NewType("MeetingId", str)


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
    """One held meeting. `held_on` is the mentor's local date; mode and length may be left out."""

    id: MeetingId
    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    group_id: GroupId
    held_on: date
    mode: Mode | None
    length: Length | None
    mentees: frozenset[MemberId]
    recorded_by: MemberId
    recorded_at: datetime
