"""The reply of a mentor to a check-in: the buttons, the form, and how its writer reads it."""

from collections.abc import Sequence

from bot.checkins.rules import MAX_REPLY_CHARS, CheckIn, Reply
from bot.kernel.clock import local_date
from bot.kernel.ports import Message
from bot.kernel.words import cut, day_and_month
from handlers import blocks as ui
from handlers.blocks import Block, View, escape
from handlers.free_text import quoted


def reply_blocks(checkin: CheckIn, reply: Reply | None) -> list[Block]:
    """Let a mentor say that they have read it, or write back; nothing to anybody else."""
    if reply is None:
        return []
    write = ui.button("Write back", "checkin.reply", value=checkin.id)
    if reply.text:
        said = "You wrote back." + (" They have read it." if reply.seen_at else "")
        change = ui.button("Change what I wrote", "checkin.reply", value=checkin.id)
        return [ui.context(said), *([] if reply.seen_at else [ui.actions(change)])]
    noted = ui.button("I have read this", "checkin.noted", value=checkin.id, style="primary")
    is_noted = reply.noted_at > checkin.shared_at
    buttons = [write] if is_noted else [noted, write]
    seen = [ui.context("They see that you have read it.")] if is_noted else []
    return [*seen, ui.actions(*buttons)]


def reply_form(checkin_id: str, text: str, *, name: str) -> View:
    """Ask a mentor for a few words back, or for other words than `text`."""
    return ui.modal(
        callback_id="checkin.reply_form",
        title="Write back",
        submit="Send",
        close="Not now",
        metadata=checkin_id,
        blocks=[
            ui.field(
                "text",
                f"A few words to {cut(name, 80)}",
                ui.text_field(
                    "text", multiline=True, max_chars=MAX_REPLY_CHARS, initial=text or None
                ),
                hint="One thing that you noticed, or a question for when you meet, is plenty.",
            ),
            ui.context(
                "*Who sees this:* they alone, beside their check-in. You can change it until they "
                "have read it. Not monitored; not for emergencies."
            ),
        ],
    )


def noted() -> View:
    """Say that the writer sees that it was read."""
    return ui.notice("They see that you have read it.", title="Check-in")


def replied() -> View:
    """Say that a word back is on its way."""
    return ui.notice("Sent: they alone read it, beside their check-in.", title="Write back")


def replied_to(name: str, checkin_id: str, on: str) -> Message:
    """Tell a mentee that their mentor wrote back; the words stay out of the message."""
    read = ui.button("Read it", "checkin.shared", value=checkin_id, style="primary")
    return ui.paragraph(
        f"{escape(cut(name, 80))} wrote back to your check-in of {on}, for you alone.",
        ui.actions(read),
    )


def replies_blocks(replies: Sequence[tuple[str, Reply]], *, tz: str) -> list[Block]:
    """Show the writer of a check-in which mentors have read it, and what they wrote back."""
    blocks: list[Block] = []
    for name, one in replies:
        who, on = escape(cut(name, 80)), day_and_month(local_date(one.noted_at, tz))
        if one.text:
            blocks.append(ui.section(f"*{who}* wrote back on {on}:"))
            blocks += [ui.section(piece) for piece in quoted(one.text)]
        elif one.is_readable:
            blocks.append(ui.context(f"{who} tells you that they have read it ({on})."))
        else:
            blocks.append(ui.context(f"What {who} wrote back cannot be read any more."))
    return blocks
