"""Base rounds that, developed round the clock, give more rounds than columns can.

Each was found by an exact-cover search for base rounds in which every difference between two
people comes at most once; the tests check that nobody meets twice.
"""

from dataclasses import dataclass

from bot.pairing.rules.designs import Round


@dataclass(frozen=True, slots=True)
class Starter:
    """A base round, and orbits of people by their lengths, numbered one after the other.

    In each of `turn` rounds everybody moves on by one within their orbit, round and round.
    """

    turn: int
    orbits: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]


KNOWN: dict[tuple[int, int], Starter] = {
    (5, 3): Starter(
        turn=7,
        orbits=(7, 7, 1),
        groups=((0, 7, 14), (1, 6, 12), (2, 5, 10), (3, 4, 13), (8, 9, 11)),
    ),
    (10, 3): Starter(
        turn=14,
        orbits=(14, 14, 1, 1),
        groups=(
            (0, 14, 28),
            (1, 22, 29),
            (2, 17, 26),
            (3, 6, 8),
            (4, 10, 23),
            (5, 9, 21),
            (7, 25, 27),
            (11, 12, 20),
            (13, 16, 24),
            (15, 18, 19),
        ),
    ),
    (13, 3): Starter(
        turn=19,
        orbits=(19, 19, 1),
        groups=(
            (0, 19, 38),
            (1, 10, 22),
            (2, 9, 36),
            (3, 7, 35),
            (4, 15, 29),
            (5, 23, 27),
            (6, 8, 32),
            (11, 12, 17),
            (13, 16, 33),
            (14, 25, 37),
            (18, 28, 34),
            (20, 30, 31),
            (21, 24, 26),
        ),
    ),
    (7, 4): Starter(
        turn=9,
        orbits=(9, 9, 9, 1),
        groups=(
            (0, 9, 18, 27),
            (1, 8, 14, 25),
            (2, 10, 22, 23),
            (3, 6, 7, 17),
            (4, 11, 16, 26),
            (5, 19, 21, 24),
            (12, 13, 15, 20),
        ),
    ),
}
"""By number of groups and group size: nobody meets twice."""
NEARLY: dict[tuple[int, int], Starter] = {
    (8, 4): Starter(
        turn=10,
        orbits=(10, 10, 10, 2),
        groups=(
            (0, 3, 23, 27),
            (1, 2, 20, 31),
            (4, 8, 11, 13),
            (5, 7, 19, 26),
            (6, 12, 16, 28),
            (9, 10, 17, 25),
            (14, 15, 24, 30),
            (18, 21, 22, 29),
        ),
    ),
}
"""As far as an annealing over base rounds came: ten pairs meet twice in ten rounds of 32 people."""


def starter_rounds(groups: int, size: int) -> tuple[list[Round], str]:
    """All rounds of the starter for `groups` groups of `size`, and the method; maybe none."""
    key = groups, size
    starter = KNOWN.get(key) or NEARLY.get(key)
    if starter is None:
        return [], ""
    rounds = [
        [tuple(_moved(starter, p, step) for p in group) for group in starter.groups]
        for step in range(starter.turn)
    ]
    return rounds, "a known starter, developed" if key in KNOWN else "a near-perfect starter"


def _moved(starter: Starter, place: int, step: int) -> int:
    first = 0
    for length in starter.orbits:
        if place < first + length:
            return first + (place - first + step) % length
        first += length
    raise ValueError(f"place {place} is in no orbit")
