"""The form with which a mentor notes a meeting, letter by letter."""

from datetime import date

from bot.meetings.model import Length
from handlers.meetings import views
from tests.support.golden import Golden


def test_the_form_for_we_met(golden: Golden) -> None:
    one = [("group_1", "Group 1", [("m1", "Bob"), ("m2", "Dana")])]
    two = [*one, ("group_2", "Group 2", [("m3", "Eve")])]

    golden("nudge_met_form", views.met_form(one, today=date(2026, 10, 5)))
    golden("nudge_met_form_two_groups", views.met_form(two, today=date(2026, 10, 5)))


def test_what_is_said_when_it_is_noted(golden: Golden) -> None:
    golden("nudge_met_saved", views.met_saved(date(2026, 10, 5), ["Bob & Co", "Dana"]))


def test_every_length_of_a_meeting_has_a_name() -> None:
    assert set(views.LENGTHS) == set(Length)
