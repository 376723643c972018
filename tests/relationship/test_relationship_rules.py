from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.relationship.rules import OPEN_WEEKS, first_weeks, open_wave


def test_a_year_has_its_waves_in_weeks_2_12_20_and_38() -> None:
    assert list(first_weeks(40).values()) == [2, 12, 20, 38]
    opened = [open_wave(week, weeks=40) for week in (1, 2, 4, 5, 14, 15, 22, 38, 40, 41)]
    assert opened == [None, "t0", "t0", None, "t1", None, "t2", "t3", "t3", None]


def test_shorter_programmes_leave_out_what_would_overlap() -> None:
    assert first_weeks(26) == {"t0": 2, "t1": 8, "t2": 13, "t3": 24}
    assert first_weeks(12) == {"t0": 2, "t2": 6, "t3": 10}
    assert first_weeks(4) == {"t3": 2}


@given(st.integers(1, 104))
def test_waves_come_in_their_order_never_two_at_once_and_the_last_at_the_end(weeks: int) -> None:
    first = first_weeks(weeks)
    begins = list(first.values())

    assert list(first) == sorted(first)
    assert all(after - before >= OPEN_WEEKS for before, after in pairwise(begins))
    assert [open_wave(week, weeks=weeks) for week in range(1, weeks + 1)][-3:] == ["t3"] * min(
        3, weeks
    )
