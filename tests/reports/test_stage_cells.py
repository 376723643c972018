"""Stages in a report: cells of at least five, and nothing smaller worked out of one report or two.

The attacker of these tests knows the rules, everything that was shown, how many mentees there are,
and, to be on the safe side, how many people moved at most from one day to the next.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.disclosure import LEAST, count, share, stage_cells
from bot.reports.model import StageCell

Counts = tuple[int, ...]
Shown = tuple[tuple[StageCell, ...], ...]
DAYS = st.lists(st.lists(st.integers(0, 30), min_size=4, max_size=4), min_size=1, max_size=5)


def splits(people: int, stages: int) -> Iterator[Counts]:
    """All the ways in which people can stand in stages."""
    if stages == 1:
        yield (people,)
        return
    for first in range(people + 1):
        for others in splits(people - first, stages - 1):
            yield (first, *others)


def shown_over(days: Sequence[Sequence[int]]) -> Shown:
    shown: Shown = ()
    for counts in days:
        shown = (*shown, stage_cells(counts, shown))
    return shown


def histories(
    people: int, stages: int, *, days: int, moves: int | None
) -> Iterator[tuple[Counts, ...]]:
    """All that can happen over some days, with at most so many moves from one to the next."""
    every = list(splits(people, stages))

    def further(so_far: tuple[Counts, ...]) -> Iterator[tuple[Counts, ...]]:
        if len(so_far) == days:
            yield so_far
            return
        for counts in every:
            if not so_far or moves is None or _apart(so_far[-1], counts) <= 2 * moves:
                yield from further((*so_far, counts))

    yield from further(())


def _apart(one: Counts, other: Counts) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def worked_out(people: int, stages: int, *, days: int, moves: int | None = None) -> list[object]:
    """What an attacker is certain of: a count of one to four on a day, or between two days."""
    could_be: dict[Shown, list[tuple[Counts, ...]]] = defaultdict(list)
    for history in histories(people, stages, days=days, moves=moves):
        could_be[shown_over(history)].append(history)
    return [
        (shown, first, last, values)
        for shown, possible in could_be.items()
        for first in range(stages)
        for last in range(first, stages)
        if last - first < stages - 1
        for values in _certain(possible, first, last)
    ]


def _certain(
    possible: Sequence[tuple[Counts, ...]], first: int, last: int
) -> Iterator[tuple[str, int]]:
    sums = [[sum(counts[first : last + 1]) for counts in history] for history in possible]
    for day in range(len(sums[0])):
        values = {one[day] for one in sums}
        if len(values) == 1 and min(values) < LEAST:
            yield "a count", min(values)
        for before in range(day):
            steps = {one[day] - one[before] for one in sums}
            if len(steps) == 1 and 0 < abs(min(steps)) < LEAST:
                yield "a difference", min(steps)


@pytest.mark.parametrize(("stages", "most"), [(2, 30), (3, 20), (4, 14), (5, 10)])
def test_no_small_count_is_worked_out_of_one_report(stages: int, most: int) -> None:
    for people in range(1, most + 1):
        assert worked_out(people, stages, days=1) == []


@pytest.mark.parametrize(
    ("stages", "people", "days", "moves"),
    [
        *((2, 24, 2, moves) for moves in (None, 1, 2)),
        *((2, 19, 3, moves) for moves in (1, 2)),
        *((3, 19, 2, moves) for moves in (1, 2)),
        (3, 14, 3, 1),
    ],
)
def test_no_small_count_or_step_is_worked_out_of_two_reports_or_three(
    stages: int, people: int, days: int, moves: int | None
) -> None:
    for how_many in range(people - 2, people + 1):
        assert worked_out(how_many, stages, days=days, moves=moves) == []


def test_the_attack_finds_what_cells_of_five_alone_give_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Show that these tests can fail: here nobody remembers what was shown before."""
    remembers_nothing = stage_cells
    monkeypatch.setattr(f"{__name__}.stage_cells", lambda one, _: remembers_nothing(one))

    assert worked_out(11, 2, days=2, moves=1)


@given(DAYS)
def test_cells_hold_everybody_once_in_the_order_of_stages_and_five_at_least(
    days: list[list[int]],
) -> None:
    for counts, cells in zip(days, shown_over(days), strict=True):
        for cell in cells:
            assert cell.people == sum(counts[cell.first : cell.last + 1]) >= LEAST
        if cells:
            assert len(cells) > 1
            assert (cells[0].first, cells[-1].last) == (0, len(counts) - 1)
            assert all(one.last + 1 == other.first for one, other in pairwise(cells))


@given(DAYS)
def test_what_is_shown_on_two_days_differs_by_nobody_or_by_five(days: list[list[int]]) -> None:
    """Also where people came and went between the two."""
    sums = [dict(_up_to(cells)) for cells in shown_over(days) if cells]
    for at, later in enumerate(sums):
        for earlier in sums[:at]:
            assert earlier.keys() <= later.keys()
            for end, (below, above) in earlier.items():
                steps = {abs(below - later[end][0]), abs(above - later[end][1])}
                assert steps.isdisjoint({*range(1, LEAST)})


def _up_to(cells: Sequence[StageCell]) -> Iterator[tuple[int, tuple[int, int]]]:
    whole, below = sum(one.people for one in cells), 0
    for one in cells[:-1]:
        below += one.people
        yield one.last, (below, whole - below)


@given(st.integers(0, 100), st.integers(0, 100))
def test_shares_stand_for_five_people_or_more(part: int, others: int) -> None:
    found = share(part, part + others).percent

    assert (found is None) == (part + others < LEAST)
    assert found is None or (found % 5 == 0 and 0 <= found <= 100)
    assert count(part) == (part if part >= LEAST else None)
