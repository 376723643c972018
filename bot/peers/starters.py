"""Find plans in which nobody meets twice by developing base rounds cyclically.

People are numbered in orbits. From one round to the next everybody moves on by one within their
orbit; who is alone in theirs stays. So a base round gives as many rounds as the orbits are long,
and nobody meets twice if no two pairs of the base rounds come to lie on each other: all differences
within groups differ. A fixed round, a group across the orbits together with all that it moves to,
is one round more.

A depth-first search with restarts; `rng` decides the order, `out_of_time` ends it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from math import comb

from bot.kernel.arrays import Rng
from bot.peers.designs import Group, Round

MOST_PEOPLE = 120
"""Above this, plans by rule are there, and a search would not end in time."""
_TRIES, _MOST_TRIES, _STEPS = 160, 240, 3_000
"""Restarts for one number of rounds and for all, and steps of each."""
_SHAPES = 4
_LOOK_EVERY = 8
"""Tries, of some hundredths of a second each, between two looks at the time."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How people are divided into orbits: `orbits` of length `turn`, and `alone` who stay.

    `bases` base rounds are developed; `fixed` rounds come back to themselves.
    """

    turn: int
    orbits: int
    alone: int
    bases: int
    fixed: int = 0

    def moved(self, person: int, step: int) -> int:
        """Say where `person` is after `step` rounds."""
        if person >= self.orbits * self.turn:
            return person
        first = person - person % self.turn
        return first + (person - first + step) % self.turn

    def developed(self, bases: list[Round], fixed: list[Group]) -> list[Round]:
        """Give all rounds that come of these base rounds and groups."""
        steps = range(self.turn)
        moved = [
            [tuple(self.moved(p, step) for p in group) for group in base]
            for base in bases
            for step in steps
        ]
        return moved + [[tuple(self.moved(p, s) for p in group) for s in steps] for group in fixed]


def searched_rounds(
    groups: int, size: int, *, more_than: int, rng: Rng, out_of_time: Callable[[], bool]
) -> list[Round]:
    """Find as many rounds as can be for `groups` groups of `size`, and more than `more_than`.

    Nothing where none was found, which does not mean that there are none. How many are wanted is
    no matter: the same `rng` gives the same rounds, so that a season goes on where it stopped.
    """
    people = groups * size
    if people > MOST_PEOPLE:
        return []
    most = (people - 1) // (size - 1)
    left = _MOST_TRIES
    for rounds in range(most, more_than, -1):
        fitting = (_BaseRounds(shape, groups, size) for shape in _shapes(groups, size, rounds))
        searches = list(islice((one for one in fitting if one.is_possible), _SHAPES))
        for at in range(min(left, _TRIES) if searches else 0):
            left -= 1
            if at % _LOOK_EVERY == 0 and out_of_time():
                return []
            if found := searches[at % len(searches)].attempt(rng):
                return found[:rounds]
    return []


def _shapes(groups: int, size: int, rounds: int) -> Iterator[Shape]:
    """List the shapes that give so many rounds, those with the fewest base rounds first."""
    people = groups * size
    for bases in (1, 2, 3):
        if (fixed := rounds - bases * groups) > 0:
            yield Shape(groups, size, 0, bases, fixed)
        shortest = -(-rounds // bases)
        for turn in range(max(3, shortest), shortest + 3):
            orbits, alone = divmod(people, turn)
            if orbits and alone <= groups:
                yield Shape(turn, orbits, alone, bases)


class _BaseRounds:
    """Looks for the base rounds of one shape. A set of pairs is a number with a bit for each."""

    def __init__(self, shape: Shape, groups: int, size: int) -> None:
        self.shape, self.groups, self.size = shape, groups, size
        self.people = groups * size
        self.bits = [[0] * self.people for _ in range(self.people)]
        self.steps = 0
        kinds = 0
        for one, other in combinations(range(self.people), 2):
            if self.bits[one][other]:
                continue
            places = self._orbit(one, other)
            if len(places) == shape.turn:
                for a, b in places:
                    self.bits[a][b] = self.bits[b][a] = 1 << kinds
                kinds += 1
        needed = comb(size, 2) * (shape.bases * groups + shape.fixed)
        self.is_possible = kinds >= needed

    def _orbit(self, one: int, other: int) -> set[tuple[int, int]]:
        moved = ((self.shape.moved(one, s), self.shape.moved(other, s)) for s in range(self.turn))
        return {(min(pair), max(pair)) for pair in moved}

    @property
    def turn(self) -> int:
        return self.shape.turn

    def attempt(self, rng: Rng) -> list[Round]:
        """Try once; no rounds where that led nowhere."""
        self.steps, self.rng = 0, rng
        used, fixed = 0, []
        for _ in range(self.shape.fixed):
            group = self._across()
            pairs = self._pairs(group)
            if pairs is None or used & pairs:
                return []
            used |= pairs
            fixed.append(group)
        bases = self._filled(list(range(self.people)), used, [[]])
        return self.shape.developed(bases, fixed) if bases else []

    def _across(self) -> Group:
        """Draw a group with one person of each orbit."""
        orbits = range(1, self.size)
        return (0, *(orbit * self.turn + self.rng.randrange(self.turn) for orbit in orbits))

    def _pairs(self, group: Group) -> int | None:
        """Give the pairs of a group; None where two of them are the same, or come back too soon."""
        pairs = 0
        for one, other in combinations(group, 2):
            bit = self.bits[one][other]
            if not bit or pairs & bit:
                return None
            pairs |= bit
        return pairs

    def _filled(self, free: list[int], used: int, rounds: list[Round]) -> list[Round] | None:
        """Seat who is `free` in the last round, and the rounds after it; None: impossible."""
        if not free and len(rounds) == self.shape.bases:
            return rounds
        if not free:
            free, rounds = list(range(self.people)), [*rounds, []]
        first = self._fewest_choices(free, used)
        if first is None:
            return None
        left = [person for person in free if person != first]
        return self._grown([first], left, used, left, rounds)

    def _grown(
        self,
        group: list[int],
        among: list[int],
        used: int,
        free: list[int],
        rounds: list[Round],
    ) -> list[Round] | None:
        """Let those `among` join the group in any order, one order of each company."""
        self.steps += 1
        if len(group) == self.size:
            return self._filled(free, used, [*rounds[:-1], [*rounds[-1], tuple(group)]])
        rank = {person: self.rng.random() for person in among}
        fitting = sorted(
            (person for person in among if self._joins(person, group, used) is not None),
            key=rank.__getitem__,
        )
        for at, person in enumerate(fitting):
            if len(fitting) - at < self.size - len(group) or self.steps > _STEPS:
                return None
            pairs = self._joins(person, group, used) or 0
            left = [one for one in free if one != person]
            found = self._grown([*group, person], fitting[at + 1 :], used | pairs, left, rounds)
            if found is not None:
                return found
        return None

    def _joins(self, person: int, group: list[int], used: int) -> int | None:
        """Give the new pairs when `person` joins; None where one of them has met."""
        pairs, row = 0, self.bits[person]
        for other in group:
            bit = row[other]
            if not bit or (used | pairs) & bit:
                return None
            pairs |= bit
        return pairs

    def _fewest_choices(self, free: list[int], used: int) -> int | None:
        """Find who has the fewest people left to sit with; None where somebody has too few."""
        best, fewest = None, self.people
        for person in free:
            row = self.bits[person]
            choices = sum(1 for other in free if row[other] and not used & row[other])
            if choices < self.size - 1:
                return None
            if choices < fewest:
                best, fewest = person, choices
        return best
