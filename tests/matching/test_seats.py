"""Seats against brute force: the optimum, its proof, and fairness among equals."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from bot.matching.rules.seats import (
    Seating,
    SeatSteps,
    best_seating,
    fairest,
    flat_seats,
    prices_of,
    scale_for,
    value_of,
)


def seating(worth: list[list[int | None]], capacity: list[int]) -> Seating:
    """A problem from a table of worths (None is no edge) and flat places."""
    edges = [(i, j, w) for i, row in enumerate(worth) for j, w in enumerate(row) if w is not None]
    table = np.array(edges, dtype=np.int64).reshape(-1, 3)
    places = flat_seats(np.array(capacity, dtype=np.int64))
    return Seating(len(worth), len(capacity), table[:, 0], table[:, 1], table[:, 2], places)


def every_seating(worth: list[list[int | None]], capacity: list[int]) -> list[list[int]]:
    """The worths of each possible seating, sorted upwards."""
    found = []
    for choice in product(range(-1, len(capacity)), repeat=len(worth)):
        taken = [choice.count(j) for j in range(len(capacity))]
        values = [worth[i][j] for i, j in enumerate(choice) if j >= 0]
        if all(t <= c for t, c in zip(taken, capacity, strict=True)) and None not in values:
            found.append(sorted(v for v in values if v is not None))
    return found


@st.composite
def tables(draw: st.DrawFn, highest: int = 4) -> tuple[list[list[int | None]], list[int]]:
    mentees, mentors = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    worth = st.none() | st.integers(-2, highest)
    row = st.lists(worth, min_size=mentors, max_size=mentors)
    table = draw(st.lists(row, min_size=mentees, max_size=mentees))
    return table, draw(st.lists(st.integers(0, 3), min_size=mentors, max_size=mentors))


@settings(max_examples=150, deadline=None)
@given(tables())
def test_a_seating_has_the_most_mentees_and_then_the_highest_worth(
    instance: tuple[list[list[int | None]], list[int]],
) -> None:
    problem = seating(*instance)

    chosen = best_seating(problem)

    best = max((len(v), sum(v)) for v in every_seating(*instance))
    assert (int(chosen.sum()), value_of(problem, chosen)) == best
    assert (np.bincount(problem.mentee_at[chosen], minlength=1) <= 1).all()


@settings(max_examples=150, deadline=None)
@given(tables())
def test_the_prices_prove_the_optimum(
    instance: tuple[list[list[int | None]], list[int]],
) -> None:
    problem = seating(*instance)
    chosen = best_seating(problem)

    prices = prices_of(problem, chosen)

    assert prices.bound == value_of(problem, chosen) + prices.per_seat * int(chosen.sum())


@settings(max_examples=150, deadline=None)
@given(tables(), st.integers(0, 2**16 - 1))
def test_the_bound_holds_even_beside_a_poor_seating(
    instance: tuple[list[list[int | None]], list[int]], dropped: int
) -> None:
    problem = seating(*instance)
    poor = best_seating(problem) & np.array(
        [not dropped >> k & 1 for k in range(len(problem.worth))], dtype=np.bool_
    )

    prices = prices_of(problem, poor)

    reachable = max(prices.per_seat * len(v) + sum(v) for v in every_seating(*instance))
    assert prices.bound >= reachable


@settings(max_examples=200, deadline=None)
@given(tables(highest=3))
def test_among_equals_the_worst_off_are_raised_one_after_the_other(
    instance: tuple[list[list[int | None]], list[int]],
) -> None:
    problem = seating(*instance)
    chosen = best_seating(problem)
    load = np.zeros(problem.mentors, dtype=np.int64)

    fair = fairest(problem, chosen, prices_of(problem, chosen), load=load)

    everything = every_seating(*instance)
    best = max((len(v), sum(v)) for v in everything)
    fairest_of_all = max(v for v in everything if (len(v), sum(v)) == best)
    assert sorted(problem.worth[fair].tolist()) == fairest_of_all


def with_steps(
    instance: tuple[list[list[int | None]], list[int]], costs: list[list[int]]
) -> Seating:
    """The problem with places of which each of a mentor's costs what `costs` says, in order."""
    table, capacity = instance
    steps = [(j, cost) for j, places in enumerate(capacity) for cost in sorted(costs[j][:places])]
    columns = np.array(steps, dtype=np.int64).reshape(-1, 2)
    places = SeatSteps(columns[:, 0], np.ones(len(steps), dtype=np.int64), columns[:, 1])
    return replace(seating(table, capacity), places=places)


@settings(max_examples=150, deadline=None)
@given(
    tables(),
    st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=4, max_size=4),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
)
def test_seats_then_net_worth_then_the_worst_off_then_even_loads_as_brute_force_says(
    instance: tuple[list[list[int | None]], list[int]], costs: list[list[int]], load: list[int]
) -> None:
    problem = with_steps(instance, costs)
    before = np.array(load[: problem.mentors], dtype=np.int64)

    chosen = best_seating(problem)
    prices = prices_of(problem, chosen)
    fair = fairest(problem, chosen, prices, load=before)

    assert prices.bound == value_of(problem, chosen) + prices.per_seat * int(chosen.sum())
    carried = np.bincount(problem.mentor_at[fair], minlength=problem.mentors).tolist()
    got = (
        int(fair.sum()),
        value_of(problem, fair),
        sorted(problem.worth[fair].tolist()),
        -unevenness(carried, load),
    )
    assert got == max(every_order(instance, costs, load))


def unevenness(carried: list[int], load: list[int]) -> int:
    """The sum of the heights at which mentees sit on what each mentor carried before."""
    return sum(sum(range(b, b + n)) for b, n in zip(load, carried, strict=False))


def every_order(
    instance: tuple[list[list[int | None]], list[int]], costs: list[list[int]], load: list[int]
) -> list[tuple[int, int, list[int], int]]:
    """What each possible seating comes to, in the order in which things count."""
    table, capacity = instance
    found = []
    for choice in product(range(-1, len(capacity)), repeat=len(table)):
        values = [table[i][j] for i, j in enumerate(choice) if j >= 0]
        carried = [choice.count(j) for j in range(len(capacity))]
        if None in values or any(n > c for n, c in zip(carried, capacity, strict=True)):
            continue
        worths = sorted(v for v in values if v is not None)
        paid = sum(sum(sorted(costs[j][: capacity[j]])[:n]) for j, n in enumerate(carried))
        found.append((len(worths), sum(worths) - paid, worths, -unevenness(carried, load)))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_a_linear_programme_agrees_on_random_instances(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mentees, mentors = 40, 12
    table = rng.integers(0, 1000, (mentees, mentors))
    edge = rng.random((mentees, mentors)) < 0.4
    i, j = np.nonzero(edge)
    capacity = rng.integers(1, 5, mentors)
    problem = Seating(mentees, mentors, i, j, table[edge], flat_seats(capacity))

    chosen = best_seating(problem)

    big = 1_000_000
    rows = np.zeros((mentees + mentors, len(i)))
    rows[i, np.arange(len(i))] = 1
    rows[mentees + j, np.arange(len(i))] = 1
    limits = np.concatenate([np.ones(mentees), capacity])
    answer = linprog(-(table[edge] + big), A_ub=rows, b_ub=limits, bounds=(0, 1), method="highs")
    assert round(-answer.fun) == value_of(problem, chosen) + big * int(chosen.sum())


def test_load_is_spread_where_nothing_else_decides() -> None:
    problem = seating([[5, 5], [5, 5], [5, 5], [5, 5]], [4, 4])
    chosen = best_seating(problem)

    fair = fairest(problem, chosen, prices_of(problem, chosen), load=np.array([0, 2]))

    assert np.bincount(problem.mentor_at[fair]).tolist() == [3, 1]


def test_decimals_are_computed_without_rounding() -> None:
    assert scale_for(np.array([0.1, 0.25, -3.0]), 10) == (100.0, True)


def test_scores_that_fit_no_decimals_get_the_finest_scale_there_is_room_for() -> None:
    scale, exact = scale_for(np.array([1 / 3, 2 / 7]), 1000)

    assert not exact
    assert scale >= 10**12


def test_nobody_sits_where_there_is_no_edge() -> None:
    problem = seating([[None, None]], [1, 1])

    assert not best_seating(problem).any()
