"""Nobody sits in a group with somebody they must be kept apart from, mentee or mentor."""

from collections.abc import Iterable
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.model import (
    Bar,
    Change,
    Conflict,
    ContradictionError,
    GroupWishes,
    Person,
    Proposal,
    Weights,
)
from bot.matching.rules import group_composition as composing
from bot.matching.rules.candidates import teams_of
from bot.matching.rules.group_composition import ProposalRequest, propose_groups
from bot.matching.rules.proposals import propose
from bot.matching.rules.scoring import kept_apart
from tests.matching.test_composing import proof
from tests.matching.test_proposals import mentee, mentor

WEIGHTS = Weights()
TERM_12 = GroupWishes(min_size=1, max_size=4)


def sat_together(found: Proposal, people: Iterable[Person]) -> set[tuple[str, str]]:
    """Find everybody who sits with somebody whom one of the two names, by either's row."""
    named = {(p.id, o) for p in people for o in p.avoid | p.supervised_by}
    groups: dict[tuple[str, ...], set[str]] = {}
    for m in found.matches:
        groups.setdefault(m.mentors, set(m.mentors)).add(m.mentee)
    return {
        pair
        for group in groups.values()
        for two in combinations(sorted(group), 2)
        for pair in (two, two[::-1])
        if pair in named
    }


def asked(people: list[Person], wishes: GroupWishes, seed: int = 0) -> ProposalRequest:
    teams = teams_of(people, wishes, kept_apart(people))
    return ProposalRequest(people=people, weights=WEIGHTS, wishes=wishes, teams=teams, seed=seed)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_two_mentees_who_avoid_each_other_are_not_in_one_group(seed: int) -> None:
    people = [
        mentor("ada", 4),
        mentor("ben", 4),
        mentee("e1", avoid=frozenset({"e2"}), prefers=("ben",)),
        mentee("e2", prefers=("ben",)),
        mentee("e3", prefers=("ada",)),
        mentee("e4", supervised_by=frozenset({"e3"}), prefers=("ada",)),
    ]

    found = propose_groups(asked(people, TERM_12, seed))

    assert len(found.matches) == 4
    assert not sat_together(found, people)
    assert found.gap == 0


def test_a_conflict_on_record_keeps_two_mentees_apart() -> None:
    people = [mentor("ada", 2), mentor("ben", 2), *(mentee(e, prefers=("ada",)) for e in "xy")]

    found = propose(
        people, WEIGHTS, conflicts=[Conflict(senior_id="x", junior_id="y", bar=Bar.TREATS)]
    )

    assert {m.mentor for m in found.matches} == {"ada", "ben"}


def test_mentors_who_must_be_kept_apart_share_no_group() -> None:
    people = [
        mentor("ada", 2, avoid=frozenset({"ben"})),
        *(mentor(name, 2) for name in ("ben", "cem", "dan")),
    ]

    teams = teams_of(people, GroupWishes(min_size=1, max_size=8, mentors=2), kept_apart(people))

    assert [t.mentors for t in teams] == [("ada", "cem"), ("ben", "dan")]


def test_seats_that_nobody_can_have_are_not_explained_by_a_wish() -> None:
    people = [mentor("ada", 2), mentee("x", avoid=frozenset({"y"})), mentee("y")]

    found = propose(people, WEIGHTS)

    [left] = found.unseated
    assert found.most_seats == 1
    assert left.reason == "There was no seat that fits."
    assert [[one.change for one in way] for way in left.ways] == [[Change.NEW_MENTOR]]
    assert found.advice == ()


def test_locks_that_seat_two_together_are_refused_without_their_names() -> None:
    people = [mentor("ada", 3), mentee("x", avoid=frozenset({"y"})), mentee("y"), mentee("z")]

    with pytest.raises(ContradictionError) as refused:
        propose(people, WEIGHTS, locks=[(e, "ada") for e in "xyz"])

    assert str(refused.value) == "Not all mentees who are locked to ada may sit in one group."


def test_nobody_joins_a_group_to_which_the_other_is_locked() -> None:
    people = [
        mentor("ada", 3),
        mentor("ben", 3),
        mentee("x", avoid=frozenset({"y"}), prefers=("ada",)),
        mentee("y"),
    ]

    found = propose(people, WEIGHTS, locks=[("y", "ada")])

    assert {(m.mentee, m.mentor) for m in found.matches} == {("x", "ben"), ("y", "ada")}
    assert found.gap == 0


@st.composite
def crowds(draw: st.DrawFn) -> list[Person]:
    """Mentees of whom many name others, in few groups with hardly a seat to spare."""
    names = [f"e{k}" for k in range(draw(st.integers(3, 7)))]
    others = st.frozensets(st.sampled_from(names), max_size=2)
    mentors = ["ada", "ben", "cem"][: draw(st.integers(1, 3))]
    wished = st.lists(st.sampled_from(mentors), max_size=2, unique=True).map(tuple)
    sites = st.sampled_from(["North", "South"])
    return [
        *(mentor(name, draw(st.integers(1, 4)), site=draw(sites)) for name in mentors),
        *(
            mentee(
                e,
                avoid=draw(others) - {e},
                supervised_by=draw(others) - {e},
                prefers=draw(wished),
                site=draw(sites),
            )
            for e in names
        ),
    ]


def most_and_best(people: list[Person], scores: dict[tuple[str, str], float]) -> tuple[int, float]:
    """Try every seat for everybody."""
    named = {(p.id, o) for p in people for o in p.avoid | p.supervised_by}
    mentees = [p.id for p in people if not p.capacity]
    seats = {p.id: p.capacity for p in people if p.capacity}
    best = (0, 0.0)
    for choice in product([None, *seats], repeat=len(mentees)):
        chosen = {e: c for e, c in zip(mentees, choice, strict=True) if c}
        if any(sum(c == one for c in chosen.values()) > seats[one] for one in seats) or any(
            chosen[a] == chosen[b] and {(a, b), (b, a)} & named for a, b in combinations(chosen, 2)
        ):
            continue
        best = max(best, (len(chosen), round(sum(scores[pair] for pair in chosen.items()), 3)))
    return best


@settings(max_examples=60, deadline=None)
@given(crowds(), st.integers(0, 3))
def test_the_most_seats_and_points_are_those_that_brute_force_finds(
    people: list[Person], seed: int
) -> None:
    mentors = [p for p in people if p.capacity]
    scores = {
        (e.id, m.id): propose([e, m], WEIGHTS).matches[0].score
        for e in people
        if not e.capacity
        for m in mentors
    }

    found = propose(people, WEIGHTS, seed=seed)

    assert not sat_together(found, people)
    assert (len(found.matches), round(found.total, 3)) == most_and_best(people, scores)
    assert found.gap == 0
    assert found.most_seats == len(found.matches)


@settings(max_examples=40, deadline=None)
@given(crowds(), st.sampled_from(["any", "mixed"]), st.integers(1, 3))
def test_no_composing_of_groups_puts_two_together(
    people: list[Person], stages: str, least: int
) -> None:
    wishes = GroupWishes(min_size=least, max_size=4, stages=stages, company=("site",))

    found = propose_groups(asked(people, wishes))

    best = propose(people, WEIGHTS)
    assert not sat_together(found, people)
    assert len(found.matches) == len(best.matches)
    assert proof(found).value <= proof(found).upper_bound
    assert len({m.mentee for m in found.matches} | {u.mentee for u in found.unseated}) == len(
        found.matches
    ) + len(found.unseated)


@pytest.mark.parametrize("searched", [True, False])
def test_many_people_are_kept_apart_with_a_bound_that_holds(
    monkeypatch: pytest.MonkeyPatch, *, searched: bool
) -> None:
    monkeypatch.setattr(composing, "PAIRS_AT_ONCE", 10)
    if not searched:
        monkeypatch.setattr("bot.matching.rules.seat_solver.MOST_EDGES", 0)
    chance = Random(3)
    names = [f"e{k}" for k in range(90)]
    mentors = [f"m{k}" for k in range(25)]
    people = [
        *(mentor(m, chance.choice((4, 5)), site=chance.choice("NS")) for m in mentors),
        *(
            mentee(
                e,
                avoid=frozenset(chance.sample(names, 2)) - {e},
                prefers=tuple(chance.sample(mentors[:8], 3)),
                site=chance.choice("NS"),
            )
            for e in names
        ),
    ]

    found = propose_groups(asked(people, GroupWishes(min_size=3, max_size=5, company=("site",))))

    free = propose(people, WEIGHTS)
    assert not sat_together(found, people)
    assert len(found.matches) == 90 == found.most_seats
    assert found.total <= found.upper_bound
    if searched:
        assert free.gap == 0
    else:
        assert 0 < free.gap < 0.1 * free.total
