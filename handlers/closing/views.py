"""The form that looks back, the form for thanks, and what is said after either."""

from collections.abc import Sequence
from datetime import datetime

from bot.closing.model import MAX_CHARS, Thanks, ThanksId, ThenAndNow
from bot.kernel.clock import local_date
from bot.kernel.ports import Message
from bot.kernel.words import cut, day_and_month
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Choice, ToDoLine, View, escape
from handlers.free_text import care_notes, quoted

THANK = "Thank one person"


def look_back_todo(_todo: ToDo) -> ToDoLine:
    """Ask a mentee to look back."""
    return ToDoLine(
        "The programme comes to its close: look back in two questions, for you alone.",
        ui.button("Look back", "closing.open", style="primary"),
    )


def form(
    began: ThenAndNow,
    *,
    changed: str,
    next_network: str,
    crisis_contact: str | None,
    tz: str,
) -> View:
    """Ask a mentee to look back, beside how they began; filled in with what they wrote before."""
    compared = _compared(began, tz=tz)
    return ui.modal(
        callback_id="closing.form",
        title="Looking back",
        submit="Save",
        close="Not now",
        blocks=[
            _words(
                "changed",
                "What has changed in how you think, feel or act as a physician?",
                changed,
            ),
            ui.context("*Who sees this:* you alone. It can go into your portfolio if you like."),
            *([ui.section("\n".join(compared))] if compared else []),
            _words(
                "next_network",
                "Who will you turn to from now on, and what is the first step?",
                next_network,
            ),
            ui.context(*care_notes(crisis_contact)),
        ],
    )


def _words(block_id: str, label: str, initial: str) -> Block:
    field = ui.text_field("text", multiline=True, max_chars=MAX_CHARS, initial=initial or None)
    return ui.field(block_id, label, field, optional=True)


def _compared(began: ThenAndNow, *, tz: str) -> list[str]:
    """Say what was at the beginning and what is now, without judging either."""

    def on(at: datetime) -> str:
        return day_and_month(local_date(at, tz))

    said = []
    if began.first_confidence and began.last_confidence:
        (first_at, first), (last_at, last) = began.first_confidence, began.last_confidence
        said.append(f"*Confidence:* {first} on {on(first_at)}, {last} on {on(last_at)}.")
    if began.stage and began.first_stage and began.stage != began.first_stage:
        said.append(f"*Stage:* {escape(began.first_stage)} then, {escape(began.stage)} now.")
    return said


def saved() -> View:
    """Say that it is kept, with what may come next."""
    return ui.modal(
        callback_id="closing.saved",
        title="Looking back",
        blocks=[
            ui.section("*Saved, for you alone.* You find it on my Home tab, also after the close."),
            ui.section("Is there one person whom you would like to thank?"),
            ui.actions(
                ui.button(THANK, "closing.thank"),
                ui.button("Make my portfolio", "portfolio.open"),
            ),
        ],
    )


def thanks_form(people: Sequence[Choice]) -> View:
    """Ask whom a member thanks, and for what. `people` by id and name."""
    whom = ui.select("to", people, placeholder="Choose one person")
    return ui.modal(
        callback_id="closing.thank_form",
        title=THANK,
        submit="Send",
        close="Not now",
        blocks=[
            ui.field("to", "Whom?", whom),
            ui.context(
                "*Who sees this:* they alone. They are told that you thank them and open it with a "
                "button. As long as they have not, you can take it back on Home."
            ),
            ui.field(
                "text",
                "What did they do that mattered to you?",
                ui.text_field("text", multiline=True, max_chars=MAX_CHARS),
            ),
        ],
    )


def thanks_sent(name: str) -> View:
    """Say that thanks are on their way."""
    said = f"{name} is told that you thank them, and reads it with a button."
    return ui.notice(said, title="Thanks", callback_id="closing.sent")


def thanked(name: str, thanks_id: ThanksId) -> Message:
    """Tell somebody that they are thanked; the words stay out of the message."""
    read = ui.button("Read it", "closing.read", value=thanks_id, style="primary")
    return ui.paragraph(
        f"{escape(cut(name, 80))} wrote you a few words of thanks, for you alone.", ui.actions(read)
    )


def thanks_view(one: Thanks, *, giver: str) -> View:
    """Show thanks, whole."""
    title = f"*{escape(cut(giver, 80))}* thanks you:"
    gone = ["The words cannot be read any more: their key is missing."]
    pieces = quoted(one.text) if one.is_readable else gone
    blocks = [ui.section(title), *map(ui.section, pieces), ui.context("Only you can open this.")]
    return ui.modal(callback_id="closing.read", title="Thanks", blocks=blocks)


def home(
    *, may_look_back: bool, has_written: bool, has_compass: bool, thanks: Thanks | None, to: str
) -> list[Block]:
    """Show what there is to do and to read at the close."""
    buttons = []
    if may_look_back:
        label = "Read what I wrote" if has_written else "Look back"
        buttons.append(ui.button(label, "closing.open"))
    if has_compass:
        buttons.append(ui.button("My compass, then and now", "compass.open"))
    if thanks is None:
        buttons.append(ui.button(THANK, "closing.thank"))
    elif thanks.read_at is None:
        buttons.append(ui.button("Take my thanks back", "closing.take_back", value=thanks.id))
    read = " They have read it." if thanks and thanks.read_at else ""
    said = [f"You thanked {escape(cut(to, 80))}.{read}"] if thanks else []
    return [
        *map(ui.section, said),
        *([ui.actions(*buttons)] if buttons else []),
    ]
