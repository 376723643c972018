"""The list of what a coordinator can change about a programme, and what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.course.model import CourseChange
from bot.kernel.words import plural, weekday_and_day
from bot.programme.model import Programme, ProgrammeState, last_day
from bot.schedule.calendar import Calendar
from handlers import blocks as ui
from handlers.blocks import Block, View, escape
from handlers.course import words

TITLE = "Change something"


def tool(programme: Programme) -> list[Block]:
    """Lead from *Tools* to all that can be changed."""
    button = ui.button(TITLE, "course.open", value=programme.id)
    calendar = ui.button("The calendar", "course.calendar", value=f"0 {programme.id}")
    return [
        ui.section(
            "*Change something.* Dates, holidays, how often things come, the template, and people: "
            "you see what it does before it is done.",
            accessory=button,
        ),
        ui.section(
            "*Week by week.* Dates, what mentees and mentors get, pulses and days off.",
            accessory=calendar,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseNow:
    """How a programme is now, and its last change, made `by` somebody of this name."""

    programme: Programme
    calendar: Calendar
    names: Mapping[str, str]
    next_pulse: date | None
    last: CourseChange | None = None
    by: str | None = None


def page(is_now: CourseNow, *, now: datetime) -> View:
    """List what can be changed, each with how it is now, and ask for a person."""
    programme, last = is_now.programme, is_now.last
    first = f"*{escape(programme.name)}.* You see what a change does before it is done."
    return ui.modal(
        callback_id="course.page",
        title=TITLE,
        submit="Next",
        close="Close",
        metadata=programme.id,
        blocks=[
            ui.section(first),
            *(_line(*one, programme) for one in [*_of_dates(is_now), *_of_cadence(is_now)]),
            *_elsewhere(programme),
            *(_undo_line(last, is_now, now=now) if last else []),
            ui.divider(),
            ui.field(
                "person",
                "Somebody's break or capacity, or take them out",
                ui.person_field("course.choose"),
                hint="Next shows how it is, and what a change would do.",
            ),
            ui.context("*Who sees this:* coordinators. Members notice only what comes of it."),
        ],
    )


Line = tuple[str, str, str]
"""The name of a form, how it is called on the page, and how things are now."""


def _of_dates(is_now: CourseNow) -> list[Line]:
    programme = is_now.programme
    shifted = sum(one.weeks for one in programme.shifts)
    lines = [
        ("end", "End", f"{weekday_and_day(last_day(programme))}, after {_weeks(programme)}"),
        ("time_off", "Holidays and breaks", words.said_days_off(is_now.calendar)),
    ]
    if programme.state is ProgrammeState.DRAFT:
        return [("start", "First day", weekday_and_day(programme.starts_on)), *lines]
    later = "later" if shifted > 0 else "earlier"
    so_far = f"by {plural(abs(shifted), 'week')} {later} so far" if shifted else "not so far"
    return [*lines, ("shift", "Shift the calendar", so_far)]


def _of_cadence(is_now: CourseNow) -> list[Line]:
    programme, template = is_now.programme, is_now.programme.template
    often = words.every(template.checkin_every_weeks)
    asked = words.at_time(template.checkin_weekday, template.checkin_time)
    day = is_now.next_pulse
    opens = "none opens any more" if day is None else f"next on {weekday_and_day(day)}"
    framework = is_now.names.get(programme.framework_id, "missing from Cairn's files")
    return [
        ("checkins", "Check-ins", f"{often} {asked}"),
        ("nudges", "Nudges", words.at_time(template.nudge_weekday, template.nudge_time)),
        ("pulses", "Pulse", f"{words.every(template.pulse_every_weeks)}, {opens}"),
        ("template", "Template", is_now.names.get(template.id, template.name)),
        ("framework", "Framework", framework),
    ]


def _weeks(programme: Programme) -> str:
    return plural(programme.weeks, "week")


def _line(what: str, label: str, now_is: str, programme: Programme) -> Block:
    spoken = f"Change: {label}"
    button = ui.button(
        "Change", f"course.change:{what}", value=f"{what} {programme.id}", spoken=spoken
    )
    return ui.section(f"*{label}:* {escape(now_is)}.", accessory=button)


def _elsewhere(programme: Programme) -> list[Block]:
    """Lead to what is asked in the same forms before the start."""
    named = [("What it uses", "uses"), ("Contacts", "contacts"), ("Channel for digests", "channel")]
    buttons = [
        ui.button(label, f"programme.{action}", value=programme.id) for label, action in named
    ]
    return [
        ui.actions(
            *buttons,
            ui.button("The calendar", "course.calendar", value=f"0 {programme.id}"),
        )
    ]


def _undo_line(last: CourseChange, is_now: CourseNow, *, now: datetime) -> list[Block]:
    who = f", by {escape(is_now.by)}" if is_now.by else ""
    said = f"*The last change{who}:* {escape(words.said_change(last.change, is_now.names))}."
    if now >= last.undo_until:
        return [ui.context(f"{said} What follows from it has come, so it cannot be undone.")]
    return [ui.section(said, accessory=undo_button(last))]


def undo_button(made: CourseChange) -> ui.Element:
    """Draw the button that undoes a change."""
    return ui.button("Undo", "course.undo", value=f"{made.number} {made.programme_id}")


def done(made: CourseChange, *, names: Mapping[str, str], now: datetime) -> View:
    """Say that a change was made, and until when it can be undone."""
    blocks = [ui.section(f"*Done.* {escape(words.said_change(made.change, names))}.")]
    if now < made.undo_until:
        until = f"You can undo it until {ui.when(made.undo_until)}, before anything comes of it."
        blocks.append(ui.section(until, accessory=undo_button(made)))
    return _result(
        callback_id="course.done", title="Changed", blocks=blocks, about=made.programme_id
    )


def undone(made: CourseChange, *, names: Mapping[str, str]) -> View:
    """Say that a change was undone."""
    said = f"*Undone.* All is as it was before: {escape(words.said_change(made.change, names))}."
    return _result(
        callback_id="course.undone",
        title="Undone",
        blocks=[ui.section(said)],
        about=made.programme_id,
    )


def changed_meanwhile(
    sentence: str, other: CourseChange | None, mine: str, *, names: Mapping[str, str], about: str
) -> View:
    """Say that somebody else was first, with both changes."""
    theirs = escape(words.said_change(other.change, names)) if other else "something of it"
    both = f"*Theirs, which counts:* {theirs}.\n*Yours, not made:* {escape(mine)}."
    blocks = [ui.section(escape(sentence)), ui.section(both)]
    return _result(
        callback_id="course.meanwhile", title="Changed meanwhile", blocks=blocks, about=about
    )


def _result(*, callback_id: str, title: str, blocks: Sequence[Block], about: str) -> View:
    again = ui.actions(ui.button("See how it is now", "course.open", value=about))
    return ui.modal(callback_id=callback_id, title=title, blocks=[*blocks, again])
