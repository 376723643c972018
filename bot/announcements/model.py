"""An announcement: a coordinator's words to a programme, a role, some groups or some people."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.people.model import PAIRED, Member, Role

AnnouncementId = NewType("AnnouncementId", str)
MAX_CHARS = 2500


class Suggestion(StrEnum):
    """The occasions on which a coordinator writes, each with a text that they can change."""

    FIRST_MEETING = "first_meeting"
    GONE_QUIET = "gone_quiet"
    CLAIM_WAITS = "claim_waits"
    OVER_CAPACITY = "over_capacity"
    MENTOR_AWAY = "mentor_away"
    JOINED_LATE = "joined_late"
    NOT_IN_CHANNEL = "not_in_channel"
    BLANK = "blank"


class Addressees(StrEnum):
    """The people whom an announcement is for. A value that has been released is never changed."""

    EVERYBODY = "everybody"
    MENTORS = "mentors"
    MENTEES = "mentees"
    PEER_MENTORS = "peer_mentors"
    GROUPS = "groups"
    PEOPLE = "people"


ROLES = {
    Addressees.EVERYBODY: PAIRED,
    Addressees.MENTORS: frozenset({Role.MENTOR}),
    Addressees.MENTEES: frozenset({Role.MENTEE}),
    Addressees.PEER_MENTORS: frozenset({Role.PEER_MENTOR}),
}
"""The roles of those whom an announcement to a whole programme, or to a role, is for."""


class AnnouncementState(StrEnum):
    """The states of an announcement: prepared, on its way or arrived, or taken back."""

    DRAFT = "draft"
    SENT = "sent"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Words of a coordinator, and for whom.

    `named` are the ids of the groups or members that were chosen, those of members only until it
    is sent. `send_at` (UTC) is None for at once, while it is a draft. `count` and `digest` are how
    many would get it and who they are, when its author looked last. One that is not readable was
    altered in the database, or its key is lost.
    """

    id: AnnouncementId
    workspace_id: WorkspaceId
    programme_id: ProgrammeId
    by: MemberId
    written_at: datetime
    audience: Addressees
    text: str
    named: tuple[str, ...] = ()
    send_at: datetime | None = None
    state: AnnouncementState = AnnouncementState.DRAFT
    count: int = 0
    digest: str = ""
    is_readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementReach:
    """The people whom an announcement reaches now, and those of its audience whom it does not.

    `away` are on a break, have left, or have no account any more. `crowded` counts those who have
    had as many messages as a week should have. `last_at` is when the last has it, about.
    """

    there: tuple[Member, ...]
    away: tuple[Member, ...]
    crowded: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AnnouncementProgress:
    """The numbers of people who have an announcement, still get it, and could not get it."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
