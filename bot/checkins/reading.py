"""Decide who may read a check-in at this moment, and in which order."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.checkins.rules import CheckIn, CheckInId, Visibility, as_shared
from bot.kernel.ids import GroupId, MemberId
from bot.matching.model import Pairing
from bot.people.model import Member, Role
from bot.people.permissions import may_read_shared

_WIDTH = {Visibility.ONLY_ME: 0, Visibility.MENTOR: 1, Visibility.GROUP: 2}


def narrower_than(visibility: Visibility) -> tuple[Visibility, ...]:
    """List the visibilities that a saved check-in can be narrowed to."""
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
        and one.addressed_at(checkin.shared_at)
    )


def _was_there(checkin: CheckIn, pairings: Iterable[Pairing]) -> bool:
    """Say whether by these pairings of one mentor they were with the writer when it was shared."""
    return any(
        (one.mentee_id, one.group_id) == (checkin.member_id, checkin.group_id)
        and one.lasted_at(checkin.shared_at)
        for one in pairings
    )


def may_read(
    checkin: CheckIn,
    reader: Member,
    *,
    sits_with: Collection[tuple[GroupId, MemberId]],
    mentors: Collection[tuple[GroupId, MemberId]],
    pairings: Iterable[Pairing],
) -> bool:
    """Say whether somebody may read a check-in at this moment.

    They may read their own. They may read what is for a group in which they sit with the writer; as
    the writer's mentor only what was shared since they are. And they may read what is for the
    mentor where they mentor the writer in that group, and did so when it was shared. `sits_with`
    names the mentees in whose groups they sit, and where; `mentors` those whom they mentor.
    `pairings` are theirs as a mentor, lasting and ended.
    """
    if checkin.member_id == reader.id:
        return True
    group_id = checkin.group_id
    if group_id is None or not mentor_may_read(checkin.entry.visibility):
        return False
    writer = (group_id, checkin.member_id)
    mentors_writer = writer in mentors
    if checkin.entry.visibility is Visibility.GROUP:
        is_addressed = not mentors_writer or _was_there(checkin, pairings)
        return may_read_shared(reader, sits_there=writer in sits_with, was_addressed=is_addressed)
    if Role.MENTOR not in reader.roles:  # a peer-mentor may have sat beside a mentor before
        pairings = [one for one in pairings if one.ended_at is None]
    return may_read_shared(
        reader,
        sits_there=mentors_writer,
        was_addressed=reader.id in mentors_then(checkin, pairings),
    )


def as_read_by(checkin: CheckIn, reader_id: MemberId) -> CheckIn:
    """Give a check-in as this person may read it: whole to its writer, else what is shared."""
    if checkin.member_id == reader_id:
        return checkin
    return replace(checkin, entry=as_shared(checkin.entry))


def shows_still(checkin: CheckIn, shown: CheckIn) -> bool:
    """Say whether a check-in still says what a reader was shown of it, whoever may read it now."""
    entry, seen = as_shared(checkin.entry), shown.entry
    alike = replace(entry, visibility=seen.visibility, goals=seen.goals)
    return alike == seen and set(seen.goals) <= set(checkin.entry.goals)


@dataclass(frozen=True, slots=True)
class MentorsNow:
    """How a check-in stands with the writer's mentors of now: who they are, and, where it is for
    the mentor, who of them can read it."""

    mentors: frozenset[MemberId] = frozenset()
    can_read: bool = True
    some_cannot: bool = False


def mentors_now(checkin: CheckIn, pairings: Sequence[Pairing]) -> MentorsNow:
    """Say whether the writer's mentors of now can read it.

    `pairings` are all of the writer's, lasting and ended, with those who are their mentors now.
    """
    lasting = {one.mentor_id: one.group_id for one in pairings if one.ended_at is None}
    mentors = frozenset(lasting)
    if checkin.entry.visibility is Visibility.ONLY_ME:
        return MentorsNow(mentors)
    is_for_group = checkin.entry.visibility is Visibility.GROUP
    then = (
        {one for one in lasting if _was_there(checkin, [p for p in pairings if p.mentor_id == one])}
        if is_for_group
        else mentors_then(checkin, pairings)
    )
    reading = {one for one, group in lasting.items() if group == checkin.group_id and one in then}
    can_read = is_for_group or bool(reading)
    return MentorsNow(mentors, can_read, some_cannot=len(reading) < len(lasting))


@dataclass(frozen=True, slots=True)
class SeenCheckIn:
    """One's own check-in as a form or button showed it, and the mentors of whom it spoke.

    It travels in them and holds no words.
    """

    checkin_id: CheckInId
    revision: int
    mentors: frozenset[MemberId] = frozenset()

    def pack(self) -> str:
        """Write the metadata of a form, or the value of a button."""
        return f"{self.checkin_id}|{self.revision}|{','.join(sorted(self.mentors))}"


def seen(checkin: CheckIn, mentors: Collection[MemberId] = ()) -> SeenCheckIn:
    """Note what is shown of a check-in, beside these mentors."""
    return SeenCheckIn(checkin.id, checkin.revision, frozenset(mentors))


def read_seen(packed: str) -> SeenCheckIn:
    """Read what `pack` wrote. Raises ValueError for anything else."""
    checkin_id, revision, mentors = packed.split("|")
    ids = frozenset(MemberId(one) for one in mentors.split(",") if one)
    return SeenCheckIn(CheckInId(checkin_id), int(revision), ids)


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
