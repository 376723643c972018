"""Decide who may write a check-in, what it asks and needs, and who may read it."""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.matching.model import Pairing
from bot.people.model import Member, MemberState, Role
from bot.people.permissions import may_read_shared
from bot.stages.model import Lens, Level

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
    """The answers of a mentee. Everything may be left out but not all of it.

    `confidence` goes from 0 to 10; None means that it was skipped, as does a blocker of None.
    """

    answers: tuple[Answer, ...] = ()
    confidence: int | None = None
    blocker: Blocker | None = None
    wish: str | None = None
    visibility: Visibility = Visibility.ONLY_ME


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """An entry that was saved. `stage` is the level's name at the time of writing.

    It is for who was the writer's mentor at `shared_at`, or for the present members of the group.
    One that is not readable was altered in the database, or its key is lost: its entry is empty,
    and it is its writer's alone.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A person as the form needs them; `turn` counts their check-ins, and chooses the prompts.

    `has_been` says whether they were in a programme that is closed by now.
    """

    member_id: MemberId
    is_mentee: bool
    is_coordinator: bool
    state: MemberState
    initial_stage: str | None
    turn: int
    has_been: bool
    places: tuple[ProgrammeSeat, ...]


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


MAX_ANSWER_CHARS = 3000
"""Slack's own limit for a plain text input; https://docs.slack.dev/reference/block-kit."""

_WIDTH = {Visibility.ONLY_ME: 0, Visibility.MENTOR: 1, Visibility.GROUP: 2}


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


def prompts_for(level: Level, member_id: MemberId, *, turn: int) -> tuple[ShownPrompt, ...]:
    """Give a prompt for each lens of the level, the same for the same member and turn.

    Each lens goes through all of its prompts, in an order of the member's own.
    """
    asked = []
    for each in level.lenses:
        seed = f"{member_id}|{level.name}|{each.lens}"
        order = sorted(each.prompts, key=lambda prompt: _scatter(f"{seed}|{prompt}"))
        asked.append(ShownPrompt(each.lens, order[turn % len(order)]))
    return tuple(asked)


def asks_about_rhythm(ignored: int) -> bool:
    """Say whether the next prompt asks about the rhythm: the third ignored in a row, and so on."""
    return ignored % 3 == 2


def _scatter(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


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
    if entry.visibility not in allowed:
        raise UserFacing("You are not in a mentoring group yet, so only you can see this for now.")


def is_empty(entry: Reflection) -> bool:
    """Say whether nothing at all was filled in."""
    filled = (entry.confidence, entry.blocker)
    return not any(text.strip() for text in texts(entry)) and all(each is None for each in filled)


def texts(entry: Reflection) -> tuple[str, ...]:
    """List everything that was typed."""
    return tuple(answer.text for answer in entry.answers) + ((entry.wish,) if entry.wish else ())


def narrower_than(visibility: Visibility) -> tuple[Visibility, ...]:
    """List the visibilities that a saved check-in can be changed to; it never becomes wider."""
    return tuple(each for each in Visibility if _WIDTH[each] < _WIDTH[visibility])


def mentor_may_read(visibility: Visibility) -> bool:
    """Say whether the writer's mentor may read the words of a check-in."""
    return _WIDTH[visibility] >= _WIDTH[Visibility.MENTOR]


def mentors_then(checkin: CheckIn, pairings: Iterable[Pairing]) -> frozenset[MemberId]:
    """Find who mentored the writer in the check-in's group when it was shared."""
    return frozenset(
        one.mentor_id
        for one in pairings
        if (one.mentee_id, one.group_id) == (checkin.member_id, checkin.group_id)
        and one.lasted_at(checkin.shared_at)
    )


def may_read(
    checkin: CheckIn,
    reader: Member,
    *,
    sits_in: Collection[GroupId],
    mentors: Collection[tuple[GroupId, MemberId]],
    pairings: Iterable[Pairing],
) -> bool:
    """Say whether somebody may read a check-in at this moment.

    They may read their own; what is for a group in which they have a seat; and what is for the
    mentor, where they mentor the writer in that group and did so when it was shared. `mentors`
    names whom they mentor, and where; `pairings` are theirs as a mentor, lasting and ended.
    """
    if checkin.member_id == reader.id:
        return True
    group_id = checkin.group_id
    if group_id is None or not mentor_may_read(checkin.entry.visibility):
        return False
    if checkin.entry.visibility is Visibility.GROUP:
        return may_read_shared(reader, sits_there=group_id in sits_in, was_addressed=True)
    return may_read_shared(
        reader,
        sits_there=(group_id, checkin.member_id) in mentors,
        was_addressed=reader.id in mentors_then(checkin, pairings),
    )


@dataclass(frozen=True, slots=True)
class MentorsNow:
    """How a check-in for the mentor stands with those of now: who of them can read it."""

    can_read: bool = True
    some_cannot: bool = False


def mentors_now(checkin: CheckIn, pairings: Sequence[Pairing]) -> MentorsNow:
    """Say whether the writer's mentors of now can read it. `pairings` are all of the writer's."""
    if checkin.entry.visibility is not Visibility.MENTOR:
        return MentorsNow()
    lasting = {one.mentor_id: one.group_id for one in pairings if one.ended_at is None}
    then = mentors_then(checkin, pairings)
    reading = {one for one, group in lasting.items() if group == checkin.group_id and one in then}
    return MentorsNow(can_read=bool(reading), some_cannot=len(reading) < len(lasting))


class Direction(StrEnum):
    """The two ways to turn a page."""

    NEXT = "next"
    BACK = "back"


Page = tuple[datetime, CheckInId]
"""A check-in among those of a week: when it was shared, and which it is."""


def neighbour(pages: Sequence[Page], beside: tuple[Direction, Page] | None) -> int | None:
    """Find the page beside the one that was open, the first where none was; None without pages.

    The one that was open may be gone; at either end the last or first page stays.
    """
    if beside is None or not pages:
        return 0 if pages else None
    direction, opened = beside
    if direction is Direction.NEXT:
        return next((n for n, page in enumerate(pages) if page > opened), len(pages) - 1)
    return max((n for n, page in enumerate(pages) if page < opened), default=0)


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
