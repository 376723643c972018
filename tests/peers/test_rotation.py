"""Peer rounds: everybody in, nobody alone, few repeats, counted honestly."""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.peers.designs import (
    SEATED,
    add,
    known_rounds,
    multiply,
    prime_powers,
    resolvable_rounds,
    round_robin,
)
from bot.peers.plan import RotationPlan, group_sizes, lower_bound, plan_rounds
from bot.peers.starters import searched_rounds


def members(count: int) -> list[str]:
    return [f"bob{k}" for k in range(count)]


def plan(
    names: Sequence[str],
    size: int,
    rounds: int,
    *,
    history: Sequence[Sequence[str]] = (),
    seed: int = 0,
    steps: int = 200,
) -> RotationPlan:
    left = iter(range(steps))
    return plan_rounds(
        names,
        size=size,
        rounds=rounds,
        history=history,
        rng=random.Random(seed),
        seed=seed,
        out_of_time=lambda: next(left, None) is None,
    )


def repeats(found: RotationPlan, history: Sequence[Sequence[str]] = ()) -> int:
    met = Counter({frozenset(p): 1 for g in history for p in combinations(set(g), 2)})
    again = 0
    for turn in found.rounds:
        for group in turn:
            for pair in combinations(group, 2):
                again += met[frozenset(pair)] > 0
                met[frozenset(pair)] += 1
    return again


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 23), st.integers(2, 6), st.integers(1, 6), st.integers(0, 3))
def test_every_round_holds_everybody_once_in_groups_of_the_right_sizes(
    count: int, size: int, rounds: int, seed: int
) -> None:
    names = members(count)

    found = plan(names, size, rounds, seed=seed, steps=3)

    sizes, _ = group_sizes(count, size)
    assert len(found.rounds) == rounds
    for turn in found.rounds:
        assert sorted(m for g in turn for m in g) == sorted(names)
        assert sorted(map(len, turn)) == sorted(sizes)
    assert found.repeats == repeats(found)
    assert found.lower_bound <= found.repeats


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 60), st.integers(2, 6))
def test_nobody_is_alone_and_sizes_differ_by_one_at_most(count: int, size: int) -> None:
    sizes, _ = group_sizes(count, size)

    assert sum(sizes) == count
    assert min(sizes) >= 2
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= size + 1


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 16), st.integers(2, 4), st.integers(1, 3), st.data())
def test_history_counts_by_pairs_and_who_left_is_no_obstacle(
    count: int, size: int, rounds: int, data: st.DataObject
) -> None:
    names = members(count)
    everybody = [*names, "gone1", "gone2"]
    group = st.lists(st.sampled_from(everybody), min_size=1, max_size=7)
    history = data.draw(st.lists(group, max_size=4))

    found = plan(names, size, rounds, history=history, steps=3)

    assert found.repeats == repeats(found, history)
    assert found.lower_bound <= found.repeats


def test_the_same_seed_gives_the_same_plan() -> None:
    assert plan(members(17), 3, 5, seed=4) == plan(members(17)[::-1], 3, 5, seed=4)


def test_another_seed_gives_another_plan() -> None:
    assert plan(members(17), 3, 5, seed=4).rounds != plan(members(17), 3, 5, seed=5).rounds


@pytest.mark.parametrize(
    ("count", "size", "rounds"),
    [
        (9, 3, 4),
        (15, 3, 7),
        (16, 4, 5),
        (20, 4, 5),
        (44, 4, 10),
        (43, 4, 10),
        (21, 2, 8),
        (100, 2, 99),
        (400, 4, 12),
    ],
)
def test_nobody_meets_twice_where_that_is_known_to_be_possible(
    count: int, size: int, rounds: int
) -> None:
    found = plan(members(count), size, rounds)

    assert repeats(found) == 0


def test_a_season_begun_goes_on_after_somebody_left() -> None:
    names = members(44)
    first = plan(names, 4, 4, seed=9)
    met = [g for turn in first.rounds for g in turn]

    found = plan([n for n in names if n != "bob7"], 4, 6, history=met, seed=9)

    assert repeats(found, met) == 0
    assert found.repeats == 0


def test_somebody_who_joins_meets_new_people_too() -> None:
    first = plan(members(20), 4, 2)
    met = [g for turn in first.rounds for g in turn]

    found = plan(members(21), 4, 2, history=met)

    assert repeats(found, met) == 0


def test_a_meeting_that_was_not_held_is_not_in_the_history_and_so_may_come() -> None:
    found = plan(["alice", "bob"], 2, 1, history=[])

    assert found.repeats == 0
    assert plan(["alice", "bob"], 2, 1, history=[("alice", "bob")]).repeats == 1


def test_everybody_meets_everybody_before_anybody_meets_twice_in_pairs() -> None:
    found = plan(members(8), 2, 14)

    first = {frozenset(g) for turn in found.rounds[:7] for g in turn}
    assert len(first) == 28
    assert found.repeats == found.lower_bound == 28


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 6), st.integers(2, 3), st.integers(1, 2), st.data())
def test_the_lower_bound_is_never_above_what_brute_force_reaches(
    count: int, size: int, rounds: int, data: st.DataObject
) -> None:
    sizes, _ = group_sizes(count, size)
    met = np.zeros((count, count), dtype=np.int64)
    for one, other in data.draw(
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=6)
    ):
        if one != other:
            met[one, other] = met[other, one] = 1

    possible = [
        turn
        for turn in product(range(len(sizes)), repeat=count)
        if sorted(map(turn.count, range(len(sizes)))) == sorted(sizes)
    ]
    fewest = (
        min(
            sum(
                max(0, int(met[p]) + sum(t[p[0]] == t[p[1]] for t in chosen) - 1)
                for p in combinations(range(count), 2)
            )
            for chosen in product(possible, repeat=rounds)
        )
        if len(possible) ** rounds < 5_000
        else lower_bound(sizes, rounds, met)
    )
    assert lower_bound(sizes, rounds, met) <= fewest


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 14), st.integers(2, 6), st.integers(1, 14))
def test_plans_by_rule_never_repeat_a_pair(groups: int, size: int, wanted: int) -> None:
    rounds, _ = resolvable_rounds(groups, size, wanted)

    assert_no_repeats(rounds, groups * size)


@pytest.mark.parametrize("key", sorted(SEATED))
def test_known_plans_never_repeat_a_pair(key: tuple[int, int]) -> None:
    assert_no_repeats(known_rounds(*key), key[0] * key[1])


MOST_ROUNDS = [
    (15, 3, 7),
    (18, 3, 8),
    (21, 3, 10),
    (24, 3, 11),
    (24, 4, 7),
    (27, 3, 13),
    (28, 4, 9),
    (30, 3, 14),
    (30, 5, 6),
    (39, 3, 19),
]


@pytest.mark.parametrize(("count", "size", "rounds"), MOST_ROUNDS)
def test_base_rounds_are_found_and_developed_without_a_repeat(
    count: int, size: int, rounds: int
) -> None:
    found = plan(members(count), size, rounds, steps=1_000)

    assert len(found.rounds) == rounds
    assert found.repeats == repeats(found) == 0
    for turn in found.rounds:
        assert sorted(m for g in turn for m in g) == sorted(members(count))


@settings(max_examples=15, deadline=None)
@given(st.integers(3, 9), st.integers(3, 5), st.integers(0, 5))
def test_what_a_search_finds_never_repeats_a_pair(groups: int, size: int, seed: int) -> None:
    left = iter(range(12))

    rounds = searched_rounds(
        groups,
        size,
        more_than=1,
        rng=random.Random(seed),
        out_of_time=lambda: next(left, None) is None,
    )

    assert_no_repeats(rounds, groups * size)


def test_a_season_of_developed_rounds_goes_on_where_it_stopped() -> None:
    first = plan(members(21), 3, 8, seed=3, steps=1_000)
    met = [g for turn in first.rounds for g in turn]

    rest = plan(members(21), 3, 2, history=met, seed=3, steps=1_000)

    assert repeats(rest, met) == 0


@pytest.mark.parametrize("people", [30, 31, 32])
def test_thirty_two_people_meet_nobody_twice_in_ten_rounds_of_fours(people: int) -> None:
    found = plan(members(people), 4, 10, steps=1)

    assert repeats(found) == 0
    assert len(found.rounds) == 10


def assert_no_repeats(rounds: list[list[tuple[int, ...]]], people: int) -> None:
    met = Counter(p for turn in rounds for g in turn for p in combinations(sorted(g), 2))
    assert all(sorted(p for g in turn for p in g) == list(range(people)) for turn in rounds)
    assert max(met.values(), default=1) == 1


def test_round_robin_lets_everybody_meet_everybody() -> None:
    assert len({frozenset(g) for turn in round_robin(12) for g in turn}) == 66


@pytest.mark.parametrize(("prime", "exponent"), [(2, 3), (3, 2), (5, 1), (2, 4)])
def test_a_field_divides(prime: int, exponent: int) -> None:
    size = prime**exponent

    for a in range(1, size):
        assert sorted(multiply(prime, exponent, a, b) for b in range(size)) == list(range(size))
        assert sorted(add(prime, exponent, a, b) for b in range(size)) == list(range(size))


def test_numbers_come_apart_into_prime_powers() -> None:
    assert prime_powers(360) == [(2, 3), (3, 2), (5, 1)]
    assert prime_powers(97) == [(97, 1)]
    assert prime_powers(1) == []


def test_a_rotation_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="two members"):
        plan(["alice"], 2, 1)
