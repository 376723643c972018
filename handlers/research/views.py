"""The question of research, what somebody said to it, and the page of the export."""

from collections.abc import Sequence

from bot.kernel.words import cut, plural
from bot.programme.model import Programme
from bot.research.columns import TABLES
from bot.research.model import (
    MOST_INTRODUCTION_CHARS,
    ConsentAnswer,
    ConsentText,
    K,
    Turnout,
)
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, ToDoLine, View, escape

EXPORT = "Research export"
WHO_SEES_THIS = (
    "*Who sees this:* nobody is told what you said, no coordinator, no mentor. A coordinator sees "
    f"how many agreed, from {K} on."
)
BEING_MADE = "The file is being made, and then sent into your messages with Cairn."


def text_form(text: ConsentText, programme: Programme, agreed: Turnout | None) -> View:
    """Let a coordinator read the question, and change what stands above Cairn's own lines.

    `agreed` is None while nobody can have answered.
    """
    box = ui.text_field(
        "research.introduction",
        multiline=True,
        max_chars=MOST_INTRODUCTION_CHARS,
        initial=text.introduction,
    )
    hint = "What is studied, by whom, which committee approved it, whom to ask."
    said = "This programme's own words." if text.is_own else "The usual words."
    return ui.modal(
        callback_id="research.text_form",
        title="Consent to research",
        submit="Save",
        close="Leave it so",
        metadata=f"{programme.id} {text.digest}",
        blocks=[
            ui.field("introduction", "What stands at the top", box, hint=hint),
            ui.context(
                "*Who sees this:* every mentee and mentor who is asked. What stands below is "
                f"Cairn's own and always stays beside it. {said}"
            ),
            *_own_lines(text),
            ui.context(WHO_SEES_THIS),
            *_asked_again(agreed),
        ],
    )


def _asked_again(agreed: Turnout | None) -> list[Block]:
    """Have it confirmed that other words ask everybody again, once people may have answered.

    Whether anybody did is told from five on alone, here as everywhere.
    """
    if agreed is None:
        return [ui.context("Nobody was asked so far. Saving sends nothing.")]
    hint = (
        f"So far {_agreed(agreed)}. With other words everybody is asked again on their Home tab, "
        "and is in no export until they say yes. Nothing is sent."
    )
    box = ui.checkboxes("research.sure", [("yes", "Ask everybody again")])
    return [ui.field("sure", "If you change it", box, hint=hint, optional=True)]


def text_saved(*, has_changed: bool) -> View:
    """Say what was kept."""
    said = (
        "Saved. Members read these words when they are asked; a yes to others counts no more."
        if has_changed
        else "Nothing changed: these are the words as they were."
    )
    return ui.notice(said, title="Consent to research")


def question(text: ConsentText, said: ConsentAnswer | None) -> View:
    """Show a member all that they have to know, and ask; either answer takes one click."""
    before = None if said is None else "yes" if said.is_yes else "no"
    return ui.modal(
        callback_id="research.question",
        title="Research",
        close="Not now",
        blocks=[
            ui.section(escape(text.introduction)),
            *_own_lines(text),
            ui.divider(),
            ui.section("*May research use what you noted, without your name?*"),
            *([ui.context(f"You said {before}.")] if before else []),
            ui.context(WHO_SEES_THIS),
            ui.actions(
                ui.button("Yes, without my name", "research.yes", value=text.digest),
                ui.button("No, not mine", "research.no", value=text.digest),
            ),
        ],
    )


def _own_lines(text: ConsentText) -> list[Block]:
    return [
        ui.section(_points("What is given", text.given)),
        ui.section(_points("What is never given", text.never)),
        ui.section(f"*Taking it back.* {escape(text.withdrawal)}"),
        ui.section(f"*What cannot be promised.* {escape(text.limits)}"),
    ]


def _points(title: str, points: Sequence[str]) -> str:
    return "\n".join([f"*{title}*", *(f"• {escape(one)}" for one in points)])


def saved(*, is_yes: bool) -> View:
    """Say what was kept, and what it does."""
    said = (
        "Thank you. Research may use what you noted, without your name, from the next file on."
        if is_yes
        else "All right. No file that is made from now on holds anything of you. Files that were "
        "made before cannot be called back."
    )
    return ui.notice(f"{said} You can change this at any time under Settings.", title="Research")


def settings(said: ConsentAnswer | None, *, of_now: bool = True) -> list[Block]:
    """Show what somebody said, with the way to change it; `of_now`: to the words of now.

    A yes to other words still counts in a programme that asked with those, as the one before.
    """
    if said is not None and said.is_yes and not of_now:
        shown = (
            "You said yes to other words than those of now. It may use what you noted where it was "
            "asked in those words, and nowhere else."
        )
        label = "Decide"
    elif said is None or not of_now:
        shown, label = "You have not said whether it may use what you noted: it does not.", "Decide"
    elif said.is_yes:
        shown, label = "It may use what you noted, without your name.", "Take back"
    else:
        shown, label = "It uses nothing of yours.", "Change"
    button = ui.button(label, "research.open", spoken=f"{label}: research")
    return [ui.section(f"*Research.* {shown}", accessory=button)]


def decide(_todo: ToDo) -> ToDoLine:
    """Ask a member to decide about research, at their leisure."""
    button = ui.button("Read and decide", "research.open", spoken="Read and decide about research")
    return ToDoLine(
        "May research use what you noted, without your name? Yes or no, both are fine.", button
    )


def tools_line() -> list[Block]:
    """Lead a coordinator to the export."""
    said = "*Research export.* Figures of members who agreed, without names, for researchers."
    return [
        ui.section(
            said, accessory=ui.button("Open", "research.export", spoken="Open: research export")
        )
    ]


def export_page(every: Sequence[Programme], counted: Sequence[Turnout]) -> View:
    """Show what is in an export and how many agreed, and ask of which programme it is to be."""
    can_be = any(one.is_enough for one in counted)
    lines = [f"• *{escape(one.name)}*: {_agreed(n)}" for one, n in zip(every, counted, strict=True)]
    choices = [
        (one.id, cut(one.name, ui.OPTION_CHARS))
        for one, n in zip(every, counted, strict=True)
        if n.is_enough
    ]
    field = ui.select(
        "programme",
        choices,
        placeholder="Choose a programme",
        chosen=choices[0][0] if choices else None,
    )
    which = [
        ui.field("programme", "Of which programme?", field),
        ui.context(
            "*Who gets this:* you alone, as a file in your messages. It is noted in the log."
        ),
    ]
    return ui.modal(
        callback_id="research.export_form",
        title=EXPORT,
        submit="Make the file" if can_be else None,
        blocks=[
            *(which if can_be else []),
            ui.section("\n".join(["*Who agreed*", *lines[:30]])),
            ui.section(
                "\n".join(
                    [
                        "*What is in it*",
                        *(f"• _{_titled(one.name)}:_ {one.about}" for one in TABLES),
                    ]
                )
            ),
            ui.context(
                "A zip of CSV files with a description for programs (Data Package) and a codebook. "
                "Ids are made up for each file. Give it only to the researchers of whom members "
                "were told: few people with rich histories can be recognised."
            ),
        ],
    )


def _agreed(turnout: Turnout) -> str:
    of = plural(turnout.members, "member")
    if not turnout.is_enough:
        return f"fewer than {K} of {of} agreed; a file needs {K}"
    return f"{turnout.consented} of {of} agreed"


def sent_export(programme: Programme, participants: int) -> str:
    """Say what the file is, beside it."""
    return (
        f"The research export of {escape(programme.name)}: {plural(participants, 'participant')}. "
        "Save it where only researchers reach it; you can delete it here."
    )


def export_sent() -> View:
    """Say that an export was sent."""
    return ui.notice("Sent: the file is in our messages, for you alone.", title=EXPORT)


def _titled(table: str) -> str:
    return table.replace("_", " ").replace("checkins", "check-ins").capitalize()
