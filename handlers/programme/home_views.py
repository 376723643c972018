"""A programme as Home shows it to a coordinator: the steps to the first day, then how it goes."""

from collections.abc import Iterator
from datetime import datetime

from bot.kernel.words import WEEKDAYS, listed, plural, weekday_and_day
from bot.people.model import Role
from bot.programme.model import (
    Programme,
    ProgrammeState,
    SetUp,
    Template,
    Use,
    last_day,
    milestones_for,
    uses,
    week_of,
)
from bot.programme.rules import hours_of
from bot.stages.model import Framework
from handlers import blocks as ui
from handlers.blocks import Block, Element, escape
from handlers.programme.channel_views import channel_line
from handlers.programme.framework_views import framework_line
from handlers.programme.uses_views import uses_line
from handlers.programme.views import end_button

CHANGE_CONTACTS = "Change the crisis contact and the contact for concerns"
READ_TEXTS = "Read them: the code of conduct and the consent to research"
SET_APART = "Conflicts: who must not be matched"
CHANGE_TIMES = "Change the quiet hours, and how often things come"


def days_off_button(programme_id: str) -> Element:
    """Draw the button that opens the form of holidays and breaks."""
    return ui.button(
        "Holidays and breaks", "course.change:time_off", value=f"time_off {programme_id}"
    )


def _dates_buttons(programme_id: str) -> list[Element]:
    """Lead to days off, to the calendar with its weeks, and to all that can be changed."""
    return [
        days_off_button(programme_id),
        ui.button("The calendar", "course.calendar", value=f"0 {programme_id}"),
        ui.button("Change something", "course.open", value=programme_id),
    ]


def coordinator_home(
    programme: Programme | None,
    set_up: SetUp,
    *,
    framework: Framework | None,
    now: datetime,
) -> list[Block]:
    """Show the steps to the first day, or how a running programme is going."""
    if programme is not None and programme.state is ProgrammeState.RUNNING:
        return [*_under_way(programme, set_up), *_this_week(programme, now)]
    return list(_steps(programme, set_up, framework, now))


def _steps(
    programme: Programme | None, set_up: SetUp, framework: Framework | None, now: datetime
) -> Iterator[Block]:
    """Show where each step stands. What is to be done next stands above, with its button."""
    yield ui.section("*Eight steps to the first day.* You can leave and come back to each of them.")
    yield ui.section(
        f"*1. People and roles.* {_people(set_up)}",
        accessory=ui.button("People", "people.list", spoken="People, their roles and capacities")
        if set_up.people
        else None,
    )
    if programme is None:
        yield ui.section("*2. Programme.* To do: choose how long it runs and when.")
        yield _coordinators("3", set_up)
        yield ui.section(
            "*Steps 4 to 8* open once the programme is set up: contacts, texts, times, the code of "
            "conduct, groups."
        )
        return
    yield ui.section(
        f"*2. Programme.* {_dates(programme, now)}",
        accessory=ui.button("Change", "programme.edit", value=programme.id),
    )
    yield channel_line(programme)
    yield uses_line(programme)
    yield from framework_line(programme, framework)
    yield _coordinators("3", set_up)
    yield _contacts(programme)
    yield ui.section(
        f"*5. Texts.* {_texts(programme)}",
        accessory=ui.button("Read them", "programme.texts", value=programme.id, spoken=READ_TEXTS),
    )
    yield ui.section(
        f"*6. Times.* {_times(programme)}",
        accessory=ui.button("Change", "programme.hours", value=programme.id, spoken=CHANGE_TIMES),
    )
    yield ui.section(f"*7. Code of conduct.* {_acceptance(set_up)}", accessory=_ask(set_up))
    yield ui.section(
        "*8. Groups.* "
        + ("Done: approved." if set_up.groups else "To do, once people have accepted."),
        accessory=None
        if set_up.groups
        else ui.button(
            "Conflicts", "pairing.conflict", spoken="Conflicts: who must not be matched"
        ),
    )
    yield ui.actions(
        *_dates_buttons(programme.id), ui.button("What will everybody get?", "rehearsal.open")
    )


def _people(set_up: SetUp) -> str:
    """Say who is there, and what is missing for groups: somebody of a role, or seats."""
    if not set_up.people:
        return "To do: bring in who takes part."
    mentoring = set_up.mentors + set_up.peer_mentors
    takes = f", for up to {plural(set_up.capacity, 'mentee')}" if mentoring else ""
    if not mentoring or not set_up.mentees:
        missing = "mentees" if mentoring else "mentors"
        return f"{_count(set_up)} so far. Missing: {missing}."
    if set_up.capacity < set_up.mentees:
        without = plural(set_up.mentees - set_up.capacity, "mentee")
        return f"{_count(set_up)}{takes}. Missing: seats for {without}; raise a capacity."
    return f"Done: {_count(set_up)}{takes}."


def _dates(programme: Programme, now: datetime) -> str:
    said = (
        f"{escape(programme.name)}, {programme.weeks} weeks from "
        f"{weekday_and_day(programme.starts_on)} to {weekday_and_day(last_day(programme))}."
    )
    if week_of(programme, now) > 1:
        return f"{said} The week of the first day has passed: choose another day."
    return f"Done: {said}"


def _coordinators(number: str, set_up: SetUp) -> Block:
    """Show who answers: somebody alone is told what that means."""
    said = (
        f"Done: {set_up.coordinators} people, who stand in for each other."
        if set_up.coordinators > 1
        else "You alone: while you are away nobody answers. Name a second."
    )
    button = ui.button("Coordinators", "people.coordinators", spoken="Coordinators and deputies")
    return ui.section(f"*{number}. Coordinators.* {said}", accessory=button)


def _contacts(programme: Programme) -> Block:
    written = bool(programme.crisis_contact and programme.concern_contact)
    is_done = written and bool(programme.concern_person and programme.concern_deputy)
    change = ui.button("Change", "programme.contacts", value=programme.id, spoken=CHANGE_CONTACTS)
    said = (
        "Done: members can read both on their Home tab."
        if is_done
        else "To do: nothing starts without them and the people who hear of concerns."
    )
    return ui.section(f"*4. Contacts.* {said}", accessory=change if written else None)


def _texts(programme: Programme) -> str:
    conduct = "your own" if programme.conduct_text else "the usual"
    if not uses(programme, Use.RESEARCH):
        return f"Done: {conduct} code of conduct. Read it before others do."
    consent = "your own" if programme.consent_text else "the usual"
    return f"Done: {conduct} code of conduct, {consent} consent to research."


def _times(programme: Programme) -> str:
    """Say how often what comes, and when nothing does."""
    template, said = programme.template, []
    if uses(programme, Use.CHECKINS):
        often = _every(template.checkin_every_weeks)
        said.append(f"check-ins {often} {_at(template, 'checkin')}")
    if uses(programme, Use.NUDGES):
        said.append(f"mentors' week {_at(template, 'nudge')}")
    said.append(f"the pulse {_every(template.pulse_every_weeks)} {_at(template, 'pulse')}")
    return f"Done: {listed(said)}. Quiet hours: {hours_of(programme).lower()}."


def _every(weeks: int) -> str:
    return "every week" if weeks == 1 else f"every {weeks} weeks"


def _at(template: Template, what: str) -> str:
    weekday, at = getattr(template, f"{what}_weekday"), getattr(template, f"{what}_time")
    return f"on {WEEKDAYS[weekday]}s at {at:%H:%M}"


def _under_way(programme: Programme, set_up: SetUp) -> list[Block]:
    """Show who takes part, and where digests go; all that can be changed is one button away."""
    away = f", {set_up.away} of them away" if set_up.away else ""
    groups = f"; {plural(set_up.groups, 'group')}" if set_up.groups else ""
    ask = _ask(set_up)
    return [
        ui.section(f"{_count(set_up)} take part{away}{groups}."),
        *([ui.section(f"*Code of conduct.* {_acceptance(set_up)}", accessory=ask)] if ask else []),
        channel_line(programme),
        ui.actions(
            ui.button("People", "people.list"),
            ui.button("Change the contacts", "programme.contacts", value=programme.id),
            end_button(programme.id),
            *_dates_buttons(programme.id),
        ),
    ]


def _this_week(programme: Programme, now: datetime) -> list[Block]:
    """Say what the calendar has in this week for mentees and for mentors."""
    week = week_of(programme, now)
    said = [
        f"*{who}:* {escape(' '.join(one.text for one in found))}"
        for who, role in (("Mentees", Role.MENTEE), ("Mentors", Role.MENTOR))
        if (found := milestones_for(programme, role, week))
    ]
    return [ui.context("This week in the calendar", *said)] if said else []


def _count(set_up: SetUp) -> str:
    peers = [plural(set_up.peer_mentors, "peer-mentor")] if set_up.peer_mentors else []
    return listed([plural(set_up.mentors, "mentor"), *peers, plural(set_up.mentees, "mentee")])


def _acceptance(set_up: SetUp) -> str:
    if not set_up.people:
        return "Begins when people are in your list."
    done = "Done: " if not set_up.to_accept else ""
    return f"{done}{set_up.accepted} of {set_up.people} have accepted."


def _ask(set_up: SetUp) -> Element | None:
    if not set_up.to_accept:
        return None
    label = "Ask the others" if set_up.accepted else "Ask everybody"
    return ui.button(label, "people.invite", spoken=f"{label} to accept the code of conduct")
