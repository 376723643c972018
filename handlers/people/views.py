"""Membership: code of conduct, breaks, leaving, deletion, the roster, a member's own rhythm."""

from collections.abc import Iterable, Mapping
from datetime import time

from bot.kernel.clock import local_date
from bot.kernel.ports import Message
from bot.kernel.words import WEEKDAYS, agree, plural, weekday_and_day
from bot.people.model import Member
from bot.programme.rules import QUIET_HOURS
from bot.schedule.model import Choice, Rhythm, Weekly
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape


def read_button(*, style: str | None = "primary") -> Element:
    """Draw the button that opens the code of conduct."""
    return ui.button("Read the code of conduct", "people.conduct", style=style)


def welcome_back(member: Member) -> Message:
    """Greet a member at the end of a break."""
    text = (
        f"Welcome back, {escape(member.name)}. Your break is over, and messages from Cairn begin "
        "again. Nothing from the time of your break has to be caught up on."
    )
    return ui.paragraph(text, ui.actions(ui.button("I need more time", "people.pause")))


def _who_sees_breaks(member: Member) -> Block:
    """Say who sees a break; only a mentee has a mentor."""
    who = "your coordinator and your mentor" if member.is_mentee else "coordinators"
    return ui.context(
        f"*Who sees this:* {who} can see that you are away, never why: you are not asked for a "
        "reason."
    )


def pause_modal(member: Member) -> View:
    """Ask for the day on which somebody comes back."""
    return ui.modal(
        callback_id="people.pause_form",
        title="Take a break",
        blocks=[
            ui.field(
                "until",
                "The day you come back",
                ui.date_field("people.until"),
                hint="Without a day you come back when you like, with a button on the Home tab.",
                optional=True,
            ),
            _who_sees_breaks(member),
            ui.context(
                "While you are away you get no messages from Cairn, and nobody is told that you "
                "missed anything. Your seat in the group stays yours."
            ),
        ],
        submit="Take a break",
        close="Stay",
    )


def on_a_break(member: Member) -> list[Block]:
    """Say to a member until when they are away, and how they come back."""
    until = ""
    if member.paused_until is not None:
        until = f" until {weekday_and_day(local_date(member.paused_until, member.timezone))}"
    return [
        ui.section(
            f"You are taking a break{until}. You get no messages from Cairn meanwhile.",
            accessory=ui.button("Come back now", "people.resume", style="primary"),
        )
    ]


HAS_LEFT = (
    "You have left. Thank you for taking part. On Home you can come back at any time, and the "
    "contacts stay there for you."
)


def has_left() -> list[Block]:
    """Say to somebody who has left how they come back."""
    left = ui.section(
        "You have left the programme and get no messages. You are welcome back at any time; "
        "your coordinator then finds a group for you.",
        accessory=ui.button("Come back", "people.resume"),
    )
    return [left, ui.actions(_erase_button())]


def membership_buttons(member: Member, *, may_pause: bool) -> list[Block]:
    """Give break, leave and erasure, and what was accepted."""
    leave = ui.button(
        "Leave the programme",
        "people.leave",
        confirm=ui.confirm(
            "Leave the programme?",
            "You get no more messages. You need no reason and there is no disadvantage. Your "
            "mentor and coordinators see that you left, never why. You can come back, and may then "
            "join another group. The contacts stay on Home.",
            yes="Leave",
            no="Stay",
        ),
    )
    pause = [ui.button("Take a break", "people.pause")] if may_pause else []
    accepted = [read_button(style=None)] if member.has_accepted_conduct else []
    return [
        ui.section("*Time away, and what I agreed to.*"),
        ui.actions(*pause, *accepted, leave, _erase_button()),
        _who_sees_breaks(member),
    ]


def import_people(_todo: ToDo) -> ToDoLine:
    """Ask a coordinator for the roster."""
    return ToDoLine(
        "Say who takes part: bring people in from Slack, a list or a file.",
        ui.button("Bring people in", "people.roster", style="primary"),
    )


def ask_for_conduct(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to ask those who were never asked."""
    people, have = plural(todo.count, "person", "people"), agree(todo.count, "has", "have")
    return ToDoLine(
        f"{people} {have} not been asked yet to accept the code of conduct.",
        ui.button(
            "Ask them",
            "people.invite",
            style="primary",
            spoken="Ask them to accept the code of conduct",
        ),
    )


GOES = (
    "your profile, your wishes, whom you blocked, and your seat in groups",
    "what you asked a contact person, and what you said to research",
    "your check-ins, goals, stages and meetings, and what you wrote in them",
    "your compass, your answers about mentoring, and what others answered about it with you",
    "messages that wait for you",
    "your answers in a pulse that is open, unread",
)
STAYS = (
    "results of pulses that have closed: they are about groups and hold nobody's answers",
    "that somebody was asked in them, without a name",
    "what was sent in Slack before, and what you shared with your group there",
    "copies in backups, until your organisation deletes those",
)


def _erase_button() -> Element:
    return ui.button("Delete what Cairn knows about me", "erasure.ask")


def erasure_form() -> View:
    """Say what goes and what stays, and ask."""
    return ui.modal(
        callback_id="erasure.form",
        title="Delete what is known",
        blocks=[
            ui.section(f"*This is deleted at once and cannot be brought back*\n{_listed(GOES)}"),
            ui.section(f"*This stays*\n{_listed(STAYS)}"),
            ui.section(
                "*Get it first?* One file of all that Cairn keeps about you, for you alone.",
                accessory=ui.button("Get my data", "my_data.get"),
            ),
            ui.section("You also leave the programme. To come back, ask your coordinator."),
            ui.context(
                "*Who sees this:* your mentor and your coordinator see that you are not in the "
                "programme any more. You are not asked for a reason."
            ),
        ],
        submit="Delete it all",
        close="Keep it",
    )


def _erasure_notice(sentence: str, *, title: str = "Delete what is known") -> View:
    return ui.notice(sentence, title=title, callback_id="erasure.notice")


ERASING = _erasure_notice("It is being deleted. You may close this window.")
ERASURE_PROMISED = _erasure_notice(
    "Cairn could not delete it just now. You need not do anything: it is noted and tried again "
    "every few minutes until it is done. Your Home tab then says that you are not in the programme."
)
ERASED = _erasure_notice("Cairn knows nothing about you any more. Take care.", title="Deleted")
ERASED_BUT_FOR_TRACES = _erasure_notice(
    "Cairn knows nothing about you any more. Traces of it are still in the log of its database, "
    "which another program reads just now. You need not do anything: Cairn clears it as soon as it "
    "can, and tries every few minutes. Take care.",
    title="Deleted",
)


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"• {line}" for line in lines)


AS_PLANNED = "planned"
EVERY: Mapping[str, str] = {
    AS_PLANNED: "As the programme plans it",
    "1": "Every week",
    "2": "Every two weeks",
    "4": "Every four weeks",
}
HOURS = range(6, 22)
WHO_SEES_RHYTHM = (
    "*Who sees this:* nobody but you. Your mentor and your coordinator are not told how often you "
    "want to be asked."
)


def rhythm_form(*, kind: str, rule: Weekly | None, choice: Choice | None, rhythm: Rhythm) -> View:
    """Ask a member how often they want to hear, filled in with what holds at present."""
    day = str(choice.weekday if choice else rule.weekday if rule else 0)
    hour = str((choice.at if choice else rule.at if rule else time(9)).hour)
    quiet = f"{rhythm.quiet_from.hour}-{rhythm.quiet_until.hour}"
    every = str(choice.every_weeks) if choice else AS_PLANNED
    days = [(str(number), name) for number, name in enumerate(WEEKDAYS)]
    at_hours = [(str(one), f"{one:02}:00") for one in HOURS]
    allowed = [str(one) for one in rhythm.working_days]
    often = ui.select("every", list(EVERY.items()), placeholder="How often", chosen=every)
    hours = quiet if quiet in QUIET_HOURS else "20-8"
    silent = ui.select("quiet", list(QUIET_HOURS.items()), placeholder="Quiet hours", chosen=hours)
    return ui.modal(
        callback_id="rhythm.form",
        title="Your rhythm",
        metadata=kind,
        submit="Save",
        blocks=[
            ui.field("every", "How often?", often),
            ui.context(WHO_SEES_RHYTHM),
            ui.field(
                "day",
                "On which day?",
                ui.select("day", days, placeholder="Day", chosen=day),
                hint="Day and time count unless it is as the programme plans it.",
            ),
            ui.field(
                "hour",
                "At what time, where you are?",
                ui.select("hour", at_hours, placeholder="Time", chosen=hour),
            ),
            ui.field(
                "quiet",
                "When should Cairn be quiet?",
                silent,
                hint="Messages then wait until the next morning on which Cairn may write to you. "
                "Answers to you come at once.",
            ),
            ui.field(
                "days",
                "On which days may Cairn write to you?",
                ui.checkboxes("days", days, chosen=allowed),
            ),
        ],
    )


def rhythm_changed(kind: str, when: str | None, *, undo: str | None = None) -> Message:
    """Say in the place of a prompt what a member's rhythm is now, with the way back."""
    upcoming = f" The next one comes on {escape(when)}." if when else ""
    said = "Your rhythm is changed." if undo else "Your rhythm is as it was."
    back = [ui.button("Undo", "rhythm.undo", value=undo)] if undo else []
    buttons = ui.actions(ui.CHECK_IN, *back, ui.rhythm_button(kind))
    return ui.paragraph(f"{said}{upcoming} Nobody but you sees it.", buttons)


def rhythm_kept(kind: str) -> Message:
    """Say that a member's rhythm stays as it is."""
    said = "Your rhythm stays as it is. You can change it from any prompt."
    return ui.paragraph(said, ui.actions(ui.CHECK_IN, ui.rhythm_button(kind)))


def rhythm_saved(when: str | None) -> View:
    """Say that it is saved; `when` says when the next message comes."""
    upcoming = f" The next one comes on {escape(when)}." if when else ""
    said = f"*Your rhythm is saved.*{upcoming} You can change it again at any time."
    return ui.modal(callback_id="rhythm.saved", title="Saved", blocks=[ui.section(said)])
