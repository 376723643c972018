"""The words for changes of a programme, and for what comes of it."""

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

from bot.course import model
from bot.course.model import Change
from bot.course.rules import said_break
from bot.kernel.words import WEEKDAYS, listed, plural, weekday_and_day
from bot.kinds import ScheduleKind
from bot.programme.model import Use
from bot.schedule.calendar import Calendar, country_names, region_names

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
    ScheduleKind.PEER_ROUNDS: ("peer round begins", "", "The next peer round"),
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
    Use.PEERS: "peer rounds",
    Use.CLOSING: "the closing",
    Use.RESEARCH: "consent to research",
}


def every(weeks: int) -> str:
    """Write how often something comes."""
    return "every week" if weeks == 1 else f"every {weeks} weeks"


def at_time(weekday: int, at: time) -> str:
    """Write a weekday and a time."""
    return f"on {WEEKDAYS[weekday]}s at {at:%H:%M}"


def said_change(change: Change, names: Mapping[str, str]) -> str:
    """Write what a change does; `names` are those of templates and frameworks by their ids."""
    return _SAID[type(change)](change, names)


def said_days_off(calendar: Calendar) -> str:
    """Write a workspace's days off."""
    country, region = calendar.country, calendar.region
    where = country_names().get(country, country)
    if region:
        where = f"{where}, {region_names(country).get(region, region)}"
    holidays = f"public holidays of {where}" if country else "no public holidays"
    breaks = listed(said_break(one) for one in calendar.breaks)
    return f"{holidays}; {f'breaks {breaks}' if breaks else 'no breaks'}"


def _shifted(change: model.NewShift) -> str:
    when = f"{plural(abs(change.weeks), 'week')} {'earlier' if change.weeks < 0 else 'later'}"
    return f"From the week of {weekday_and_day(change.day)} on, all comes {when}"


_SAID: Mapping[type[Change], Callable[[Any, Mapping[str, str]], str]] = {
    model.NewStart: lambda one, _: f"The first day is {weekday_and_day(one.starts_on)}",
    model.NewEnd: lambda one, _: (
        f"The programme ends with the week of {weekday_and_day(one.last_day)}"
    ),
    model.NewShift: lambda one, _: _shifted(one),
    model.NewTimeOff: lambda one, _: f"Holidays and breaks: {said_days_off(one.calendar)}",
    model.NewCheckins: lambda one, _: (
        f"Check-ins come {every(one.every_weeks)} {at_time(one.weekday, one.at)}"
    ),
    model.NewNudges: lambda one, _: f"Nudges come {at_time(one.weekday, one.at)}",
    model.NewPulses: lambda one, _: (
        f"The pulse opens {every(one.every_weeks)}, next on {weekday_and_day(one.next_on)}"
    ),
    model.NewTemplate: lambda one, names: (
        f"The template is {names.get(one.template_id, one.template_id)}"
    ),
    model.NewFramework: lambda one, names: (
        f"The framework is {names.get(one.framework_id, one.framework_id)}"
    ),
    model.NewUses: lambda one, _: (
        f"The programme uses {listed(USES[use] for use in one.uses) or 'the pulse alone'}"
    ),
    model.NewContacts: lambda *_: "The contacts are others",
    model.NewChannel: lambda *_: "Digests go to another channel",
}
