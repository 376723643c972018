"""Decide which counts of people a report may show, such that nobody's is worked out from them.

Stages are joined with their neighbours until at least five people stand in each cell: a cell that
is left out could be computed from the total, and one that is joined cannot. What is to be shown is
compared with all that was shown before, for the difference of two reports is a count, too: it is
nothing, or at least five people.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from operator import sub

from bot.reports.model import Share, StageCell

LEAST = 5
"""So many people stand behind a count at least, and behind the difference of two."""
AFRESH = 2 * LEAST - 1
"""So many where the last day had nothing to show: it then held at most LEAST - 1 people."""
STEP = 5
"""Shares are told to the nearest so many per cent."""


def share(part: int, whole: int, *, people: int | None = None) -> Share:
    """Tell a share; nothing where fewer than LEAST people (`whole`, unless said) stand behind it.

    >>> share(2, 3).percent, share(33, 97).percent
    (None, 35)
    """
    enough = (whole if people is None else people) >= LEAST
    return Share(round(100 * part / whole / STEP) * STEP if enough and whole else None)


def count(people: int) -> int | None:
    """Tell a number of people or of what people did; None, "fewer than five", for 0 to 4."""
    return people if people >= LEAST else None


def stage_cells(
    counts: Sequence[int], shown: Sequence[Sequence[StageCell]] = ()
) -> tuple[StageCell, ...]:
    """Join stages into as many cells as may be shown after what was `shown` on earlier days.

    `counts` are people by stage, in the stages' order; `shown` has what came of every earlier day,
    the earliest first, also where that was nothing. Of two ways with as many cells the one that
    ends its cells earlier counts. Empty where there is no way to tell two cells apart.
    """
    ends = range(1, len(counts))
    for cuts in range(len(counts) - 1, 0, -1):
        for chosen in combinations(ends, cuts):
            cells = tuple(_joined(counts, chosen))
            if _is_large(cells, shown) and _may_follow(cells, shown):
                return cells
    return ()


def _joined(counts: Sequence[int], cuts: Sequence[int]) -> Iterator[StageCell]:
    for first, end in pairwise((0, *cuts, len(counts))):
        yield StageCell(first, end - 1, sum(counts[first:end]))


def _is_large(cells: Sequence[StageCell], shown: Sequence[Sequence[StageCell]]) -> bool:
    """Say whether enough people stand in each cell.

    Where cells are told apart that were not before, the day on which they became large enough says
    that they were not: so many more are needed that no few people can have made the difference.
    """
    known = {last for last, _, _ in _sums(shown[-1])} if shown else None
    for one, other in pairwise(cells):
        is_new = known is not None and one.last not in known
        if min(one.people, other.people) < (AFRESH if is_new else LEAST):
            return False
    return True


def _may_follow(cells: Sequence[StageCell], shown: Sequence[Sequence[StageCell]]) -> bool:
    """Say whether nothing of fewer than LEAST people lies between these cells and any before.

    Wherever a cell has ended before, one ends now: to join two again would say that a few people
    passed there. The people up to each such stage, and those above it, are compared with those of
    every day before: they are as many, unless something was held back meanwhile, or LEAST apart.
    """
    was_held_back = bool(shown) and not shown[-1]
    apart = AFRESH if was_held_back else LEAST
    now = {last: sums for last, *sums in _sums(cells)}
    for before in shown:
        for last, *then in _sums(before):
            if last not in now:
                return False
            for change in map(sub, now[last], then):
                if abs(change) < apart and (change or was_held_back):
                    return False
    return True


def _sums(cells: Sequence[StageCell]) -> Iterator[tuple[int, int, int]]:
    """Give each stage at which a cell ends, but for the last, with the people up to and above."""
    whole, below = sum(one.people for one in cells), 0
    for one in cells[:-1]:
        below += one.people
        yield one.last, below, whole - below
