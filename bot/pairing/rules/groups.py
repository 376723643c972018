"""Composes mentoring groups: sizes within limits, nobody the only one of their kind, stages mixed
or alike as wished. Solved by CP-SAT, which says how far from the best its answer can be.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bot.pairing.model import Composition, ContradictionError, GroupWishes

_THOUSANDTHS = 1000
"""Points are counted in thousandths, as scores are."""
_FIRST_SHARE = 2
"""How much more effort goes into fewer faults than into more points."""
_SEARCHES = 6
"""Ways of searching that take turns."""
DEFAULT_EFFORT = 20.0
"""Limit of the search in the solver's own deterministic units, roughly seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A mentee to place: `kinds` are the values of the attributes of `GroupWishes.company`."""

    id: str
    stage: int | None = None
    kinds: Mapping[str, str] | None = None


def compose_groups(
    candidates: Sequence[Candidate],
    groups: Sequence[str],
    wishes: GroupWishes,
    *,
    scores: Mapping[tuple[str, str], float] | None = None,
    forbidden: Sequence[tuple[str, str]] = (),
    apart: Sequence[tuple[str, str]] = (),
    locks: Mapping[str, str] | None = None,
    seed: int = 0,
    effort: float = DEFAULT_EFFORT,
) -> Composition:
    """Everybody in one of `groups`, with the highest points.

    `scores` are points for (candidate, group), `forbidden` such pairs that must not be; `apart`
    are two candidates who may not share a group; `locks` puts somebody into a group.
    Raises ContradictionError where the sizes, or the conditions together, cannot hold.
    """
    _check(candidates, groups, wishes)
    model = _Model(candidates, groups)
    model.sizes(wishes)
    model.company(wishes.company)
    model.keep_out(forbidden)
    model.keep_apart(apart)
    model.lock(locks or {})
    if wishes.stages != "any":
        model.stages(wishes.stages, wishes.stage_weight)
    return model.solve(scores or {}, seed=seed, effort=effort)


def compose_around(
    seats: Mapping[str, str],
    candidates: Sequence[Candidate],
    rooms: Mapping[str, int],
    wishes: GroupWishes,
    *,
    scores: Mapping[tuple[str, str], float],
    locks: Mapping[str, str] | None = None,
    seed: int = 0,
    effort: float = DEFAULT_EFFORT,
) -> Composition | None:
    """Everybody in `seats` in a group of `rooms`, closer to the wishes than they are now.

    First the fewest faults (people lacking to the smallest size, kinds with one person in a
    group), then the most points. `rooms` are places by group; `scores` are points for the pairs
    (candidate, group) that may be. None where the search ended without an answer.
    """
    allowed = {*scores, *seats.items()}
    model = _Model(candidates, tuple(rooms), allowed)
    faults = [*model.rooms(rooms, wishes.min_size), *model.alone(wishes.company)]
    model.lock(locks or {})
    model.begin_from(seats)
    fewest = model.fewest(faults, seed=seed, effort=_FIRST_SHARE * effort)
    if wishes.stages != "any":
        model.stages(wishes.stages, wishes.stage_weight)
    solver, status = model.most_points(scores, seed=seed, effort=effort)
    if status not in (model.library.OPTIMAL, model.library.FEASIBLE):
        return None
    return model.composition(solver, proven=fewest and status == model.library.OPTIMAL)


def kinds_of(candidates: Sequence[Candidate], attributes: Sequence[str]) -> list[list[int]]:
    """The candidates, by position, who are of one kind; kinds of a single person are left out:
    no group could give them company."""
    found = []
    for attribute in attributes:
        kinds: dict[str, list[int]] = {}
        for k, c in enumerate(candidates):
            if kind := (c.kinds or {}).get(attribute, "").strip().casefold():
                kinds.setdefault(kind, []).append(k)
        found += [members for members in kinds.values() if len(members) > 1]
    return found


def _check(candidates: Sequence[Candidate], groups: Sequence[str], wishes: GroupWishes) -> None:
    wrong = []
    people, count = len(candidates), len(groups)
    if not 1 <= wishes.min_size <= wishes.max_size:
        wrong.append(f"Sizes from {wishes.min_size} to {wishes.max_size} make no sense.")
    elif people < count * wishes.min_size:
        wrong.append(
            f"{count} groups of at least {wishes.min_size} need {count * wishes.min_size} people; "
            f"there are {people}. {people // wishes.min_size} groups would do."
        )
    elif people > count * wishes.max_size:
        wrong.append(
            f"{count} groups of at most {wishes.max_size} hold {count * wishes.max_size} people; "
            f"there are {people}. {-(-people // wishes.max_size)} groups would do."
        )
    if wishes.stages not in {"any", "mixed", "alike"}:
        wrong.append(f"Stages can be any, mixed or alike, not {wishes.stages}.")
    if wrong:
        raise ContradictionError(tuple(wrong))


class _Model:
    """The question to the solver, one condition after the other."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        groups: Sequence[str],
        allowed: Collection[tuple[str, str]] | None = None,
    ) -> None:
        """`allowed` are the pairs (candidate, group) that may be; None allows all."""
        from ortools.sat.python import cp_model

        self.library: Any = cp_model
        self.candidates = tuple(candidates)
        self.groups = tuple(groups)
        self.model = cp_model.CpModel()
        self.at = {c.id: k for k, c in enumerate(candidates)}
        self.column = {g: k for k, g in enumerate(groups)}
        self.sits = [
            {
                g: self.model.new_bool_var(f"{k}/{g}")
                for g, group in enumerate(groups)
                if allowed is None or (c.id, group) in allowed
            }
            for k, c in enumerate(candidates)
        ]
        for row in self.sits:
            self.model.add_exactly_one(row.values())
        self.rewards: list[Any] = []

    def _sitting(self, g: int, members: Iterable[int] | None = None) -> list[Any]:
        """The seats in group `g` of these candidates, or of all."""
        rows = self.sits if members is None else (self.sits[k] for k in members)
        return [row[g] for row in rows if g in row]

    def sizes(self, wishes: GroupWishes) -> None:
        for g in range(len(self.groups)):
            self.model.add_linear_constraint(
                sum(self._sitting(g)), wishes.min_size, wishes.max_size
            )

    def rooms(self, rooms: Mapping[str, int], least: int) -> list[Any]:
        """Nobody beyond a group's places; how many people each group lacks to `least`.

        A group may stay empty, and one with fewer places than `least` lacks nobody when full.
        """
        lacking = []
        for g, group in enumerate(self.groups):
            size, wanted = sum(self._sitting(g)), min(least, rooms[group])
            used = self.model.new_bool_var(f"{g} meets")
            lacks = self.model.new_int_var(0, wanted, f"{g} lacks")
            self.model.add(size <= rooms[group] * used)
            self.model.add(lacks >= wanted * used - size)
            lacking.append(lacks)
        return lacking

    def company(self, attributes: Sequence[str]) -> None:
        """In every group, each kind is absent or there at least twice."""
        for members in kinds_of(self.candidates, attributes):
            for g in range(len(self.groups)):
                here = self._sitting(g, members)
                for seat in here:
                    self.model.add(sum(here) >= 2).only_enforce_if(seat)

    def alone(self, attributes: Sequence[str]) -> list[Any]:
        """Whether, for each kind and group, somebody is there without another of their kind."""
        flags = []
        for members in kinds_of(self.candidates, attributes):
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

    def keep_out(self, pairs: Sequence[tuple[str, str]]) -> None:
        for who, group in pairs:
            if who in self.at and group in self.column:
                self.model.add(self.sits[self.at[who]][self.column[group]] == 0)

    def keep_apart(self, pairs: Sequence[tuple[str, str]]) -> None:
        for one, other in pairs:
            if one in self.at and other in self.at and one != other:
                left, right = self.sits[self.at[one]], self.sits[self.at[other]]
                for g in left.keys() & right.keys():
                    self.model.add_bool_or(left[g].negated(), right[g].negated())

    def lock(self, locks: Mapping[str, str]) -> None:
        wrong = [w for w, g in locks.items() if w not in self.at or g not in self.column]
        if wrong:
            raise ContradictionError(tuple(f"{w} is locked, but not known here." for w in wrong))
        for who, group in locks.items():
            self.model.add(self.sits[self.at[who]][self.column[group]] == 1)

    def stages(self, wish: str, weight: float) -> None:
        """Mixed: points for each stage present. Alike: points lost for each stage between the
        lowest and the highest.
        """
        points = round(weight * _THOUSANDTHS)
        levels = sorted({c.stage for c in self.candidates if c.stage is not None})
        for g in range(len(self.groups)):
            present = {level: self._present(level, g) for level in levels}
            if wish == "mixed":
                self.rewards += [points * p for p in present.values()]
            else:
                self.rewards += [-points * s for s in self._between(levels, present, g)]

    def _present(self, level: int, g: int) -> Any:
        """Whether the group has somebody at this stage."""
        members = (k for k, c in enumerate(self.candidates) if c.stage == level)
        here = self._sitting(g, members) or [0]
        flag = self.model.new_bool_var(f"stage {level} in {g}")
        self.model.add_max_equality(flag, here)
        return flag

    def _between(self, levels: Sequence[int], present: Mapping[int, Any], g: int) -> list[Any]:
        """For each step from one stage to the next, whether the group spans it, in stages."""
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

    def solve(
        self, scores: Mapping[tuple[str, str], float], *, seed: int, effort: float
    ) -> Composition:
        solver, status = self.most_points(scores, seed=seed, effort=effort)
        if status == self.library.INFEASIBLE:
            raise ContradictionError(
                ("No groups meet all conditions; ease the sizes, the company or the exclusions.",)
            )
        if not self._answered(status):
            raise ContradictionError(
                ("No groups were found in the time given; allow more time or ease a condition.",)
            )
        return self.composition(solver, proven=status == self.library.OPTIMAL)

    def most_points(
        self, scores: Mapping[tuple[str, str], float], *, seed: int, effort: float
    ) -> tuple[Any, Any]:
        """The solver after its search for the most points, and how it ended."""
        for (who, group), points in scores.items():
            if who in self.at and group in self.column:
                seat = self.sits[self.at[who]][self.column[group]]
                self.rewards.append(round(points * _THOUSANDTHS) * seat)
        self.model.maximize(sum(self.rewards))
        return self._searched(seed, effort)

    def fewest(self, faults: Sequence[Any], *, seed: int, effort: float) -> bool:
        """Allow no more faults than must be; False where it is not proven that they must."""
        if not faults:
            return True
        self.model.minimize(sum(faults))
        solver, status = self._searched(seed, effort)
        if not self._answered(status):
            return False
        self.model.add(sum(faults) <= round(solver.objective_value))
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        for row in self.sits:
            for seat in row.values():
                self.model.add_hint(seat, solver.value(seat))
        return bool(status == self.library.OPTIMAL)

    def begin_from(self, seats: Mapping[str, str]) -> None:
        """Let the search begin with everybody in the group that `seats` names."""
        for candidate, row in zip(self.candidates, self.sits, strict=True):
            for g, seat in row.items():
                self.model.add_hint(seat, seats[candidate.id] == self.groups[g])

    def _searched(self, seed: int, effort: float) -> tuple[Any, Any]:
        solver = self.library.CpSolver()
        solver.parameters.num_workers = _SEARCHES
        solver.parameters.interleave_search = True  # the same answer on however many cores
        solver.parameters.random_seed = seed % 2**31
        solver.parameters.max_deterministic_time = effort
        return solver, solver.solve(self.model)

    def _answered(self, status: Any) -> bool:
        return status in (self.library.OPTIMAL, self.library.FEASIBLE)

    def composition(self, solver: Any, *, proven: bool) -> Composition:
        members: dict[str, list[str]] = {group: [] for group in self.groups}
        for candidate, row in zip(self.candidates, self.sits, strict=True):
            seat = next(g for g, variable in row.items() if solver.value(variable))
            members[self.groups[seat]].append(candidate.id)
        reached = solver.objective_value / _THOUSANDTHS
        bound = reached if proven else solver.best_objective_bound / _THOUSANDTHS
        return Composition(
            groups={group: tuple(sorted(ids)) for group, ids in members.items()},
            value=reached,
            upper_bound=bound,
            gap=round(max(0.0, bound - reached), 6),
            proven=proven,
        )
