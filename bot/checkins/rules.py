"""Decide who may write a check-in, what it needs, and what of it is shared."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.goals.model import Progress
from bot.kernel.errors import UserFacing
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


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal that a form asks about: its id, and its title in the mentee's words.

    `is_shared`: a mentor of its author may read the goal itself at this moment.
    """

    goal_id: str
    title: str
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class GoalProgress:
    """A mentee's answer about one goal, with its title at that time, and whether it was shared."""

    goal_id: str
    title: str
    moved: Progress
    is_shared: bool = False


class Topic(StrEnum):
    """The things in a check-in that are shared or left out, each by itself."""

    THINK = Lens.THINK.value
    FEEL = Lens.FEEL.value
    ACT = Lens.ACT.value
    CONFIDENCE = "confidence"
    BLOCKER = "blocker"
    WISH = "wish"
    GOALS = "goals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """The answers of a mentee. Everything may be left out but not all of it.

    `confidence` goes from 0 to 10 and `wellbeing`, which nobody but its author ever sees, from 1 to
    5; None means that it was skipped, as does a blocker of None. `left_out` is kept from readers.
    """

    answers: tuple[Answer, ...] = ()
    confidence: int | None = None
    blocker: Blocker | None = None
    wish: str | None = None
    goals: tuple[GoalProgress, ...] = ()
    wellbeing: int | None = None
    visibility: Visibility = Visibility.ONLY_ME
    left_out: frozenset[Topic] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """An entry that was saved. `stage` is the level's name at the time of writing.

    It is for who was the writer's mentor at `shared_at`, or for the present members of the group;
    `read_at` is when one of them first opened it, and `revision` goes up at each change. One that
    is not readable was altered in the database, or its key is lost: its entry is empty, and it is
    its writer's alone.
    """

    id: CheckInId
    workspace_id: WorkspaceId
    member_id: MemberId
    programme_id: ProgrammeId
    group_id: GroupId | None
    framework_id: str
    stage: str
    entry: Reflection
    written_at: datetime
    shared_at: datetime
    read_at: datetime | None = None
    revision: int = 1
    is_readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeSeat:
    """A running programme and the member's seat there; `moved_to` is their last level in it."""

    programme_id: ProgrammeId
    framework_id: str
    crisis_contact: str | None
    group_id: GroupId | None
    seat_role: Role | None
    moved_to: str | None
    uses_checkins: bool = True


class Came(StrEnum):
    """The outcomes of an ask. One that is still open when the next is sent went unanswered."""

    OPEN = "open"
    WRITTEN = "written"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One time that prompts were shown to a member, in a message (`was_sent`) or a form.

    `prompts` are digests of them in the form's order; `seen` is one of the member's department and
    site at that time, empty while neither is known.
    """

    number: int
    framework_id: str
    stage: str
    prompts: tuple[str, ...]
    at: datetime
    was_sent: bool
    seen: str = ""
    came: Came = Came.OPEN


Asks = tuple[Ask, ...]
"""The latest asks of a member, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MenteesTurn:
    """The asks of a mentee, and when (UTC) they wrote last and are asked next; None for never."""

    asks: Asks
    last_at: datetime | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A person as the form needs them; `turn` counts the check-ins that they have written.

    `has_been` says whether they were in a programme that is closed by now, `next_at` when they are
    next asked (UTC), `away_from` and `back_at` when their last absence began and ended, and
    `asks` what they were asked of late, oldest first.
    """

    member_id: MemberId
    is_mentee: bool
    is_coordinator: bool
    state: MemberState
    initial_stage: str | None
    turn: int
    has_been: bool
    places: tuple[ProgrammeSeat, ...]
    department: str = ""
    site: str = ""
    away_from: datetime | None = None
    back_at: datetime | None = None
    next_at: datetime | None = None
    asks: Asks = ()
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A mentor's word that they have read a check-in; `text` is empty where that is all.

    `seen_at` is when the writer of the check-in read it.
    """

    workspace_id: WorkspaceId
    checkin_id: CheckInId
    member_id: MemberId
    noted_at: datetime
    seen_at: datetime | None = None
    text: str = ""
    is_readable: bool = True


class Audience(StrEnum):
    """The kinds of people that ask for `/checkin`, each with an answer of its own."""

    WRITER = "writer"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    WITHOUT = "without"
    MENTOR = "mentor"
    COORDINATOR = "coordinator"
    GONE = "gone"
    STRANGER = "stranger"


class Hint(StrEnum):
    """Kinds of text that should perhaps not be in a check-in."""

    RECORD_NUMBER = "record_number"
    DATE_OF_BIRTH = "date_of_birth"


MAX_REPLY_CHARS = 1000
"""A word back is short: what needs more is for the next meeting."""
MAX_ANSWER_CHARS = 3000
"""Slack's own limit for a plain text input; https://docs.slack.dev/reference/block-kit."""


def audience(standing: Writer | None) -> Audience:
    """Decide which audience a person is; a seat as mentee makes a writer, whatever other roles."""
    if standing is None:
        return Audience.STRANGER
    if standing.state in (MemberState.LEFT, MemberState.DEACTIVATED):
        return Audience.GONE
    if seat := writing_seat(standing):
        return Audience.WRITER if seat.uses_checkins else Audience.WITHOUT
    if standing.is_mentee:
        return Audience.ENDED if standing.has_been else Audience.NOT_STARTED
    return Audience.COORDINATOR if standing.is_coordinator else Audience.MENTOR


def writing_seat(standing: Writer) -> ProgrammeSeat | None:
    """Find the seat of the member's check-ins: their first as a mentee, else their enrolment."""
    seated = [place for place in standing.places if place.seat_role is Role.MENTEE]
    if seated:
        return seated[0]
    unseated = [place for place in standing.places if place.seat_role is None]
    return unseated[0] if unseated and standing.is_mentee else None


def open_to(place: ProgrammeSeat) -> tuple[Visibility, ...]:
    """List the audiences that a check-in can be shown to; without a group, only its writer."""
    return tuple(Visibility) if place.group_id else (Visibility.ONLY_ME,)


def check(entry: Reflection, *, allowed: Sequence[Visibility]) -> None:
    """Raise UserFacing, with what to do, when this cannot be saved."""
    if is_empty(entry):
        raise UserFacing("Fill in at least one thing: a few words to one prompt are enough.")
    if any(len(text) > MAX_ANSWER_CHARS for text in texts(entry)):
        raise UserFacing(f"Please keep each answer under {MAX_ANSWER_CHARS:,} characters.")
    if entry.confidence is not None and not 0 <= entry.confidence <= 10:
        raise UserFacing("Choose a confidence between 0 and 10, or leave it out.")
    if entry.wellbeing is not None and not 1 <= entry.wellbeing <= 5:
        raise UserFacing("Choose how you are between 1 and 5, or leave it out.")
    if entry.visibility not in allowed:
        raise UserFacing("You are not in a mentoring group yet, so only you can see this for now.")
    if shares_nothing(entry):
        raise UserFacing(NOTHING_SHARED)


NOTHING_SHARED = (
    "Nothing that you filled in would be shared like this. Leave less out, or choose Only me."
)


def shares_nothing(entry: Reflection) -> bool:
    """Say whether it is for others to read, and all that was filled in is kept from them."""
    return entry.visibility is not Visibility.ONLY_ME and is_empty(as_shared(entry))


def is_empty(entry: Reflection) -> bool:
    """Say whether nothing at all was filled in."""
    filled = (entry.confidence, entry.blocker, entry.wellbeing)
    typed = any(text.strip() for text in texts(entry))
    return not typed and not entry.goals and all(each is None for each in filled)


def texts(entry: Reflection) -> tuple[str, ...]:
    """List everything that was typed."""
    return tuple(answer.text for answer in entry.answers) + ((entry.wish,) if entry.wish else ())


def as_shared(entry: Reflection) -> Reflection:
    """Give what others may read of it: never the wellbeing, and nothing that is left out.

    Of a goal that its author keeps to themselves nothing is shared, its title included; and none
    with the group, because a goal is shared with a mentor alone.
    """
    out = entry.left_out
    tells_goals = Topic.GOALS not in out and entry.visibility is not Visibility.GROUP
    return replace(
        entry,
        answers=tuple(one for one in entry.answers if Topic(one.lens.value) not in out),
        confidence=None if Topic.CONFIDENCE in out else entry.confidence,
        blocker=None if Topic.BLOCKER in out else entry.blocker,
        wish=None if Topic.WISH in out else entry.wish,
        goals=tuple(one for one in entry.goals if one.is_shared and tells_goals),
        wellbeing=None,
        left_out=frozenset(),
    )


def with_goals_read(entry: Reflection, goal_ids: Collection[str]) -> Reflection:
    """Count as shared only those goals that can be read at this moment: `goal_ids`.

    One that was kept private on the day of writing is not shared by this, whatever came later.
    """
    goals = (
        replace(one, is_shared=one.is_shared and one.goal_id in goal_ids) for one in entry.goals
    )
    return replace(entry, goals=tuple(goals))


_LABELLED_NUMBER = re.compile(
    r"\b(?:mrn|nhs|nric|ssn|hospital|patient|record|chart|case|insurance)"
    r"(?:\s+(?:id|no|nr|number|record))?\.?\s*[:#=]?\s*#?\s*[a-z]{0,3}-?\d{3,}",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"(?<![\w+/.,-])[a-z]{0,3}\d{6,14}[a-z]?(?![\w/-]|[.,]\d)", re.IGNORECASE)
_SPACED_NUMBER = re.compile(r"(?<![\d+-])(?:\d{3}[ -]\d{3}[ -]\d{4}|\d{3}-\d{2}-\d{4})(?![\d-])")
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_NUMERIC_DATE = re.compile(
    r"(?<![\d./-])(?:(?P<a>\d{1,2})[./-](?P<b>\d{1,2})[./-](?:\d{4}|\d{2})"
    r"|(?:19|20)\d{2}[./-](?P<c>\d{1,2})[./-](?P<d>\d{1,2}))(?![\d/-])"
)
_WRITTEN_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?:{_MONTHS})[a-z]*\.?,?\s+(?:19|20)\d{{2}}"
    rf"|(?:{_MONTHS})[a-z]*\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)\d{{2}})\b",
    re.IGNORECASE,
)


def hints(text: str) -> tuple[Hint, ...]:
    """Find what looks like a record number or date of birth, for the writer's eyes alone."""
    found = []
    if any(p.search(text) for p in (_LABELLED_NUMBER, _BARE_NUMBER, _SPACED_NUMBER)):
        found.append(Hint.RECORD_NUMBER)
    if _WRITTEN_DATE.search(text) or any(map(_can_be_a_day, _NUMERIC_DATE.finditer(text))):
        found.append(Hint.DATE_OF_BIRTH)
    return tuple(found)


def _can_be_a_day(match: re.Match[str]) -> bool:
    """Check that the numbers fit a month and a day in either order: 4.5.26 does, 25.60.11 not."""
    low, high = sorted(int(part) for part in (match["a"] or match["c"], match["b"] or match["d"]))
    return 1 <= low <= 12 and 1 <= high <= 31
