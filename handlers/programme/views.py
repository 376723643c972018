"""How a programme is set up, started, run and closed, for coordinators."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.kernel.ports import Message
from bot.kernel.words import plural, weekday_and_day
from bot.programme.model import (
    MOST_NAME_CHARS,
    Programme,
    Template,
    is_over,
    last_day,
)
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape
from handlers.programme.channel_views import Ask, channel_fields

WHO_SEES_PROGRAMME = (
    "*Who sees this:* every member sees the name and the dates. Digests go to the channel that you "
    "choose, and everybody in it reads them."
)
TEMPLATE_IS_GONE = (
    ":warning: *The template of this draft is not in Cairn's files any more.* Choose another: what "
    "you changed about the draft is then set as that one says."
)


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
    fits = draft is None or draft.template_id in dict(choices)
    starts_on = draft.starts_on if draft else first_day
    return ui.modal(
        callback_id="programme.form",
        title="The programme",
        blocks=[
            *([] if fits else [ui.section(TEMPLATE_IS_GONE)]),
            ui.field(
                "template",
                "Template",
                ui.radio(
                    "programme.template",
                    choices,
                    chosen=draft.template_id if draft and fits else None,
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
            ui.field(
                "ends_on",
                "Last day",
                ui.date_field("programme.ends_on", initial=_own_end(draft, templates)),
                hint="Left empty, it lasts as many weeks as its template says.",
                optional=True,
            ),
            *channel_fields(draft.coordinator_channel if draft else None, ask),
        ],
        submit="Save",
        close="Cancel",
        metadata=draft.id if draft else "",
    )


def _own_end(draft: Programme | None, templates: Sequence[Template]) -> date | None:
    """Give the last day where it is not the one that the template says."""
    usual = {one.id: one.weeks for one in templates}
    is_usual = draft is None or usual.get(draft.template_id) == draft.weeks
    return None if draft is None or is_usual else last_day(draft)


def end_button(programme_id: str, *, style: str | None = None) -> Element:
    """Draw the button that opens the form to extend or close a programme."""
    return ui.button("Extend or close", "programme.end", value=programme_id, style=style)


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
            "No programme is running for you at the moment. You get a message here when there is "
            "news of your group."
        )
    ]


def first_monday_after(today: date) -> date:
    """Find the Monday a week or more from `today`: a likely first day."""
    return date.fromordinal(today.toordinal() + 14 - today.weekday())
