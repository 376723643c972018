"""The forms for a portfolio and a letter, and what is said once they are made."""

from collections.abc import Sequence

from bot.checkins.rules import CheckIn
from bot.kernel.clock import local_date
from bot.kernel.words import cut, full_date
from bot.portfolio.model import Content, LetterFacts
from bot.portfolio.rules import MOST_NAME_CHARS
from handlers import blocks as ui
from handlers.blocks import Block, View, escape

PORTFOLIO, LETTER = "My portfolio", "My letter"
BEING_MADE = "It is being made. This takes a few seconds."
PDF, MARKDOWN = "pdf", "markdown"
PARTS = [
    (Content.STAGES, "My way through the stages, with what showed each"),
    (Content.GOALS, "My goals, with the steps I took"),
    (Content.CONFIDENCE, "My confidence over time"),
]
FORMATS = [(PDF, "PDF"), (MARKDOWN, "Markdown, a plain text to edit")]
_WHO_SEES = (
    "*Who sees this:* you alone. It is made now and sent into our messages; Cairn keeps none. "
    "Slack keeps the file until you delete it there."
)
SENT_LETTER = "Your letter, with thanks. Save it where you like; you can delete it here."


def take_along(*, has_portfolio: bool, has_letter: bool) -> list[Block]:
    """Offer what somebody can take along."""
    buttons = [
        *([ui.button("Make my portfolio", "portfolio.open")] if has_portfolio else []),
        *([ui.button("Make my letter", "letter.open")] if has_letter else []),
    ]
    if not buttons:
        return []
    said = "*To take along.* Made when you ask for it, and sent to you alone."
    return [ui.section(said), ui.actions(*buttons)]


def portfolio_form(own: Sequence[CheckIn], *, tz: str) -> View:
    """Ask what goes into a portfolio. `own` are the check-ins that can be picked."""
    picked = ui.multi_select("picked", [_pick(one, tz) for one in own], placeholder="None")
    return ui.modal(
        callback_id="portfolio.form",
        title=PORTFOLIO,
        submit="Make it",
        close="Not now",
        blocks=[
            ui.field(
                "parts",
                "What goes in?",
                ui.checkboxes("parts", PARTS, chosen=[part for part, _ in PARTS]),
                optional=True,
            ),
            ui.context(_WHO_SEES),
            *(
                [ui.field("picked", "Which check-ins, whole?", picked, optional=True)]
                if own
                else []
            ),
            ui.field("format", "In which form?", ui.checkboxes("format", FORMATS, chosen=[PDF])),
        ],
    )


def _pick(one: CheckIn, tz: str) -> ui.Choice:
    first = next((answer.text for answer in one.entry.answers), "")
    on = full_date(local_date(one.written_at, tz))
    return one.id, cut(" · ".join([on, *([" ".join(first.split())] if first else [])]), 75)


def sent_portfolio(*, is_whole: bool) -> str:
    """Say what the files are, beside them."""
    said = "Your portfolio. Save it where you like; you can delete it here."
    return said if is_whole else f"{said} {_GAPS}"


_GAPS = (
    "The PDF has gaps where no font here has a character, such as an emoji; the text beside it has "
    "all of them."
)


def portfolio_sent(*, is_whole: bool) -> View:
    """Say that a portfolio was sent."""
    said = "Sent: it is in our messages, for you alone."
    return ui.notice(said if is_whole else f"{said} {_GAPS}", title=PORTFOLIO)


def letter_form(facts: LetterFacts, paragraphs: Sequence[str]) -> View:
    """Show what a letter will say, and ask how the name is printed."""
    name = ui.text_field("name", max_chars=MOST_NAME_CHARS, initial=facts.name)
    return ui.modal(
        callback_id="letter.form",
        title=LETTER,
        submit="Make it",
        close="Not now",
        blocks=[
            ui.field("name", "Your name, as it is to be printed", name),
            ui.context(_WHO_SEES),
            ui.section("*What it will say, from the log:*"),
            *(ui.section(f">{escape(each)}") for each in paragraphs),
            ui.context("Nothing about your mentees is in it. Meetings count once they are noted."),
        ],
    )


def letter_sent() -> View:
    """Say that a letter was sent."""
    return ui.notice("Sent: it is in our messages, for you alone.", title=LETTER)
