"""Where a programme stands in its calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.kernel.errors import UserFacing
from bot.people.model import Role
from bot.programme import checks, model
from bot.programme.model import Milestone, ProgrammeState, template_from_snapshot, template_snapshot
from bot.schedule.calendar import Break
from config.catalogue import load_catalogue
from tests.support.cast import PROGRAMME, TEMPLATE


@pytest.mark.parametrize(
    ("now", "week"),
    [
        ("2026-09-06T22:59+00:00", 0),
        ("2026-09-06T23:00+00:00", 1),  # midnight in London
        ("2026-09-13T22:59+00:00", 1),
        ("2026-09-13T23:00+00:00", 2),
        ("2026-08-10T12:00+00:00", -3),
        ("2027-06-13T12:00+00:00", 40),
        ("2027-06-14T12:00+00:00", 41),
    ],
)
def test_weeks_are_counted_by_the_programmes_own_clocks(now: str, week: int) -> None:
    assert model.week_of(PROGRAMME, datetime.fromisoformat(now)) == week


def test_a_programme_that_starts_on_a_thursday_is_in_week_1_that_thursday_and_2_on_monday() -> None:
    thursday = replace(PROGRAMME, starts_on=date(2026, 9, 10))

    assert model.week_of(thursday, datetime(2026, 9, 10, 12, tzinfo=UTC)) == 1
    assert model.week_of(thursday, datetime(2026, 9, 14, 12, tzinfo=UTC)) == 2


@settings(deadline=None)  # a busy machine is no failure
@given(
    starts_on=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    days=st.integers(-400, 400),
    zone=st.sampled_from(["UTC", "Pacific/Apia", "America/St_Johns", "Europe/London"]),
)
def test_a_week_number_changes_on_mondays_and_by_one(starts_on: date, days: int, zone: str) -> None:
    programme = replace(PROGRAMME, starts_on=starts_on, timezone=zone)
    day = starts_on + timedelta(days=days)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))

    before, after = (model.week_of(programme, at) for at in (noon - timedelta(days=1), noon))

    assert after - before == (1 if day.weekday() == 0 else 0)


def test_a_week_that_is_a_break_is_not_counted_and_the_end_moves() -> None:
    fortnight = Break(date(2026, 12, 19), date(2027, 1, 3))
    few_days = Break(date(2026, 10, 7), date(2026, 10, 9))
    rested = replace(PROGRAMME, breaks=(few_days, fortnight))

    weeks = [
        model.week_of(rested, datetime(2026, 12, 14, 12, tzinfo=UTC) + timedelta(weeks=number))
        for number in range(4)
    ]

    assert weeks == [15, 15, 15, 16]
    assert model.monday_of_week(rested, 16) == date(2027, 1, 4)
    assert model.last_day(rested) == model.last_day(PROGRAMME) + timedelta(weeks=2)


@settings(deadline=None)
@given(
    breaks=st.lists(
        st.tuples(st.integers(-20, 300), st.integers(0, 40)), max_size=4, unique_by=lambda b: b[0]
    ),
    week=st.integers(1, 60),
)
def test_each_week_begins_on_its_own_monday(breaks: list[tuple[int, int]], week: int) -> None:
    start = PROGRAMME.starts_on
    days = [start + timedelta(days=first) for first, _ in breaks]
    kept = tuple(
        Break(day, day + timedelta(days=more)) for day, (_, more) in zip(days, breaks, strict=True)
    )
    rested = replace(PROGRAMME, breaks=kept)

    monday = model.monday_of_week(rested, week)

    assert monday.weekday() == 0
    assert (
        model.week_of(rested, datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC))
        == week
    )
    before = datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC) - timedelta(days=1)
    assert model.week_of(rested, before) == week - 1


def test_a_programme_is_over_after_its_last_week() -> None:
    assert not model.is_over(PROGRAMME, datetime(2027, 6, 13, 12, tzinfo=UTC))
    assert model.is_over(PROGRAMME, datetime(2027, 6, 14, 12, tzinfo=UTC))


def test_milestones_are_those_of_the_role_and_the_week() -> None:
    def texts(role: Role, week: int) -> list[str]:
        return [one.text for one in model.milestones_for(PROGRAMME, role, week)]

    assert texts(Role.MENTEE, 1) == texts(Role.MENTEE, 2) == ["Meet your group."]
    assert texts(Role.MENTOR, 0) == ["Plan the first meeting."]
    assert texts(Role.MENTEE, 3) == texts(Role.COORDINATOR, 1) == []


def test_the_milestone_that_ends_first_comes_first() -> None:
    long, short = (
        Milestone(audience=Role.MENTEE, first_week=1, last_week=last, text=str(last))
        for last in (9, 3)
    )
    programme = replace(PROGRAMME, template=replace(TEMPLATE, milestones=(long, short)))

    assert model.milestones_for(programme, Role.MENTEE, 2) == (short, long)


@pytest.mark.parametrize("missing", ["crisis_contact", "concern_contact"])
@pytest.mark.parametrize("nothing", [None, ""])
def test_a_programme_without_both_contacts_may_not_start(missing: str, nothing: str | None) -> None:
    with pytest.raises(UserFacing, match="Name a crisis contact"):
        checks.must_be_startable(replace(PROGRAMME, **{missing: nothing}))  # type: ignore[arg-type]


def test_a_closed_programme_may_not_start_again() -> None:
    with pytest.raises(UserFacing, match="closed"):
        checks.must_be_startable(replace(PROGRAMME, state=ProgrammeState.CLOSED))
    checks.must_be_startable(replace(PROGRAMME, state=ProgrammeState.DRAFT))


def test_names_contacts_zones_and_starts_are_checked() -> None:
    today = date(2026, 9, 2)

    assert checks.checked_name("  Mentoring \n 2026 ") == "Mentoring 2026"
    assert checks.checked_contact(" Dr Okafor \n") == "Dr Okafor"
    assert checks.checked_zone("Europe/London") == "Europe/London"
    assert checks.checked_start(today, today=today) == today
    for refused in (
        lambda: checks.checked_name(" "),
        lambda: checks.checked_name("x" * 76),
        lambda: checks.checked_contact("\n"),
        lambda: checks.checked_contact("x" * 301),
        lambda: checks.checked_zone("London"),
        lambda: checks.checked_start(date(2028, 1, 1), today=today),
    ):
        with pytest.raises(UserFacing):
            refused()


def test_a_template_survives_being_kept() -> None:
    for template in (TEMPLATE, *load_catalogue().templates.values()):
        assert template_from_snapshot(template_snapshot(template)) == template
