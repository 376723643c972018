"""What meetings look like, letter by letter."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.kernel.ids import GroupId, MemberId
from bot.meetings.model import (
    GroupMeetings,
    Length,
    Meeting,
    MeetingId,
    Mode,
    PlanId,
    PlannedMeeting,
    PlanState,
)
from bot.meetings.rules import TimeChoice
from handlers import blocks as ui
from handlers.blocks import AgendaLine, button
from handlers.meetings import form_views, page_views, views
from handlers.meetings.form_views import MetForm
from tests.support.cast import ALICE, BOB, GROUP, HERE, PROGRAMME
from tests.support.golden import Golden
from tests.support.seated import DANA

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
TIMES = {n: NOW + timedelta(days=n + 1) for n in range(3)}
NAME = "Group <1>"
OFFERED = PlannedMeeting(
    id=PlanId("plan_1"),
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    group_id=GROUP.id,
    minutes=45,
    state=PlanState.OFFERED,
    offered_by=ALICE.id,
    offered_at=NOW,
    changed_at=NOW,
    times=TIMES,
    answers={BOB.id: {0: True, 1: False}},
)
FIXED = replace(OFFERED, state=PlanState.FIXED, starts_at=TIMES[0], times={}, answers={})
HELD = Meeting(
    id=MeetingId("meeting_1"),
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    group_id=GROUP.id,
    held_on=date(2026, 10, 1),
    mode=Mode.VIDEO,
    length=Length.FROM_30_TO_60,
    minutes=45,
    mentees=frozenset({BOB.id}),
    mentors=frozenset({ALICE.id}),
    recorded_by=ALICE.id,
    recorded_at=NOW,
)
NAMES = {BOB.id: "Bob & Co", DANA.id: "Dana"}


def seen(**more: Any) -> GroupMeetings:
    its: dict[str, Any] = {
        "group_id": GROUP.id,
        "name": NAME,
        "mentees": frozenset({BOB.id, DANA.id}),
        "is_mentor": False,
        "plans": [FIXED],
        "last": HELD,
    }
    return GroupMeetings(**its | more)


def met_form(*groups: str, **more: Any) -> Any:
    mentees = [("m1", "Bob"), ("m2", "Dana")]
    mentors = [("a1", "Alice"), ("a2", "Eve")] if more else [("a1", "Alice")]
    found = [(GroupId(one), f"Group {one}", mentees, mentors) for one in groups]
    return form_views.met_form(MetForm(found, today=date(2026, 10, 5), **more))


def test_the_form_for_we_met(golden: Golden) -> None:
    golden("nudge_met_form", met_form("1"))
    golden("nudge_met_form_two_groups", met_form("1", "2"))
    golden("meeting_happened", met_form("1", plan_id="plan_1", minutes=45))
    chosen = frozenset({MemberId("m1")})
    wrong = met_form("1", meeting_id="meeting_1", chosen=chosen, minutes=50, is_objected=True)
    golden("meeting_correct", wrong)


def test_what_is_said_when_something_is_noted(golden: Golden) -> None:
    golden("nudge_met_saved", form_views.met_saved(date(2026, 10, 5), ["Bob & Co", "Dana"]))
    golden("meeting_missed", form_views.missed("group_one"))


def test_home_of_a_mentee_and_of_a_mentor(golden: Golden) -> None:
    golden("meeting_home_mentee", ui.home(views.home([seen()], BOB, NOW)))
    golden("meeting_home_not_there", ui.home(views.home([seen()], DANA, NOW)))
    mentor = views.home([seen(is_mentor=True, last=None)], ALICE, NOW)
    golden("meeting_home_mentor", ui.home(mentor))
    waits = [seen(is_mentor=True, last=None, plans=[replace(OFFERED, answers={})])]
    golden("meeting_home_offered", ui.home(views.home(waits, ALICE, NOW)))
    whole = replace(OFFERED, answers={BOB.id: dict.fromkeys(TIMES, True)})
    offered = [seen(last=None, plans=[whole])]
    answered, asked = (str(views.home(offered, one, NOW)) for one in (BOB, DANA))
    assert "You have answered" in answered
    assert "meeting.answer" in asked
    assert "meeting.answer" not in answered
    assert "When can you?" in asked
    objected = seen(last=replace(HELD, objecting=frozenset({BOB.id})), plans=[])
    golden("meeting_home_objected", ui.home(views.home([objected, seen()], BOB, NOW)))


def test_the_messages_about_a_planned_meeting(golden: Golden) -> None:
    golden("meeting_offer", views.offer(OFFERED, NAME, NOW, reader=BOB.id))
    golden("meeting_fixed", views.fixed(FIXED, NAME))
    golden("meeting_called_off", views.called_off(FIXED, NAME))
    golden("meeting_agenda_ready", views.agenda_ready(FIXED, NAME))


def test_the_forms_of_a_planned_meeting(golden: Golden) -> None:
    groups = [("group_one", "Group 1"), ("group_two", "Group 2")]
    tomorrow = date(2026, 10, 6)
    find = form_views.find_form(groups, chosen="group_one", tomorrow=tomorrow)
    golden("meeting_find", find)
    choices = [TimeChoice(at) for at in TIMES.values()]
    golden("meeting_times", form_views.times_form(choices, minutes=45, tz=LONDON, metadata="{}"))
    golden("meeting_no_times", form_views.times_form([], minutes=45, tz=LONDON, metadata="{}"))
    offered = views.offer(OFFERED, NAME, NOW, reader=BOB.id)
    golden("meeting_answer", form_views.answer_form(offered))
    golden("meeting_fix", form_views.fix_form(OFFERED, NAMES, now=NOW, tz=LONDON))
    lines = [AgendaLine("*Shared with you*", 3, button("Read", "checkin.week")), AgendaLine("Ask")]
    golden("meeting_agenda", page_views.agenda(FIXED, NAME, lines))
    golden("meeting_agenda_empty", page_views.agenda(FIXED, NAME, []))


def test_the_pages(golden: Golden) -> None:
    mentors = seen(is_mentor=True, plans=[OFFERED, FIXED])
    golden("meeting_page", page_views.page([mentors], [HELD], NOW))
    golden(
        "meeting_log",
        page_views.log(["date", "2026-10-01"], minutes=105, url="https://x.example/1"),
    )
    golden("meeting_log_empty", page_views.log(["date"], minutes=0, url=None))
    golden("meeting_calendar", page_views.calendar(made_on=None))
    golden("meeting_calendar_made", page_views.calendar(made_on=None, url="https://x.example/1"))
    golden("meeting_calendar_kept", page_views.calendar(made_on=date(2026, 10, 5)))


def test_how_good_the_times_are_is_said_and_nobody_is_named() -> None:
    said = [
        form_views.quality(choices)
        for choices in (
            [TimeChoice(NOW)],
            [TimeChoice(NOW, strained=1)],
            [TimeChoice(NOW, unsuited=2)],
            [],
        )
    ]

    assert len(set(said)) == 4
    assert "everybody's working hours" in said[0]
    assert "early or late for somebody" in said[1]
    assert "No time in these two weeks suits everybody" in said[2]


def test_every_length_and_mode_of_a_meeting_has_a_name() -> None:
    assert set(views.LENGTHS) == set(Length)
    assert set(views.MODES) == set(Mode)
