"""The way to one's own data, and what is said once it was sent."""

from handlers import blocks as ui
from handlers.blocks import Block, View

TITLE = "My data"
GET = ui.button("Get my data", "my_data.get")
BEING_MADE = "Your file is being put together, and then sent into our messages."
SENT = (
    "Everything that Cairn keeps about you: open my-data.html to read it; my-data.json is the same "
    "for programs. Save it where only you reach it; you can delete it here."
)


def settings() -> list[Block]:
    """Offer the file."""
    said = (
        "*My data.* One file of everything that Cairn keeps about you. It is made when you ask for "
        "it and sent to you alone; Cairn keeps none."
    )
    return [ui.section(said, accessory=GET)]


def sent() -> View:
    """Say that the file was sent."""
    return ui.notice("Sent: it is in our messages, for you alone.", title=TITLE)
