from hypothesis import given
from hypothesis import strategies as st

from bot.compass.model import Occasion
from bot.compass.rules import WeekWritten, due, first_week_of, phase_in

WEEKS = st.integers(1, 104)
ORDER = (Occasion.START, Occasion.MIDDLE, Occasion.CLOSE)


def test_a_year_has_its_middle_in_week_20_and_its_close_in_week_38() -> None:
    first = [first_week_of(phase, weeks=40) for phase in ORDER]

    assert first == [1, 20, 38]
    assert [phase_in(week, weeks=40) for week in (1, 19, 20, 37, 38, 40)] == [
        *(
            Occasion.START,
            Occasion.START,
            Occasion.MIDDLE,
            Occasion.MIDDLE,
            Occasion.CLOSE,
            Occasion.CLOSE,
        )
    ]


@given(WEEKS)
def test_phases_follow_each_other_and_the_last_three_weeks_are_the_close(weeks: int) -> None:
    phases = [phase_in(week, weeks=weeks) for week in range(1, weeks + 1)]

    assert sorted(phases, key=ORDER.index) == phases
    assert set(phases[-3:]) == {Occasion.CLOSE}
    assert phases.count(Occasion.CLOSE) == min(3, weeks)


@given(WEEKS, st.data())
def test_nobody_is_asked_for_what_they_wrote_or_put_off(weeks: int, data: st.DataObject) -> None:
    week = data.draw(st.integers(1, weeks))
    before = data.draw(st.lists(st.integers(1, week), max_size=4).map(sorted))
    written = [
        WeekWritten(Occasion.START if number == 0 else phase_in(one, weeks=weeks), one)
        for number, one in enumerate(before)
    ]
    asked = due(written, (), week=week, weeks=weeks)

    if asked is not None:
        after = [*written, WeekWritten(asked, week)]
        assert due(after, (), week=week, weeks=weeks) is None
        assert due(written, [asked], week=week, weeks=weeks) is None


def test_a_first_compass_of_the_middle_is_looked_at_again_only_at_the_close() -> None:
    late = [WeekWritten(Occasion.START, 22)]

    assert due(late, (), week=23, weeks=40) is None
    assert due(late, (), week=38, weeks=40) is Occasion.CLOSE


def test_a_change_is_no_look_back_and_after_the_last_week_nobody_is_asked() -> None:
    changed = [WeekWritten(Occasion.START, 1), WeekWritten(Occasion.CHANGE, 20)]

    assert due(changed, (), week=21, weeks=40) is Occasion.MIDDLE
    assert due(changed, (), week=41, weeks=40) is None
    assert due([], (), week=39, weeks=40) is None
