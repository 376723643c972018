"""Why somebody has no seat, and what would help: each piece of advice is followed, and works."""

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.matching.model import (
    Advice,
    Change,
    ContradictionError,
    GroupWishes,
    MentorTeam,
    Pair,
    Person,
    Proposal,
    Term,
    Way,
    Weights,
)
from bot.matching.participants import Applicants
from bot.matching.proposals import swapped
from bot.matching.rules.candidates import teams_of
from bot.matching.rules.group_composition import ProposalRequest
from bot.matching.rules.scoring import mentees_of, mentors_of
from tests.matching.test_proposals import mentee, mentor, rosters

WEIGHTS = Weights()
NOBODY_NAMED = Applicants(
    members={}, people=(), teams=(), forbids=(), conflicts=(), term=Term(date.min, date.max)
)
TERM_12 = GroupWishes(min_size=1, max_size=8)


@dataclass(frozen=True)
class Programme:
    """A small programme that can be changed as advice says."""

    people: tuple[Person, ...]
    largest: int
    forbids: tuple[Pair, ...] = ()
    mentors: int = 1

    def teams(self) -> list[MentorTeam]:
        """Put mentors together, none with more seats than the largest group."""
        wishes = replace(TERM_12, max_size=self.largest, mentors=self.mentors)
        return teams_of(self.people, wishes)

    def proposal(self, locks: list[Pair]) -> Proposal:
        """Match everybody around `locks`."""
        asked = ProposalRequest(
            people=self.people,
            weights=WEIGHTS,
            wishes=replace(TERM_12, max_size=self.largest),
            teams=self.teams(),
            forbids=self.forbids,
        )
        return asked.proposal(locks)

    def after(self, advice: Advice, who: str) -> "Programme":
        """Follow one piece of advice that was given for `who`."""
        match advice.change:
            case Change.CAPACITY:
                return self.changed(advice.mentors[0], capacity=advice.seats)
            case Change.LARGER_GROUPS:
                return replace(self, largest=advice.seats)
            case Change.NEW_MENTOR:
                return replace(self, people=(*self.people, mentor("new", site=advice.site)))
            case Change.ACCEPT_CODE:
                return self.changed(who, code_accepted=True)
        raise AssertionError(advice)

    def changed(self, who: str, **values: object) -> "Programme":
        people = [replace(p, **values) if p.id == who else p for p in self.people]  # type: ignore[arg-type]
        return replace(self, people=tuple(people))


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    people = tuple(draw(rosters()))
    mentees, mentors = [p.id for p in mentees_of(people)], [p.id for p in mentors_of(people)]
    pair = st.tuples(st.sampled_from(mentees or ["-"]), st.sampled_from(mentors or ["-"]))
    return Programme(people, draw(st.integers(1, 3)), tuple(draw(st.lists(pair, max_size=5))))


def can_seat(changed: Programme, who: str, seats: int) -> bool:
    """Say whether `who` can have one of so many seats, and nobody loses theirs for it."""
    free = changed.proposal([])
    if len(free.matches) < seats:
        return False
    if all(u.mentee != who for u in free.unseated):
        return True
    # Others wait for the same seat: a coordinator may give it to this one.
    mentors = {t.mentors[0] for t in teams_of(changed.people, TERM_12)}
    for one in mentors:
        try:
            locked = changed.proposal([(who, one)])
        except ValueError:
            continue
        if len(locked.matches) == len(free.matches):
            return True
    return False


@settings(max_examples=200, deadline=None)
@given(programmes())
def test_each_piece_of_advice_seats_who_it_is_for(programme: Programme) -> None:
    found = programme.proposal([])

    for left in found.unseated:
        assert left.ways
        for way in left.ways:
            follow(programme, left.mentee, way, seats=len(found.matches) + 1)


def follow(programme: Programme, who: str, way: Way, *, seats: int) -> None:
    changed = programme
    for advice in way:
        changed = changed.after(advice, who)
    assert can_seat(changed, who, seats), (who, way)


@settings(max_examples=200, deadline=None)
@given(programmes(), st.integers(1, 2))
def test_a_wish_behind_a_barrier_that_is_known_changes_no_word(
    programme: Programme, mentors: int
) -> None:
    plain = replace(programme, mentors=mentors)
    both = {p.id for p in mentors_of(plain.people)} & {p.id for p in mentees_of(plain.people)}
    wished = plain
    for known in plain.people:
        barred = {one for mentee_id, one in plain.forbids if mentee_id == known.id}
        teams = [set(t.mentors) for t in plain.teams() if barred & set(t.mentors)]
        others = set().union(*teams) - {known.id} - both
        wished = wished.changed(known.id, avoid=known.avoid | others)

    assert plain.proposal([]) == wished.proposal([])
    assert [u.ways for u in plain.proposal([]).unseated] == [
        u.ways for u in wished.proposal([]).unseated
    ]


@settings(max_examples=100, deadline=None)
@given(programmes())
def test_nobody_is_matched_with_themself_and_a_mentee_who_mentors_gets_a_seat(
    programme: Programme,
) -> None:
    both = tuple(p for p in programme.people if p in mentors_of(programme.people))
    free = tuple(mentor(f"free{n}", capacity=9) for n in range(len(programme.people)))
    helped = replace(programme, people=(*programme.people, *free), largest=9)

    for one in (programme, helped):
        assert all(m.mentee not in m.mentors for m in one.proposal([]).matches)
    seated = {m.mentee for m in helped.proposal([]).matches}
    assert {p.id for p in mentees_of(both) if p.code_accepted} <= seated


@settings(max_examples=100, deadline=None)
@given(programmes(), st.randoms(use_true_random=False))
def test_nobody_is_swapped_into_a_group_of_their_own(programme: Programme, rng: Random) -> None:
    found = programme.proposal([])
    everybody = [*(m.mentee for m in found.matches), *(u.mentee for u in found.unseated)]
    assert len(everybody) == len(set(everybody)) == len(mentees_of(programme.people))
    for _ in range(3 if everybody else 0):
        two = (MemberId(rng.choice(everybody)), MemberId(rng.choice(everybody)))
        try:
            pinned = swapped(found.matches, two, NOBODY_NAMED)
            changed = programme.proposal(pinned)
        except (UserFacing, ContradictionError):
            continue
        assert all(m.mentee not in m.mentors for m in changed.matches)
        assert {*pinned} <= {(m.mentee, m.mentor) for m in changed.matches}


def test_the_template_is_named_where_its_size_binds() -> None:
    people = [mentee(f"bob{k}") for k in range(9)] + [mentor("alice", 11, name="Dr Alice")]

    found = Programme(tuple(people), 8).proposal([])

    [left] = found.unseated
    assert left.reason == (
        "The group of Dr Alice is full: the template allows 8 mentees in a group."
    )
    assert left.smallest_change == (
        "One more mentor, or groups of up to 9 mentees in the template."
    )
    [advice] = found.advice
    assert advice == (
        "One more seat is needed, and the template allows 8 mentees in a group: add another "
        "mentor, or allow larger groups in the template."
    )


def test_who_has_not_accepted_the_code_hears_that_a_seat_lacks_as_well() -> None:
    people = [mentee("bob"), mentee("ben", code_accepted=False), mentor("alice", 1)]

    [left] = Programme(tuple(people), 8).proposal([]).unseated

    assert left.smallest_change == (
        "They accept the code of conduct and capacity 2 instead of 1 for alice, or they accept "
        "the code of conduct and one more mentor."
    )
