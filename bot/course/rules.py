"""Decide what a change makes of a programme, and which changes cannot be."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from bot.course.model import (
    Change,
    Course,
    NewCheckins,
    NewEnd,
    NewFramework,
    NewNudges,
    NewPulses,
    NewShift,
    NewStart,
    NewTemplate,
    NewTimeOff,
    course_of,
    course_snapshot,
)
from bot.kernel.clock import local_date, monday_of
from bot.kernel.errors import UserFacing
from bot.kernel.words import full_date, plural
from bot.programme.checks import checked_start
from bot.programme.model import (
    MOST_WEEKS,
    Programme,
    ProgrammeState,
    Shift,
    Template,
    is_counted,
    last_day,
    week_of,
    week_on,
)
from bot.schedule.calendar import Break, Calendar, checked
from bot.stages.model import Framework

MOST_SHIFT_WEEKS = 12
MOST_CADENCE_WEEKS = 12
NOTHING = "This is how it is already, so nothing would change. Choose something else."


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogued:
    """The templates and frameworks that there are, by id."""

    templates: Mapping[str, Template] = field(default_factory=dict)
    frameworks: Mapping[str, Framework] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The facts that a change is decided by; `pulse_free_on` is when the next pulse may open."""

    programme: Programme
    calendar: Calendar
    catalogued: Catalogued
    now: datetime
    pulse_free_on: date | None = None

    @property
    def today(self) -> date:
        return local_date(self.now, self.programme.timezone)


def changed(known: Known, change: Change) -> Course:
    """Say how the programme is after a change. Raises UserFacing for one that cannot be."""
    programme, calendar = known.programme, known.calendar
    if programme.state is ProgrammeState.CLOSED:
        raise UserFacing("This programme is closed and stays as it was. Create a new one.")
    if isinstance(change, NewTimeOff):
        calendar = _time_off(known, change)
    else:
        programme = _BY_KIND[type(change)](known, change)
    wanted = course_of(programme, calendar)
    if wanted == course_of(known.programme, known.calendar):
        raise UserFacing(NOTHING)
    return wanted


def with_course(programme: Programme, course: Course) -> Programme:
    """Give the programme as it is by this course."""
    return replace(
        programme,
        starts_on=course.starts_on,
        weeks=course.weeks,
        framework_id=course.framework_id,
        template=course.template,
        template_id=course.template.id,
        shifts=course.shifts,
        breaks=course.calendar.breaks if course.calendar.moves else (),
    )


def token_of(course: Course) -> str:
    """Write what was read as a word, which is another as soon as anything of it changes."""
    text = json.dumps(course_snapshot(course), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _starts(known: Known, change: NewStart) -> Programme:
    if known.programme.state is not ProgrammeState.DRAFT:
        raise UserFacing(
            "This programme has begun, so its first day stays. To let what comes come later, "
            "shift the calendar."
        )
    if change.starts_on < monday_of(known.today):
        raise UserFacing(
            "This week has passed. Choose a first day in this week or later: weeks of the "
            "calendar that lie in the past would never come."
        )
    return replace(
        known.programme, starts_on=checked_start(change.starts_on, today=known.today), shifts=()
    )


def _nudged(known: Known, change: NewNudges) -> Programme:
    _must_be_weekday(change.weekday)
    template = known.programme.template
    changed_template = replace(template, nudge_weekday=change.weekday, nudge_time=change.at)
    return replace(known.programme, template=changed_template)


def _of_framework(known: Known, change: NewFramework) -> Programme:
    if change.framework_id not in known.catalogued.frameworks:
        raise UserFacing("This framework is not there any more. Choose another.")
    return replace(known.programme, framework_id=change.framework_id)


def _ends(known: Known, change: NewEnd) -> Programme:
    programme = known.programme
    if change.last_day < programme.starts_on:
        raise UserFacing("This is before the first day. Choose a later one.")
    if change.last_day < known.today:
        raise UserFacing(
            "This day has passed. Choose today or a later day; to end it for good, close the "
            "programme."
        )
    if change.last_day > programme.starts_on + timedelta(weeks=2 * MOST_WEEKS):
        raise UserFacing(f"A programme lasts at most {MOST_WEEKS} weeks. Choose an earlier day.")
    weeks = week_on(programme, change.last_day)
    return replace(programme, weeks=_checked_weeks(weeks))


def _checked_weeks(weeks: int) -> int:
    if not 1 <= weeks <= MOST_WEEKS:
        raise UserFacing(f"A programme lasts at most {MOST_WEEKS} weeks. Choose an earlier day.")
    return weeks


def _shifted(known: Known, change: NewShift) -> Programme:
    programme, monday = known.programme, monday_of(change.day)
    if not 1 <= change.weeks <= MOST_SHIFT_WEEKS:
        raise UserFacing(f"Shift the calendar by 1 to {MOST_SHIFT_WEEKS} weeks at once.")
    if monday <= known.today or monday <= programme.starts_on:
        raise UserFacing(
            "This week has begun. Choose a day in a later week, from which on everything comes "
            "later."
        )
    if monday > last_day(programme):
        raise UserFacing(
            f"This is after the last day, {full_date(last_day(programme))}. To let the programme "
            "last longer, change its end."
        )
    before = {one.monday: one.weeks for one in programme.shifts}
    total = before | {monday: before.get(monday, 0) + change.weeks}
    if sum(total.values()) > MOST_WEEKS:
        raise UserFacing(f"The calendar can be shifted by {MOST_WEEKS} weeks in all. Choose fewer.")
    shifts = tuple(Shift(day, weeks) for day, weeks in sorted(total.items()))
    return replace(programme, shifts=shifts)


def _time_off(known: Known, change: NewTimeOff) -> Calendar:
    programme, wanted = known.programme, change.calendar
    try:
        checked(wanted)
    except ValueError:
        raise UserFacing("Choose the country, the region and the breaks anew.") from None
    breaks = sorted(wanted.breaks)
    for one, following in pairwise(breaks):
        if following.first <= one.last:
            raise UserFacing(
                f"Two breaks overlap: {said_break(one)}, and {said_break(following)}. Make one of "
                "them, from the first day to the last."
            )
    for one in set(breaks) - set(known.calendar.breaks):
        if one.last < known.today:
            raise UserFacing(f"The break {said_break(one)} has passed. Choose later days.")
        if one.first > last_day(programme):
            raise UserFacing(
                f"The break {said_break(one)} is after the last day of the programme, "
                f"{full_date(last_day(programme))}. Choose earlier days, or change the end first."
            )
    return replace(wanted, breaks=tuple(breaks))


def said_break(one: Break) -> str:
    """Write a break from its first day to its last."""
    return f"{full_date(one.first)} to {full_date(one.last)}"


def _asked(known: Known, change: NewCheckins) -> Programme:
    _must_be_weekday(change.weekday)
    _must_be_cadence(change.every_weeks)
    template = known.programme.template
    by_stage = () if change.alike else template.checkin_every_weeks_by_stage
    return replace(
        known.programme,
        template=replace(
            template,
            checkin_every_weeks=change.every_weeks,
            checkin_weekday=change.weekday,
            checkin_time=change.at,
            checkin_every_weeks_by_stage=by_stage,
        ),
    )


def _must_be_weekday(weekday: int) -> None:
    if not 0 <= weekday <= 6:
        raise UserFacing("Choose a weekday.")


def _must_be_cadence(weeks: int) -> None:
    if not 1 <= weeks <= MOST_CADENCE_WEEKS:
        raise UserFacing(f"Choose every 1 to {MOST_CADENCE_WEEKS} weeks.")


def _with_pulses(known: Known, change: NewPulses) -> Programme:
    programme, day = known.programme, change.next_on
    _must_be_cadence(change.every_weeks)
    if day < known.today:
        raise UserFacing("This day has passed. Choose a later one.")
    if day < programme.starts_on:
        raise UserFacing("This is before the first day of the programme. Choose a later one.")
    if day > last_day(programme):
        raise UserFacing(
            f"The programme ends before that, on {full_date(last_day(programme))}. Choose an "
            "earlier day, or change the end first."
        )
    if known.pulse_free_on is not None and day < known.pulse_free_on:
        raise UserFacing(
            "A pulse opens a week or more after the one before it has closed. Choose "
            f"{full_date(known.pulse_free_on)} or a later day."
        )
    if known.calendar.is_off(day):
        raise UserFacing(f"{full_date(day)} is a day off. Choose another day.")
    if not is_counted(programme, monday_of(day)):
        raise UserFacing(
            f"The week of {full_date(day)} is not counted in the calendar. Choose another week."
        )
    template = replace(
        programme.template,
        pulse_every_weeks=change.every_weeks,
        pulse_first_week=max(1, week_on(programme, day)),
        pulse_weekday=day.weekday(),
    )
    return replace(programme, template=template)


def _of_template(known: Known, change: NewTemplate) -> Programme:
    programme = known.programme
    template = known.catalogued.templates.get(change.template_id)
    if template is None:
        raise UserFacing("This template is not there any more. Choose another.")
    if template.id == programme.template.id and programme.state is not ProgrammeState.DRAFT:
        raise UserFacing(NOTHING)
    week = week_of(programme, known.now)
    if programme.state is ProgrammeState.RUNNING and template.weeks < week:
        raise UserFacing(
            f"{template.name} lasts {plural(template.weeks, 'week')}, and this programme is in "
            f"week {week} already. Choose a longer one, or change the end instead."
        )
    kept = replace(template, pulse_comments=programme.template.pulse_comments)
    return replace(programme, template=kept, template_id=template.id, weeks=template.weeks)


_BY_KIND: Mapping[type[Change], Callable[[Known, Any], Programme]] = {
    NewStart: _starts,
    NewEnd: _ends,
    NewShift: _shifted,
    NewCheckins: _asked,
    NewNudges: _nudged,
    NewPulses: _with_pulses,
    NewTemplate: _of_template,
    NewFramework: _of_framework,
}
