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


KNOWN: dict[tuple[int, int], Starter] = {}
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
