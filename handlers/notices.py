"""A single sentence, as a modal or as a message."""

from typing import Any

from bot.kernel.ports import Message
from handlers.blocks import escape, modal, section


def notice(sentence: str, *, title: str = "Please note") -> dict[str, Any]:
    """A modal that says one thing. `sentence` is plain text."""
    return modal(callback_id="notice", title=title, blocks=[section(escape(sentence))])


def notice_message(sentence: str) -> Message:
    """A message that says one thing. `sentence` is plain text."""
    return Message(escape(sentence), (section(escape(sentence)),))
