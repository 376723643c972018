"""Show a coordinator more of a message before it is sent: its buttons, and when it comes."""

from bot.delivery.model import Arrival
from bot.kernel.ports import Message
from bot.kernel.words import agree, listed, plural
from handlers.blocks import Block, context, when


def buttons_below(message: Message) -> list[Block]:
    """Name the buttons of a message that is shown without them."""
    labels = [
        f"*{one['text']['text']}*"
        for block in message.blocks
        if block["type"] == "actions"
        for one in block["elements"]
    ]
    buttons = agree(len(labels), "the button", "the buttons")
    return [context(f"Below it: {buttons} {listed(labels)}")] if labels else []


def when_it_comes(comes: Arrival) -> str:
    """Say when a message comes to so many people, by everybody's own quiet hours."""
    if not comes.later:
        return "*When:* it goes out at once; nobody has quiet hours or a day off now."
    last = f"the last of them by {when(comes.last_at)}" if comes.last_at else "when they are back"
    at_once = f"{plural(comes.at_once, 'person', 'people')} at once, " if comes.at_once else ""
    who = plural(comes.later, "person", "people")
    return f"*When:* {at_once}{who} after their quiet hours and days off, {last}."
