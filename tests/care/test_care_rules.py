"""When a concern goes on, to whom, and how long it is kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care import rules
from bot.care.model import Concern, ConcernId, NextStep, Route
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.schedule.rules import instant_of

DANA, EVE, OTHER = MemberId("dana"), MemberId("eve"), MemberId("other")
BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 9, 4, 14, tzinfo=UTC)
NOW = FRIDAY
DAY = timedelta(days=1)
ASKED = Concern(
    id=ConcernId("c"),
    workspace_id=WorkspaceId("T0CAIRN"),
    programme_id=None,
    to_id=DANA,
    deputy_id=EVE,
    asked_at=NOW,
    due_at=NOW + timedelta(hours=24),
    asked_last_at=NOW,
    by=SlackUserId("U0BOB"),
)


def a_working_day(day: date) -> bool:
    return day.weekday() < 5


def test_a_weekend_does_not_count() -> None:
    due = rules.after_working_hours(FRIDAY, 24, tz=BERLIN, is_working=a_working_day)

    assert due == datetime(2026, 9, 7, 14, tzinfo=UTC)  # Monday, at the same time


def test_two_working_days_later_the_clocks_show_the_same() -> None:
    before = datetime(2026, 10, 23, 12, tzinfo=UTC)  # the Friday before clocks go back

    due = rules.after_working_hours(before, 48, tz=BERLIN, is_working=a_working_day)

    assert due == datetime(2026, 10, 27, 13, tzinfo=UTC)


@given(
    start=st.integers(0, 6 * 365 * 24 * 60).map(
        lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    hours=st.integers(1, 96),
    days=st.sets(st.integers(0, 6)),
    tz=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]),
)
def test_exactly_so_many_working_hours_pass(
    start: datetime, hours: int, days: set[int], tz: str
) -> None:
    zone = ZoneInfo(tz)
    due = rules.after_working_hours(
        start, hours, tz=zone, is_working=lambda day: day.weekday() in days
    )

    assert due >= start + timedelta(hours=hours)
    assert due <= start + timedelta(hours=hours, days=61)
    worked, at = timedelta(), start
    while at < due:
        day = at.astimezone(zone).date()
        end = min(due, instant_of(day + timedelta(days=1), datetime.min.time(), zone))
        worked += end - at if day.weekday() in days else timedelta()
        at = end
    assert worked == timedelta(hours=hours) or not days


@pytest.mark.parametrize(
    ("barred", "ways"),
    [
        (set(), [Route(DANA, EVE), Route(DANA, None), Route(EVE, None)]),
        ({DANA}, [Route(EVE, None)]),
        ({EVE}, [Route(DANA, None)]),
        ({DANA, EVE}, []),
        ({OTHER}, [Route(DANA, EVE), Route(DANA, None), Route(EVE, None)]),
    ],
)
def test_who_is_barred_is_asked_neither_first_nor_later(
    barred: set[MemberId], ways: list[Route]
) -> None:
    assert rules.routes([DANA, EVE], barred=barred) == ways


LATE = ASKED.due_at
ESCALATED = replace(ASKED, deputy_asked_at=LATE, asked_last_at=LATE)
ALONE = replace(ASKED, deputy_id=None)


@pytest.mark.parametrize(
    ("concern", "reachable", "at", "step"),
    [
        (ASKED, {DANA, EVE}, NOW, NextStep.WAIT),
        (ASKED, {DANA, EVE}, LATE - timedelta(seconds=1), NextStep.WAIT),
        (ASKED, {DANA, EVE}, LATE, NextStep.ASK_DEPUTY),
        (ASKED, {EVE}, NOW, NextStep.ASK_DEPUTY),
        (ASKED, set(), NOW, NextStep.ASK_DEPUTY),
        (ESCALATED, {DANA, EVE}, LATE + timedelta(hours=23), NextStep.WAIT),
        (ESCALATED, {DANA, EVE}, LATE + timedelta(days=1), NextStep.ASK_AGAIN),
        (ALONE, {DANA}, LATE, NextStep.ASK_AGAIN),
        (ALONE, set(), NOW, NextStep.ASK_AGAIN),  # so that its author hears it at once
        (replace(ALONE, due_at=NOW), set(), NOW, NextStep.WAIT),
        (replace(ESCALATED, seen_at=NOW, seen_by=EVE), {DANA}, LATE, NextStep.WAIT),
        (replace(ASKED, solved_at=NOW), set(), LATE, NextStep.WAIT),
    ],
)
def test_the_next_step(
    concern: Concern, reachable: set[MemberId], at: datetime, step: NextStep
) -> None:
    again_at = concern.asked_last_at + DAY
    assert rules.next_step(concern, again_at=again_at, reachable=reachable, now=at) is step


@given(hours=st.lists(st.integers(0, 200), min_size=1, max_size=40).map(sorted))
def test_nothing_that_waits_is_ever_dropped(hours: list[int]) -> None:
    concern = ASKED
    for one in hours:
        now = NOW + timedelta(hours=one)
        again_at = concern.asked_last_at + DAY
        step = rules.next_step(concern, again_at=again_at, reachable={DANA, EVE}, now=now)
        concern = rules.stepped(concern, step, now=now)
        assert not rules.is_to_be_deleted(concern, now=now + timedelta(days=9_999))

    if hours[-1] >= 24:
        assert concern.deputy_asked_at is not None
        assert NOW + timedelta(hours=hours[-1]) - concern.asked_last_at < timedelta(days=1)


def test_when_the_one_who_has_it_is_gone_it_waits_again_and_is_late() -> None:
    seen = replace(ASKED, seen_by=DANA, seen_at=NOW)

    assert rules.let_fall(seen, present={DANA}, now=NOW) == seen
    fallen = rules.let_fall(seen, present={EVE}, now=NOW)

    assert fallen.is_waiting
    assert (
        rules.next_step(fallen, again_at=NOW + DAY, reachable={EVE}, now=NOW) is NextStep.ASK_DEPUTY
    )


@pytest.mark.parametrize(
    ("concern", "days", "gone"),
    [
        (replace(ASKED, solved_at=NOW), 29, False),
        (replace(ASKED, solved_at=NOW), 30, True),
        (replace(ASKED, closed_at=NOW), 3_000, False),
        (replace(ASKED, seen_by=DANA, seen_at=NOW), 3_000, False),
        (replace(ASKED, seen_by=DANA, seen_at=NOW, closed_at=NOW), 29, False),
        (replace(ASKED, seen_by=DANA, seen_at=NOW, closed_at=NOW), 30, True),
    ],
)
def test_how_long_it_is_kept(concern: Concern, days: int, *, gone: bool) -> None:
    at = NOW + timedelta(days=days)

    assert rules.is_to_be_deleted(concern, now=at) is gone
