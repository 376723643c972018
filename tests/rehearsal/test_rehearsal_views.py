"""The rehearsal's form, progress and result, letter by letter."""

from datetime import UTC, date, datetime, timedelta

from bot.rehearsal.model import BusyDay, Rates, Summary
from handlers.blocks import home
from handlers.rehearsal import views
from tests.support.golden import Golden

AT = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
FOUND = Summary(
    template="A year <!here>",
    people=43,
    messages=2431,
    rates=Rates(),
    seconds=40.2,
    kinds=("mentee", "mentor", "coordinator", "group channel"),
    weeks=(
        (0, date(2026, 8, 31), ((1, 1), (0, 1), (0, 0), (1, 1)), ()),
        (1, date(2026, 9, 7), ((1, 3), (1, 1), (0, 2), (0, 1)), ("A holiday",)),
    ),
    days=(
        BusyDay(date(2026, 9, 14), 320, 280, AT, AT + timedelta(seconds=56)),
        BusyDay(date(2026, 9, 7), 900, 900, AT, AT + timedelta(minutes=3)),
    ),
    groups=7,
    unlikely=2,
    unseated=1,
    held=120,
    folded=0,
    outside_hours=3,
    unset=("The contacts: the programme cannot start without them.",),
    page=b"",
)


def test_the_line_behind_tools(golden: Golden) -> None:
    golden("rehearsal_tools", home([views.tools_line()]))


def test_the_form(golden: Golden) -> None:
    golden("rehearsal_form", views.form())


def test_how_far_it_is(golden: Golden) -> None:
    golden("rehearsal_under_way", views.under_way(0.4, "March 2027"))


def test_what_everybody_would_get(golden: Golden) -> None:
    golden("rehearsal_result", views.result(FOUND))
