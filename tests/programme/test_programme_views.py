"""Forms of a programme, its part of the Home tab and its to-dos."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.kinds import ToDoKind
from bot.programme.digest_channel import Fact
from bot.programme.model import Programme, ProgrammeState, SetUp
from bot.programme.use_cases import todos
from config.catalogue import load_catalogue
from handlers.blocks import home
from handlers.programme import (
    CAPABILITY,
    channel_views,
    contact_views,
    home_views,
    hours_views,
    uses_views,
    views,
)
from tests.support.cast import BOB, CAROL, OKAFOR, PROGRAMME, TEMPLATE
from tests.support.golden import Golden
from tests.support.workspace import all_text

NOW = datetime(2026, 9, 8, 8, tzinfo=UTC)
DRAFT = replace(PROGRAMME, state=ProgrammeState.DRAFT)
BARE = replace(
    DRAFT,
    crisis_contact=None,
    concern_contact=None,
    concern_person=None,
    concern_deputy=None,
    coordinator_channel=None,
)
NOBODY = SetUp(mentors=0, peer_mentors=0, mentees=0, people=0, accepted=0, away=0, groups=0)
SOME = SetUp(
    mentors=1, peer_mentors=2, mentees=36, people=39, accepted=30, away=2, groups=0, capacity=30
)
READY = replace(SOME, accepted=39, groups=6, capacity=36, coordinators=2)
MILLER = load_catalogue().frameworks["miller_is"]
OVER = replace(PROGRAMME, weeks=0)


def test_the_programme_form(golden: Golden) -> None:
    new = views.programme_modal([TEMPLATE], draft=None, first_day=date(2026, 9, 14))
    golden("programme_new", new)
    draft = views.programme_modal([TEMPLATE], draft=PROGRAMME, first_day=date(2026, 9, 14))
    golden("programme_draft", draft)


def test_the_contacts_form(golden: Golden) -> None:
    golden("programme_contacts", contact_views.contacts_modal(PROGRAMME, [OKAFOR]))


def test_every_form_says_who_sees_it() -> None:
    for form in (
        views.programme_modal([TEMPLATE], draft=None, first_day=date(2026, 9, 14)),
        contact_views.contacts_modal(PROGRAMME, [OKAFOR]),
    ):
        assert "*Who sees this:*" in all_text(form)


@pytest.mark.parametrize(
    ("name", "programme", "set_up"),
    [
        ("first_step", None, NOBODY),
        ("second_step", None, SOME),
        ("contacts_missing", BARE, SOME),
        ("ready", DRAFT, READY),
        ("running", PROGRAMME, replace(READY, accepted=38)),
    ],
)
def test_the_steps_and_how_it_is_going(
    name: str, programme: Programme | None, set_up: SetUp, golden: Golden
) -> None:
    golden(
        f"programme_home_{name}",
        home(home_views.coordinator_home(programme, set_up, framework=MILLER, now=NOW)),
    )


def test_times_and_texts(golden: Golden) -> None:
    golden("programme_hours", hours_views.hours_form(DRAFT))
    golden("programme_texts", hours_views.texts(replace(DRAFT, conduct_text="own")))
    golden("programme_tools", home(hours_views.lines(PROGRAMME)))


def test_nothing_that_people_write_becomes_markup() -> None:
    nasty = replace(DRAFT, name="<!channel>")

    assert "<!channel>" not in str(
        home_views.coordinator_home(nasty, READY, framework=MILLER, now=NOW)
    )


@pytest.mark.parametrize(
    ("programme", "kinds"),
    [
        (None, [ToDoKind.SET_UP_PROGRAMME]),
        (BARE, [ToDoKind.NAME_CONTACTS]),
        (replace(DRAFT, concern_contact=None), [ToDoKind.NAME_CONTACTS]),
        (DRAFT, []),
        (PROGRAMME, []),
        (OVER, [ToDoKind.CLOSE_PROGRAMME]),
        (replace(OVER, state=ProgrammeState.CLOSED), [ToDoKind.SET_UP_PROGRAMME]),
    ],
)
def test_a_coordinator_is_asked_for_what_is_missing(
    programme: Programme | None, kinds: list[ToDoKind]
) -> None:
    found = todos(CAROL, programme, NOW)

    assert [one.kind for one in found] == kinds
    assert todos(BOB, programme, NOW) == []


def test_closing_is_due_from_the_monday_of_the_last_week() -> None:
    [todo] = todos(CAROL, OVER, NOW)

    first_day = datetime(2026, 8, 31, tzinfo=UTC)  # over, it has no week at all
    assert abs(todo.since - first_day) < timedelta(hours=15)


def test_each_line_has_the_button_that_does_it() -> None:
    asked = [*todos(CAROL, None, NOW), *todos(CAROL, BARE, NOW), *todos(CAROL, OVER, NOW)]

    assert CAPABILITY.todos is not None
    say = CAPABILITY.todos.say
    actions = [say[one.kind](one).button["action_id"] for one in asked]

    assert actions == ["programme.edit", "programme.contacts", "programme.end"]


def test_what_is_said_at_the_end(golden: Golden) -> None:
    golden("programme_ends", views.programme_ends(PROGRAMME, now=NOW))
    golden(
        "programme_ends_over",
        views.programme_ends(
            replace(OVER, closes_on=date(2027, 7, 4)), now=NOW + timedelta(weeks=60)
        ),
    )
    golden("programme_goodbye", views.goodbye(PROGRAMME))


def test_news_of_the_channel_for_digests(golden: Golden) -> None:
    public = replace(PROGRAMME, coordinator_channel="C0ALL", channel_problem=Fact.PUBLIC.value)
    golden("programme_channel_problem", channel_views.channel_problem(public))


def test_what_a_coordinator_changes_later(golden: Golden) -> None:
    private = replace(PROGRAMME, coordinator_channel="C0DIGESTS")
    asked = ("C0ALL", frozenset({Fact.PUBLIC}))

    golden("programme_channel_form", channel_views.channel_form(private))
    golden("programme_channel_form_sure", channel_views.channel_form(private, asked))
    golden("programme_uses_form", uses_views.uses_form(PROGRAMME))
    golden("programme_end_form", views.end_form(PROGRAMME, now=NOW))
