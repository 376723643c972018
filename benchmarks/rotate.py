"""Peer rounds: Cairn beside a greedy that deals each round with the fewest repeats it sees."""

import random
import time
from collections import Counter
from collections.abc import Callable
from itertools import combinations

from bot.peers.plan import plan_rounds

NAME = "rotate"
LIMIT_S = 60.0
INSTANCES = (
    (9, 3, 4),
    (15, 3, 7),
    (20, 4, 5),
    (21, 3, 10),
    (24, 3, 11),
    (24, 4, 7),
    (30, 5, 6),
    (44, 4, 10),
    (43, 4, 10),
    (32, 4, 9),
    (32, 4, 10),
    (500, 2, 50),
    (2000, 4, 12),
)
GREEDY_UP_TO = 500
Rounds = list[list[tuple[str, ...]]]


def run(*, quick: bool) -> list[dict[str, object]]:
    """One row for each instance and method: repeats counted apart, lower bound, seconds."""
    limit_s = 5.0 if quick else LIMIT_S
    rows = []
    for people, size, rounds in INSTANCES:
        rows.append(_cairn(people, size, rounds, limit_s))
        if people <= GREEDY_UP_TO:
            rows.append(_measured("greedy", people, size, rounds, greedy))
    return rows


def _cairn(people: int, size: int, rounds: int, limit_s: float) -> dict[str, object]:
    about: dict[str, object] = {}

    def plan(names: list[str], size: int, rounds: int) -> Rounds:
        began = time.perf_counter()
        found = plan_rounds(
            names,
            size=size,
            rounds=rounds,
            rng=random.Random(1),
            seed=1,
            out_of_time=lambda: time.perf_counter() - began > limit_s,
        )
        about.update(lower_bound=found.lower_bound, how=found.method)
        return [list(turn) for turn in found.rounds]

    return _measured("cairn", people, size, rounds, plan) | about


def _measured(
    method: str,
    people: int,
    size: int,
    rounds: int,
    plan: Callable[[list[str], int, int], Rounds],
) -> dict[str, object]:
    names = [f"member{k}" for k in range(people)]
    began = time.perf_counter()
    found = plan(names, size, rounds)
    return {
        "instance": f"{people} people, groups of {size}, {rounds} rounds",
        "method": method,
        "repeats": repeats(found),
        "seconds": time.perf_counter() - began,
    }


def repeats(rounds: Rounds) -> int:
    """Meetings after a pair's first."""
    met = Counter(p for turn in rounds for g in turn for p in combinations(sorted(g), 2))
    return sum(count - 1 for count in met.values())


def greedy(names: list[str], size: int, rounds: int) -> Rounds:
    """Fill groups one by one, each time with the person who has met fewest of those in it."""
    rng, met, plan = random.Random(1), Counter[tuple[str, str]](), []
    for _ in range(rounds):
        left = rng.sample(names, len(names))
        turn: list[list[str]] = []
        for number in range(-(-len(names) // size)):
            places = -(-len(left) // (-(-len(names) // size) - number))
            group = [left.pop()]
            while len(group) < places:
                known = [sum(met[_pair(p, q)] for q in group) for p in left]
                group.append(left.pop(known.index(min(known))))
            turn.append(group)
            met.update(_pair(p, q) for p, q in combinations(group, 2))
        plan.append([tuple(g) for g in turn])
    return plan


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
