"""Seat mentees so that no two who must be kept apart share a group, with the proof.

The flow knows mentees and mentors only. It is solved first, and its bound holds whoever is kept
apart; a search follows where its answer puts two such mentees together.
"""

from dataclasses import dataclass, replace
from math import floor
from typing import Any

import numpy as np

from bot.kernel.arrays import Flags, Numbers
from bot.matching.rules.search import begin_from, searched
from bot.matching.rules.seats import Prices, Seating, best_seating, fairest, prices_of, value_of

EFFORT = 4.0
"""Limit of each of the two searches, in the solver's deterministic units: roughly seconds."""
MOST_EDGES = 20_000
"""Pairs of a mentee and a team up to which a search follows; beyond, its gap is only bounded."""


@dataclass(frozen=True, slots=True, eq=False)
class Seated:
    """The edges chosen; no seating of as many is worth above `bound`, none has above `most`."""

    chosen: Flags
    bound: int
    most: int

    @property
    def seats(self) -> int:
        return int(self.chosen.sum())


def seated_apart(problem: Seating, apart: Numbers, *, load: Numbers, seed: int) -> Seated:
    """Give the most mentees seated, then the highest worth, then the fairest.

    `apart` are pairs of mentees, one a row. Where the flow's answer seats a pair together, the
    fairest is sought only among seatings that leave everybody of a pair where the search put them.
    """
    chosen, prices = _best(problem, load)
    most = int(chosen.sum())
    if not len(_together(problem, chosen, apart)):
        return Seated(chosen, _bound(problem, prices, most), most)
    chosen = _repaired(problem, chosen, apart, load)
    seats = int(chosen.sum())
    found = Seated(chosen, _bound(problem, prices, seats), most)
    reached = seats == most and value_of(problem, chosen) == found.bound
    if reached or len(problem.worth) > MOST_EDGES:
        return found
    searched = _searched(problem, apart, found, seed)
    chosen = _around(problem, searched.chosen, apart, load)
    seats = int(chosen.sum())
    bound = _bound(problem, prices, seats)
    if seats == searched.seats:
        bound = max(value_of(problem, chosen), min(bound, searched.bound))
    return Seated(chosen, bound, searched.most)


def _best(problem: Seating, load: Numbers) -> tuple[Flags, Prices]:
    """Solve the flow, which keeps nobody apart, with fairness among equals."""
    chosen = best_seating(problem)
    prices = prices_of(problem, chosen)
    return fairest(problem, chosen, prices, load=load), prices


def _bound(problem: Seating, prices: Prices, seats: int) -> int:
    """Bound the worth of any `seats` seats: by prices, and by everybody's best edge."""
    best = np.full(problem.mentees, np.iinfo(np.int64).min)
    np.maximum.at(best, problem.mentee_at, problem.worth)
    top = np.sort(best)[::-1][:seats]
    by_best_edges: int = sum(top.tolist())
    return min(prices.bound - prices.per_seat * seats, by_best_edges)


def _together(problem: Seating, chosen: Flags, apart: Numbers) -> Numbers:
    """Find the pairs of chosen edges that seat two together who must be kept apart."""
    edge = np.full(problem.mentees, -1)
    edge[problem.mentee_at[chosen]] = np.flatnonzero(chosen)
    both = edge[apart]
    both = both[(both >= 0).all(axis=1)]
    team = problem.mentor_at[both]
    found: Numbers = both[team[:, 0] == team[:, 1]]
    return found


def _repaired(problem: Seating, chosen: Flags, apart: Numbers, load: Numbers) -> Flags:
    """Close edges and solve the flow again, until nobody sits with whom they must not.

    Of a pair, the edge of the mentee with more other edges is closed.
    """
    allowed = np.ones(len(problem.worth), dtype=np.bool_)
    while len(both := _together(problem, chosen, apart)):
        choices = np.bincount(problem.mentee_at[allowed], minlength=problem.mentees)
        for pair in both.tolist():
            if allowed[pair].all():
                allowed[max(pair, key=lambda e: (choices[problem.mentee_at[e]], e))] = False
        chosen = _best_of(problem, allowed, load)
    return chosen


def _best_of(problem: Seating, allowed: Flags, load: Numbers) -> Flags:
    """Solve the flow with these edges alone."""
    some = replace(
        problem,
        mentee_at=problem.mentee_at[allowed],
        mentor_at=problem.mentor_at[allowed],
        worth=problem.worth[allowed],
    )
    chosen = np.zeros(len(allowed), dtype=np.bool_)
    chosen[np.flatnonzero(allowed)[_best(some, load)[0]]] = True
    return chosen


def _around(problem: Seating, chosen: Flags, apart: Numbers, load: Numbers) -> Flags:
    """Solve the flow with everybody of a pair left where `chosen` has them."""
    pinned = np.isin(problem.mentee_at, apart)
    return _best_of(problem, ~pinned | chosen, load)


def _searched(problem: Seating, apart: Numbers, start: Seated, seed: int) -> Seated:
    """Search by CP-SAT for more seats, then for more worth, from `start`; with what is proven."""
    search = _SeatSearch(problem, apart, seed)
    found = start
    if found.seats < found.most:
        search.model.add(sum(search.sits) <= found.most)
        search.model.maximize(sum(search.sits))
        if solver := search.solved(found.chosen):
            most = min(found.most, floor(solver.best_objective_bound + 1e-6))
            found = replace(found, chosen=search.seated(solver), most=most)
    search.model.add(sum(search.sits) == found.seats)
    search.model.maximize(search.worth())
    if solver := search.solved(found.chosen):
        bound = floor(solver.best_objective_bound + 1e-6)
        return replace(found, chosen=search.seated(solver), bound=bound)
    return replace(found, bound=np.iinfo(np.int64).max)  # nothing is proven


class _SeatSearch:
    """The question to the solver."""

    def __init__(self, problem: Seating, apart: Numbers, seed: int) -> None:
        from ortools.sat.python import cp_model

        self.problem, self.seed = problem, seed
        self.model = cp_model.CpModel()
        self.sits = [self.model.new_bool_var(str(e)) for e in range(len(problem.worth))]
        at: list[dict[int, Any]] = [{} for _ in range(problem.mentees)]
        for e, sits in enumerate(self.sits):
            at[problem.mentee_at[e]][int(problem.mentor_at[e])] = sits
        for own in at:
            self.model.add_at_most_one(own.values())
        for one, other in apart.tolist():
            for team in at[one].keys() & at[other].keys():
                self.model.add_at_most_one(at[one][team], at[other][team])
        self.places = [
            self.model.new_int_var(0, int(count), f"step {k}")
            for k, count in enumerate(problem.places.count)
        ]
        self._limit_loads()

    def _limit_loads(self) -> None:
        """Let each team have as many mentees as seats of it are used."""
        load: list[list[Any]] = [[] for _ in range(self.problem.mentors)]
        used: list[list[Any]] = [[] for _ in range(self.problem.mentors)]
        for sits, team in zip(self.sits, self.problem.mentor_at.tolist(), strict=True):
            load[team].append(sits)
        for place, team in zip(self.places, self.problem.places.mentor.tolist(), strict=True):
            used[team].append(place)
        for here, seats in zip(load, used, strict=True):
            if here:
                self.model.add(sum(here) == sum(seats))

    def worth(self) -> Any:
        """Give the worth of the edges less the cost of the seats used."""
        edges = sum(w * s for w, s in zip(self.problem.worth.tolist(), self.sits, strict=True))
        costs = self.problem.places.cost.tolist()
        return edges - sum(c * p for c, p in zip(costs, self.places, strict=True) if c)

    def solved(self, start: Flags) -> Any | None:
        """Give the solver after its search from `start`; None where it has no answer."""
        begin_from(self.model, zip(self.sits, start.tolist(), strict=True))
        return searched(self.model, seed=self.seed, effort=EFFORT)

    def seated(self, solver: Any) -> Flags:
        return np.array([solver.value(sits) for sits in self.sits], dtype=np.bool_)
