"""How a list that is kept in step looks: the form, the page, and the news of it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from bot.kernel.download import DownloadFailure, NotDownloaded
from bot.kernel.ports import Message
from bot.kernel.words import listed, plural
from bot.people.model import Member
from bot.people.roster_feed import Feed, FeedEvery
from handlers import blocks as ui
from handlers.blocks import Block, View, escape

TITLE = "Keep the list in step"
STOPPED = "The address is forgotten, with its header. Nobody was taken out."
A_PAGE = (
    "At this address is a page, perhaps one to sign in on, and no list. Share the file with "
    "everybody who has the link, and give the address that downloads it as CSV or .xlsx."
)
COLUMNS = (
    "The columns of the list are not those of before. Press Look at it, and say what they hold."
)
MOST_SHOWN = 20
EVERY = ((FeedEvery.DAY, "Every morning"), (FeedEvery.WEEK, "Every Monday morning"))


def line() -> list[Block]:
    """Lead a coordinator to the page."""
    button = ui.button(TITLE, "people.feed")
    return [
        ui.section(
            "*A list on the web.* Cairn reads it on a schedule, and asks you before anything "
            "changes.",
            accessory=button,
        )
    ]


def form(*, changes: bool = False) -> View:
    """Ask for the address, how often it is read, and a header that the server asks for."""
    return ui.modal(
        callback_id="people.feed_form",
        title=TITLE,
        submit="Read it now",
        close="Not now",
        blocks=[
            ui.field(
                "address",
                "The address of the list" if not changes else "The new address of the list",
                ui.text_field("people.address", max_chars=2_000, placeholder="https://"),
                hint="Of a CSV or .xlsx file, beginning with https://",
            ),
            ui.context(
                "*Who sees this:* nobody. The address and the header are sealed; coordinators "
                "read later only which server it is. Whoever has the address may read the list: "
                "choose one that not everybody knows."
            ),
            ui.field(
                "every",
                "How often is it read?",
                ui.radio("people.every", EVERY, chosen=FeedEvery.DAY),
            ),
            ui.field(
                "header",
                "A header that the server asks for",
                ui.text_field("people.header", max_chars=100, placeholder="Authorization"),
                optional=True,
            ),
            ui.field(
                "value",
                "What stands in it",
                ui.text_field("people.value", max_chars=1_000),
                hint="It is sent to this server alone, and never shown again.",
                optional=True,
            ),
            ui.context(
                "You see what the list would change before anything does. Nobody is taken out "
                "because a list does not name them."
            ),
        ],
    )


def page(feed: Feed, gone: Sequence[Member]) -> View:
    """Show how the list is kept in step, and who is not in it any more."""
    often = dict(EVERY)[feed.every].lower()
    host = (
        escape(urlsplit(feed.address).hostname or "") if feed.address else "an address that is lost"
    )
    said = f"The list at *{host}* is read {often}."
    if feed.is_paused:
        said = f"The list at *{host}* is not read at present."
    read = f" It was read last on {ui.when(feed.read_at)}." if feed.read_at else ""
    stop = ui.confirm(
        "Stop reading the list?",
        "The address and its header are forgotten. Nobody is taken out.",
        yes="Stop",
        no="Go on",
    )
    blocks = [
        ui.section(f"{said}{read}"),
        *(
            [ui.section(f"*It could not be read.* {escape(sentence(feed.failure))}")]
            if feed.failure
            else []
        ),
        ui.actions(
            ui.button("Look at it", "people.feed_look", style="primary"),
            ui.button("Read it again" if feed.is_paused else "Pause", "people.feed_pause"),
            ui.button("Change the address", "people.feed_change"),
            ui.button("Stop", "people.feed_stop", confirm=stop, style="danger"),
        ),
        ui.divider(),
        *_gone(gone),
    ]
    return ui.modal(callback_id="people.feed_page", title=TITLE, blocks=blocks)


def _gone(gone: Sequence[Member]) -> list[Block]:
    if not gone:
        return [ui.context("Everybody whom the list named is still in it.")]
    blocks: list[Block] = [
        ui.section(
            f"*{plural(len(gone), 'person', 'people')} no longer in the list.* They stay as they "
            "are until you decide: take them out, or leave them."
        )
    ]
    for one in gone[:MOST_SHOWN]:
        decide = ui.button(
            "Decide", "people.member", value=one.id, spoken=f"Decide about {one.name}"
        )
        blocks.append(ui.section(escape(one.name), accessory=decide))
    if len(gone) > MOST_SHOWN:
        blocks.append(
            ui.context(f"And {len(gone) - MOST_SHOWN} more. *People* on Home finds each by name.")
        )
    return blocks


def sentence(failure: str) -> str:
    """Say why a list could not be read, and what to do."""
    if failure in set(DownloadFailure):
        return NotDownloaded(DownloadFailure(failure)).sentence
    return failure


def changed(feed: Feed) -> Message:
    """Tell that the list has changed, by counts alone, with the way to see and to approve it."""
    new, changes, gone, problems = feed.counts
    parts = [f"{new} new", f"{changes} changed", f"{gone} no longer in it"]
    said = f"The list has changed: {listed(parts)}. Nothing is done before you approve it."
    if problems:
        said = (
            f"The list has changed, and {plural(problems, 'thing')} in it must be fixed before it "
            "can be used. Nothing is done."
        )
    buttons = [ui.button("Look at it", "people.feed_look", style="primary")]
    if gone:
        buttons.append(ui.button("Who is missing", "people.feed"))
    buttons.append(ui.button("Leave it as it is", "people.feed_dismiss"))
    return ui.paragraph(said, ui.actions(*buttons))


def dismissed() -> Message:
    """Say that a difference was left as it is."""
    look = ui.button("Look at it after all", "people.feed_look")
    return ui.paragraph(
        "The list has changed, and you left it as it is. The next change is told again.",
        ui.actions(look),
    )


def failed(feed: Feed) -> Message:
    """Tell that the list cannot be read, and what to do."""
    return ui.paragraph(
        f"The list that Cairn keeps in step could not be read. {escape(sentence(feed.failure))} "
        "Cairn tries again by itself, and tells you when it works.",
        ui.actions(ui.button("Open", "people.feed", spoken="Open how the list is kept in step")),
    )


def works() -> Message:
    """Tell that the list can be read again."""
    return ui.paragraph(
        "The list that Cairn keeps in step can be read again. There is nothing to do."
    )
