"""Plan the rounds of pools ahead, without repeats for as long as that is possible.

What was planned before is not kept: the rest is planned anew before each round from who is there,
who must not meet, and who has met. Steps are counted, not timed, so the same facts give the same.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from itertools import combinations, count

import numpy as np

from bot.kernel.arrays import Numbers, shuffled_by
from bot.kernel.ids import MemberId
from bot.peers.composition import best_round
from bot.peers.exclusions import ImpossibleRounds, barriers
from bot.peers.model import Pair, Pool, PoolRounds
from bot.peers.plan import Groups, group_sizes, lower_bound, plan_rounds
from bot.peers.rules import pairs_of

Met = Sequence[Sequence[str]]
"""Groups that met, the oldest first."""
SEARCH_STEPS = 10
SEEDS = 4
"""Orders that are tried before fewer rounds are planned at once."""


def plan_pools(
    pools: Sequence[Pool],
    *,
    size: int,
    rounds: int,
    history: Met,
    apart: Collection[Pair],
    seed: int,
) -> list[PoolRounds]:
    """Plan up to as many rounds for each pool, and none after its first with a repeat.

    Takes long: call it beside the event loop.
    The two of each pair in `apart` never sit together. A meeting has `size` people or, where that
    does not go evenly, one more or fewer, and never one alone.
    """
    everybody = {one for pool in pools for one in pool.people}
    pool_of: dict[str, str] = {one: pool.key for pool in pools for one in pool.people}
    its_history: dict[str, list[list[str]]] = defaultdict(list)
    for group in history:
        for key in {pool_of[one] for one in group if one in pool_of}:
            its = [one for one in group if pool_of.get(one) == key or one not in everybody]
            if len(its) > 1:
                its_history[key].append(its)
    barred: dict[str, list[Pair]] = defaultdict(list)
    for pair in sorted(apart):
        one, other = (pool_of.get(member) for member in pair)
        if one is not None and one == other:
            barred[one].append(pair)
    return [
        _plan_pool(
            pool,
            size=size,
            rounds=rounds,
            history=its_history[pool.key],
            apart=barred[pool.key],
            seed=seed,
        )
        for pool in pools
    ]


def _plan_pool(
    pool: Pool, *, size: int, rounds: int, history: Met, apart: Sequence[Pair], seed: int
) -> PoolRounds:
    people, alone = list(pool.people), []
    while len(people) > 1:
        try:
            planned = _ahead(
                people, size=size, rounds=rounds, history=history, apart=apart, seed=seed
            )
        except ImpossibleRounds:
            left_out = _most_barred(people, apart, seed=seed + len(history))
            people.remove(left_out)
            alone.append(left_out)
            continue
        named = tuple(tuple(tuple(map(MemberId, g)) for g in one) for one in planned)
        first = first_repeat(named, history)
        return PoolRounds(pool=pool, rounds=named, first_repeat=first, alone=tuple(alone))
    return PoolRounds(pool=pool, alone=tuple(pool.people))


def _most_barred(people: Sequence[MemberId], apart: Sequence[Pair], *, seed: int) -> MemberId:
    """Choose whom a round does without where not everybody can be kept apart: not always one."""
    here = [pair for pair in apart if set(pair) <= set(people)]
    ordered = [people[at] for at in shuffled_by(seed, people)]
    return max(ordered, key=lambda one: sum(one in pair for pair in here))


def _ahead(
    people: Sequence[MemberId],
    *,
    size: int,
    rounds: int,
    history: Met,
    apart: Sequence[Pair],
    seed: int,
) -> list[Groups]:
    """Plan as many rounds as can be without repeats, and the one after: later ones come anew.

    Raises ImpossibleRounds where no round keeps everybody apart.
    """
    planned: list[Groups] = []
    known: list[Sequence[str]] = list(history)
    sizes, _ = group_sizes(len(people), size)
    while len(planned) < rounds:
        found = _without_repeats(
            people,
            sizes,
            size=size,
            rounds=rounds - len(planned),
            history=known,
            apart=apart,
            seed=seed,
        )
        if not found:
            one = best_round(people, sizes, history=known, apart=apart, seed=seed)
            return [*planned, one]
        planned += found
        known = [*history, *(group for one in planned for group in one)]
    return planned


def _without_repeats(
    people: Sequence[MemberId],
    sizes: Sequence[int],
    *,
    size: int,
    rounds: int,
    history: Met,
    apart: Sequence[Pair],
    seed: int,
) -> tuple[Groups, ...]:
    """Plan two or more rounds without a repeat, as many as are found; none where none are."""
    met = barriers(people, [pair for group in history for pair in combinations(group, 2)])
    many = _most_rounds(sizes, np.maximum(barriers(people, apart), met), rounds)
    while many > 1:
        for turn in range(SEEDS):
            try:
                found = plan_rounds(
                    people,
                    size=size,
                    rounds=many,
                    history=history,
                    apart=apart,
                    rng=random.Random(seed + turn),  # noqa: S311 - a plan is to be repeatable
                    seed=seed + turn,
                    out_of_time=_after_steps(),
                    is_quick=True,
                )
            except ImpossibleRounds:
                continue
            if not found.repeats:
                return found.rounds
        many = many * 3 // 4
    return ()


def _most_rounds(sizes: Sequence[int], closed: Numbers, rounds: int) -> int:
    """Count the rounds, up to `rounds`, of which it is not plain that somebody meets again."""
    return max(n for n in range(rounds + 1) if not n or not lower_bound(sizes, n, closed))


def _after_steps() -> Callable[[], bool]:
    steps = count()
    return lambda: next(steps) > SEARCH_STEPS


def first_repeat(rounds: Sequence[Groups], history: Met) -> int | None:
    """Find the first round, counted from 1, in which two meet again; None where none do."""
    known = pairs_of(history)
    for number, groups in enumerate(rounds, 1):
        new = pairs_of(groups)
        if new & known:
            return number
        known |= new
    return None
