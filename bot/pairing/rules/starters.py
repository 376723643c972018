"""Base rounds that, developed round the clock, give more rounds than columns can.

Each was found by an exact-cover search for base rounds in which every difference between two
people comes at most once; the tests check that nobody meets twice.
"""

from dataclasses import dataclass

from bot.pairing.rules.designs import Round


@dataclass(frozen=True, slots=True)
class Starter:
    """A base round. Numbers below turn * orbits move on, by one within their orbit, each round;
    the numbers above stay. Number x of orbit o is o * turn + x.
    """

    turn: int
    orbits: int
    groups: tuple[tuple[int, ...], ...]


KNOWN: dict[tuple[int, int], Starter] = {
    (5, 3): Starter(
        turn=7,
        orbits=2,
        groups=((0, 7, 14), (1, 6, 12), (2, 5, 10), (3, 4, 13), (8, 9, 11)),
    ),
    (10, 3): Starter(
        turn=14,
        orbits=2,
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
        orbits=2,
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
        orbits=3,
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
"""By number of groups and group size."""


def starter_rounds(groups: int, size: int) -> list[Round]:
    """All rounds of the known starter for `groups` groups of `size`; none where there is none."""
    starter = KNOWN.get((groups, size))
    if starter is None:
        return []
    return [
        [tuple(_moved(starter, p, step) for p in group) for group in starter.groups]
        for step in range(starter.turn)
    ]


def _moved(starter: Starter, place: int, step: int) -> int:
    if place >= starter.turn * starter.orbits:
        return place
    orbit, x = divmod(place, starter.turn)
    return orbit * starter.turn + (x + step) % starter.turn
