"""Composes the groups of a large programme a few groups at a time.

Each part is solved as a whole programme would be; what is found for it never has more exceptions,
or as many and fewer points. The bound is that of the best seats, so the gap is honest but wide.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from bot.matching.rules.group_solver import GroupAssignment, Grouping, compose_around

GROUPS_AT_ONCE = 8
PAIRS_AT_ONCE = 500
"""Pairs of a mentee and a group in one part; more take longer than they are worth."""
MOST_PARTS = 250
_LOOKS = 3
"""How often a group is looked at with ever farther neighbours before it is left as it is."""


@dataclass(slots=True)
class Parts:
    """The groups as they are so far, and how often each was looked at in vain."""

    grouping: Grouping
    seats: dict[str, str]
    locks: Mapping[str, str]
    vain: Counter[str] = field(default_factory=Counter)

    def mend(self, *, seed: int, effort: float) -> None:
        """Solves part after part until none is left that could help, or MOST_PARTS were."""
        for _ in range(MOST_PARTS):
            group = self._next()
            if group is None:
                return
            part = self._around(group)
            if self._solve(part, seed=seed, effort=effort):
                for one in part:
                    del self.vain[one]
            else:
                self.vain[group] += 1

    def _next(self) -> str | None:
        """The group with the most exceptions that is worth a look; for stages, any that meets."""
        exceptions = self.grouping.exceptions(self.seats)
        open_ones = set(exceptions)
        if self.grouping.wishes.stages != "any":
            open_ones |= set(self.seats.values())
        worth = [
            g
            for g in self.grouping.groups
            if g in open_ones and self.vain[g] < (_LOOKS if exceptions[g] else 1)
        ]
        return min(worth, key=lambda g: (self.vain[g], -exceptions[g]), default=None)

    def _solve(self, part: list[str], *, seed: int, effort: float) -> bool:
        """Composes the part anew; True where that made it better."""
        grouping, column = self.grouping, {g: k for k, g in enumerate(self.grouping.groups)}
        own = {who: group for who, group in self.seats.items() if group in part}
        rows = [k for k, c in enumerate(grouping.candidates) if c.id in own]
        before = grouping.exceptions(own).total(), -grouping.value(own)
        found = compose_around(
            own,
            [grouping.candidates[k] for k in rows],
            {group: grouping.rooms[group] for group in part},
            grouping.wishes,
            scores=grouping.scores(rows, [column[group] for group in part]),
            locks={who: group for who, group in self.locks.items() if who in own},
            exceptions_now=before[0],
            seed=seed,
            effort=effort,
        )
        if found is None or _order(found) >= before:
            return False
        self.seats |= found.seats
        return True

    def _around(self, group: str) -> list[str]:
        """`group` with those for which it costs least to take its people, or to give it theirs."""
        sizes = Counter(self.seats.values())
        part, people = [group], sizes[group]
        skipped = self.vain[group] * GROUPS_AT_ONCE // 2
        for seen, other in enumerate(self._nearest(group)):
            if seen < skipped or other in part:
                continue
            if len(part) == GROUPS_AT_ONCE:
                break
            if (people + sizes[other]) * (len(part) + 1) > PAIRS_AT_ONCE:
                continue
            part.append(other)
            people += sizes[other]
        return part

    def _nearest(self, group: str) -> Iterator[str]:
        """Takers and givers of the group in turn, the cheapest first."""
        points, groups = self.grouping.points, self.grouping.groups
        here = groups.index(group)
        column = {one: g for g, one in enumerate(groups)}
        at = np.array([column[self.seats[c.id]] for c in self.grouping.candidates])
        own = np.nan_to_num(points[np.arange(len(at)), at], neginf=0.0)
        sizes = np.bincount(at, minlength=len(groups))
        room = sizes < np.array([self.grouping.rooms[g] for g in groups])
        takes = (own[at == here, None] - points[at == here]).min(axis=0, initial=np.inf)
        takes[~room] = np.inf
        gives = np.full(len(groups), np.inf)
        np.minimum.at(gives, at, own - points[:, here])
        orders = [(cost, np.argsort(cost, kind="stable")) for cost in (takes, gives)]
        for rank in range(len(groups)):
            for cost, order in orders:
                if np.isfinite(cost[order[rank]]):
                    yield groups[order[rank]]


def _order(found: GroupAssignment) -> tuple[int, float]:
    return found.composition.exceptions, -found.composition.value
