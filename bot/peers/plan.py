"""Plan peer rounds: everybody in a group every round, with as few repeats as can be.

Built by rule where a rule is known, otherwise searched for. What happened before counts by pairs,
whatever the size of the groups it happened in.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TypeAlias

import numpy as np

from bot.kernel.arrays import Numbers, Rng, shuffled_by
from bot.peers.designs import Round, known_rounds, resolvable_rounds
from bot.peers.exclusions import barriers, keep_apart
from bot.peers.local_search import improve, repeats_of
from bot.peers.starters import searched_rounds

Groups: TypeAlias = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationPlan:
    """Peer rounds, each a partition of the members into groups.

    `repeats` counts each meeting after a pair's first, history included; no plan can have fewer
    than `lower_bound`. `method` says how the plan was made.
    """

    rounds: tuple[Groups, ...]
    repeats: int
    lower_bound: int
    method: str
    seed: int
    notes: tuple[str, ...] = ()


def group_sizes(people: int, size: int) -> tuple[list[int], str]:
    """Divide `people` into groups of `size`, with a note where that does not go evenly.

    Some groups have one less, else one more, as pairs do; else they are as even as possible.
    """
    if people <= size:
        note = "" if people == size else f"There are only {people} members: one group each round."
        return [people], note
    count, rest = divmod(people, size)
    if not rest:
        return [size] * count, ""
    short = (count + 1) * size - people
    if size > 2 and short <= count + 1:
        even = [size] * (count + 1 - short) + [size - 1] * short
        return even, f"{people} is no multiple of {size}: groups have {size - 1} or {size}."
    if rest <= count:
        even = [size + 1] * rest + [size] * (count - rest)
        return even, f"{people} is no multiple of {size}: groups have {size} or {size + 1}."
    fewest, extra = divmod(people, count + 1)
    even = [fewest + 1] * extra + [fewest] * (count + 1 - extra)
    span = f"{fewest} or {fewest + 1}" if extra else f"{fewest}"
    return even, f"{people} members cannot form groups of about {size}: groups have {span}."


def lower_bound(sizes: Sequence[int], rounds: int, met: Numbers) -> int:
    """Count the repeats that no plan can avoid, given who met before (met[p, q] is 1)."""
    people = len(met)
    meetings = rounds * sum(comb(s, 2) for s in sizes)
    known = met.sum(axis=1)
    by_pairs = meetings - (comb(people, 2) - int(known.sum()) // 2)
    fewest = rounds * (min(sizes) - 1)
    by_member = -(-int(np.maximum(0, fewest - (people - 1 - known)).sum()) // 2)
    by_round = (rounds - 1) * sum(_pigeons(s, len(sizes)) for s in sizes)
    return max(0, by_pairs, by_member, by_round)


def plan_rounds(
    members: Sequence[str],
    *,
    size: int,
    rounds: int,
    rng: Rng,
    seed: int,
    history: Iterable[Sequence[str]] = (),
    apart: Iterable[Collection[str]] = (),
    out_of_time: Callable[[], bool] = lambda: False,
    is_quick: bool = False,
) -> RotationPlan:
    """Plan rounds of groups of about `size` with as few repeats as could be found.

    `history` are groups that really met; who has left since may be named in them. `out_of_time`
    ends the search, and the best plan so far is returned. `seed` is the one that made `rng`; it
    is recorded, and decides the order in which members are numbered. The two of each pair in
    `apart` never sit together; raises ImpossibleRounds where no such rounds are found. `is_quick`
    leaves out the search for base rounds, which takes seconds for groups of three and more.
    """
    if len(members) < 2 or size < 2 or rounds < 1:
        raise ValueError("a rotation needs two members, groups of two and one round")
    groups_before = [tuple(dict.fromkeys(g)) for g in history]
    ordered = [members[at] for at in shuffled_by(seed, members)]
    met = _met(ordered, groups_before)
    sizes, note = group_sizes(len(ordered), size)
    bound = lower_bound(sizes, rounds, met)
    before = len(groups_before) // len(sizes) + 1 if groups_before else 0
    plans = _rules(
        sizes, rounds + before, rng=rng, out_of_time=(lambda: True) if is_quick else out_of_time
    )
    seats, method = _built(plans, ordered, groups_before, sizes, rounds, seed=seed, met=met)
    seats = np.vstack([seats, _dealt(sizes, rounds - len(seats), rng)])
    repeats = repeats_of(seats, met)
    if repeats > bound:
        better = improve(seats, met, rng=rng, target=bound, out_of_time=out_of_time)
        if (found := repeats_of(better, met)) < repeats:
            seats, repeats, method = better, found, f"{method}, then swaps" if method else "swaps"
    barred = barriers(ordered, apart)
    if barred.any():
        seats = keep_apart(seats, met, barred, rng=rng)
        repeats, method = repeats_of(seats, met), f"{method or 'dealt at random'}, some kept apart"
    return RotationPlan(
        rounds=_named(seats, ordered),
        repeats=repeats,
        lower_bound=bound,
        method=method or "dealt at random",
        seed=seed,
        notes=(note,) if note else (),
    )


def _pigeons(size: int, groups: int) -> int:
    """Find pairs of a group who, by count alone, sat together in any other round."""
    share, extra = divmod(size, groups)
    return extra * comb(share + 1, 2) + (groups - extra) * comb(share, 2)


def _met(ordered: Sequence[str], groups: Iterable[Sequence[str]]) -> Numbers:
    at = {name: k for k, name in enumerate(ordered)}
    met = np.zeros((len(ordered), len(ordered)), dtype=np.int64)
    for group in groups:
        for one, other in combinations([at[m] for m in group if m in at], 2):
            met[one, other] = met[other, one] = 1
    return met


def _built(
    plans: Sequence[tuple[list[Round], str]],
    ordered: Sequence[str],
    history: Sequence[Sequence[str]],
    sizes: Sequence[int],
    rounds: int,
    *,
    seed: int,
    met: Numbers,
) -> tuple[Numbers, str]:
    """Build seats by rule, in as many rounds as a rule gives, with the fewest repeats.

    Those who have left are numbered too, so that a season goes on where it stopped.
    """
    gone = sorted({m for g in history for m in g} - set(ordered))
    everybody = [*ordered, *gone]
    orders = [[everybody[at] for at in shuffled_by(seed, everybody)]] if gone else []
    best, method, fewest = np.zeros((0, len(ordered)), dtype=np.int64), "", (-rounds, 0)
    for names in [*orders, list(ordered)]:
        for plan, how in plans:
            seats = _seated(plan, names, ordered, sizes=sizes, met=met)
            again = [int((met * (s[:, None] == s[None, :])).sum()) for s in seats]
            kept = sorted(sorted(range(len(seats)), key=lambda r: (again[r], r))[:rounds])
            order = (-len(kept), repeats_of(seats[kept], met))
            if kept and (not method or order < fewest):
                best, method, fewest = seats[kept], how, order
    return best, method


def _rules(
    sizes: Sequence[int], rounds: int, *, rng: Rng, out_of_time: Callable[[], bool]
) -> list[tuple[list[Round], str]]:
    """Build plans for groups of one size, the larger where some are one short."""
    groups, size = len(sizes), _rule_size(sizes)
    found = [resolvable_rounds(groups, size, rounds)]
    if len(found[0][0]) < rounds and (known := known_rounds(groups, size)):
        found.append((known[:rounds], "a known plan"))
    most = max(len(plan) for plan, _ in found)
    if most < rounds and (
        searched := searched_rounds(groups, size, more_than=most, rng=rng, out_of_time=out_of_time)
    ):
        found.append((searched, "base rounds found by search, developed"))
    return found


def _rule_size(sizes: Sequence[int]) -> int:
    """Choose the rule's size: pairs grow by one who joins, larger groups leave seats empty."""
    return 2 if min(sizes) == 2 and max(sizes) == 3 else max(sizes)


def _seated(
    plan: list[Round],
    names: Sequence[str],
    ordered: Sequence[str],
    *,
    sizes: Sequence[int],
    met: Numbers,
) -> Numbers:
    """Give the rounds of a plan that fit these members, as seats[round, member].

    Places left over stay empty, chosen so that no group has two; people left over join groups.
    """
    at = {name: k for k, name in enumerate(ordered)}
    places = len(sizes) * _rule_size(sizes)
    empty = _apart(plan, places, places - len(names))
    numbers = iter(names)
    holder = [-1 if p in empty else at.get(next(numbers, ""), -1) for p in range(places)]
    late = [k for k in range(len(ordered)) if k not in set(holder)]
    known = met.copy()
    rows = []
    for turn in plan:
        groups = [[holder[p] for p in group if holder[p] >= 0] for group in turn]
        _join(groups, late, known)
        if len(groups) == len(sizes) and sorted(map(len, groups)) == sorted(sizes):
            rows.append(np.zeros(len(ordered), dtype=np.int64))
            for number, group in enumerate(groups):
                rows[-1][group] = number
                known[np.ix_(group, group)] = 1
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(ordered))


def _apart(plan: list[Round], places: int, wanted: int) -> set[int]:
    """Find seats no two of which share a group, as far as a first look does."""
    chosen: set[int] = set()
    mates: set[int] = set()
    for place in range(places):
        if len(chosen) >= wanted:
            break
        if place not in mates:
            chosen.add(place)
            mates.update(p for turn in plan for group in turn if place in group for p in group)
    chosen.update(p for p in range(places) if len(chosen) < wanted)
    return set(sorted(chosen)[: max(0, wanted)])


def _join(groups: list[list[int]], late: Sequence[int], known: Numbers) -> None:
    """Put each of `late` into a group of its own choice where they know the fewest."""
    free = list(range(len(groups)))
    for one in late[: len(groups)]:
        chosen = min(free, key=lambda g: (int(known[one, groups[g]].sum()), g))
        free.remove(chosen)
        groups[chosen].append(one)


def _dealt(sizes: Sequence[int], rounds: int, rng: Rng) -> Numbers:
    """Deal rounds at random, to start a search from."""
    seats = np.repeat(np.arange(len(sizes)), sizes)
    rows = np.tile(seats, (max(0, rounds), 1))
    for row in rows:
        for k in range(len(row) - 1, 0, -1):
            other = rng.randrange(k + 1)
            row[k], row[other] = row[other], row[k]
    return rows


def _named(seats: Numbers, ordered: Sequence[str]) -> tuple[tuple[tuple[str, ...], ...], ...]:
    rounds = []
    for row in seats:
        groups: dict[int, list[str]] = {}
        for member, group in enumerate(row.tolist()):
            groups.setdefault(group, []).append(ordered[member])
        rounds.append(tuple(sorted(tuple(sorted(g)) for g in groups.values())))
    return tuple(rounds)
