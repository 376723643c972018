"""How a programme is set up, started, run and closed, for coordinators."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.kernel.ports import Message
from bot.kernel.words import listed, plural, weekday_and_day
from bot.people.model import Role
from bot.programme.model import (
    MOST_NAME_CHARS,
    Programme,
    ProgrammeState,
    SetUp,
    Template,
    is_over,
    last_day,
    milestones_for,
    week_of,
)
from bot.stages.model import Framework
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape
from handlers.programme.channel_views import Ask, channel_fields, channel_line
from handlers.programme.framework_views import framework_line
from handlers.programme.uses_views import uses_line

WHO_SEES_PROGRAMME = (
    "*Who sees this:* every member sees the name and the dates. Digests go to the channel that you "
    "choose, and everybody in it reads them."
)
CHANGE_CONTACTS = "Change the crisis contact and the contact for concerns"


def programme_modal(
    templates: Sequence[Template],
    *,
    draft: Programme | None,
    first_day: date,
    ask: Ask | None = None,
) -> View:
    """Ask for a template, a name, the first day and the channel for digests."""
    lengths = "\n".join(
        f"• *{escape(one.name)}*: {escape(one.description)}" for one in templates[:10]
    )
    choices = [(one.id, one.name) for one in templates]
    starts_on = draft.starts_on if draft else first_day
    return ui.modal(
        callback_id="programme.form",
        title="The programme",
        blocks=[
            ui.field(
                "template",
                "Template",
                ui.radio(
                    "programme.template", choices, chosen=draft.template_id if draft else None
                ),
            ),
            ui.context(WHO_SEES_PROGRAMME),
            ui.context(lengths),
            ui.field(
                "name",
                "Name",
                ui.text_field(
                    "programme.name",
                    max_chars=MOST_NAME_CHARS,
                    initial=draft.name if draft else None,
                    placeholder="Mentoring 2026",
                ),
            ),
            ui.field(
                "starts_on",
                "First day",
                ui.date_field("programme.starts_on", initial=starts_on),
                hint="Its week counts as week 1, from Monday to Sunday.",
            ),
            *channel_fields(draft.coordinator_channel if draft else None, ask),
        ],
        submit="Save",
        close="Cancel",
        metadata=draft.id if draft else "",
    )


def end_button(programme_id: str, *, style: str | None = None) -> Element:
    """Draw the button that opens the form to extend or close a programme."""
    return ui.button("Extend or close", "programme.end", value=programme_id, style=style)


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


EXTEND, CLOSE = "extend", "close"
LONGER = (1, 2, 4, 6, 8, 12, 16, 26)
"""Weeks by which a programme may be extended at once."""


def end_form(programme: Programme, *, now: datetime) -> View:
    """Ask a coordinator whether a programme goes on or is closed."""
    last, was = weekday_and_day(last_day(programme)), "was" if is_over(programme, now) else "is"
    day = programme.closes_on if is_over(programme, now) else None
    weeks = [(str(one), plural(one, "week")) for one in LONGER]
    return ui.modal(
        callback_id="programme.end_form",
        title="Extend or close",
        submit="Continue",
        close="Not now",
        metadata=programme.id,
        blocks=[
            ui.field(
                "next",
                "What comes next?",
                ui.radio("next", [(EXTEND, "It goes on"), (CLOSE, "Close it for good")]),
            ),
            ui.context(
                "*Who sees this:* members read the goodbye, and nothing else of this.",
                f"The last day of {escape(programme.name)} {was} {last}. After it nobody is asked "
                "for check-ins, and mentors get no nudges."
                + (f" It closes by itself on {weekday_and_day(day)}." if day else ""),
            ),
            ui.section(
                "For another last day, earlier or later:",
                accessory=ui.button(
                    "Choose the last day", "course.change:end", value=f"end {programme.id}"
                ),
            ),
            ui.field(
                "weeks",
                "How much longer, if it goes on?",
                ui.select("weeks", weeks, placeholder="Weeks"),
                hint="You see what it does before it is done.",
                optional=True,
            ),
            ui.field(
                "sure",
                "If you close it",
                ui.checkboxes("sure", [("yes", "I know that it cannot be opened again")]),
                hint="An open pulse ends without a result. Everybody in the programme gets a short "
                "goodbye, and keeps what is their own on Home.",
                optional=True,
            ),
        ],
    )


def programme_ends(programme: Programme, *, now: datetime) -> Message:
    """Ask a coordinator what comes after the last week."""
    last = weekday_and_day(last_day(programme))
    name = escape(programme.name)
    said = (
        f"The last week of {name} has passed; check-ins and nudges have stopped."
        if is_over(programme, now)
        else f"This is the last week of {name}: it ends on {last}."
    )
    ask = "Does it go on for some weeks, or do you close it? Closing says goodbye to all."
    day = programme.closes_on if is_over(programme, now) else None
    else_ = f" If nobody does either, it closes by itself on {weekday_and_day(day)}." if day else ""
    text = f"{said} {ask}{else_}"
    report = ui.button("Make a report", "reports.open")
    return ui.paragraph(text, ui.actions(end_button(programme.id, style="primary"), report))


def goodbye(programme: Programme) -> Message:
    """Say goodbye to a member at the end of a programme."""
    text = (
        f"{escape(programme.name)} has come to its end. Thank you for taking part. You get no more "
        "messages for it, but one before your words are deleted. Until then they stay yours, on "
        "Cairn's Home tab, with the contacts and the year's results; your group's channel stays "
        "too, if you want to go on by yourselves."
    )
    return ui.paragraph(text)


def set_up_programme(_todo: ToDo) -> ToDoLine:
    """Ask a coordinator for a programme."""
    return ToDoLine(
        "Set up the programme: choose how long it runs and when.",
        ui.button("Set it up", "programme.edit", style="primary"),
    )


def name_contacts(todo: ToDo) -> ToDoLine:
    """Ask a coordinator for the contacts without which no programme starts."""
    return ToDoLine(
        "Name a crisis contact and who hears of concerns. The programme cannot start without them.",
        ui.button(
            "Name them",
            "programme.contacts",
            value=todo.about,
            style="primary",
            spoken="Name them: the crisis contact and the contact for concerns",
        ),
    )


def close_programme(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to extend or close a programme in its last week, and after it."""
    when = "has passed" if todo.count else "is this one"
    return ToDoLine(
        f"The last week of {escape(todo.what)} {when}. Say whether it goes on or is closed.",
        end_button(todo.about),
    )


def no_programme() -> list[Block]:
    """Tell a member that no programme is theirs at the moment."""
    return [
        ui.section(
            "No programme is running for you at the moment. You get a message here as soon as "
            "your group is formed; there is nothing you need to do until then."
        )
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
    return _steps(programme, set_up, framework)


def _steps(programme: Programme | None, set_up: SetUp, framework: Framework | None) -> list[Block]:
    """Show where each step stands. What is to be done next stands above, with its button."""
    blocks = [ui.section("*Five steps to the first day.* You can come back to each of them.")]
    if set_up.people:
        again = ui.button("People", "people.list")
        blocks.append(ui.section(f"*1. People.* Done: {_count(set_up)}.", accessory=again))
    else:
        blocks.append(ui.section("*1. People.* To do: bring in who takes part."))
    if programme is None:
        return [
            *blocks,
            ui.section("*2. Programme.* To do: choose how long it runs and when."),
            ui.section("*3. Contacts, 4. Code of conduct, 5. Groups* follow after that."),
        ]
    written = bool(programme.crisis_contact and programme.concern_contact)
    has_contacts = written and bool(programme.concern_person and programme.concern_deputy)
    change = ui.button("Change", "programme.contacts", value=programme.id, spoken=CHANGE_CONTACTS)
    return [
        *blocks,
        ui.section(
            f"*2. Programme.* Done: {escape(programme.name)}, {programme.weeks} weeks from "
            f"{weekday_and_day(programme.starts_on)} to {weekday_and_day(last_day(programme))}.",
            accessory=ui.button("Change", "programme.edit", value=programme.id),
        ),
        channel_line(programme),
        uses_line(programme),
        *framework_line(programme, framework),
        ui.section(
            f"*3. Contacts.* {_contacts(has_contacts)}",
            accessory=change if written else None,
        ),
        ui.section(f"*4. Code of conduct.* {_acceptance(set_up)}", accessory=_ask(set_up)),
        ui.section(
            "*5. Groups.* "
            + ("Done: approved." if set_up.groups else "To do, once people have accepted.")
        ),
        ui.actions(
            *_dates_buttons(programme.id),
            ui.button("Read the code of conduct", "people.conduct"),
            ui.button("What will everybody get?", "rehearsal.open"),
        ),
    ]


def _under_way(programme: Programme, set_up: SetUp) -> list[Block]:
    """Show who takes part, and where digests go; all that can be changed is one button away."""
    away = f", {set_up.away} of them away" if set_up.away else ""
    where = f" in {plural(set_up.groups, 'mentoring group')}" if set_up.groups else ""
    ask = _ask(set_up)
    return [
        ui.section(f"{_count(set_up)} take part{where}{away}."),
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


def _contacts(has_contacts: bool) -> str:
    if has_contacts:
        return "Done: members can read both on their Home tab."
    return "To do: the programme cannot start without them and the people who hear of concerns."


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


def first_monday_after(today: date) -> date:
    """Find the Monday a week or more from `today`: a likely first day."""
    return date.fromordinal(today.toordinal() + 14 - today.weekday())
