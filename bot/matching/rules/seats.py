"""Solve mentor seats as a min-cost flow: the most mentees, then the highest worth, then fairness.

Whole numbers throughout. Every answer comes with prices (the dual of the flow), computed apart
from the solver, so that the bound does not rest on the solver's word.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bot.matching.model import Proposal

if TYPE_CHECKING:
    from bot.kernel.arrays import Flags, Numbers

EXACT_DECIMALS = 9
"""Scores with up to this many decimals are computed without any rounding, size permitting."""
_SOLVER_HEADROOM = 2**57
"""The solver multiplies costs by the number of nodes inside 64 bits; this leaves it 2^5 spare."""


class SolverError(RuntimeError):
    """The flow solver refused a well-formed problem; a defect, never the input's fault."""


@dataclass(frozen=True, slots=True, eq=False)
class SeatSteps:
    """Places of mentors in steps: step k offers count[k] places at mentor[k], each at cost[k]."""

    mentor: "Numbers"
    count: "Numbers"
    cost: "Numbers"


@dataclass(frozen=True, slots=True, eq=False)
class Seating:
    """A problem: edge e says that mentee_at[e] may sit with mentor_at[e], worth worth[e].

    Edges are sorted by mentee. `places` are sorted by mentor, then by cost.
    """

    mentees: int
    mentors: int
    mentee_at: "Numbers"
    mentor_at: "Numbers"
    worth: "Numbers"
    places: SeatSteps


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Dual values. A mentee's and a mentor's together are never below an edge's worth.

    Where every mentee counts `per_seat` on top of the edges' worth, `bound` is the most that any
    seating reaches; `tight` marks the edges that an optimal seating may use.
    """

    mentee: "Numbers"
    mentor: "Numbers"
    tight: "Flags"
    per_seat: int
    bound: int


def flat_places(capacity: "Numbers") -> SeatSteps:
    """Places without a cost: capacity[j] at mentor j."""
    used = np.flatnonzero(capacity > 0)
    return SeatSteps(used, capacity[used], np.zeros(len(used), dtype=np.int64))


def scale_for(scores: "np.ndarray", nodes: int) -> tuple[float, bool]:
    """Choose a factor that turns scores into whole numbers, and say whether it is exact.

    Exact means that equal and unequal totals stay so. Otherwise the finest factor that the
    solver's 64 bits allow is returned, a power of ten.
    """
    largest = max(1e-12, float(np.abs(scores).max(initial=0.0)))
    ceiling = _SOLVER_HEADROOM / (16 * (nodes + 2)) / largest
    for decimals in range(EXACT_DECIMALS + 1):
        factor = 10.0**decimals
        if factor > ceiling:
            break
        if np.array_equal(np.rint(scores * factor) / factor, scores):
            return factor, True
    return 10.0 ** np.floor(np.log10(ceiling)), False


def best_seating(problem: Seating) -> "Flags":
    """Give the edges of a seating with the most mentees and, among those, the highest net worth."""
    from ortools.graph.python import min_cost_flow

    flow = min_cost_flow.SimpleMinCostFlow()
    n, m, places = problem.mentees, problem.mentors, problem.places
    source, sink = n + m, n + m + 1
    if not len(problem.worth) or not len(places.count):
        return np.zeros(len(problem.worth), dtype=np.bool_)
    seated = np.unique(problem.mentee_at)
    ones = np.ones(len(problem.worth), dtype=np.int64)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        problem.mentee_at, n + problem.mentor_at, ones, -problem.worth
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        np.full(len(seated), source), seated, ones[: len(seated)], np.zeros(len(seated), dtype=int)
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        n + places.mentor, np.full(len(places.mentor), sink), places.count, places.cost
    )
    flow.set_node_supply(source, len(seated))
    flow.set_node_supply(sink, -len(seated))
    status = flow.solve_max_flow_with_min_cost()
    if status != flow.OPTIMAL:
        raise SolverError(f"the flow solver answered {status}")
    return np.asarray(flow.flows(arcs), dtype=np.int64) > 0


def value_of(problem: Seating, chosen: "Flags") -> int:
    """Sum a seating's net worth: its edges' worth less the cost of the cheapest places used."""
    load = np.bincount(problem.mentor_at[chosen], minlength=problem.mentors)
    places = problem.places
    used = np.clip(load[places.mentor] - _places_before(problem), 0, places.count)
    return _exact_sum(problem.worth[chosen]) - _exact_sum(used * places.cost)


def prices_of(problem: Seating, chosen: "Flags") -> Prices:
    """Give the lowest prices that support `chosen`.

    With an optimal `chosen` the bound equals its value plus per_seat for each mentee seated;
    with any other the bound still holds, for every seating.
    """
    seats = int(chosen.sum())
    per_seat = _per_seat(problem, seats)
    worth = problem.worth + per_seat
    mentor = _mentor_prices(problem, chosen, worth)
    mentee = np.zeros(problem.mentees, dtype=np.int64)
    surplus = worth - mentor[problem.mentor_at]
    if len(worth):
        starts = np.flatnonzero(np.diff(problem.mentee_at, prepend=-1))
        best = np.maximum.reduceat(surplus, starts)
        mentee[problem.mentee_at[starts]] = np.maximum(best, 0)
    rent = np.maximum(mentor[problem.places.mentor] - problem.places.cost, 0)
    bound = _exact_sum(mentee) + _exact_sum(rent, problem.places.count)
    tight = mentee[problem.mentee_at] == surplus
    return Prices(mentee, mentor, tight, per_seat, bound)


def _per_seat(problem: Seating, seats: int) -> int:
    """Choose more than any rearrangement of worth can bring, so that seats come first."""
    spread = int(np.abs(problem.worth).max(initial=0)) + int(
        np.abs(problem.places.cost).max(initial=0)
    )
    return 2 * (seats + 2) * (spread + 1)


def _places_before(problem: Seating) -> "Numbers":
    """Count for each step how many cheaper places its mentor has."""
    places = problem.places
    total = np.cumsum(places.count) - places.count
    first = np.searchsorted(places.mentor, places.mentor, side="left")
    result: Numbers = total - total[first]
    return result


def _starting_prices(problem: Seating, load: "Numbers") -> "Numbers":
    """Start from the dearest place in use, or the cheapest place where none is."""
    places, price = problem.places, np.zeros(problem.mentors, dtype=np.int64)
    before = _places_before(problem)
    cheapest = before == 0
    price[places.mentor[cheapest]] = places.cost[cheapest]
    used = (load[places.mentor] > before) & ~cheapest
    np.maximum.at(price, places.mentor[used], places.cost[used])
    return price


def _mentor_prices(problem: Seating, chosen: "Flags", worth: "Numbers") -> "Numbers":
    """Least fixed point of: a mentee elsewhere would pay the difference plus their own place's
    price. Only mentors whose price rose are looked at again.
    """
    at, current = np.full(problem.mentees, -1), np.zeros(problem.mentees, dtype=np.int64)
    at[problem.mentee_at[chosen]] = problem.mentor_at[chosen]
    current[problem.mentee_at[chosen]] = worth[chosen]
    load = np.bincount(problem.mentor_at[chosen], minlength=problem.mentors)
    price = _starting_prices(problem, load)
    if not len(worth):
        return price
    first = np.searchsorted(problem.mentee_at, np.arange(problem.mentees + 1))
    movers = np.arange(problem.mentees)
    by_mentor = np.argsort(at, kind="stable")
    bounds = np.searchsorted(at[by_mentor], np.arange(problem.mentors + 1))
    for _ in range(problem.mentors + 2):
        own = np.where(at[movers] >= 0, price[at[movers]], 0) - current[movers]
        edges, owner = _spans(first[movers], first[movers + 1])
        offer = worth[edges] + own[owner]
        risen = offer > price[problem.mentor_at[edges]]
        if not risen.any():
            break
        mentors = problem.mentor_at[edges[risen]]
        np.maximum.at(price, mentors, offer[risen])
        again, _ = _spans(bounds[np.unique(mentors)], bounds[np.unique(mentors) + 1])
        movers = by_mentor[again]
    return price


def _spans(starts: "Numbers", ends: "Numbers") -> tuple["Numbers", "Numbers"]:
    """Give all indices of the half-open ranges, and which range each belongs to."""
    lengths = ends - starts
    owner = np.repeat(np.arange(len(starts)), lengths)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return starts[owner] + offset, owner


def _exact_sum(numbers: "Numbers", times: "Numbers | None" = None) -> int:
    """Add in Python's integers, which cannot overflow."""
    if times is None:
        return sum(numbers.tolist())
    return sum(a * b for a, b in zip(numbers.tolist(), times.tolist(), strict=True))


def judged_by(earlier: Proposal, found: Proposal) -> Proposal:
    """Measure `found`, changed since, by the bound that the engine proved for `earlier`."""
    net = found.total - found.balance_penalty
    bound = round(max(earlier.upper_bound, net), 9) if earlier.matches else found.upper_bound
    seats = max(earlier.most_seats, found.most_seats)
    return replace(found, upper_bound=bound, gap=round(bound - net, 6), most_seats=seats)
