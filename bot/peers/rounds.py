"""Plan the rounds of pools ahead, without repeats for as long as that is possible.

What was planned before is not kept: the rest is planned anew before each round from who is there,
who must not meet, and who has met. Steps are counted, not timed, so the same facts give the same.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations, count

import numpy as np

from bot.kernel.arrays import Numbers, shuffled_by
from bot.kernel.ids import MemberId
from bot.kernel.outside import work_out
from bot.peers.composition import best_round
from bot.peers.exclusions import ImpossibleRounds, barriers
from bot.peers.model import Pair, PeerFacts, Pool, PoolRounds, SeriesPlan
from bot.peers.plan import Groups, group_sizes, lower_bound, plan_rounds
from bot.peers.rules import pairs_of

Met = Sequence[Sequence[str]]
"""Groups that met, the oldest first."""
SEARCH_STEPS = 10
SEEDS = 4
"""Orders that are tried before fewer rounds are planned at once."""


async def planned_for(
    facts: PeerFacts, plan: SeriesPlan, *, rounds: int, history: Met, seed: int
) -> list[PoolRounds]:
    """Plan the rounds of a series from its facts, beside the event loop."""
    many = sum(len(pool.people) for pool in facts.pools)
    wanted = {"size": plan.size, "rounds": rounds, "seed": seed}
    work = partial(plan_pools, facts.pools, **wanted, history=history, apart=facts.apart)
    return await work_out(many, work)


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
            _Wanted(size, rounds, history=its_history[pool.key], apart=barred[pool.key], seed=seed),
        )
        for pool in pools
    ]


@dataclass(frozen=True)
class _Wanted:
    """The rounds that are wanted of a pool, and what is known of its people."""

    size: int
    rounds: int
    history: Met = field(kw_only=True)
    apart: Sequence[Pair] = field(kw_only=True)
    seed: int = field(kw_only=True)


def _plan_pool(pool: Pool, wanted: _Wanted) -> PoolRounds:
    people, alone = list(pool.people), []
    while len(people) > 1:
        try:
            planned = _ahead(people, wanted)
        except ImpossibleRounds:
            left_out = _most_barred(people, wanted.apart, seed=wanted.seed + len(wanted.history))
            people.remove(left_out)
            alone.append(left_out)
            continue
        named = tuple(tuple(tuple(map(MemberId, g)) for g in one) for one in planned)
        first = first_repeat(named, wanted.history)
        return PoolRounds(pool=pool, rounds=named, first_repeat=first, alone=tuple(alone))
    return PoolRounds(pool=pool, alone=tuple(pool.people))


def _most_barred(people: Sequence[MemberId], apart: Sequence[Pair], *, seed: int) -> MemberId:
    """Choose whom a round does without where not everybody can be kept apart: not always one."""
    here = [pair for pair in apart if set(pair) <= set(people)]
    ordered = [people[at] for at in shuffled_by(seed, people)]
    return max(ordered, key=lambda one: sum(one in pair for pair in here))


def _ahead(people: Sequence[MemberId], wanted: _Wanted) -> list[Groups]:
    """Plan as many rounds as can be without repeats, and the one after: later ones come anew.

    Raises ImpossibleRounds where no round keeps everybody apart.
    """
    planned: list[Groups] = []
    sizes, _ = group_sizes(len(people), wanted.size)
    while (left := wanted.rounds - len(planned)) > 0:
        known = [*wanted.history, *(group for one in planned for group in one)]
        now = replace(wanted, rounds=left, history=known)
        found = _without_repeats(people, sizes, now)
        if not found:
            apart, seed = wanted.apart, wanted.seed
            one = best_round(people, sizes, history=known, apart=apart, seed=seed)
            return [*planned, one]
        planned += found
    return planned


def _without_repeats(
    people: Sequence[MemberId], sizes: Sequence[int], wanted: _Wanted
) -> tuple[Groups, ...]:
    """Plan two or more rounds without a repeat, as many as are found; none where none are."""
    met = barriers(people, [pair for group in wanted.history for pair in combinations(group, 2)])
    closed = np.maximum(barriers(people, wanted.apart), met)
    many = _most_rounds(sizes, closed, wanted.rounds)
    while many > 1:
        for seed in range(wanted.seed, wanted.seed + SEEDS):
            with suppress(ImpossibleRounds):
                found = plan_rounds(
                    people,
                    size=wanted.size,
                    rounds=many,
                    history=wanted.history,
                    apart=wanted.apart,
                    rng=random.Random(seed),  # noqa: S311 - a plan is to be repeatable
                    seed=seed,
                    out_of_time=_after_steps(),
                    is_quick=True,
                )
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
