"""Decide what a change makes of a programme, and which changes cannot be."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from bot.course import model
from bot.course.model import Change, Course, course_of, course_snapshot
from bot.kernel.clock import local_date, monday_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.kernel.words import full_date, plural
from bot.programme.checks import HOURS, checked_contact, checked_start
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
from bot.programme.rules import asked_at, hours_of, with_uses
from bot.schedule.calendar import Break, Calendar, checked
from bot.schedule.rules import is_quiet_hour
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
    """The facts that a change is decided by; `pulse_free_on` is when the next pulse may open.

    `accounts` are the members whom new contacts name.
    """

    programme: Programme
    calendar: Calendar
    catalogued: Catalogued
    now: datetime
    pulse_free_on: date | None = None
    accounts: Mapping[SlackUserId, MemberId] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return local_date(self.now, self.programme.timezone)


def changed(known: Known, change: Change) -> Course:
    """Say how the programme is after a change. Raises UserFacing for one that cannot be."""
    programme, calendar = known.programme, known.calendar
    if programme.state is ProgrammeState.CLOSED:
        raise UserFacing("This programme is closed and stays as it was. Create a new one.")
    if isinstance(change, model.NewTimeOff):
        calendar = _time_off(known, change)
    else:
        programme = _BY_KIND[type(change)](known, change)
        _must_be_heard(known.programme, programme)
    wanted = course_of(programme, calendar)
    if wanted == course_of(known.programme, known.calendar):
        raise UserFacing(NOTHING)
    return wanted


def _must_be_heard(before: Programme, after: Programme) -> None:
    """Refuse a new time in the programme's own quiet hours: what is asked then would wait."""
    for said, at in asked_at(after):
        if (said, at) not in asked_at(before) and is_quiet_hour(at, after.usual_hours):
            raise UserFacing(
                f"{said} at {at:%H:%M}, which lies in the quiet hours of this programme, "
                f"{hours_of(after)}. Choose another time, or other quiet hours first: on Home."
            )


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
        crisis_contact=course.contacts.crisis,
        concern_contact=course.contacts.concern,
        concern_person=course.contacts.person,
        concern_deputy=course.contacts.deputy,
        concern_hours=course.contacts.hours,
        coordinator_channel=course.channel,
        channel_confirmed=course.channel_confirmed,
    )


def token_of(course: Course) -> str:
    """Write what was read as a word, which is another as soon as anything of it changes."""
    text = json.dumps(course_snapshot(course), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _starts(known: Known, change: model.NewStart) -> Programme:
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


def _nudged(known: Known, change: model.NewNudges) -> Programme:
    _must_be_weekday(change.weekday)
    template = known.programme.template
    changed_template = replace(template, nudge_weekday=change.weekday, nudge_time=change.at)
    return replace(known.programme, template=changed_template)


def _of_framework(known: Known, change: model.NewFramework) -> Programme:
    if change.framework_id not in known.catalogued.frameworks:
        raise UserFacing("This framework is not there any more. Choose another.")
    return replace(known.programme, framework_id=change.framework_id)


def _ends(known: Known, change: model.NewEnd) -> Programme:
    programme = known.programme
    if change.last_day < programme.starts_on:
        raise UserFacing("This is before the first day. Choose a later one.")
    if change.last_day < known.today:
        raise UserFacing(
            "This day has passed. Choose today or a later day; to end it for good, close the "
            "programme."
        )
    is_near = change.last_day <= programme.starts_on + timedelta(weeks=2 * MOST_WEEKS)
    weeks = week_on(programme, change.last_day) if is_near else 0
    if not 1 <= weeks <= MOST_WEEKS:
        raise UserFacing(f"A programme lasts at most {MOST_WEEKS} weeks. Choose an earlier day.")
    return replace(programme, weeks=weeks)


def _shifted(known: Known, change: model.NewShift) -> Programme:
    programme, monday = known.programme, monday_of(change.day)
    if not 1 <= abs(change.weeks) <= MOST_SHIFT_WEEKS:
        raise UserFacing(f"Shift the calendar by 1 to {MOST_SHIFT_WEEKS} weeks at once.")
    if monday <= known.today or monday <= programme.starts_on:
        raise UserFacing(
            "This week has begun. Choose a day in a later week, from which on everything comes "
            "later or earlier."
        )
    if monday > last_day(programme):
        raise UserFacing(
            f"This is after the last day, {full_date(last_day(programme))}. To let the programme "
            "last longer, change its end."
        )
    if change.weeks < 0:
        return _earlier(known, monday, -change.weeks)
    shifts = _shifts_with(programme.shifts, monday, change.weeks)
    if sum(one.weeks for one in shifts) > MOST_WEEKS:
        raise UserFacing(f"The calendar can be shifted by {MOST_WEEKS} weeks in all. Choose fewer.")
    return replace(programme, shifts=shifts)


def _earlier(known: Known, monday: date, weeks: int) -> Programme:
    """Let the week of `monday` come earlier: take shifts back, and leave out what lies between."""
    programme, to = known.programme, monday - timedelta(weeks=weeks)
    if to <= known.today or to <= programme.starts_on:
        raise UserFacing(
            f"All would come from the week of {full_date(to)} on, which has begun or passed, and "
            "what has been stays as it was. Choose fewer weeks, or a later week."
        )
    if not is_counted(programme, monday):
        raise UserFacing(
            f"The week of {full_date(monday)} is not counted in the calendar. Choose the week "
            "from which on all is to come earlier."
        )
    shifts, with_breaks = programme.shifts, replace(programme, shifts=())
    for day in (to + timedelta(weeks=number) for number in range(weeks)):
        if is_counted(with_breaks, day) and not is_counted(programme, day):
            last = max(one for one in shifts if one.weeks > 0 and one.monday <= day)
            shifts = _shifts_with(shifts, last.monday, -1)
    lessened = replace(programme, shifts=shifts)
    left_out = week_on(programme, monday) - week_on(lessened, to)
    if not is_counted(lessened, to):
        raise UserFacing(
            f"The week of {full_date(to)} is a break, so nothing can come earlier there. Choose "
            "another number of weeks."
        )
    return replace(programme, shifts=_shifts_with(shifts, to, -left_out))


def _shifts_with(shifts: Iterable[Shift], monday: date, weeks: int) -> tuple[Shift, ...]:
    """Add weeks to the shift of a Monday, which is none with 0."""
    total = Counter({one.monday: one.weeks for one in shifts})
    total[monday] += weeks
    return tuple(Shift(day, count) for day, count in sorted(total.items()) if count)


def _time_off(known: Known, change: model.NewTimeOff) -> Calendar:
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


def _asked(known: Known, change: model.NewCheckins) -> Programme:
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


def _with_pulses(known: Known, change: model.NewPulses) -> Programme:
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


def _of_template(known: Known, change: model.NewTemplate) -> Programme:
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


def _using(known: Known, change: model.NewUses) -> Programme:
    if set(change.uses) == {use for use, _ in known.programme.template.uses}:
        raise UserFacing(NOTHING)
    of_template = known.catalogued.templates.get(known.programme.template.id)
    weeks = dict(of_template.uses) if of_template else {}
    return with_uses(known.programme, change.uses, weeks=weeks, now=known.now)


def _reached_by(known: Known, change: model.NewContacts) -> Programme:
    person, deputy = change.person.slack_user_id, change.deputy.slack_user_id
    if person == deputy:
        raise UserFacing("The contact person and the deputy must be two people.")
    if change.hours not in HOURS:
        raise UserFacing("Choose after how many hours the deputy is asked.")
    return replace(
        known.programme,
        crisis_contact=checked_contact(change.crisis),
        concern_contact=checked_contact(change.concern),
        concern_person=known.accounts.get(person),
        concern_deputy=known.accounts.get(deputy),
        concern_hours=change.hours,
    )


def _writing_to(known: Known, change: model.NewChannel) -> Programme:
    return replace(
        known.programme,
        coordinator_channel=change.channel,
        channel_confirmed=change.confirmed or None,
    )


_BY_KIND: Mapping[type[Change], Callable[[Known, Any], Programme]] = {
    model.NewStart: _starts,
    model.NewEnd: _ends,
    model.NewShift: _shifted,
    model.NewCheckins: _asked,
    model.NewNudges: _nudged,
    model.NewPulses: _with_pulses,
    model.NewTemplate: _of_template,
    model.NewFramework: _of_framework,
    model.NewUses: _using,
    model.NewContacts: _reached_by,
    model.NewChannel: _writing_to,
}
