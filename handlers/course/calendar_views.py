"""The calendar of a programme, week by week."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.kernel.clock import local_date
from bot.kernel.words import WEEKDAYS, agree, day_and_month, listed, plural, weekday_and_day
from bot.people.model import Role
from bot.programme.model import (
    Programme,
    ProgrammeState,
    is_counted,
    is_left_out,
    last_day,
    milestones_for,
    monday_of_week,
    week_of,
)
from bot.programme.rules import pulses_of
from bot.schedule.calendar import Calendar
from handlers import blocks as ui
from handlers.blocks import Block, View, escape
from handlers.course import words

WEEKS_ON_A_PAGE = 8


def calendar_page(programme: Programme, calendar: Calendar, *, page: int, now: datetime) -> View:
    """Show weeks of the programme: dates, what mentees and mentors are about, pulses, days off."""
    first = 1 + page * WEEKS_ON_A_PAGE
    weeks = range(first, min(programme.weeks, first + WEEKS_ON_A_PAGE - 1) + 1)
    pulses = {week: at for week, at in pulses_of(programme, calendar) if week in weeks}
    blocks = [
        ui.section(
            f"*{escape(programme.name)}*, {weekday_and_day(programme.starts_on)} to "
            f"{weekday_and_day(last_day(programme))}: {plural(programme.weeks, 'week')}."
        )
    ]
    left_out = [f"{week}" for week in weeks if is_left_out(programme, week)]
    if left_out:
        said = f"{agree(len(left_out), 'Week')} {listed(left_out)} left out: all comes earlier."
        blocks.append(ui.context(said))
    for week in (one for one in weeks if str(one) not in left_out):
        blocks += _week(programme, calendar, week, pulses.get(week), now=now)
    return ui.modal(
        callback_id="course.calendar",
        title="The calendar",
        blocks=[*blocks, *_turn(programme, page)],
    )


def _week(
    programme: Programme,
    calendar: Calendar,
    week: int,
    pulse_at: datetime | None,
    *,
    now: datetime,
) -> list[Block]:
    monday = monday_of_week(programme, week)
    is_this = programme.state is ProgrammeState.RUNNING and week == week_of(programme, now)
    head = f"*Week {week}*, from {day_and_month(monday)}{' (this week)' if is_this else ''}"
    said = [head]
    for who, role in (("Mentees", Role.MENTEE), ("Mentors", Role.MENTOR)):
        if found := milestones_for(programme, role, week):
            said.append(f"*{who}:* {escape(' '.join(one.text for one in found))}")
    begins = [words.USES[use] for use, first in programme.template.uses if first == week]
    if begins:
        said.append(f"*New:* {', '.join(begins)}")
    if pulse_at is not None:
        said.append(f"*The pulse opens* on {_local_day(programme, pulse_at)}")
    off = [
        f"{WEEKDAYS[day.weekday()]}: {escape(calendar.day_off(day) or '')}"
        for day in (date.fromordinal(monday.toordinal() + number) for number in range(5))
        if calendar.is_off(day)
    ]
    if off:
        said.append(f"*Days off:* {', '.join(off)}")
    return [*_not_counted(programme, calendar, monday), ui.section("\n".join(said))]


def _not_counted(programme: Programme, calendar: Calendar, monday: date) -> list[Block]:
    """Say which weeks before this one have no number."""
    before, free = date.fromordinal(monday.toordinal() - 7), []
    while not is_counted(programme, before):
        free.append(before)
        before = date.fromordinal(before.toordinal() - 7)
    if not free:
        return []
    why = "a break" if calendar.is_off(free[-1]) else "the calendar is shifted"
    return [
        ui.context(
            f"{plural(len(free), 'week')} from {day_and_month(free[-1])} not counted: {why}."
        )
    ]


def _local_day(programme: Programme, at: datetime) -> str:
    return weekday_and_day(local_date(at, programme.timezone))


def _turn(programme: Programme, page: int) -> Sequence[Block]:
    last = (programme.weeks - 1) // WEEKS_ON_A_PAGE
    turns = [("Earlier weeks", page - 1), ("Later weeks", page + 1)]
    buttons = [
        ui.button(label, f"course.calendar:{to}", value=f"{to} {programme.id}")
        for label, to in turns
        if 0 <= to <= last
    ]
    return [ui.actions(*buttons)] if buttons else []
