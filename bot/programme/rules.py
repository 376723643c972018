"""Say when a programme asks for something: its pulse, what it uses, and its quiet hours."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.programme.model import Programme, Use, is_left_out, monday_of_week, uses, week_of
from bot.schedule.calendar import Calendar
from bot.schedule.model import Weekly
from bot.schedule.rules import occurs_at, zone

QUIET_HOURS: Mapping[str, str] = {
    "0-0": "None",
    "18-8": "18:00 to 08:00",
    "20-8": "20:00 to 08:00",
    "20-7": "20:00 to 07:00",
    "22-6": "22:00 to 06:00",
}


def pulses_of(programme: Programme, calendar: Calendar) -> Iterator[tuple[int, datetime]]:
    """List the weeks in which the pulse opens, and when: to the first after the programme's end."""
    template, tz = programme.template, zone(programme.timezone)
    every = template.pulse_every_weeks
    for week in range(template.pulse_first_week, programme.weeks + 1 + every, every):
        if is_left_out(programme, week):
            continue
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


def with_uses(
    programme: Programme, uses: Collection[Use], *, weeks: Mapping[Use, int], now: datetime
) -> Programme:
    """Let a programme have `uses` and nothing else of what it may do without.

    What it has already keeps its first week. What is new begins in its week of `weeks`, and this
    week if that has passed or is not said.
    """
    kept, this_week = dict(programme.template.uses), week_of(programme, now)
    chosen = tuple(
        (use, kept.get(use, max(this_week, weeks.get(use, this_week))))
        for use in Use
        if use in uses
    )
    return replace(programme, template=replace(programme.template, uses=chosen))


def asked_at(programme: Programme) -> list[tuple[str, time]]:
    """List what a programme sends at a time of its own, and when, in local time."""
    template = programme.template
    found = [("The pulse opens", template.pulse_time)]
    if uses(programme, Use.CHECKINS):
        found.insert(0, ("Check-ins are asked for", template.checkin_time))
    if uses(programme, Use.NUDGES):
        found.append(("Mentors get their week", template.nudge_time))
    return found


def hours_word(programme: Programme) -> str:
    """Write a programme's quiet hours as a choice of the form."""
    return f"{programme.quiet_from.hour}-{programme.quiet_until.hour}"


def hours_of(programme: Programme) -> str:
    """Write a programme's quiet hours in words."""
    return QUIET_HOURS.get(hours_word(programme), "as chosen")
