"""What can be changed, its forms, the preview and the calendar, as a coordinator sees them."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.course.model import (
    CourseChange,
    NewChannel,
    NewContacts,
    NewFramework,
    NewShift,
    NewTimeOff,
    NewUses,
    course_of,
)
from bot.kernel.database import Database
from bot.kernel.ids import SlackUserId
from bot.kinds import ScheduleKind
from bot.people.profiles import Profile
from bot.programme.model import ProgrammeState, Shift, Use
from bot.schedule.calendar import ORDINARY, Break, Calendar
from config.catalogue import load_catalogue
from handlers.course import calendar_views, form_views, preview_views, time_off_views, views, words
from tests.course.under_way import NOW, TERM, UNDER_WAY, YEAR, begin, preview
from tests.support.cast import CAROL, HERE, PROGRAMME
from tests.support.golden import Golden
from tests.support.workspace import all_text

FRAMEWORKS = load_catalogue().frameworks
NAMES = {"miller_is": "Miller's pyramid", "rime": "Reporter to educator", "year_40": "A year"}
SHIFT = NewShift(day=date(2026, 10, 12), weeks=2)
WINTER = Break(date(2026, 11, 2), date(2026, 11, 15))
OFF = Calendar(country="GB", region="ENG", breaks=(WINTER,))
MADE = CourseChange(
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    number=3,
    by=CAROL.id,
    at=NOW,
    change=SHIFT,
    before=course_of(UNDER_WAY, ORDINARY),
    after=course_of(UNDER_WAY, ORDINARY),
    undo_until=NOW + timedelta(days=5),
)
NOW_IS = views.CourseNow(
    programme=UNDER_WAY,
    calendar=OFF,
    names=NAMES,
    next_pulse=date(2026, 10, 7),
    last=MADE,
    by="Carol <b>",
)
USES = NewUses(uses=(Use.CHECKINS, Use.STAGES, Use.NUDGES, Use.PEERS))
CONTACTS = NewContacts(
    crisis="Night line, 5555",
    concern="Dr Amsel, 5556",
    person=Profile(slack_user_id=SlackUserId("U0AMSEL"), name="Dr Amsel", timezone="Etc/UTC"),
    deputy=Profile(slack_user_id=SlackUserId("U0DEAN"), name="The dean", timezone="Etc/UTC"),
    hours=8,
)
CHANNEL = NewChannel(channel="C0NEW")
FACTS = form_views.FormFacts(
    programme=UNDER_WAY,
    today=date(2026, 9, 30),
    next_pulse=date(2026, 10, 7),
    templates=[YEAR, TERM],
    frameworks=[FRAMEWORKS["miller_is"], FRAMEWORKS["rime"]],
)


def test_the_list_of_what_can_be_changed(golden: Golden) -> None:
    golden("course_list", views.page(NOW_IS, now=NOW))
    draft = replace(UNDER_WAY, state=ProgrammeState.DRAFT)
    golden("course_list_draft", views.page(replace(NOW_IS, programme=draft, last=None), now=NOW))


@pytest.mark.parametrize(
    "what", ["start", "end", "shift", "checkins", "nudges", "pulses", "template", "framework"]
)
def test_the_forms(what: str, golden: Golden) -> None:
    shown = form_views.form(what, FACTS, metadata="[]")

    assert shown is not None
    assert "*Who sees this:*" in all_text(shown)
    golden(f"course_form_{what}", shown)


def test_days_off(golden: Golden) -> None:
    countries = {"DE": "Germany", "GB": "United Kingdom"}
    regions = {"ENG": "England", "SCT": "Scotland"}

    golden("course_time_off_form", time_off_views.form(PROGRAMME.id, OFF, countries=countries))
    nothing = time_off_views.form(PROGRAMME.id, ORDINARY, countries=countries, proposed="DE")
    golden("course_time_off_none", nothing)
    region = time_off_views.region_form(OFF, regions=regions, metadata="[]")
    golden("course_region_form", region)


def test_what_was_done(golden: Golden) -> None:
    golden("course_done", views.done(MADE, names=NAMES, now=NOW))
    golden("course_undone", views.undone(MADE, names=NAMES))
    golden(
        "course_meanwhile",
        views.changed_meanwhile(
            "Carol changed this programme after you had looked at it, so your change was not made.",
            MADE,
            "Nudges come on Thursdays at 09:00",
            names=NAMES,
            about=PROGRAMME.id,
        ),
    )


def test_the_calendar_week_by_week(golden: Golden) -> None:
    programme = replace(UNDER_WAY, template=TERM, breaks=(WINTER,))
    golden("course_calendar", calendar_views.calendar_page(programme, OFF, page=0, now=NOW))
    late = calendar_views.calendar_page(programme, OFF, page=1, now=NOW)
    assert "2 weeks from 2 November not counted: a break." in all_text(late)


async def test_the_preview_in_words_and_week_by_week(database: Database, golden: Golden) -> None:
    await begin(database)
    found = await preview(database, SHIFT)
    golden("course_preview", preview_views.preview(SHIFT, found, names=NAMES, metadata="[]"))
    other = NewFramework(framework_id="rime")
    found = await preview(database, other)
    shown = preview_views.preview(other, found, names=NAMES, metadata="[]")
    golden("course_preview_framework", shown)
    off = NewTimeOff(calendar=OFF)
    found = await preview(database, off)
    golden("course_preview_days_off", preview_views.preview(off, found, names=NAMES, metadata="[]"))


async def test_the_preview_of_what_members_meet(database: Database, golden: Golden) -> None:
    await begin(database, replace(UNDER_WAY, coordinator_channel="C0OLD"))
    for name, change in (("uses", USES), ("contacts", CONTACTS), ("channel", CHANNEL)):
        found = await preview(database, change)
        shown = preview_views.preview(change, found, names=NAMES, metadata="[]")
        golden(f"course_preview_{name}", shown)


def test_a_calendar_of_which_weeks_are_left_out(golden: Golden) -> None:
    programme = replace(UNDER_WAY, template=TERM, shifts=(Shift(date(2026, 10, 5), -2),))
    golden(
        "course_calendar_earlier",
        calendar_views.calendar_page(programme, ORDINARY, page=0, now=NOW),
    )


def test_every_kind_that_comes_has_a_name() -> None:
    assert set(words.KINDS) <= set(ScheduleKind)
    assert all(isinstance(one, datetime) for one in (NOW,))
