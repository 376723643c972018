"""Finite fields, as far as round plans need them: sums and products in prime powers."""

from functools import cache
from itertools import product


def prime_powers(number: int) -> list[tuple[int, int]]:
    """The factors of a number as (prime, exponent)."""
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
    """The sum of two elements of the field with prime**exponent elements.

    Elements are numbers whose digits in base `prime` are the coefficients; 0 and 1 are themselves.
    """
    x, y = _digits(a, prime, exponent), _digits(b, prime, exponent)
    return _number([(c + d) % prime for c, d in zip(x, y, strict=True)], prime)


def multiply(prime: int, exponent: int, a: int, b: int) -> int:
    """The product of two elements, in the same notation."""
    x, y = _digits(a, prime, exponent), _digits(b, prime, exponent)
    return _number(_times(x, y, _irreducible(prime, exponent), prime), prime)


def _digits(number: int, base: int, length: int) -> list[int]:
    return [number // base**k % base for k in range(length)]


def _number(digits: list[int], base: int) -> int:
    return sum(d * base**k for k, d in enumerate(digits))


def _times(x: list[int], y: list[int], modulus: list[int], prime: int) -> list[int]:
    """The product of two polynomials, lowest power first, reduced by a monic modulus."""
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
    """A monic polynomial of that degree without a divisor of lower degree."""
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
