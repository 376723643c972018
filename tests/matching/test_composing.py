"""Groups around the best seats: sizes, company and stages, at a price that is said."""

from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.model import Composition, GroupWishes, MentorTeam, Person, Proposal, Role, Weights
from bot.matching.rules import group_composition as composing
from bot.matching.rules.group_composition import ProposalRequest, propose_groups, remeasured
from bot.matching.rules.group_solver import alone, candidates_of

WEIGHTS = Weights()
ANY = GroupWishes(min_size=1, max_size=8)


def mentor(name: str, capacity: int, **traits: object) -> Person:
    person = Person(id=name, roles=frozenset({Role.MENTOR}), capacity=capacity)
    return replace(person, **traits)  # type: ignore[arg-type]


def mentee(name: str, **traits: object) -> Person:
    return replace(Person(id=name, roles=frozenset({Role.MENTEE})), **traits)  # type: ignore[arg-type]


def asked(people: list[Person], wishes: GroupWishes, **more: object) -> ProposalRequest:
    teams = [MentorTeam(id=p.id, mentors=(p.id,)) for p in people if Role.MENTOR in p.roles]
    plain = ProposalRequest(
        people=people,
        weights=WEIGHTS,
        wishes=wishes,
        teams=teams,
        seed=1,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def proof(found: Proposal) -> Composition:
    assert found.composition
    return found.composition


def lonely(found: Proposal, people: list[Person], company: tuple[str, ...]) -> list[str]:
    seats = {m.mentee: m.mentor for m in found.matches}
    return [who for who, _ in alone(candidates_of(people, seats, company), seats)]


def cohort(*wishes: str) -> list[Person]:
    """Mentees who each name one mentor, Alice or Mia, with room for all with either."""
    mentees = [mentee(f"bob{k}", prefers=(one,)) for k, one in enumerate(wishes)]
    return [mentor("alice", 6), mentor("mia", 6), *mentees]


def test_a_group_too_small_is_merged_at_a_price_that_is_said() -> None:
    people = cohort("alice", "alice", "alice", "alice", "mia")

    found = propose_groups(asked(people, replace(ANY, min_size=3)))
    groups = proof(found)

    assert Counter(m.mentor for m in found.matches) == {"alice": 5}
    assert found.gap == pytest.approx(30)
    assert groups.is_proven
    assert groups.gap == 0
    assert found.notes[:2] == (
        "mia has no mentees this time: a group needs at least 3.",
        "The programme's wishes about sizes cost 30.0 points.",
    )


def test_a_mentor_with_few_places_keeps_a_small_group() -> None:
    people = [mentor("alice", 2), mentor("mia", 2), *(mentee(f"bob{k}") for k in range(4))]

    found = propose_groups(asked(people, replace(ANY, min_size=4)))

    assert Counter(m.mentor for m in found.matches) == {"alice": 2, "mia": 2}
    assert found.gap == 0
    assert (proof(found).exceptions, proof(found).few_seats) == (0, 4)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=4),
    st.lists(st.sampled_from(["North", "South", "", "East"]), min_size=1, max_size=8),
    st.integers(1, 5),
)
def test_no_exceptions_are_said_only_where_none_is_named(
    capacities: list[int], sites: list[str], least: int
) -> None:
    people = [mentor(f"alice{k}", capacity) for k, capacity in enumerate(capacities)]
    people += [mentee(f"bob{k}", site=site) for k, site in enumerate(sites)]
    wishes = GroupWishes(min_size=least, max_size=6, company=("site",))

    found = propose_groups(asked(people, wishes), effort=0.05)

    sizes = Counter(m.mentor for m in found.matches).values()
    lacking = sum(max(0, least - size) for size in sizes)
    groups = proof(found)
    named = composing.off_wishes(found, people, wishes, str)
    assert groups.exceptions + groups.few_seats == lacking + len(lonely(found, people, ("site",)))
    assert bool(named) == bool(groups.exceptions + groups.few_seats)


def test_no_group_grows_beyond_the_largest_size() -> None:
    people = cohort("alice", "alice", "alice", "alice")

    found = propose_groups(asked(people, replace(ANY, max_size=2)))

    assert Counter(m.mentor for m in found.matches) == {"alice": 2, "mia": 2}


def test_nobody_is_the_only_one_of_their_site_where_that_can_be() -> None:
    sites = ["North", "North", "South", "South"]
    wishes = ["alice", "mia", "alice", "mia"]
    people = [
        mentor("alice", 2),
        mentor("mia", 2),
        *(
            mentee(f"bob{k}", site=site, prefers=(wish,))
            for k, (site, wish) in enumerate(zip(sites, wishes, strict=True))
        ),
    ]

    found = propose_groups(asked(people, replace(ANY, company=("site",))))
    groups = proof(found)

    assert lonely(found, people, ("site",)) == []
    assert groups.is_proven
    assert found.gap == pytest.approx(60)


def test_nobody_loses_a_seat_and_locks_stay_for_a_rounder_group() -> None:
    people = cohort("alice", "alice", "mia")

    found = propose_groups(asked(people, replace(ANY, min_size=3)), locks=[("bob2", "mia")])

    assert len(found.matches) == 3
    [bob] = [m for m in found.matches if m.mentee == "bob2"]
    assert bob.mentor == "mia"
    assert bob.locked
    assert sum(m.locked for m in found.matches) == 1
    assert Counter(m.mentor for m in found.matches) == {"mia": 3}


@pytest.mark.parametrize(("wish", "kinds"), [("mixed", {2}), ("alike", {1})])
def test_stages_are_mixed_or_alike_as_the_template_says(wish: str, kinds: set[int]) -> None:
    people = [
        mentor("alice", 2),
        mentor("mia", 2),
        *(mentee(f"bob{k}", stage=k % 2) for k in range(4)),
    ]

    found = propose_groups(asked(people, replace(ANY, stages=wish)))
    groups = proof(found)

    stages: dict[str, set[int]] = {}
    for m in found.matches:
        stages.setdefault(m.mentor, set()).add(int(m.mentee[-1]) % 2)
    assert {len(own) for own in stages.values()} == kinds
    assert groups.is_proven


def test_teams_of_two_mentors_share_a_group_within_its_size() -> None:
    people = [
        *(mentor(name, 3) for name in ("alice", "mia", "nia", "ona")),
        *(mentee(f"bob{k}", prefers=("alice",) if k < 6 else ("nia",)) for k in range(8)),
    ]
    teams = [
        MentorTeam(id="first", mentors=("alice", "mia")),
        MentorTeam(id="second", mentors=("nia", "ona")),
    ]

    found = propose_groups(asked(people, GroupWishes(min_size=4, max_size=5), teams=teams))
    groups = proof(found)

    assert Counter(m.mentors for m in found.matches) == {
        ("alice", "mia"): 4,
        ("nia", "ona"): 4,
    }
    assert groups.is_proven


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", ""]), st.sampled_from("NS")), max_size=5),
    st.integers(1, 3),
    st.sampled_from(["any", "mixed", "alike"]),
)
def test_faults_are_fewest_and_points_most_as_brute_force_says(
    rows: list[tuple[str, str]], least: int, wish: str
) -> None:
    people = [
        mentor("a", 5),
        mentor("b", 3),
        *(
            mentee(f"m{k}", prefers=(first,) if first else (), site=site, stage=k % 3)
            for k, (first, site) in enumerate(rows)
        ),
    ]
    wishes = GroupWishes(
        min_size=least, max_size=4, stages=wish, stage_weight=3.0, company=("site",)
    )

    found = propose_groups(asked(people, wishes))
    groups = proof(found)

    def judged(choice: tuple[str, ...]) -> tuple[int, float]:
        sizes = Counter(choice)
        room = {"a": 4, "b": 3}
        faults = sum(max(0, min(least, room[g]) - n) for g, n in sizes.items())
        sites = [site for _, site in rows]
        here = Counter(zip(choice, sites, strict=True))
        faults += sum(n == 1 and sites.count(site) > 1 for (_, site), n in here.items())
        points = 0.0
        for k, g in enumerate(choice):
            points += 30 if rows[k][0] == g else 0
        for g in sizes:
            own = {k % 3 for k, x in enumerate(choice) if x == g}
            points += 3 * len(own) if wish == "mixed" else 0
            points -= 3 * (max(own) - min(own)) if wish == "alike" else 0
        return -faults, points

    fitting = [
        c for c in product("ab", repeat=len(rows)) if c.count("a") <= 4 and c.count("b") <= 3
    ]
    best = max(map(judged, fitting), default=(0, 0.0))
    seated = {m.mentee: m.mentor for m in found.matches}
    got = judged(tuple(seated[f"m{k}"] for k in range(len(rows))))
    assert got == pytest.approx(best)
    assert (-groups.exceptions, groups.value) == pytest.approx(best)
    assert groups.is_proven


def many(count: int) -> list[Person]:
    """Mentees at three sites who each name a mentor, with twice the places that are needed."""
    mentors = [mentor(f"alice{k}", 8) for k in range(count // 4)]
    return [
        *mentors,
        *(
            mentee(
                f"bob{k}",
                prefers=(f"alice{k * 7 % len(mentors)}", f"alice{k * 5 % len(mentors)}"),
                site=("North", "South", "West")[k * k % 3],
                stage=k % 4,
            )
            for k in range(count)
        ),
    ]


@pytest.mark.parametrize("wish", ["any", "mixed"])
def test_a_large_programme_is_composed_in_parts_with_a_bound_that_holds(
    monkeypatch: pytest.MonkeyPatch, wish: str
) -> None:
    monkeypatch.setattr(composing, "PAIRS_AT_ONCE", 0)
    monkeypatch.setattr(composing, "PAIRS_PROVEN", 0)
    people = many(48)
    wishes = GroupWishes(min_size=4, max_size=8, stages=wish, company=("site",))
    locks = [("bob0", "alice3"), ("bob1", "alice5")]

    plain = asked(people, replace(wishes, min_size=1, stages="any", company=())).proposal(locks)
    found = propose_groups(asked(people, wishes), locks=locks)
    again = propose_groups(asked(people, wishes), locks=locks)

    assert found == again
    assert {m.mentee for m in found.matches} == {m.mentee for m in plain.matches}
    assert set(locks) <= {(m.mentee, m.mentor) for m in found.matches}
    assert {m.mentee for m in found.matches if m.locked} == {"bob0", "bob1"}
    sizes = Counter(m.mentor for m in found.matches)
    assert max(sizes.values()) <= 8
    lacking = sum(max(0, 4 - size) for size in sizes.values())
    assert proof(found).exceptions == lacking + len(lonely(found, people, ("site",)))
    assert proof(found).exceptions < 10
    assert proof(found).value <= proof(found).upper_bound
    monkeypatch.undo()
    whole = proof(propose_groups(asked(people, wishes), locks=locks))
    assert whole.exceptions <= proof(found).exceptions
    assert whole.value <= proof(found).upper_bound


def test_far_too_many_people_keep_the_best_seats_and_are_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(composing, "MOST_PAIRS", 3)

    found = propose_groups(asked(cohort("alice", "mia"), replace(ANY, min_size=2)))

    assert found.composition is None
    assert found.gap == 0
    assert found.notes[0] == composing.TOO_MANY


def test_a_swap_by_hand_is_measured_by_what_was_proven_before() -> None:
    people = cohort("alice", "alice", "mia", "mia")
    question = asked(people, replace(ANY, min_size=2))
    before = propose_groups(question)
    pinned = [("bob0", "mia"), ("bob2", "alice"), ("bob1", "alice"), ("bob3", "mia")]

    after = remeasured(question, question.proposal(pinned), before)

    assert proof(after).exceptions == proof(before).exceptions == 0
    assert proof(after).value == proof(before).value - 60
    assert proof(after).gap == pytest.approx(60)


def test_a_swap_that_leaves_a_group_too_small_is_counted() -> None:
    people = [*cohort("alice", "alice", "mia", "mia"), mentor("zoe", 0)]
    question = asked(people, replace(ANY, min_size=2))
    before = propose_groups(question)
    pinned = [("bob0", "mia"), ("bob1", "alice"), ("bob2", "mia"), ("bob3", "mia")]

    after = remeasured(question, question.proposal(pinned), before)

    assert proof(after).exceptions == 1
    assert proof(after).fewest_exceptions == 0
    assert not proof(after).is_proven
