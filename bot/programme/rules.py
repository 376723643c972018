"""Say in which weeks of a programme its pulse opens, and when."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from bot.programme.model import Programme, monday_of_week
from bot.schedule.calendar import Calendar
from bot.schedule.model import Weekly
from bot.schedule.rules import occurs_at, zone


def pulses_of(programme: Programme, calendar: Calendar) -> Iterator[tuple[int, datetime]]:
    """List the weeks in which the pulse opens, and when: to the first after the programme's end."""
    template, tz = programme.template, zone(programme.timezone)
    every = template.pulse_every_weeks
    for week in range(template.pulse_first_week, programme.weeks + 1 + every, every):
        monday = monday_of_week(programme, week)
        rule = pulse_rule(programme, anchor=monday)
        at = occurs_at(rule, monday + timedelta(days=rule.weekday), tz, calendar)
        if at is not None:
            yield week, at


def pulse_rule(programme: Programme, *, anchor: date) -> Weekly:
    template = programme.template
    return Weekly(
        weekday=template.pulse_weekday,
        at=template.pulse_time,
        anchor=anchor,
        every_weeks=template.pulse_every_weeks,
    )
