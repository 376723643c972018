"""Join messages to one person into one, as far as Slack takes it."""

from collections.abc import Sequence
from typing import Any

from bot.kernel.ports import Message
from bot.kernel.words import cut

MAX_BLOCKS = 50
"""Slack's limit for one message: docs.slack.dev/reference/block-kit/blocks."""


def fold(messages: Sequence[Message], *, carries: Sequence[str] = ()) -> Message:
    """Join `messages` into one that says all, in their order; `carries` has the ids of the rest."""
    if len(messages) == 1:
        return messages[0]
    blocks: list[dict[str, Any]] = []
    for message in messages:
        if blocks:
            blocks.append({"type": "divider"})
        plain: dict[str, Any] = {
            "type": "section",
            "text": {"type": "mrkdwn", "text": cut(message.text, 3000)},
        }
        blocks.extend(message.blocks or (plain,))
    text = "\n\n".join(one.text for one in messages)
    return Message(text=text, blocks=tuple(blocks), carries=tuple(carries))


def how_many_fold(messages: Sequence[Message]) -> int:
    """Count the `messages`, from the first, that fit into one; at least 1."""
    size = 0
    for number, message in enumerate(messages):
        size += max(1, len(message.blocks)) + (1 if number else 0)
        if size > MAX_BLOCKS:
            return max(1, number)
    return len(messages)
