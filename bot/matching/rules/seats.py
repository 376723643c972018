"""Solve mentor seats as a min-cost flow: the most mentees, then the highest worth, then fairness.

Whole numbers throughout. Every answer comes with prices (the dual of the flow), computed apart
from the solver, so that the bound does not rest on the solver's word.
"""

from dataclasses import dataclass, replace

import numpy as np

from bot.kernel.arrays import Flags, Numbers
from bot.matching.model import Proposal

EXACT_DECIMALS = 9
"""Scores with up to this many decimals are computed without any rounding, size permitting."""
_SOLVER_HEADROOM = 2**57
"""The solver multiplies costs by the number of nodes inside 64 bits; this leaves it 2^5 spare."""


@dataclass(frozen=True, slots=True, eq=False)
class SeatSteps:
    """Seats of mentors in steps: step k offers count[k] seats at mentor[k], each at cost[k]."""

    mentor: Numbers
    count: Numbers
    cost: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Seating:
    """A problem: edge e says that mentee_at[e] may sit with mentor_at[e], worth worth[e].

    Edges are sorted by mentee. `places` are sorted by mentor, then by cost.
    """

    mentees: int
    mentors: int
    mentee_at: Numbers
    mentor_at: Numbers
    worth: Numbers
    places: SeatSteps


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Dual values. A mentee's and a mentor's together are never below an edge's worth.

    Where every mentee counts `per_seat` on top of the edges' worth, `bound` is the most that any
    seating reaches; `tight` marks the edges that an optimal seating may use.
    """

    mentee: Numbers
    mentor: Numbers
    tight: Flags
    per_seat: int
    bound: int


def flat_seats(capacity: Numbers) -> SeatSteps:
    """Offer seats without a cost: capacity[j] at mentor j."""
    used = np.flatnonzero(capacity > 0)
    return SeatSteps(used, capacity[used], np.zeros(len(used), dtype=np.int64))


def scale_for(scores: "np.ndarray", nodes: int) -> tuple[float, bool]:
    """Choose a factor that turns scores into whole numbers, and say whether it is exact.

    Where it cannot be, it is the finest power of ten that the solver's 64 bits allow.
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


def best_seating(problem: Seating) -> Flags:
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
        raise RuntimeError(f"the flow solver answered {status}")  # a defect, not the input
    return np.asarray(flow.flows(arcs), dtype=np.int64) > 0


def value_of(problem: Seating, chosen: Flags) -> int:
    """Sum a seating's net worth: its edges' worth less the cost of the cheapest seats used."""
    load = np.bincount(problem.mentor_at[chosen], minlength=problem.mentors)
    places = problem.places
    used = np.clip(load[places.mentor] - _places_before(problem), 0, places.count)
    return _exact_sum(problem.worth[chosen]) - _exact_sum(used * places.cost)


def prices_of(problem: Seating, chosen: Flags) -> Prices:
    """Give the lowest prices that support `chosen`; the bound holds for every seating."""
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


def _places_before(problem: Seating) -> Numbers:
    """Count for each step how many cheaper seats its mentor has."""
    places = problem.places
    total = np.cumsum(places.count) - places.count
    first = np.searchsorted(places.mentor, places.mentor, side="left")
    result: Numbers = total - total[first]
    return result


def _starting_prices(problem: Seating, load: Numbers) -> Numbers:
    """Start from the dearest seat in use, or the cheapest seat where none is."""
    places, price = problem.places, np.zeros(problem.mentors, dtype=np.int64)
    before = _places_before(problem)
    cheapest = before == 0
    price[places.mentor[cheapest]] = places.cost[cheapest]
    used = (load[places.mentor] > before) & ~cheapest
    np.maximum.at(price, places.mentor[used], places.cost[used])
    return price


def _mentor_prices(problem: Seating, chosen: Flags, worth: Numbers) -> Numbers:
    """Raise prices until no mentee elsewhere would pay the difference plus their own price."""
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


def _spans(starts: Numbers, ends: Numbers) -> tuple[Numbers, Numbers]:
    """Give all indices of the half-open ranges, and which range each belongs to."""
    lengths = ends - starts
    owner = np.repeat(np.arange(len(starts)), lengths)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return starts[owner] + offset, owner


def _exact_sum(numbers: Numbers, times: Numbers | None = None) -> int:
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


MOST_LEVELS = 64
"""How many of the lowest scores are settled one by one; ties above them go to even load."""


@dataclass(frozen=True, slots=True, eq=False)
class _Face:
    """The conditions of every optimal seating: its edges, who must sit, and each mentor's load."""

    edges: Numbers
    must_sit: Flags
    least: Numbers
    most: Numbers


def fairest(problem: Seating, chosen: Flags, prices: Prices, *, load: Numbers) -> Flags:
    """Raise the lowest score of a seating of the same size and worth, then the second lowest.

    `load` is what mentors carried before; ties go to the mentor who carries least.
    """
    edges, result = np.arange(len(problem.worth)), chosen.copy()
    face = _face_of(problem, prices, edges)
    done = np.int64(np.iinfo(np.int64).min)
    for _ in range(MOST_LEVELS):
        open_edges = _undecided(problem, face, result)
        levels = np.unique(problem.worth[open_edges])
        levels = levels[levels > done]
        if not len(levels):
            break
        done = levels[0]
        penalty = (problem.worth[face.edges] == done).astype(np.int64)
        stage = _stage(problem, face, penalty)
        picked = best_seating(stage)
        result = _marked(len(result), face.edges[picked])
        face = _face_of(stage, prices_of(stage, picked), face.edges)
    if len(_undecided(problem, face, result)):
        stage = _levelled(_stage(problem, face, np.zeros(len(face.edges), dtype=np.int64)), load)
        result = _marked(len(result), face.edges[best_seating(stage)])
    return result


def _marked(size: int, edges: Numbers) -> Flags:
    flags = np.zeros(size, dtype=np.bool_)
    flags[edges] = True
    return flags


def _face_of(problem: Seating, prices: Prices, edges: Numbers) -> _Face:
    """Give the conditions under which a seating reaches the bound of `prices`."""
    places, least, most = problem.places, *np.zeros((2, problem.mentors), dtype=np.int64)
    rent = prices.mentor[places.mentor] - places.cost
    np.add.at(least, places.mentor[rent > 0], places.count[rent > 0])
    np.add.at(most, places.mentor[rent >= 0], places.count[rent >= 0])
    return _Face(edges[prices.tight], prices.mentee > 0, least, most)


def _stage(problem: Seating, face: _Face, penalty: Numbers) -> Seating:
    """Build a flow over the face whose optimum keeps to it and has the least penalty."""
    mentee, mentor = problem.mentee_at[face.edges], problem.mentor_at[face.edges]
    keep = problem.mentees + 1
    worth = keep * face.must_sit[mentee].astype(np.int64) - penalty
    steps = np.arange(problem.mentors)
    places = _steps(
        np.concatenate([steps, steps]),
        np.concatenate([face.least, face.most - face.least]),
        np.concatenate([np.full(problem.mentors, -keep), np.zeros(problem.mentors, dtype=int)]),
    )
    return Seating(problem.mentees, problem.mentors, mentee, mentor, worth, places)


def _steps(mentor: Numbers, count: Numbers, cost: Numbers) -> SeatSteps:
    kept = np.flatnonzero(count > 0)
    order = kept[np.lexsort((cost[kept], mentor[kept]))]
    return SeatSteps(mentor[order], count[order], cost[order])


def _levelled(stage: Seating, load: Numbers) -> Seating:
    """Give the stage with seats taken one by one, each dearer than the one before."""
    places = stage.places
    mentor = np.repeat(places.mentor, places.count)
    first = np.searchsorted(mentor, mentor, side="left")
    height = np.arange(len(mentor)) - first + load[mentor]
    weight = int(height.sum()) + 1
    cost = np.repeat(places.cost, places.count) * weight + height
    return replace(
        stage, worth=stage.worth * weight, places=_steps(mentor, np.ones_like(mentor), cost)
    )


def _undecided(problem: Seating, face: _Face, chosen: Flags) -> Numbers:
    """Find edges of the face that may differ between optimal seatings (perhaps a few too many).

    A mentee who could move is an arc from the mentor they leave to the one they join; only what
    lies between cycles can change. Two extra nodes stand for free seats and for staying out.
    """
    free, out = problem.mentors, problem.mentors + 1
    at = np.full(problem.mentees, out)
    at[problem.mentee_at[chosen]] = problem.mentor_at[chosen]
    load = np.bincount(problem.mentor_at[chosen], minlength=problem.mentors)
    idle = face.edges[~chosen[face.edges]]
    droppable = np.flatnonzero((at != out) & ~face.must_sit)
    loses, gains = np.flatnonzero(load > face.least), np.flatnonzero(load < face.most)
    tail = np.concatenate([at[problem.mentee_at[idle]], at[droppable], _same(free, loses), gains])
    head = np.concatenate(
        [problem.mentor_at[idle], _same(out, droppable), loses, _same(free, gains)]
    )
    alive = _between_cycles(tail, head, problem.mentors + 2)
    moving = np.zeros(problem.mentees, dtype=np.bool_)
    moving[problem.mentee_at[idle[alive[: len(idle)]]]] = True
    moving[droppable[alive[len(idle) : len(idle) + len(droppable)]]] = True
    result: Numbers = face.edges[moving[problem.mentee_at[face.edges]]]
    return result


def _same(node: int, like: Numbers) -> Numbers:
    return np.full(len(like), node, dtype=np.int64)


def _between_cycles(tail: Numbers, head: Numbers, nodes: int) -> Flags:
    """Mark the arcs left after dropping, again and again, those into or out of dead ends."""
    alive = np.arange(len(tail))
    while len(alive):
        enters, leaves = np.zeros((2, nodes), dtype=np.bool_)
        enters[head[alive]] = True
        leaves[tail[alive]] = True
        kept = alive[enters[tail[alive]] & leaves[head[alive]]]
        if len(kept) == len(alive):
            break
        alive = kept
    return _marked(len(tail), alive)
