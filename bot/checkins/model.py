"""Check-ins, and the facts about their writers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.people.model import MemberState, Role
from bot.stages.model import Lens

CheckInId = NewType("CheckInId", str)


class Visibility(StrEnum):
    """The audiences of a check-in, from the narrowest to the widest."""

    ONLY_ME = "only_me"
    MENTOR = "mentor"
    GROUP = "group"


class Blocker(StrEnum):
    """The levels of the mentoring ecosystem at which something is in the way."""

    NONE = "none"
    SELF = "self"
    RELATIONSHIP = "relationship"
    TEAM = "team"
    INSTITUTION = "institution"
    SOCIETY = "society"


@dataclass(frozen=True, slots=True)
class ShownPrompt:
    """One lens with the prompt that was shown for it."""

    lens: Lens
    prompt: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A mentee's words to one prompt, whole."""

    lens: Lens
    prompt: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """What a mentee filled in. Everything may be left out but not all of it.

    `confidence` goes from 0 to 10; None means that it was skipped, as does a blocker of None.
    """

    answers: tuple[Answer, ...] = ()
    confidence: int | None = None
    blocker: Blocker | None = None
    wish: str | None = None
    visibility: Visibility = Visibility.ONLY_ME


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """An entry that was saved. `stage` is the level's name at the time of writing."""

    id: CheckInId
    workspace_id: WorkspaceId
    member_id: MemberId
    programme_id: ProgrammeId
    group_id: GroupId | None
    framework_id: str
    stage: str
    entry: Reflection
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeSeat:
    """One running programme that a member takes part in, and the seat there, if any.

    `moved_to` is the level of the last confirmed claim or step back in the programme's framework.
    """

    programme_id: ProgrammeId
    framework_id: str
    crisis_contact: str | None
    group_id: GroupId | None
    seat_role: Role | None
    moved_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """All that the form needs to know of the person who asks for it.

    `turn` counts the check-ins they have ever saved; it chooses the prompts.
    """

    member_id: MemberId
    role: Role
    state: MemberState
    initial_stage: str | None
    turn: int
    places: tuple[ProgrammeSeat, ...]


class Audience(StrEnum):
    """The kinds of people that ask for `/checkin`, each with an answer of its own."""

    WRITER = "writer"
    NOT_STARTED = "not_started"
    MENTOR = "mentor"
    COORDINATOR = "coordinator"
    GONE = "gone"
    STRANGER = "stranger"


class Hint(StrEnum):
    """Kinds of text that should perhaps not be in a check-in."""

    RECORD_NUMBER = "record_number"
    DATE_OF_BIRTH = "date_of_birth"
