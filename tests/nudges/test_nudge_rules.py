from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.ids import MemberId, WorkspaceId
from bot.nudges.rules import (
    Asked,
    Mentee,
    Met,
    NudgeId,
    Rung,
    Sending,
    Shared,
    Turn,
    is_out_of_date,
    lines_of,
    next_question,
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


def test_what_was_shared_comes_in_its_order() -> None:
    later = Shared(name="Bob", member_id=BOB.id, shared_at=NOW, with_group=False)
    earlier = replace(later, shared_at=NOW - DAY)

    nudge = this_weeks(SENDING, mentees=[BOB], shared=[later, earlier], met=[], until=NOW, now=NOW)

    assert nudge.shared == (earlier, later)


@given(sizes=st.lists(st.integers(1, 12), min_size=1, max_size=6), weeks=st.integers(1, 60))
def test_every_mentee_has_a_turn_and_no_question_returns_early(
    sizes: list[int], weeks: int
) -> None:
    stages = {MemberId(f"m{n}"): level(f"L{n}", size) for n, size in enumerate(sizes)}
    asked: list[Asked] = []

    for _ in range(weeks):
        chosen = next_question(stages, asked)
        assert chosen is not None
        asked.insert(0, chosen)

    for member, stage in stages.items():
        theirs = [each.text for each in asked if each.member_id == member]
        assert abs(len(theirs) - weeks / len(stages)) <= 1
        size = len(stage.mentor_questions)
        for at in range(len(theirs) - size + 1):
            assert set(theirs[at : at + size]) == set(stage.mentor_questions)


@given(questions=st.integers(9, 12), mentees=st.integers(1, 9), changes=st.lists(st.booleans()))
def test_no_question_of_one_stage_returns_within_eight_weeks_whoever_comes_and_goes(
    questions: int, mentees: int, changes: list[bool]
) -> None:
    here = [MemberId(f"m{n}") for n in range(mentees)]
    asked: list[Asked] = []

    for someone_comes in [*changes, *[True] * 20]:
        here = [*here, MemberId(f"m{len(here)}")] if someone_comes else here[:1]
        chosen = next_question(dict.fromkeys(here, level("Knows", questions)), asked)
        assert chosen is not None
        assert chosen.text not in [each.text for each in asked[:8]]
        asked.insert(0, chosen)


def test_nobody_who_is_away_or_gone_or_at_another_stage_is_asked_about() -> None:
    sending = replace(SENDING, asked_about=BOB.id, question="Knows 0?")
    elsewhere = replace(BOB, stage=level("Does"))

    def question(*mentees: Mentee) -> object:
        return this_weeks(sending, mentees=mentees, shared=[], met=[], until=NOW, now=NOW).question

    assert question(BOB) is not None
    assert question(replace(BOB, is_away=True)) is None
    assert question(elsewhere) is None
    assert question() is None
    assert next_question({BOB.id: level("L", 0)}, []) is None


def test_somebody_is_quiet_after_three_asks_and_a_group_after_four_weeks() -> None:
    asked = replace(BOB, unanswered=3)
    once = replace(BOB, name="Asked twice", unanswered=2)
    away = replace(BOB, name="Away", unanswered=9, is_away=True)
    met = [Met("Long ago", None, 6), Met("Lately", date(2026, 9, 14), 3)]

    nudge = this_weeks(SENDING, mentees=[away, once, asked], shared=[], met=met, until=NOW, now=NOW)

    assert [(one.name, one.member_id) for one in nudge.quiet] == [("Bob", BOB.id)]
    assert [each.group_name for each in nudge.unmet] == ["Long ago"]
    assert nudge.rung is Rung.SUGGEST_A_TIME
    assert not nudge.is_calm


@pytest.mark.parametrize(
    ("weeks", "rung"),
    [
        (0, Rung.NONE),
        (3, Rung.NONE),
        (4, Rung.SHORT_ONE_COUNTS),
        (6, Rung.SUGGEST_A_TIME),
        (8, Rung.ASK_FOR_HELP),
        (30, Rung.ASK_FOR_HELP),
    ],
)
def test_what_is_offered_goes_up_with_the_weeks_without_a_meeting(weeks: int, rung: Rung) -> None:
    met = [Met("Group 1", None, weeks)]

    nudge = this_weeks(SENDING, mentees=[BOB], shared=[], met=met, until=NOW, now=NOW)

    assert nudge.rung is rung
    assert nudge.is_calm is (rung is Rung.NONE)


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


def test_a_message_gives_way_to_a_later_one_and_to_the_next_week() -> None:
    snoozed = replace(SENDING, comes_at=NOW + DAY)

    assert is_out_of_date(snoozed, NOW)
    assert not is_out_of_date(snoozed, NOW + DAY)
    assert is_out_of_date(replace(SENDING, put_off=True), NOW)
    assert not is_out_of_date(SENDING, NOW)


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
