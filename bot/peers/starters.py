"""Plans that give more rounds than columns can: base rounds to develop round the clock, and one
whole plan.

Each base round was found by an exact-cover search for one in which every difference between two
people comes at most once; the tests check that nobody meets twice.
"""

from dataclasses import dataclass

from bot.peers.designs import Round


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
    ),
}
"""Whole plans by number of groups and group size: a line a round, in it each person's group.

The one for 32 people is as long as any can be: everybody meets 30 of the 31 others. It was found
by an exact-cover search among plans that look the same after certain affine moves of the 32
vectors of five bits (a group of 16 moves).
"""


def starter_rounds(groups: int, size: int) -> tuple[list[Round], str]:
    """All rounds that are known for `groups` groups of `size`, and the method; maybe none."""
    key = groups, size
    if plan := SEATED.get(key):
        return [_groups(line) for line in plan], "a known plan"
    if starter := KNOWN.get(key):
        return [_round(starter, step) for step in range(starter.turn)], "a known starter, developed"
    return [], ""


def _groups(line: str) -> Round:
    return [tuple(p for p, own in enumerate(line) if own == g) for g in sorted(set(line))]


def _round(starter: Starter, step: int) -> Round:
    return [tuple(_moved(starter, p, step) for p in group) for group in starter.groups]


def _moved(starter: Starter, place: int, step: int) -> int:
    first = 0
    for length in starter.orbits:
        if place < first + length:
            return first + (place - first + step) % length
        first += length
    raise ValueError(f"place {place} is in no orbit")
