"""Local search for round plans: swap two people of one round wherever that saves repeats most."""

from collections.abc import Callable

import numpy as np

from bot.kernel.arrays import Flags, Numbers, Points, Rng

_FULL_LOOK = 60_000
"""Cells (rounds x people x people) up to which every swap is weighed before each step."""
_LONGEST_REST = 12
"""Steps for which a swap is not undone, at most, besides its fixed share."""
_RESTART_AFTER = 4_000
"""Steps without a better plan after which some rounds are stirred."""


def repeats_of(seats: Numbers, met: Numbers) -> int:
    """Count meetings after a pair's first; seats[r, p] is p's group, met[p, q] 1 where they met."""
    return int(np.triu(np.maximum(_meetings(seats) + met - 1, 0), 1).sum())


def _meetings(seats: Numbers) -> Numbers:
    total = np.zeros((seats.shape[1], seats.shape[1]), dtype=np.int64)
    for turn in seats:
        total += turn[:, None] == turn[None, :]
    np.fill_diagonal(total, 0)
    return total


def improve(
    seats: Numbers, met: Numbers, *, rng: Rng, target: int, out_of_time: Callable[[], bool]
) -> Numbers:
    """Give the best plan found from `seats` until `target` repeats are reached or time is out.

    A tabu search: the best swap is made even when it costs, and is not undone for a while.
    """
    search = _Search(seats, met, rng)
    while search.best > target and not out_of_time():
        for _ in range(20):
            if not search.step() or search.best <= target:
                break
        if search.stale > _RESTART_AFTER:
            search.stir()
    return search.best_seats


class _Search:
    """The state of one search: current plan, meetings, what may not be undone yet."""

    def __init__(self, seats: Numbers, met: Numbers, rng: Rng) -> None:
        self.rng = rng
        self.met = met
        self.restart(seats)
        self.best, self.best_seats = self.cost, seats.copy()

    def restart(self, seats: Numbers) -> None:
        self.seats = seats.copy()
        self.count = _meetings(seats) + self.met
        self.cost = int(np.triu(np.maximum(self.count - 1, 0), 1).sum())
        rounds, people = seats.shape
        self.full = rounds * people * people <= _FULL_LOOK
        self.groups = seats[:, :, None] == np.arange(int(seats.max()) + 1)[None, None, :]
        self.together = np.zeros((0, 0, 0))
        if self.full:
            self.together = (seats[:, :, None] == seats[:, None, :]).astype(np.float32)
        self.resting: dict[tuple[int, int, int], int] = {}
        self.rest = np.zeros((rounds, people, people) if self.full else (0, 0, 0), dtype=np.int64)
        self.at, self.stale = 0, 0

    def step(self) -> bool:
        """Make one swap; False when no repeat is left."""
        self.at += 1
        self.stale += 1
        swap = self._best_of_all() if self.full else self._best_for_one()
        if swap is None:
            return self.cost > 0
        r, i, j, change = swap
        self._swap(r, i, j)
        self.cost += change
        if self.cost < self.best:
            self.best, self.best_seats, self.stale = self.cost, self.seats.copy(), 0
        return self.cost > 0

    def stir(self) -> None:
        """Go back to the best plan and shuffle a few seats in one round."""
        self.restart(self.best_seats)
        rounds, people = self.seats.shape
        r = self.rng.randrange(rounds)
        for _ in range(max(2, people // 8)):
            i, j = self.rng.randrange(people), self.rng.randrange(people)
            if self.seats[r, i] != self.seats[r, j]:
                self._swap(r, i, j)
        self.cost = int(np.triu(np.maximum(self.count - 1, 0), 1).sum())

    def _best_of_all(self) -> tuple[int, int, int, int] | None:
        """Give the best swap of two people of one round, one of them in a repeat."""
        once, twice = (self.count >= 1).astype(np.float32), (self.count >= 2).astype(np.float32)
        freed = (self.together * twice).sum(axis=2)
        joined = once @ self.together
        change = joined + joined.transpose(0, 2, 1) - 2 * once
        change -= freed[:, :, None] + freed[:, None, :]
        banned = (self.together > 0) | (freed[:, :, None] <= 0)
        aspiring = self.cost + change < self.best
        banned |= (self.rest > self.at) & ~aspiring
        change[banned] = np.inf
        lowest = float(change.min())
        if not np.isfinite(lowest):
            return None
        options = np.flatnonzero(change.ravel() == lowest)
        chosen = int(options[self.rng.randrange(len(options))])
        r, i, j = np.unravel_index(chosen, change.shape)
        self.rest[r, i, j] = self.rest[r, j, i] = self._until()
        return int(r), int(i), int(j), int(lowest)

    def _best_for_one(self) -> tuple[int, int, int, int] | None:
        """Give the best swap for one person who meets somebody again."""
        turns, people = np.nonzero(self._in_repeats())
        if not len(turns):
            return None
        pick = self.rng.randrange(len(turns))
        r, i = int(turns[pick]), int(people[pick])
        change = self._changes(r, i)
        for (turn, one, other), until in list(self.resting.items()):
            if until <= self.at:
                del self.resting[turn, one, other]
            elif turn == r and i in (one, other):
                mate = other if one == i else one
                if self.cost + change[mate] >= self.best:
                    change[mate] = np.inf
        lowest = float(change.min())
        if not np.isfinite(lowest):
            return None
        options = np.flatnonzero(change == lowest)
        j = int(options[self.rng.randrange(len(options))])
        self.resting[r, min(i, j), max(i, j)] = self._until()
        return r, i, j, int(lowest)

    def _in_repeats(self) -> Flags:
        """Mark rounds and people where somebody sits with one they meet more than once."""
        one, other = np.nonzero(np.triu(self.count > 1, 1))
        marked: Flags = np.zeros(self.seats.shape, dtype=np.bool_)
        turns, pairs = np.nonzero(self.seats[:, one] == self.seats[:, other])
        marked[turns, one[pairs]] = True
        marked[turns, other[pairs]] = True
        return marked

    def _changes(self, r: int, i: int) -> Points:
        """Price each swap of i in round r; infinite within the own group."""
        turn, own = self.seats[r], self.seats[r] == self.seats[r, i]
        once = self.count >= 1
        members = self.groups[r]
        joins = (once[i].astype(np.float32) @ members.astype(np.float32))[turn]
        mates = np.flatnonzero(own)
        back = once[:, mates].sum(axis=1)
        mates = mates[mates != i]
        freed_own = int((self.count[i, mates] >= 2).sum())
        pairs = np.flatnonzero(self.count.max(axis=1) >= 2)
        freed = np.zeros(len(turn))
        freed[pairs] = ((turn[pairs][:, None] == turn[None, :]) & (self.count[pairs] >= 2)).sum(
            axis=1
        )
        change: Points = joins + back - 2.0 * once[i] - freed_own - freed
        change[own] = np.inf
        return change

    def _swap(self, r: int, i: int, j: int) -> None:
        turn = self.seats[r]
        a, b = turn[i], turn[j]
        with_i, with_j = np.flatnonzero(turn == a), np.flatnonzero(turn == b)
        with_i, with_j = with_i[with_i != i], with_j[with_j != j]
        for who, old, new in ((i, with_i, with_j), (j, with_j, with_i)):
            self.count[who, old] -= 1
            self.count[old, who] -= 1
            self.count[who, new] += 1
            self.count[new, who] += 1
        turn[i], turn[j] = b, a
        self.groups[r, i], self.groups[r, j] = self.groups[r, j].copy(), self.groups[r, i].copy()
        if self.full:
            for who in (i, j):
                row = turn == turn[who]
                self.together[r, who] = row
                self.together[r, :, who] = row

    def _until(self) -> int:
        return self.at + 4 + self.rng.randrange(_LONGEST_REST)
