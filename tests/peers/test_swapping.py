"""Local search for round plans: what it says it saves is saved, and nobody is lost on the way."""

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.peers import local_search as swapping
from bot.peers.local_search import improve, repeats_of

LOOKS = [("every swap is weighed", 10**9), ("the swaps of one person are weighed", 0)]


def dealt(people: int, size: int, rounds: int, seed: int) -> np.ndarray:
    """Rounds dealt at random; the last group may be larger."""
    groups = people // size
    turn = np.minimum(np.arange(people) // size, groups - 1)
    rng = random.Random(seed)
    return np.array([rng.sample(turn.tolist(), people) for _ in range(rounds)])


def unmet(people: int) -> np.ndarray:
    return np.zeros((people, people), dtype=np.int64)


def counted(seats: np.ndarray, met: np.ndarray) -> int:
    """Repeats, pair by pair."""
    pairs = combinations(range(seats.shape[1]), 2)
    return sum(
        max(0, int(met[p, q]) + sum(int(turn[p] == turn[q]) for turn in seats) - 1)
        for p, q in pairs
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 9), st.integers(2, 3), st.integers(1, 4), st.integers(0, 99), st.data())
def test_repeats_are_counted_pair_by_pair(
    people: int, size: int, rounds: int, seed: int, data: st.DataObject
) -> None:
    met = unmet(people)
    who = st.integers(0, people - 1)
    for one, other in data.draw(st.lists(st.tuples(who, who), max_size=5)):
        met[one, other] = met[other, one] = int(one != other)
    seats = dealt(people, size, rounds, seed)

    assert repeats_of(seats, met) == counted(seats, met)


@pytest.mark.parametrize(("looks", "cells"), LOOKS)
@pytest.mark.parametrize("seed", range(4))
def test_a_search_that_stops_early_has_reached_its_target(
    monkeypatch: pytest.MonkeyPatch, looks: str, cells: int, seed: int
) -> None:
    monkeypatch.setattr(swapping, "_FULL_LOOK", cells)
    seats, met = dealt(20, 4, 3, seed), unmet(20)
    met[0, 1] = met[1, 0] = 1
    asked = iter(range(2_000))

    best = improve(
        seats,
        met,
        rng=random.Random(seed),
        target=0,
        out_of_time=lambda: next(asked, None) is None,
    )

    assert next(asked, None) is not None, looks
    assert counted(best, met) == 0
    for turn, before in zip(best, seats, strict=True):
        assert np.bincount(turn).tolist() == np.bincount(before).tolist()


@pytest.mark.parametrize(("looks", "cells"), LOOKS)
def test_a_search_that_cannot_win_is_stirred_and_gives_back_the_best_it_saw(
    monkeypatch: pytest.MonkeyPatch, looks: str, cells: int
) -> None:
    monkeypatch.setattr(swapping, "_FULL_LOOK", cells)
    monkeypatch.setattr(swapping, "_RESTART_AFTER", 5)
    seats, met = dealt(6, 2, 7, 1), unmet(6)  # 21 meetings of 15 pairs: 6 repeats at least
    asked = iter(range(60))

    best = improve(
        seats,
        met,
        rng=random.Random(1),
        target=0,
        out_of_time=lambda: next(asked, None) is None,
    )

    assert counted(best, met) == 6, looks
    assert counted(seats, met) > 6


def test_a_plan_without_repeats_is_left_as_it_is() -> None:
    seats = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])

    asked = iter([False, True])

    best = improve(
        seats, unmet(4), rng=random.Random(1), target=-1, out_of_time=lambda: next(asked)
    )

    assert (best == seats).all()
