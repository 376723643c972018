from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.ids import MemberId, WorkspaceId
from bot.nudges.rules import (
    Mentee,
    NudgeId,
    Sending,
    Shared,
    Turn,
    lines_of,
    question_for,
    this_weeks,
    tomorrow,
    turn_of,
    week_of,
)
from bot.schedule.model import Rhythm
from bot.stages.model import Level

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def level(name: str, questions: int = 4) -> Level:
    return Level(
        name=name,
        summary="",
        lenses=(),
        mentor_questions=tuple(f"{name} {n}?" for n in range(questions)),
    )


BOB = Mentee(
    id=MemberId("bob"),
    name="Bob",
    stage=level("Knows"),
    last_checkin_at=None,
    asked_at=None,
    next_at=None,
    is_away=False,
)
SENDING = Sending(
    id=NudgeId("nudge"),
    workspace_id=WorkspaceId("T1"),
    mentor_id=MemberId("alice"),
    week_on=date(2026, 10, 5),
    due_at=NOW,
    shared_since=None,
)


@pytest.mark.parametrize(
    ("mentee", "turn"),
    [
        (replace(BOB, is_away=True, next_at=NOW), Turn.AWAY),
        (replace(BOB, next_at=NOW + DAY), Turn.DUE),
        (replace(BOB, next_at=NOW + 8 * DAY), Turn.LATER),
        (BOB, Turn.LATER),
        (replace(BOB, asked_at=NOW, next_at=NOW + 2 * WEEK), Turn.DUE),
        (replace(BOB, asked_at=NOW - DAY, next_at=NOW + 2 * WEEK), Turn.DUE),
        (replace(BOB, asked_at=NOW - 3 * DAY, next_at=NOW + 11 * DAY), Turn.WAITING),
        (replace(BOB, asked_at=NOW - 7 * DAY, next_at=NOW), Turn.WAITING),
        (
            replace(BOB, asked_at=NOW - WEEK, last_checkin_at=NOW - DAY, next_at=NOW + WEEK),
            Turn.WRITTEN,
        ),
        (
            replace(BOB, asked_at=NOW - WEEK, last_checkin_at=NOW - 9 * DAY, next_at=NOW + WEEK),
            Turn.WAITING,
        ),
        (
            replace(BOB, asked_at=NOW - 6 * DAY, last_checkin_at=NOW - DAY, next_at=NOW + DAY),
            Turn.DUE,
        ),
        (replace(BOB, last_checkin_at=NOW - 90 * DAY), Turn.WRITTEN),
    ],
)
def test_dates_alone_decide_where_a_mentee_stands(mentee: Mentee, turn: Turn) -> None:
    assert turn_of(mentee, now=NOW) is turn


def test_lines_go_from_who_is_due_to_who_is_away_each_by_name() -> None:
    mentees = [
        replace(BOB, name="zoe", next_at=NOW + DAY),
        replace(BOB, name="Away", is_away=True),
        replace(BOB, name="Adam", next_at=NOW + DAY),
        replace(BOB, name="Wait", asked_at=NOW - 4 * DAY, next_at=NOW + 10 * DAY),
    ]

    lines = lines_of(mentees, now=NOW)

    assert [line.name for line in lines] == ["Adam", "zoe", "Wait", "Away"]
    assert lines[0].at == NOW + DAY
    assert lines[2].at == NOW - 4 * DAY
    assert lines[3].at is None


def test_a_mentor_without_mentees_gets_nothing() -> None:
    nudge = this_weeks(SENDING, mentees=[], shared=[], met=[], until=NOW, now=NOW)

    assert nudge is None


def test_what_was_shared_comes_in_its_order() -> None:
    later = Shared(name="Bob", shared_at=NOW, with_group=False)
    earlier = replace(later, shared_at=NOW - DAY)

    nudge = this_weeks(SENDING, mentees=[BOB], shared=[later, earlier], met=[], until=NOW, now=NOW)

    assert nudge is not None
    assert nudge.shared == (earlier, later)


@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=6),
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_every_mentee_has_a_turn_and_no_question_returns_early(
    sizes: list[int], start: date
) -> None:
    mentees = [
        replace(BOB, id=MemberId(f"m{n}"), name=f"M{n}", stage=level(f"L{n}", size))
        for n, size in enumerate(sizes)
    ]
    monday = start - timedelta(days=start.weekday())

    asked = [
        question_for(mentees, week_on=monday + n * WEEK) for n in range(len(sizes) * max(sizes))
    ]

    for mentee in mentees:
        theirs = [each.text for each in asked if each and each.name == mentee.name]
        questions = mentee.stage.mentor_questions
        assert len(theirs) == max(sizes)
        for at in range(len(theirs) - len(questions) + 1):
            assert set(theirs[at : at + len(questions)]) == set(questions)


def test_nobody_who_is_away_is_asked_about() -> None:
    away = replace(BOB, is_away=True)

    assert question_for([away], week_on=date(2026, 10, 5)) is None
    assert question_for([replace(BOB, stage=level("L", 0))], week_on=date(2026, 10, 5)) is None


@pytest.mark.parametrize(
    ("at", "tz", "monday"),
    [
        (datetime(2026, 10, 5, 8, tzinfo=UTC), "Europe/London", date(2026, 10, 5)),
        (datetime(2026, 10, 4, 23, 30, tzinfo=UTC), "Europe/London", date(2026, 10, 5)),
        (datetime(2026, 10, 5, 3, tzinfo=UTC), "America/New_York", date(2026, 9, 28)),
        (datetime(2026, 10, 11, 20, tzinfo=UTC), "Pacific/Auckland", date(2026, 10, 12)),
    ],
)
def test_a_week_is_the_mentors_own(at: datetime, tz: str, monday: date) -> None:
    assert week_of(at, tz) == monday


def test_a_nudge_snoozed_before_days_off_is_left_to_the_next_week() -> None:
    friday, weekend_too = datetime(2026, 10, 9, 12, tzinfo=UTC), frozenset(range(7))

    assert tomorrow(friday, tz="Europe/London", at=time(9)) is None
    works_on = Rhythm(working_days=weekend_too)
    assert tomorrow(friday, tz="Europe/London", at=time(9), rhythm=works_on) == datetime(
        2026, 10, 10, 8, tzinfo=UTC
    )


def test_a_snoozed_nudge_waits_for_the_end_of_the_quiet_hours() -> None:
    late = Rhythm(quiet_from=time(20), quiet_until=time(11))

    assert tomorrow(NOW, tz="Europe/London", at=time(9), rhythm=late) == datetime(
        2026, 10, 6, 10, tzinfo=UTC
    )


def test_tomorrow_is_a_local_morning_and_never_the_next_nudges() -> None:
    nine = time(9)

    assert tomorrow(NOW, tz="America/New_York", at=nine) == datetime(2026, 10, 6, 13, tzinfo=UTC)
    thursday_before_the_clocks_change = datetime(2026, 3, 26, 12, tzinfo=UTC)
    assert tomorrow(thursday_before_the_clocks_change, tz="Asia/Gaza", at=nine) == datetime(
        2026, 3, 27, 7, tzinfo=UTC
    )
    assert tomorrow(datetime(2026, 10, 11, 12, tzinfo=UTC), tz="Europe/London", at=nine) is None
