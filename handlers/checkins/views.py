"""How check-ins are asked for: the prompt and its buttons, Home, help, and who gets no form."""

from datetime import datetime

from bot.checkins.rules import Audience
from bot.kernel.clock import local_date
from bot.kernel.ports import Message
from bot.kernel.words import day_and_month, weekday_and_day
from bot.kinds import ScheduleKind
from bot.people.permissions import STRANGER
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape

SIZE = (
    "Up to three short questions and a few choices. Leave out anything you like; you choose who "
    "reads it."
)
"""The size of a check-in, in the same words wherever one is asked for."""


def prompt(name: str, *, question: str, number: int) -> Message:
    """Ask a mentee for a check-in; `number` is that of the ask."""
    hello = f"Hello {escape(name)}, it is time for a check-in. It begins with this question:"
    asked = escape(question)
    buttons = ui.actions(
        ui.CHECK_IN,
        ui.button("Skip this one", "checkin.skip", value=str(number)),
        ui.rhythm_button(ScheduleKind.CHECKIN_PROMPT),
        ui.button("Pause until a day", "checkin.pause", value=str(number)),
        ui.CARE,
    )
    return Message(
        f"{hello} {asked} {SIZE} Open it with the button below or with /checkin; you can also skip "
        "this one, change your rhythm, or pause.",
        (ui.section(f"{hello}\n*{asked}*"), ui.context(SIZE), buttons),
    )


def ask_about_rhythm(name: str, *, kind: str) -> Message:
    """Ask, in place of a third prompt in a row, whether another rhythm would suit better."""
    return ui.paragraph(
        f"Hello {escape(name)}, the last check-ins did not fit in, and that is fine. Would another "
        "rhythm suit you better? Choose one below, leave it as it is, or check in now.",
        ui.context("Nobody but you sees what you choose."),
        ui.actions(
            ui.button("Change rhythm", "rhythm.open", value=kind, style="primary"),
            ui.button("Leave it as it is", "rhythm.keep", value=kind),
            ui.button("Check in", "checkin.open"),
            ui.CARE,
        ),
    )


def skipped(number: int, *, next_at: datetime | None, tz: str) -> Message:
    """Say that a prompt is skipped and when the next comes, with the way back."""
    return ui.paragraph(
        f"Skipped; nobody is told.{asked_next(next_at, tz, again='again ')}",
        _undo("checkin.undo_skip", number),
    )


def paused(number: int, *, until: datetime, tz: str) -> Message:
    """Say until when somebody is paused, with the way back."""
    day = weekday_and_day(local_date(until, tz))
    return ui.paragraph(
        f"You are on a break until {day}: I send you nothing before that day, and your seat in the "
        "group stays yours.",
        _undo("checkin.undo_pause", number),
    )


def _undo(action_id: str, number: int) -> Block:
    undo: Element = ui.button("Undo", action_id, value=str(number))
    return ui.actions(undo, ui.button("Check in", "checkin.open"))


def over(sentence: str, *, next_at: datetime | None, tz: str) -> Message:
    """Say in the place of a prompt what is true of it now."""
    said = f"{sentence}{asked_next(next_at, tz)}"
    return ui.paragraph(said, ui.actions(ui.button("Check in", "checkin.open"), ui.PAST_CHECKINS))


def asked_next(next_at: datetime | None, tz: str, *, again: str = "next ") -> str:
    """Say when a member is asked next, as a sentence with a space before it; empty if unknown."""
    if next_at is None:
        return ""
    return f" I ask you {again}on {weekday_and_day(local_date(next_at, tz))}."


def pause_form(metadata: str) -> View:
    """Ask until which day somebody pauses."""
    return ui.modal(
        callback_id="checkin.pause_form",
        title="Pause until a day",
        blocks=[
            ui.field("until", "The day you come back", ui.date_field("checkin.until")),
            ui.context(
                "*Who sees this:* your coordinator and your mentor can see that you are away, "
                "never why: you are not asked for a reason."
            ),
        ],
        submit="Pause",
        close="Stay",
        metadata=metadata,
    )


def write_checkin(_todo: ToDo) -> ToDoLine:
    """Ask a mentee for the check-in that is due."""
    return ToDoLine(f"Your check-in is due this week. {SIZE}", ui.CHECK_IN)


HELP = (
    f"`/checkin` opens a check-in, at any time. {SIZE}\n"
    "`/checkin past` shows your check-ins and how your confidence has moved; there you can share, "
    "change or delete them.\n"
    "Check-ins are not monitored and not for emergencies."
)

NOT_UNDERSTOOD = (
    "I did not understand that, and nothing was saved. `/checkin` alone opens the form, and "
    "`/checkin past` shows your check-ins; the buttons below do the same. To hear less or nothing "
    "from me, take a break: nobody asks you why."
)


def not_understood() -> Message:
    """Say that nothing was done, with the buttons for what was probably meant."""
    pause = ui.button("Take a break", "people.pause")
    return ui.paragraph(NOT_UNDERSTOOD, ui.actions(ui.CHECK_IN, ui.PAST_CHECKINS, pause))


def with_buttons(sentence: str) -> Message:
    """Say something about `/checkin`, with the buttons that do what it can do."""
    return ui.paragraph(sentence, ui.actions(ui.CHECK_IN, ui.PAST_CHECKINS))


REFUSALS = {
    Audience.STRANGER: STRANGER,
    Audience.NOT_STARTED: (
        "Your mentoring programme is not running yet, so there is nothing to check in to. "
        "You will get a message from me when it starts."
    ),
    Audience.ENDED: (
        "Your mentoring programme has ended, so there is nothing to check in to. Your "
        "check-ins are still yours."
    ),
    Audience.WITHOUT: "Your programme does without check-ins. My Home tab shows what it has.",
    Audience.MENTOR: (
        "Check-ins are written by mentees. Those that yours choose to show you come in your "
        "weekly message, and they are on my Home tab now."
    ),
    Audience.COORDINATOR: (
        "Check-ins are between mentees and those they choose, so coordinators have no form. "
        "My Home tab shows how the programme is going."
    ),
    Audience.GONE: (
        "You are no longer in the programme. Your past check-ins are still yours. To come back, "
        "write to your coordinator."
    ),
}


def refusal(audience: Audience) -> Message:
    """Say why there is no form; who has left keeps the way to what they wrote."""
    after = [ui.actions(ui.PAST_CHECKINS)] if audience in (Audience.GONE, Audience.ENDED) else []
    return ui.paragraph(REFUSALS[audience], *after)


def home_mentee(
    *,
    last_on: datetime | None,
    next_at: datetime | None,
    tz: str,
    is_away: bool,
    is_due: bool = False,
) -> list[Block]:
    """Show a mentee when they last wrote. While one is due, its button stands under Now."""
    last = day_and_month(local_date(last_on, tz)) if last_on else "none yet"
    after = ""
    if is_away:
        after = " You are paused, so I do not ask for any. Writing one is still possible."
    elif next_at:
        again = "again " if last_on or is_due else ""
        after = f" I will ask {again}on {weekday_and_day(local_date(next_at, tz))}."
    return [
        ui.section(f"Last check-in: {last}.{after}"),
        ui.actions(
            ui.button("Check in", "checkin.open") if is_due else ui.CHECK_IN, ui.PAST_CHECKINS
        ),
    ]
