"""Decide when peer rounds are, among whom they are planned, and who joins whom once one skips."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import combinations, pairwise

from bot.kernel.arrays import shuffled_by
from bot.kernel.clock import monday_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.peers.model import (
    MOST_ROUNDS,
    MOST_WEEKS_APART,
    SIZES,
    Pair,
    PeerMeeting,
    PeerMeetingId,
    PeerQuestions,
    PeerReach,
    PeerRound,
    Pool,
    SeriesPlan,
)
from bot.people.model import PAIRED
from bot.schedule.calendar import Calendar
from bot.schedule.rules import instant_of, zone

ANNOUNCED_AT = time(9)
ASKED_AT = time(15)
FRIDAY = timedelta(days=4)
WORTH_SENDING_FOR = timedelta(days=3, hours=9)
"""An announcement that is later than Thursday evening leaves nobody time to meet."""
LATEST_BEGIN = 2
"""Wednesday: a week whose first working day is later has no time for a round."""
OVER_AFTER = timedelta(days=14)
"""From its Monday: until then peers can still say that they met."""
MOST_IN_A_POOL = 60
"""A larger pool is split: nobody meets more people in a year, and planning stays quick."""
FEWEST_LIKE_ME = 2
"""Meetings for which an interest must have people: those who share it would meet again at once."""


def check_plan(plan: SeriesPlan, *, last: date, today: date) -> None:
    """Raise UserFacing for what cannot be a series; the form asks for no more than that."""
    if not plan.roles or not plan.roles <= PAIRED:
        raise UserFacing("Choose who takes part.")
    if plan.size not in SIZES or not 1 <= plan.every_weeks <= MOST_WEEKS_APART:
        raise UserFacing("Choose pairs or trios, and how often.")
    if plan.first_on.weekday() != 0:
        raise UserFacing("Choose a Monday: peers then have the whole week to meet.")
    if plan.first_on <= today:
        raise UserFacing("Choose a Monday that is still to come.")
    if plan.first_on > last:
        raise UserFacing("The programme has ended by then. Choose an earlier Monday.")
    if plan.rounds is not None and not 1 <= plan.rounds <= MOST_ROUNDS:
        raise UserFacing(f"Choose 1 to {MOST_ROUNDS} rounds, or leave it empty.")


def announced_on(monday: date, calendar: Calendar) -> date | None:
    """Give the first working day of a week, or None where that is too late for a round."""
    for number in range(LATEST_BEGIN + 1):
        day = monday + timedelta(days=number)
        if calendar.is_working(day):
            return day
    return None


def dates(
    plan: SeriesPlan,
    calendar: Calendar,
    *,
    last: date,
    after: date | None = None,
    number: int = 0,
    earliest: date | None = None,
) -> Iterator[date]:
    """Give the days on which rounds begin: those after the round that began on `after`.

    A week without time for a round is passed over, and the round is in the next that has some.
    `number` rounds have been; none begins after `last`, or in a week whose Wednesday is before
    `earliest`.
    """
    monday, apart = plan.first_on, timedelta(weeks=plan.every_weeks)
    if after is not None:
        monday = monday_of(after) + apart
    most = MOST_ROUNDS if plan.rounds is None else plan.rounds
    while monday <= last and number < most:
        day = announced_on(monday, calendar)
        if day is None or day > last:
            monday += timedelta(weeks=1)
            continue
        if earliest is None or monday + timedelta(days=LATEST_BEGIN) >= earliest:
            yield day
            number += 1
        monday += apart


def is_to_begin(begins_on: date, *, today: date) -> bool:
    """Say whether a round is planned now: the day before, so that it is morning nowhere yet."""
    return begins_on - timedelta(days=1) <= today <= monday_of(begins_on) + timedelta(days=2)


def announced_at(one: PeerRound, tz: str) -> datetime:
    """Give the morning of a round by these clocks (UTC)."""
    return instant_of(one.begins_on, ANNOUNCED_AT, zone(tz))


def asked_at(one: PeerRound, tz: str) -> datetime:
    """Give when peers are asked whether they met, by these clocks: Friday afternoon (UTC)."""
    return instant_of(one.monday + FRIDAY, ASKED_AT, zone(tz))


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundCandidate:
    """Somebody who could take part, with what decides among whom they meet."""

    member_id: MemberId
    groups: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    stage: str = ""


def pools_of(
    people: Sequence[RoundCandidate], reach: PeerReach, *, size: int, seed: int
) -> list[Pool]:
    """Divide people into pools, each in one alone; nobody is in none.

    A pool too small for a meeting has people who are then alone: the plan says so.
    """
    by_key: dict[str, list[MemberId]] = defaultdict(list)
    if reach is PeerReach.INTEREST:
        by_key.update(_by_interest(people, fewest=FEWEST_LIKE_ME * size))
    for one in people if reach is not PeerReach.INTEREST else ():
        key = {PeerReach.GROUP: min(one.groups, default=""), PeerReach.STAGE: one.stage}.get(
            reach, ""
        )
        by_key[key].append(one.member_id)
    if reach in (PeerReach.INTEREST, PeerReach.STAGE):
        _join_lonely(by_key, size=size)
    about = reach in (PeerReach.GROUP, PeerReach.STAGE)
    return [
        Pool(key=f"{key}:{number}", people=tuple(some), about=key if about else "")
        for key in sorted(by_key)
        for number, some in enumerate(_split(by_key[key], seed=seed))
    ]


def _by_interest(people: Sequence[RoundCandidate], *, fewest: int) -> dict[str, list[MemberId]]:
    """Bring those together who share an interest, the most common first: they meet most others."""
    left = {one.member_id: {i.strip().casefold() for i in one.interests} for one in people}
    found: dict[str, list[MemberId]] = {}
    while left:
        counts = Counter(interest for theirs in left.values() for interest in theirs)
        common = min(counts.items(), key=lambda one: (-one[1], one[0]), default=("", 0))
        if common[1] < fewest:
            break
        found[common[0]] = [one for one, theirs in left.items() if common[0] in theirs]
        left = {one: theirs for one, theirs in left.items() if common[0] not in theirs}
    if left:
        found[""] = list(left)
    return found


def _join_lonely(by_key: dict[str, list[MemberId]], *, size: int) -> None:
    """Put those who would have nobody like them with the others who have nobody, or with most."""
    few = [key for key, some in by_key.items() if key and len(some) < size]
    for key in few:
        by_key[""] = [*by_key.get("", []), *by_key.pop(key)]
    if "" in by_key and len(by_key[""]) < size and len(by_key) > 1:
        lonely = by_key.pop("")
        largest = max(sorted(by_key), key=lambda key: len(by_key[key]))
        by_key[largest] += lonely


def _split(people: Sequence[MemberId], *, seed: int) -> list[list[MemberId]]:
    """Split a large pool evenly, in an order that a joiner or a leaver hardly changes."""
    many = -(-len(people) // MOST_IN_A_POOL)
    if many == 1:
        return [sorted(people)]
    ordered = [people[at] for at in shuffled_by(seed, people)]
    ends = [len(ordered) * number // many for number in range(many + 1)]
    return [sorted(ordered[a:b]) for a, b in pairwise(ends)]


def question_for(one: PeerRound, about: str, known: PeerQuestions) -> str:
    """Choose the round's question: the same for everybody, or of their stage where it has some."""
    questions = known.by_stage.get(about) or known.general
    return questions[(one.number - 1) % len(questions)]


def let_out(
    meetings: Iterable[PeerMeeting],
    gone: Collection[MemberId],
    apart: Collection[Pair],
    *,
    new_id: Callable[[], PeerMeetingId],
) -> list[PeerMeeting]:
    """Give the meetings without those who are gone; who must not meet another is in a new one."""
    found = []
    for one in meetings:
        staying = [member for member in one.members if member not in gone]
        leaving: list[MemberId] = []
        for pair in sorted(pairs_of([staying]) & set(apart)):
            if not {*pair} & {*leaving}:
                leaving.append(MemberId(pair[0]))
        left = tuple(member for member in staying if member not in leaving)
        found.append(replace(one, members=left))
        found += [PeerMeeting(id=new_id(), about=one.about, members=(each,)) for each in leaving]
    return found


def company_for(
    alone: Iterable[PeerMeeting], *, apart: Collection[Pair], met: Collection[Pair]
) -> tuple[list[PeerMeeting], list[PeerMeetingId]]:
    """Bring those together who are alone, strangers first; never those who must not meet.

    Gives the meetings that come of it, and those that nobody comes to any more.
    """
    left = sorted(alone, key=lambda one: one.members)
    joined, empty = [], []
    while left:
        one = left.pop(0)
        pairs = {other: in_order(*one.members, *other.members) for other in left}
        options = [o for o in left if o.about == one.about and pairs[o] not in apart]
        if options:
            other = min(options, key=lambda other: pairs[other] in met)
            left.remove(other)
            joined.append(replace(one, members=tuple(map(MemberId, pairs[other]))))
            empty.append(other.id)
    return joined, empty


def pairs_of(groups: Iterable[Sequence[str]]) -> set[Pair]:
    """List the pairs who sat together in any of these groups."""
    return {in_order(*two) for group in groups for two in combinations(group, 2)}


def in_order(one: str, other: str) -> Pair:
    """Give two ids in order."""
    return (one, other) if one < other else (other, one)
