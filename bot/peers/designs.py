"""Round plans in which nobody meets twice, built by rule instead of search.

People are numbered from 0. A plan is a list of rounds, a round a list of groups. Where the
mathematics gives fewer rounds than asked for, the rounds there are come back.
"""

from collections.abc import Callable
from itertools import combinations, permutations

from bot.peers.finite_fields import add, multiply, prime_powers

Group = tuple[int, ...]
Round = list[Group]

_MOST_STEPS = 60_000
"""Steps of the search for shifts before it settles for what it has."""


def resolvable_rounds(groups: int, size: int, wanted: int) -> tuple[list[Round], str]:
    """Up to `wanted` rounds of `groups` groups of `size` people, no pair twice, and the method.

    Member a of column i has the number i * groups + a. Two people of one column do not meet in
    the first `groups` rounds.
    """
    if size == 2:
        return round_robin(2 * groups)[:wanted], "round robin"
    plan, method = _by_shifts(groups, size, wanted)
    if len(plan) == groups < wanted and groups % size == 0:
        inner, _ = resolvable_rounds(groups // size, size, wanted - groups)
        for turn in inner:
            columns = range(0, size * groups, groups)
            plan.append([tuple(c + p for p in group) for c in columns for group in turn])
        method += ", then within its columns"
    return plan[:wanted], method


def round_robin(people: int) -> list[Round]:
    """people - 1 rounds of pairs (an even number of people): one stays, the others go round."""
    turn = people - 1
    return [
        [(r, turn), *(((r + k) % turn, (r - k) % turn) for k in range(1, people // 2))]
        for r in range(turn)
    ]


def _by_shifts(groups: int, size: int, wanted: int) -> tuple[list[Round], str]:
    """Rounds that take one from each column, column i moved on by the round's shift i.

    No pair meets twice if any two columns differ by another amount in every round.
    """
    wanted = min(wanted, groups)
    plain = [tuple(i * r % groups for i in range(size)) for r in range(wanted)]
    fit = _fitting(plain, groups)
    if fit < wanted and size <= min(p**e for p, e in prime_powers(groups)):
        shifts = [_field_multiples(r, size, groups) for r in range(wanted)]
        rounds = [_shifted(s, groups, _field_sum) for s in shifts]
        return rounds, "a transversal design over finite fields"
    shifts, method = plain[:fit], "cyclic shifts"
    if fit < wanted and len(found := _searched(groups, size, wanted)) > fit:
        shifts, method = found, "cyclic shifts found by search"
    return [_shifted(s, groups, _clock_sum) for s in shifts], method


def _shifted(shift: Group, groups: int, plus: Callable[[int, int, int], int]) -> Round:
    return [
        tuple(i * groups + plus(groups, a, s) for i, s in enumerate(shift)) for a in range(groups)
    ]


def _clock_sum(groups: int, a: int, b: int) -> int:
    return (a + b) % groups


def _field_sum(groups: int, a: int, b: int) -> int:
    """Sum in the product of the fields whose sizes multiply to `groups`."""
    total, unit = 0, 1
    for p, e in prime_powers(groups):
        total += unit * add(p, e, a // unit % p**e, b // unit % p**e)
        unit *= p**e
    return total


def _field_multiples(r: int, size: int, groups: int) -> Group:
    """r times the elements 0, 1, 2, ... of every field; their differences can be divided by."""
    shifts = []
    for i in range(size):
        total, unit = 0, 1
        for p, e in prime_powers(groups):
            total += unit * multiply(p, e, i, r // unit % p**e)
            unit *= p**e
        shifts.append(total)
    return tuple(shifts)


def _fitting(shifts: list[Group], groups: int) -> int:
    """How many shifts, from the first, keep every two columns' differences apart."""
    seen: set[tuple[int, int, int]] = set()
    for at, shift in enumerate(shifts):
        new = _differences(shift, groups)
        if seen & new:
            return at
        seen |= new
    return len(shifts)


def _differences(shift: Group, groups: int) -> set[tuple[int, int, int]]:
    return {(i, j, (shift[j] - shift[i]) % groups) for i, j in combinations(range(len(shift)), 2)}


def _searched(groups: int, size: int, wanted: int) -> list[Group]:
    """The most shifts that a short search finds; column 0 stays and column 1 moves by the round."""
    best: list[Group] = []
    steps = 0

    def extend(chosen: list[Group], seen: set[tuple[int, int, int]]) -> bool:
        nonlocal best, steps
        if len(chosen) > len(best):
            best = list(chosen)
        if len(chosen) == wanted or steps > _MOST_STEPS:
            return True
        for rest in permutations(range(groups), size - 2):
            steps += 1
            shift = (0, len(chosen), *rest)
            new = _differences(shift, groups)
            if steps <= _MOST_STEPS and not seen & new and extend([*chosen, shift], seen | new):
                return True
        return steps > _MOST_STEPS

    extend([], set())
    return best
