"""What coordinators are shown of a programme at a glance, letter by letter."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.kernel.ids import MemberId
from bot.kinds import ToDoKind
from bot.overview.model import NEEDS, DayAhead, Figures, NeedLine, ProgrammeWeek
from bot.reports.model import StageCell, StageRelease
from bot.todos import ToDo, Weight
from handlers.overview import message_views, views
from tests.support.cast import PROGRAMME
from tests.support.golden import Golden
from tests.support.limits import problems_of
from tests.support.workspace import all_text

NOW = datetime(2026, 10, 12, 8, tzinfo=UTC)
FIGURES = Figures(
    groups=24,
    met=21,
    met_lately=17,
    meetings=6,
    meetings_before=4,
    mentees=120,
    wrote=88,
    waiting=2,
)
WEEK = ProgrammeWeek(
    figures=FIGURES,
    coming=[
        DayAhead(on=date(2026, 10, 14), what="A pulse opens"),
        DayAhead(on=date(2026, 10, 26), what="Break"),
    ],
)
LINE = NeedLine(
    id="group_1",
    name="Group of Alice",
    since=datetime(2026, 9, 7, 8, tzinfo=UTC),
    people=(MemberId("member_alice"), MemberId("member_mia")),
    people_names=("Alice", "Mia"),
    last_met=date(2026, 8, 20),
    until=datetime(2026, 11, 1, tzinfo=UTC),
    count=5,
    limit=4,
    why="All groups are full: 6 of 6 by the template.",
)


MENTORS, MENTEES = ("Alice", "Ben", "Mia"), ("Bob", "Dana", "Eve")
NAMES = {
    ToDoKind.MENTORS_AWAY: MENTORS,
    ToDoKind.MENTORS_OVER_CAPACITY: MENTORS,
    ToDoKind.ASKED_TO_MOVE: MENTEES,
    ToDoKind.WAIT_FOR_SEAT: MENTEES,
    ToDoKind.CLAIMS_WAIT: MENTEES,
}
"""People by the kinds that are about them; the others are about groups."""


def todo(kind: ToDoKind, count: int = 4) -> ToDo:
    names = NAMES.get(kind, ("Group of Alice", "Group of Ben", "Group of Mia"))[:count]
    about, weight = PROGRAMME.id, Weight.IS_DUE
    return ToDo(kind=kind, weight=weight, since=NOW, about=about, names=names, count=count)


def page(kind: ToDoKind, *, lines: int = 1, count: int = 1, **more: object) -> views.NeedPage:
    name = NAMES[kind][0] if kind in NAMES else LINE.name
    shown = [replace(LINE, id=f"group_{number}", name=name) for number in range(lines)]
    its = views.NeedPage(kind=kind, programme=PROGRAMME, lines=shown, count=count)
    return replace(its, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", NEEDS)
def test_a_list_of_each_kind(kind: ToDoKind, golden: Golden) -> None:
    golden(f"list_{kind}", views.need_list(page(kind)))


def test_a_long_list_has_a_search_and_says_where_one_is(golden: Golden) -> None:
    shown = views.need_list(page(NEEDS[3], lines=12, count=310, skipped=12))

    golden("list_long", shown)
    assert problems_of(shown) == []


def test_a_search_that_finds_nobody_and_an_empty_list(golden: Golden) -> None:
    golden("list_not_found", views.need_list(page(NEEDS[3], lines=0, count=0, named="Zoe")))
    golden("list_empty", views.need_list(page(NEEDS[3], lines=0, count=0)))


def test_a_coordinators_monday(golden: Golden) -> None:
    lines = [views.line_of(todo(kind)) for kind in NEEDS]

    shown = message_views.monday(PROGRAMME, lines, WEEK, number_of=6)

    golden("monday", shown)
    for line in lines:
        assert line.sentence in shown.text


def test_a_monday_on_which_nothing_needs_anybody(golden: Golden) -> None:
    golden("monday_calm", message_views.monday(PROGRAMME, [], WEEK, number_of=6))


def test_a_monday_of_very_many_things_leads_home() -> None:
    lines = [views.line_of(todo(kind)) for kind in NEEDS] * 3

    shown = message_views.monday(PROGRAMME, lines, WEEK, number_of=6)

    assert "11 more stand on my Home tab." in shown.text
    assert len(shown.blocks) < 50


def test_the_digest_names_nobody_and_no_group(golden: Golden) -> None:
    todos = [todo(kind) for kind in NEEDS]

    shown = message_views.digest(
        PROGRAMME, todos, WEEK, number_of=6, pulse=message_views.pulse_open(NOW)
    )

    golden("digest", shown)
    assert all(name not in shown.text for name in (*MENTORS, *MENTEES))
    assert "4 groups not met yet" in shown.text
    alone = message_views.digest(PROGRAMME, todos, WEEK, number_of=6, is_coordinated=False)
    golden("digest_of_nobody", alone)


def test_the_programme_in_figures(golden: Golden) -> None:
    levels = ("Knows", "Knows how", "Shows how", "Does", "Is")
    cells = (StageCell(0, 0, 40), StageCell(1, 1, 61), StageCell(2, 4, 19))
    stages = StageRelease(
        on=date(2026, 9, 30), framework_id="miller_is", levels=levels, cells=cells
    )

    golden("figures", views.figures_page(WEEK, stages))
    golden("figures_without_stages", views.figures_page(WEEK, None))


def test_of_four_people_no_share_is_told() -> None:
    few = replace(FIGURES, mentees=4, wrote=3)

    assert "fewer than 5 people" in views.in_short(few)[1]


def test_names_are_no_markup() -> None:
    nasty = "<!channel> & <@U0X>"
    shown = views.need_list(page(NEEDS[3], lines=0, count=0))
    line = replace(LINE, name=nasty, people_names=(nasty,), why=nasty)
    with_names = [
        views.need_list(views.NeedPage(kind=kind, programme=PROGRAMME, lines=[line], count=1))
        for kind in NEEDS
    ]

    assert all("<!channel>" not in all_text(one) for one in [shown, *with_names])
