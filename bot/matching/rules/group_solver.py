"""Move people between groups so that sizes, company and stages are as wished, by CP-SAT."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np

from bot.kernel.arrays import Points
from bot.matching.model import Composition, GroupWishes, Pair, Person
from bot.matching.rules.candidates import Candidates
from bot.matching.rules.search import begin_from, searched

_THOUSANDTHS = 1000
"""Points are counted in thousandths, as scores are."""
_FIRST_SHARE = 2
"""How much more effort goes into fewer exceptions than into more points."""
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A mentee to seat. `kinds` are the words for which somebody should have company."""

    id: str
    stage: int | None = None
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAssignment:
    """Everybody's group, by candidate, with the proof."""

    seats: Mapping[str, str]
    composition: Composition


def better_of(one: GroupAssignment | None, other: GroupAssignment | None) -> GroupAssignment | None:
    """Give the one with fewer exceptions, or as few and more points, with what either proved.

    A bound holds for all groups with as many exceptions, so also for those with fewer.
    """
    if one is None or other is None:
        return one or other
    best, rest = sorted(
        (one, other), key=lambda f: (f.composition.exceptions, -f.composition.value)
    )
    proof, known = best.composition, rest.composition
    fewest = max(proof.fewest_exceptions, known.fewest_exceptions)
    bound = min(proof.upper_bound, known.upper_bound)
    proof = replace(proof, fewest_exceptions=fewest, upper_bound=max(proof.value, bound))
    return replace(best, composition=proof)


def compose_around(
    seats: Mapping[str, str],
    candidates: Sequence[Candidate],
    capacities: Mapping[str, int],
    wishes: GroupWishes,
    *,
    scores: Mapping[tuple[str, str], float],
    locks: Mapping[str, str],
    apart: Iterable[Pair],
    exceptions_now: int,
    seed: int,
    effort: float,
) -> GroupAssignment | None:
    """Move everybody in `seats` closer to the wishes than they are now.

    First the fewest exceptions (people lacking to the smallest size, kinds with one person in a
    group), then the most points. `capacities` are seats by group; `scores` are points for the
    pairs (candidate, group) that may be; `locks` are not moved, and no pair of `apart` shares a
    group. `effort` limits the search in the solver's own deterministic units, roughly seconds.
    None where it ended without an answer.
    """
    model = _Model(candidates, tuple(capacities), {*scores, *seats.items()})
    exceptions = [*model.lacking(capacities, wishes.min_size), *model.alone()]
    model.lock(locks)
    model.keep_apart(apart)
    model.begin_from(seats)
    model.at_most(exceptions, exceptions_now)
    fewest = 0
    if exceptions_now:
        fewest = model.fewest(exceptions, seed=seed, effort=_FIRST_SHARE * effort)
    model.points(scores)
    if wishes.stages != "any":
        model.stages(wishes.stages, wishes.stage_weight)
    solver = model.most_points(seed=seed, effort=effort)
    if solver is None:
        return None
    value = solver.objective_value / _THOUSANDTHS
    return GroupAssignment(
        seats=model.seated(solver),
        composition=Composition(
            exceptions=round(solver.value(sum(exceptions))) if exceptions else 0,
            fewest_exceptions=fewest,
            value=round(value, 6),
            upper_bound=round(max(value, solver.best_objective_bound / _THOUSANDTHS), 6),
        ),
    )


class _Model:
    """The question to the solver, one condition after the other."""

    def __init__(
        self, candidates: Sequence[Candidate], groups: Sequence[str], allowed: set[tuple[str, str]]
    ) -> None:
        """Build the question; `allowed` are the pairs (candidate, group) that may be."""
        from ortools.sat.python import cp_model

        self.library: Any = cp_model
        self.candidates = tuple(candidates)
        self.groups = tuple(groups)
        self.model = cp_model.CpModel()
        self.sits = [
            {
                g: self.model.new_bool_var(f"{k}/{g}")
                for g, group in enumerate(groups)
                if (c.id, group) in allowed
            }
            for k, c in enumerate(candidates)
        ]
        for row in self.sits:
            self.model.add_exactly_one(row.values())
        self.rewards: list[Any] = []

    def _sitting(self, g: int, members: Iterable[int] | None = None) -> list[Any]:
        """Give the seats in group `g` of these candidates, or of all."""
        rows = self.sits if members is None else (self.sits[k] for k in members)
        return [row[g] for row in rows if g in row]

    def lacking(self, capacities: Mapping[str, int], least: int) -> list[Any]:
        """Forbid more people than a group's seats, and count those each group lacks to `least`.

        A group may stay empty, and one with fewer seats than `least` lacks nobody when full.
        """
        lacking = []
        for g, group in enumerate(self.groups):
            size, wanted = sum(self._sitting(g)), min(least, capacities[group])
            used = self.model.new_bool_var(f"{g} meets")
            lacks = self.model.new_int_var(0, wanted, f"{g} lacks")
            self.model.add(size <= capacities[group] * used)
            self.model.add(lacks >= wanted * used - size)
            lacking.append(lacks)
        return lacking

    def alone(self) -> list[Any]:
        """Say whether, for each kind and group, somebody is there without another of their kind."""
        flags = []
        for kind in sorted(set().union(*(c.kinds for c in self.candidates))):
            members = [k for k, c in enumerate(self.candidates) if kind in c.kinds]
            for g in range(len(self.groups)):
                here = self._sitting(g, members)
                if not here:
                    continue
                there, flag = (self.model.new_bool_var(f"{x} in {g}") for x in ("some", "alone"))
                for seat in here:
                    self.model.add_implication(seat, there)
                self.model.add(sum(here) + flag >= 2 * there)
                flags.append(flag)
        return flags

    def lock(self, locks: Mapping[str, str]) -> None:
        for candidate, row in zip(self.candidates, self.sits, strict=True):
            if candidate.id in locks:
                self.model.add(row[self.groups.index(locks[candidate.id])] == 1)

    def keep_apart(self, apart: Iterable[Pair]) -> None:
        row = {c.id: at for at, c in enumerate(self.candidates)}
        for one, other in apart:
            if one in row and other in row:
                left, right = self.sits[row[one]], self.sits[row[other]]
                for g in left.keys() & right.keys():
                    self.model.add_at_most_one(left[g], right[g])

    def points(self, scores: Mapping[tuple[str, str], float]) -> None:
        for candidate, row in zip(self.candidates, self.sits, strict=True):
            for g, seat in row.items():
                points = scores.get((candidate.id, self.groups[g]), 0.0)
                self.rewards.append(round(points * _THOUSANDTHS) * seat)

    def stages(self, wish: str, weight: float) -> None:
        """Add points for each stage present (mixed), or take them for each one spanned (alike)."""
        points = round(weight * _THOUSANDTHS)
        levels = sorted({c.stage for c in self.candidates if c.stage is not None})
        for g in range(len(self.groups)):
            present = {level: self._present(level, g) for level in levels}
            if wish == "mixed":
                self.rewards += [points * p for p in present.values()]
            else:
                self.rewards += [-points * s for s in self._between(levels, present, g)]

    def _present(self, level: int, g: int) -> Any:
        """Say whether the group has somebody at this stage."""
        members = (k for k, c in enumerate(self.candidates) if c.stage == level)
        here = self._sitting(g, members) or [0]
        flag = self.model.new_bool_var(f"stage {level} in {g}")
        self.model.add_max_equality(flag, here)
        return flag

    def _between(self, levels: Sequence[int], present: Mapping[int, Any], g: int) -> list[Any]:
        """Say for each step between stages whether the group spans it."""
        spans = []
        for low, high in pairwise(levels):
            below = [present[x] for x in levels if x <= low]
            above = [present[x] for x in levels if x >= high]
            flag = self.model.new_bool_var(f"{low} to {high} in {g}")
            for a in below:
                for b in above:
                    self.model.add_bool_or(a.negated(), b.negated(), flag)
            spans.append((high - low) * flag)
        return spans

    def begin_from(self, seats: Mapping[str, str]) -> None:
        """Let the search begin with everybody in the group that `seats` names."""
        rows = zip(self.candidates, self.sits, strict=True)
        sitting = [(c.id, g, seat) for c, row in rows for g, seat in row.items()]
        begin_from(self.model, [(seat, seats[who] == self.groups[g]) for who, g, seat in sitting])

    def at_most(self, exceptions: Sequence[Any], count: int) -> None:
        self.model.add(sum(exceptions) <= count)

    def fewest(self, exceptions: Sequence[Any], *, seed: int, effort: float) -> int:
        """Allow no more exceptions than were found to be needed; how many are proven to be."""
        self.model.minimize(sum(exceptions))
        solver = searched(self.model, seed=seed, effort=effort)
        if solver is None:
            return 0
        self.at_most(exceptions, round(solver.objective_value))
        self.begin_from(self.seated(solver))
        return max(0, ceil(float(solver.best_objective_bound) - _ROUNDING))

    def most_points(self, *, seed: int, effort: float) -> Any | None:
        """Give the solver after its search for the most points; None where it has no answer."""
        self.model.maximize(sum(self.rewards))
        return searched(self.model, seed=seed, effort=effort)

    def seated(self, solver: Any) -> dict[str, str]:
        return {
            candidate.id: self.groups[next(g for g, seat in row.items() if solver.value(seat))]
            for candidate, row in zip(self.candidates, self.sits, strict=True)
        }


Seats = Mapping[str, str]
"""Everybody's group, by candidate."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouping:
    """Candidates with a seat, capacities, and points[candidate, group], -inf where barred.

    No pair of `apart` shares a group.
    """

    candidates: tuple[Candidate, ...]
    capacities: Mapping[str, int]
    points: Points
    wishes: GroupWishes
    apart: tuple[Pair, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """Give the groups in the order of the columns of `points`."""
        return tuple(self.capacities)

    def scores(self, rows: Iterable[int], columns: Collection[int]) -> dict[tuple[str, str], float]:
        """List the points of the pairs that may be among these candidates and groups."""
        groups = self.groups
        return {
            (self.candidates[k].id, groups[g]): float(self.points[k, g])
            for k in rows
            for g in columns
            if np.isfinite(self.points[k, g])
        }

    def lacking(self, group: str, size: int) -> int:
        """Count the people a group of `size` lacks; an empty one and a full one lack nobody."""
        return max(0, min(self.wishes.min_size, self.capacities[group]) - size) if size else 0

    def few_seats(self, seats: Seats) -> int:
        """Count the people lacking to the smallest size only as groups have fewer seats than it."""
        sizes = Counter(seats.values()).items()
        return sum(
            max(0, self.wishes.min_size - size) - self.lacking(group, size) for group, size in sizes
        )

    def exceptions(self, seats: Seats) -> Counter[str]:
        """Count by group the people lacking to the smallest size, and kinds with one person."""
        found: Counter[str] = Counter()
        for group, size in Counter(seats.values()).items():
            found[group] += self.lacking(group, size)
        for who, _ in alone(self.candidates, seats):
            found[seats[who]] += 1
        return +found

    def value(self, seats: Seats) -> float:
        """Sum the points of the seats and those for stages."""
        column = {group: g for g, group in enumerate(self.capacities)}
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
        """Bound the points that stages can add to any groups."""
        if self.wishes.stages != "mixed":
            return 0.0
        levels = len({c.stage for c in self.candidates if c.stage is not None})
        return self.wishes.stage_weight * levels * min(len(self.capacities), len(self.candidates))


def alone(candidates: Iterable[Candidate], seats: Seats) -> list[tuple[str, str]]:
    """Name everybody who is the only one of a kind in their group, with that attribute."""
    here = [(c.id, kind) for c in candidates if c.id in seats for kind in sorted(c.kinds)]
    together = Counter((seats[who], kind) for who, kind in here)
    return [(who, kind.split("\x1f")[0]) for who, kind in here if together[seats[who], kind] == 1]


def candidates_of(
    people: Iterable[Person], seats: Seats, company: Sequence[str]
) -> tuple[Candidate, ...]:
    """List everybody with a seat, by id; kinds of a single person are left out."""
    found = [(p, _kinds(p, company)) for p in sorted(people, key=lambda p: p.id) if p.id in seats]
    often = Counter(kind for _, kinds in found for kind in kinds)
    return tuple(
        Candidate(id=p.id, stage=p.stage, kinds=frozenset(k for k in kinds if often[k] > 1))
        for p, kinds in found
    )


def _kinds(person: Person, company: Sequence[str]) -> set[str]:
    words = {name: str(getattr(person, name)).strip().casefold() for name in company}
    return {f"{name}\x1f{word}" for name, word in words.items() if word}


def points_of(found: Candidates, candidates: Sequence[Candidate]) -> Points:
    """Give the points of the pairs in `found`, in the order of `candidates` and its teams."""
    row = {c.id: k for k, c in enumerate(candidates)}
    rows = np.array([row[p.id] for p in found.mentees], dtype=np.int64)
    points = np.full((len(candidates), len(found.teams)), -np.inf)
    points[rows[found.mentee_at], found.team_at] = found.score
    return points
