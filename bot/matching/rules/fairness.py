"""Among seatings of equal worth, the one that raises the worst-off, then spreads the load.

All optimal seatings use tight edges only and fill what the prices ask for; each step here is a
small flow over that set, and its own prices describe the set that is left.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bot.matching.rules.seats import Prices, Seating, SeatSteps, best_seating, prices_of

if TYPE_CHECKING:
    from bot.kernel.arrays import Flags, Numbers

MOST_LEVELS = 64
"""How many of the lowest scores are settled one by one; ties above them go to even load."""


@dataclass(frozen=True, slots=True, eq=False)
class _Face:
    """The conditions of every optimal seating: its edges, who must sit, and each mentor's load."""

    edges: "Numbers"
    must_sit: "Flags"
    least: "Numbers"
    most: "Numbers"


def fairest(problem: Seating, chosen: "Flags", prices: Prices, *, load: "Numbers") -> "Flags":
    """Raise the lowest score of a seating of the same size and worth, then the second lowest.

    `load` is what mentors carried before; what is still undecided goes to
    the mentor who carries least.
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


def _marked(size: int, edges: "Numbers") -> "Flags":
    flags = np.zeros(size, dtype=np.bool_)
    flags[edges] = True
    return flags


def _face_of(problem: Seating, prices: Prices, edges: "Numbers") -> _Face:
    """Give the conditions under which a seating reaches the bound of `prices`."""
    places, least, most = problem.places, *np.zeros((2, problem.mentors), dtype=np.int64)
    rent = prices.mentor[places.mentor] - places.cost
    np.add.at(least, places.mentor[rent > 0], places.count[rent > 0])
    np.add.at(most, places.mentor[rent >= 0], places.count[rent >= 0])
    return _Face(edges[prices.tight], prices.mentee > 0, least, most)


def _stage(problem: Seating, face: _Face, penalty: "Numbers") -> Seating:
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


def _steps(mentor: "Numbers", count: "Numbers", cost: "Numbers") -> SeatSteps:
    kept = np.flatnonzero(count > 0)
    order = kept[np.lexsort((cost[kept], mentor[kept]))]
    return SeatSteps(mentor[order], count[order], cost[order])


def _levelled(stage: Seating, load: "Numbers") -> Seating:
    """Give the stage with places taken one by one, each dearer than the one before."""
    places = stage.places
    mentor = np.repeat(places.mentor, places.count)
    first = np.searchsorted(mentor, mentor, side="left")
    height = np.arange(len(mentor)) - first + load[mentor]
    weight = int(height.sum()) + 1
    cost = np.repeat(places.cost, places.count) * weight + height
    return replace(
        stage, worth=stage.worth * weight, places=_steps(mentor, np.ones_like(mentor), cost)
    )


def _undecided(problem: Seating, face: _Face, chosen: "Flags") -> "Numbers":
    """Find edges of the face that may differ between optimal seatings (perhaps a few too many).

    A mentee who could move is an arc from the mentor they leave to the one they join; only what
    lies between cycles can change. Two extra nodes stand for free places and for staying out.
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


def _same(node: int, like: "Numbers") -> "Numbers":
    return np.full(len(like), node, dtype=np.int64)


def _between_cycles(tail: "Numbers", head: "Numbers", nodes: int) -> "Flags":
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
