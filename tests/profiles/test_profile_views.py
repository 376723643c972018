"""Profiles, letter by letter, and the most that a form can hold."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.people.model import Role
from bot.profiles.model import MOST_CHARS, MemberProfile, PeopleShown, PersonShown
from bot.todos import ToDo, Weight
from handlers import blocks as ui
from handlers.profiles import views
from tests.support.cast import ALICE, BOB, GROUP
from tests.support.golden import Golden
from tests.support.limits import problems_of
from tests.support.seated import DANA

NOW = datetime(2026, 9, 9, 8, tzinfo=UTC)
BOBS = MemberProfile(about="I cycle <!here> & أحب الشاي", hope="Courage\nand calm", offer="Tea")
UNREADABLE = MemberProfile(is_readable=False)


def test_the_forms(golden: Golden) -> None:
    contact = "Dial 5555"

    golden("profile_form_mentee", views.form(BOB, MemberProfile(), crisis_contact=contact))
    golden("profile_form_mentor", views.form(ALICE, BOBS, crisis_contact=None))
    golden("profile_form_lost", views.form(ALICE, UNREADABLE, crisis_contact=contact))
    golden("profile_saved", views.saved(BOB, BOBS))
    golden("profile_wishes_form", views.wishes_form(BOB, ["U0ALICE"]))
    then = views.COUNTS_LATER
    golden("profile_wishes_saved", views.wishes_saved(["U0ALICE", "U0PETE"], then=then))
    golden("profile_no_wishes_saved", views.wishes_saved([], then=then))


def test_home_and_the_people_of_a_group(golden: Golden) -> None:
    todo = ToDo(kind="write_profile", weight=Weight.IS_DUE, since=NOW)
    people = (
        PersonShown(member=ALICE, role=Role.MENTOR, profile=UNREADABLE),
        PersonShown(member=BOB, role=Role.MENTEE, profile=BOBS),
        PersonShown(
            member=replace(DANA, interests=()), role=Role.PEER_MENTOR, profile=MemberProfile()
        ),
    )
    line = views.write_profile(todo)
    golden(
        "profile_home",
        ui.home(
            [
                ui.section(line.sentence, accessory=line.button),
                *views.prepared(3, 9),
                *views.settings(),
            ]
        ),
    )
    golden("profile_people", views.people_form(PeopleShown(group=GROUP, people=people), page=0))


@pytest.mark.parametrize("sign", ["&", "x", "🩺", "\n", "ا "])
def test_the_longest_words_of_a_full_group_are_shown_whole_and_fit(sign: str) -> None:
    text = (sign * MOST_CHARS)[:MOST_CHARS].strip() or "x"
    long = replace(ALICE, interests=("i" * 60,) * 12, languages=("l" * 60,) * 12)
    words = MemberProfile(about=text, hope=text, offer=text)
    people = (PersonShown(member=long, role=Role.MENTEE, profile=words),) * 20
    shown = PeopleShown(group=GROUP, people=people)

    pages = [views.people_form(shown, page=page) for page in range(4)]

    assert [problems_of(view) for view in pages] == [[]] * 4
    assert all(len(json.dumps(view)) < 250_000 for view in pages)
    assert views.people_form(shown, page=9_999) == pages[-1]
    if sign == "x":
        assert sum(str(view).count("x" * MOST_CHARS) for view in pages) == 60
