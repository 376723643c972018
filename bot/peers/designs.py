"""Build round plans in which nobody meets twice, by rule instead of search.

People are numbered from 0. A plan is a list of rounds, a round a list of groups. Where the
mathematics gives fewer rounds than asked for, the rounds there are come back.
"""

from collections.abc import Callable
from functools import cache
from itertools import combinations, permutations, product

Group = tuple[int, ...]
Round = list[Group]

_MOST_STEPS = 60_000
"""Steps of the search for shifts before it settles for what it has."""


def resolvable_rounds(groups: int, size: int, wanted: int) -> tuple[list[Round], str]:
    """Build up to `wanted` rounds without a pair twice, and name the method.

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
    """Build people - 1 rounds of pairs (an even number of people): one stays, the others rotate."""
    turn = people - 1
    return [
        [(r, turn), *(((r + k) % turn, (r - k) % turn) for k in range(1, people // 2))]
        for r in range(turn)
    ]


def _by_shifts(groups: int, size: int, wanted: int) -> tuple[list[Round], str]:
    """Build rounds that take one from each column, column i moved by the round's shift i."""
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
    """Add in the product of the fields whose sizes multiply to `groups`."""
    total, unit = 0, 1
    for p, e in prime_powers(groups):
        total += unit * add(p, e, a // unit % p**e, b // unit % p**e)
        unit *= p**e
    return total


def _field_multiples(r: int, size: int, groups: int) -> Group:
    """Multiply r by 0, 1, 2, ... of every field; their differences can be divided by."""
    shifts = []
    for i in range(size):
        total, unit = 0, 1
        for p, e in prime_powers(groups):
            total += unit * multiply(p, e, i, r // unit % p**e)
            unit *= p**e
        shifts.append(total)
    return tuple(shifts)


def _fitting(shifts: list[Group], groups: int) -> int:
    """Count the shifts, from the first, that keep every two columns' differences apart."""
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
    """Find the most shifts of a short search; column 0 stays, column 1 moves by the round."""
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


def prime_powers(number: int) -> list[tuple[int, int]]:
    """Give the factors of a number as (prime, exponent)."""
    found, prime = [], 2
    while number > 1:
        exponent = 0
        while number % prime == 0:
            number //= prime
            exponent += 1
        if exponent:
            found.append((prime, exponent))
        prime += 1 if prime * prime <= number else max(1, number - prime)
    return found


def add(prime: int, exponent: int, a: int, b: int) -> int:
    """Give the sum of two elements of the field, written as digits in base `prime`."""
    x, y = _digits(a, prime, exponent), _digits(b, prime, exponent)
    return _number([(c + d) % prime for c, d in zip(x, y, strict=True)], prime)


def multiply(prime: int, exponent: int, a: int, b: int) -> int:
    """Give the product of two elements, in the same notation."""
    x, y = _digits(a, prime, exponent), _digits(b, prime, exponent)
    return _number(_times(x, y, _irreducible(prime, exponent), prime), prime)


def _digits(number: int, base: int, length: int) -> list[int]:
    return [number // base**k % base for k in range(length)]


def _number(digits: list[int], base: int) -> int:
    return sum(d * base**k for k, d in enumerate(digits))


def _times(x: list[int], y: list[int], modulus: list[int], prime: int) -> list[int]:
    """Give the product of two polynomials, lowest power first, reduced by a monic modulus."""
    length = len(modulus) - 1
    result = [0] * (2 * length)
    for i, a in enumerate(x):
        for j, b in enumerate(y):
            result[i + j] = (result[i + j] + a * b) % prime
    for top in range(2 * length - 1, length - 1, -1):
        lead = result[top]
        for k in range(length + 1):
            result[top - length + k] = (result[top - length + k] - lead * modulus[k]) % prime
    return result[:length]


@cache
def _irreducible(prime: int, exponent: int) -> list[int]:
    """Find a monic polynomial of that degree without a divisor of lower degree."""
    for low in product(range(prime), repeat=exponent):
        candidate = [*low, 1]
        if not any(
            _divides([*divisor, 1], candidate, prime)
            for degree in range(1, exponent // 2 + 1)
            for divisor in product(range(prime), repeat=degree)
        ):
            return candidate
    raise ArithmeticError(f"no irreducible polynomial over {prime}")  # mathematics forbids it


def _divides(divisor: list[int], polynomial: list[int], prime: int) -> bool:
    rest = list(polynomial)
    for top in range(len(rest) - 1, len(divisor) - 2, -1):
        lead = rest[top]
        for k, coefficient in enumerate(divisor):
            at = top - len(divisor) + 1 + k
            rest[at] = (rest[at] - lead * coefficient) % prime
    return not any(rest[: len(divisor) - 1])


SEATED: dict[tuple[int, int], tuple[str, ...]] = {
    (8, 4): (
        "01232405640771265237036561434751",
        "01233450426515721604741336577062",
        "01234351467107633572215606247405",
        "01234215345650376041472062751736",
        "01023435611274450575232617706436",
        "01203453606273756440173145652127",
        "01213454062037535157426270173664",
        "01123445162647573613700453560272",
        "00112233332211004455667766774455",
        "01230123456745675476456723013210",
    )
}
"""Whole plans by number of groups and group size: a line a round, in it each person's group.

The one for 32 people is as long as any can be: everybody meets 30 of the 31 others. It was found
by an exact-cover search among plans that look the same after certain affine moves of the 32
vectors of five bits (a group of 16 moves).
"""


def known_rounds(groups: int, size: int) -> list[Round]:
    """Give all rounds of the plan that is known for `groups` groups of `size`; maybe none."""
    return [
        [tuple(p for p, own in enumerate(line) if own == g) for g in sorted(set(line))]
        for line in SEATED.get((groups, size), ())
    ]
