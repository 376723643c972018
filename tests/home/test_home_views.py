"""The Home tab as it is put together, letter by letter."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.programme.model import Programme, ProgrammeState
from handlers.blocks import ToDoLine, actions, button, section
from handlers.home import views
from tests.support.cast import PROGRAMME
from tests.support.golden import Golden
from tests.support.limits import problems_of
from tests.support.workspace import all_text
from tests.support.workspace import buttons as buttons_of

NOW = datetime(2026, 9, 8, 8, tzinfo=UTC)
DRAFT = replace(PROGRAMME, state=ProgrammeState.DRAFT)
PARTS = [section("What another capability says.")]
SETTINGS = [section("What a member can change.")]
FOOT = [section("For you alone.")]
LINES = [
    ToDoLine(
        f"Thing {number} to do.", button("Do it", "some.thing", value=str(number), style="primary")
    )
    for number in range(1, 8)
]


def tab(programme: Programme | None, *, todos: int = 2, parts: int = 1) -> dict[str, Any]:
    return views.member_tab(
        programme,
        todos=LINES[:todos],
        sections=[("", PARTS), ("My path", []), ("My people", PARTS * parts)],
        foot=FOOT,
        now=NOW,
    )


def test_an_empty_workspace(golden: Golden) -> None:
    golden("home_begin", views.welcome(may_begin=True))
    golden("home_nobody_began", views.welcome(may_begin=False))
    golden("home_take_over", views.welcome(may_begin=True, running="Autumn <mentoring>"))
    golden("home_nobody_coordinates", views.welcome(may_begin=False, running="Autumn mentoring"))


def test_a_stranger(golden: Golden) -> None:
    golden("home_stranger", views.stranger(["U0CAROL", "U0DAN"]))
    golden("home_stranger_administers", views.stranger(["U0CAROL"], administers=True))


@pytest.mark.parametrize(
    ("name", "programme"),
    [
        ("running", PROGRAMME),
        ("before_start", DRAFT),
        ("without_programme", None),
        ("over", replace(PROGRAMME, weeks=0)),
    ],
)
def test_a_members_tab(name: str, programme: Programme | None, golden: Golden) -> None:
    golden(f"home_{name}", tab(programme))


def test_who_has_left_keeps_the_contacts(golden: Golden) -> None:
    golden("home_left", views.left_tab(PROGRAMME, settings=SETTINGS, foot=FOOT))


def test_a_section_has_its_heading_only_where_something_stands_in_it() -> None:
    shown = all_text(tab(PROGRAMME)).split("\n")

    assert "My people" in shown
    assert "My path" not in shown


def test_settings_and_who_sees_what(golden: Golden) -> None:
    golden("home_settings", views.settings(SETTINGS))
    golden("home_privacy", views.privacy(PROGRAMME, ["*Compass:* you alone."]))
    golden("home_tools", views.tools(SETTINGS))


def test_the_first_to_dos_are_shown_and_the_others_counted() -> None:
    shown = all_text(tab(PROGRAMME, todos=7))

    assert "Thing 5 to do." in shown
    assert "Thing 6 to do." not in shown
    assert "2 more will show here once these are done." in shown


def test_without_anything_to_do_nothing_is_said_about_it() -> None:
    assert "Now" not in all_text(tab(PROGRAMME, todos=0)).split("\n")


def test_contacts_are_on_every_tab() -> None:
    for shown in (
        all_text(tab(PROGRAMME)),
        all_text(views.left_tab(PROGRAMME, settings=SETTINGS, foot=FOOT)),
        all_text(views.ended_tab(PROGRAMME, sections=[("My people", PARTS)], foot=FOOT)),
    ):
        assert "Occupational Health, 020 7946 0000, day and night" in shown
        assert "Dr Okafor, ombudsperson, okafor@example.org" in shown
        assert "not for emergencies" in shown


def test_however_much_there_is_to_say_the_contacts_and_settings_stay() -> None:
    shown = tab(PROGRAMME, todos=7, parts=200)

    assert "*In a crisis:*" in all_text(shown)
    assert "Settings" in all_text(shown).split("\n")
    assert "For you alone." in all_text(shown)
    assert problems_of(shown) == []


def test_nothing_that_people_write_becomes_markup() -> None:
    nasty = "<!channel> & <@U0X>"
    programme = replace(DRAFT, name=nasty, crisis_contact=nasty, concern_contact=nasty)

    shown = tab(programme)

    marked = [block["text"]["text"] for block in shown["blocks"] if block["type"] == "section"]
    assert "<!channel>" not in "\n".join(marked)
    assert "<@U0X>" not in "\n".join(marked)
    assert problems_of(shown) == []


def test_one_button_of_those_to_do_stands_out() -> None:
    lines = [one for one in tab(DRAFT, todos=3)["blocks"] if "Thing" in str(one)]

    assert [one["accessory"].get("style") for one in lines] == ["primary", None, None]


def test_what_matters_most_stands_out_whatever_its_button_looks_like_elsewhere() -> None:
    first, second = (ToDoLine(f"Thing {n}.", button("Do it", "some.thing")) for n in "12")

    shown = [one for one in views.now_blocks([first, second]) if "accessory" in one]

    assert [one["accessory"].get("style") for one in shown] == ["primary", None]


def test_nothing_else_on_the_tab_stands_out_while_there_is_something_to_do() -> None:
    row = actions(button("Check in", "a.b", style="primary"), button("Delete", "c.d"))
    there = [("Mine", [row, section("More.", accessory=row["elements"][0])])]

    def standing_out(todos: int) -> list[str]:
        shown = views.member_tab(DRAFT, todos=LINES[:todos], sections=there, foot=[], now=NOW)
        return [one["text"]["text"] for one in buttons_of(shown) if one.get("style") == "primary"]

    assert standing_out(0) == ["Check in", "Check in"]
    assert standing_out(1) == ["Do it"]
