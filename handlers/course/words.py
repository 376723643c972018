"""The words for changes of a programme, and for what comes of it."""

from collections.abc import Mapping
from datetime import date, time

from bot.course.model import (
    Change,
    NewCheckins,
    NewEnd,
    NewFramework,
    NewNudges,
    NewPulses,
    NewShift,
    NewStart,
    NewTemplate,
    NewTimeOff,
)
from bot.course.rules import said_break
from bot.kernel.words import WEEKDAYS, listed, plural, weekday_and_day
from bot.kinds import ScheduleKind
from bot.programme.model import Use
from bot.schedule.calendar import Calendar

KINDS: Mapping[str, tuple[str, str, str]] = {
    ScheduleKind.CHECKIN_PROMPT: ("check-in", "check-ins", "Check-ins"),
    ScheduleKind.MENTOR_NUDGE: ("nudge", "nudges", "Nudges"),
    ScheduleKind.PULSE_OPEN: ("pulse opens", "", "The pulse"),
    ScheduleKind.PULSE_REMINDER: ("pulse reminder", "", "The reminder of the pulse"),
    ScheduleKind.PULSE_CLOSE: ("pulse closes", "", "The close of the pulse"),
    ScheduleKind.MEETING_AGENDA: (
        "agenda of a meeting",
        "agendas of meetings",
        "Agendas of meetings",
    ),
}
"""How one and many of what comes are called, and at the beginning of a sentence.

Of what comes to the programme as a whole there is only one.
"""
USES: Mapping[Use, str] = {
    Use.PROFILE: "profiles",
    Use.CHECKINS: "check-ins",
    Use.STAGES: "stages",
    Use.GOALS: "goals",
    Use.COMPASS: "the compass",
    Use.AGREEMENTS: "agreements",
    Use.MEETINGS: "meetings",
    Use.NUDGES: "nudges",
    Use.RELATIONSHIP: "how the relationship is",
    Use.COMMUNITY: "the charter and peer-mentors",
    Use.CLOSING: "the closing",
}


def every(weeks: int) -> str:
    """Write how often something comes."""
    return "every week" if weeks == 1 else f"every {weeks} weeks"


def at_time(weekday: int, at: time) -> str:
    """Write a weekday and a time."""
    return f"on {WEEKDAYS[weekday]}s at {at:%H:%M}"


def on_day(day: date | None) -> str:
    """Write a day, or that there is none."""
    return "not any more" if day is None else f"on {weekday_and_day(day)}"


def said_change(change: Change, names: Mapping[str, str]) -> str:
    """Write what a change does; `names` are those of templates and frameworks by their ids."""
    match change:
        case NewStart():
            return f"The first day is {weekday_and_day(change.starts_on)}"
        case NewEnd():
            return f"The programme ends with the week of {weekday_and_day(change.last_day)}"
        case NewShift():
            later = plural(change.weeks, "week")
            return f"From the week of {weekday_and_day(change.day)} on, all comes {later} later"
        case NewTimeOff():
            return f"Holidays and breaks: {said_days_off(change.calendar)}"
    return _said_cadence(change, names)


def _said_cadence(change: Change, names: Mapping[str, str]) -> str:
    match change:
        case NewCheckins():
            often = every(change.every_weeks)
            return f"Check-ins come {often} {at_time(change.weekday, change.at)}"
        case NewNudges():
            return f"Nudges come {at_time(change.weekday, change.at)}"
        case NewPulses():
            often = every(change.every_weeks)
            return f"The pulse opens {often}, next on {weekday_and_day(change.next_on)}"
        case NewTemplate():
            return f"The template is {names.get(change.template_id, change.template_id)}"
        case NewFramework():
            return f"The framework is {names.get(change.framework_id, change.framework_id)}"
        case _:
            raise TypeError(f"{type(change).__name__} is not a change with words")


def said_days_off(calendar: Calendar) -> str:
    """Write a workspace's days off."""
    where = f"{calendar.country}{f', {calendar.region}' if calendar.region else ''}"
    holidays = f"public holidays of {where}" if calendar.country else "no public holidays"
    breaks = listed(said_break(one) for one in calendar.breaks)
    return f"{holidays}; {f'breaks {breaks}' if breaks else 'no breaks'}"
