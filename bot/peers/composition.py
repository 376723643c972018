"""Choose one round in which those sit together who met least often, and longest ago."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from bot.kernel.arrays import shuffled_by
from bot.peers.exclusions import ImpossibleRounds
from bot.peers.model import Pair
from bot.peers.plan import Groups
from bot.peers.rules import in_order

MOST_BY_TRYING = 8
"""Up to so many people every round there could be is weighed."""
TRIES = 3
BARRED = 10**9
Seated = list[list[str]]


def best_round(
    people: Sequence[str],
    sizes: Sequence[int],
    *,
    history: Sequence[Sequence[str]],
    apart: Sequence[Pair],
    seed: int,
) -> Groups:
    """Divide people into groups of these sizes. Raises ImpossibleRounds where a barrier would fall.

    The best there is for few people; for more, the best that swapping two people finds.
    """
    ordered = [people[at] for at in shuffled_by(seed, people)]
    cost = _costs(history, apart)
    if len(people) <= MOST_BY_TRYING:
        found = min(_every_round(ordered, list(sizes)), key=lambda one: _of_round(one, cost))
    else:
        rng = random.Random(seed)  # noqa: S311 - a plan is to be repeatable
        found = _swapped(_dealt(ordered, sizes), cost)
        for _ in range(TRIES if _of_round(found, cost) else 0):
            other = _swapped(_dealt(rng.sample(ordered, len(ordered)), sizes), cost)
            found = min(found, other, key=lambda one: _of_round(one, cost))
    if _of_round(found, cost) >= BARRED:
        raise ImpossibleRounds
    return tuple(sorted(tuple(sorted(group)) for group in found))


def _costs(history: Sequence[Sequence[str]], apart: Sequence[Pair]) -> dict[Pair, int]:
    """Weigh each pair: by how often they met, each time more, then by how lately."""
    many = len(history)
    times: dict[Pair, int] = defaultdict(int)
    cost: dict[Pair, int] = defaultdict(int)
    for number, group in enumerate(history, 1):
        for two in combinations(group, 2):
            pair = in_order(*two)
            times[pair] += 1
            cost[pair] += 2 * many * many * times[pair] + number
    return cost | dict.fromkeys(apart, BARRED)


def _of_group(group: Sequence[str], cost: dict[Pair, int]) -> int:
    return sum(cost.get(in_order(*two), 0) for two in combinations(group, 2))


def _of_round(groups: Seated, cost: dict[Pair, int]) -> int:
    return sum(_of_group(group, cost) for group in groups)


def _every_round(people: list[str], sizes: list[int]) -> Iterator[Seated]:
    """Give every division into groups of these sizes, each once but for the order of groups."""
    if not people:
        yield []
        return
    first, *others = people
    for size in sorted(set(sizes)):
        left = list(sizes)
        left.remove(size)
        for company in combinations(others, size - 1):
            rest = [one for one in others if one not in company]
            for groups in _every_round(rest, left):
                yield [[first, *company], *groups]


def _dealt(people: list[str], sizes: Sequence[int]) -> Seated:
    numbers = iter(people)
    return [[next(numbers) for _ in range(size)] for size in sizes]


def _swapped(groups: Seated, cost: dict[Pair, int]) -> Seated:
    """Swap two people of two groups for as long as that costs less."""
    better = True
    while better:
        better = False
        for one, other in combinations(groups, 2):
            for a in range(len(one)):
                for b in range(len(other)):
                    before = _of_group(one, cost) + _of_group(other, cost)
                    if not before:
                        continue
                    one[a], other[b] = other[b], one[a]
                    if _of_group(one, cost) + _of_group(other, cost) < before:
                        better = True
                    else:
                        one[a], other[b] = other[b], one[a]
    return groups
