"""The question of groups: who may sit where for how many points, and what is wished."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.matching.model import GroupWishes, Person
from bot.matching.rules.candidates import Candidates
from bot.matching.rules.group_solver import Candidate

if TYPE_CHECKING:
    from bot.kernel.arrays import Points

Seats = Mapping[str, str]
"""Everybody's group, by candidate."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouping:
    """Candidates who have a seat, groups with their places, and points[candidate, group].

    A pair that may not be has minus infinity points.
    """

    candidates: tuple[Candidate, ...]
    rooms: Mapping[str, int]
    points: "Points"
    wishes: GroupWishes

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups in the order of the columns of `points`."""
        return tuple(self.rooms)

    def scores(self, rows: Iterable[int], columns: Collection[int]) -> dict[tuple[str, str], float]:
        """Points of the pairs that may be among these candidates and groups."""
        groups = self.groups
        return {
            (self.candidates[k].id, groups[g]): float(self.points[k, g])
            for k in rows
            for g in columns
            if np.isfinite(self.points[k, g])
        }

    def lacking(self, group: str, size: int) -> int:
        """How many people a group of `size` lacks; an empty one and a full one lack nobody."""
        return max(0, min(self.wishes.min_size, self.rooms[group]) - size) if size else 0

    def exceptions(self, seats: Seats) -> Counter[str]:
        """By group: people lacking to the smallest size, and kinds with one person in it."""
        found: Counter[str] = Counter()
        for group, size in Counter(seats.values()).items():
            found[group] += self.lacking(group, size)
        for who, _ in alone(self.candidates, seats):
            found[seats[who]] += 1
        return +found

    def value(self, seats: Seats) -> float:
        """Points of the seats with those for stages."""
        column = {group: g for g, group in enumerate(self.rooms)}
        rows = [k for k, c in enumerate(self.candidates) if c.id in seats]
        own = [column[seats[self.candidates[k].id]] for k in rows]
        points = float(np.nan_to_num(self.points[rows, own], neginf=0.0).sum())
        return round(points + self._stage_points(seats), 6)

    def _stage_points(self, seats: Seats) -> float:
        if self.wishes.stages == "any":
            return 0.0
        stages: dict[str, set[int]] = {}
        for c in self.candidates:
            if c.id in seats and c.stage is not None:
                stages.setdefault(seats[c.id], set()).add(c.stage)
        if self.wishes.stages == "mixed":
            return self.wishes.stage_weight * sum(map(len, stages.values()))
        return -self.wishes.stage_weight * sum(max(s) - min(s) for s in stages.values())

    def most_stage_points(self) -> float:
        """What stages can add at most to the points of any groups."""
        if self.wishes.stages != "mixed":
            return 0.0
        levels = len({c.stage for c in self.candidates if c.stage is not None})
        return self.wishes.stage_weight * levels * min(len(self.rooms), len(self.candidates))


def alone(candidates: Iterable[Candidate], seats: Seats) -> list[tuple[str, str]]:
    """Who is the only one of a kind in their group, with the attribute that says so."""
    here = [(c.id, kind) for c in candidates if c.id in seats for kind in sorted(c.kinds)]
    together = Counter((seats[who], kind) for who, kind in here)
    return [(who, kind.split("\x1f")[0]) for who, kind in here if together[seats[who], kind] == 1]


def candidates_of(
    people: Iterable[Person], seats: Seats, company: Sequence[str]
) -> tuple[Candidate, ...]:
    """Everybody with a seat, by id. Kinds of a single person are left out: no group could give
    them company.
    """
    found = [(p, _kinds(p, company)) for p in sorted(people, key=lambda p: p.id) if p.id in seats]
    often = Counter(kind for _, kinds in found for kind in kinds)
    return tuple(
        Candidate(id=p.id, stage=p.stage, kinds=frozenset(k for k in kinds if often[k] > 1))
        for p, kinds in found
    )


def _kinds(person: Person, company: Sequence[str]) -> set[str]:
    words = {name: str(getattr(person, name)).strip().casefold() for name in company}
    return {f"{name}\x1f{word}" for name, word in words.items() if word}


def points_of(found: Candidates, candidates: Sequence[Candidate]) -> "Points":
    """The points of the pairs in `found`, in the order of `candidates` and its teams."""
    row = {c.id: k for k, c in enumerate(candidates)}
    rows = np.array([row[p.id] for p in found.mentees], dtype=np.int64)
    points = np.full((len(candidates), len(found.teams)), -np.inf)
    points[rows[found.mentee_at], found.team_at] = found.score
    return points
