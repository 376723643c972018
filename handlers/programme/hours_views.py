"""The form of a programme's usual quiet hours, and the list of its texts."""

from bot.programme.model import Programme, Use, uses
from bot.programme.rules import QUIET_HOURS, hours_of, hours_word
from handlers import blocks as ui
from handlers.blocks import Block, View

TITLE = "Times"


def lines(programme: Programme) -> list[Block]:
    """Lead from *Tools* to the texts and the quiet hours."""
    read = ui.button("Texts", "programme.texts", value=programme.id)
    hours = ui.button("Quiet hours", "programme.hours", value=programme.id)
    return [
        ui.section("*Texts.* The code of conduct and the consent to research.", accessory=read),
        ui.section(f"*Quiet hours.* {hours_of(programme)}, unless chosen.", accessory=hours),
    ]


def hours_form(programme: Programme) -> View:
    """Ask for the hours in which nothing comes, and lead to how often things do."""
    hours = ui.select(
        "programme.quiet",
        list(QUIET_HOURS.items()),
        placeholder="Quiet hours",
        chosen=hours_word(programme),
    )
    hint = "Where each person is. Messages then wait for the morning; nothing comes at weekends."
    cadence = ui.button("How often", "course.open", value=programme.id, spoken="How often and when")
    return ui.modal(
        callback_id="programme.hours_form",
        title=TITLE,
        submit="Save",
        close="Cancel",
        metadata=programme.id,
        blocks=[
            ui.field("hours", "When should Cairn be quiet?", hours, hint=hint),
            ui.context(
                "*Who sees this:* everybody notices when messages come. Who has chosen hours of "
                "their own keeps them, and you do not see who has."
            ),
            ui.section(
                "*How often, and at what time,* check-ins, mentors' weeks and the pulse come.",
                accessory=cadence,
            ),
        ],
    )


def saved(programme: Programme) -> str:
    """Say what was kept, from when it counts and for whom."""
    return (
        f"Quiet hours: {hours_of(programme).lower()}, from the next message on, for everybody who "
        "has not chosen their own."
    )


def texts(programme: Programme) -> View:
    """List the texts that members are asked to accept, each with the way to read and change it."""
    own, usual = "This programme's own text.", "The usual text."
    conduct = ui.button(
        "Read or change", "people.conduct_text", spoken="Read or change the code of conduct"
    )
    consent = ui.button(
        "Read or change",
        "research.text",
        value=programme.id,
        spoken="Read or change the consent to research",
    )
    research = (
        f"{own if programme.consent_text else usual} A yes or no, asked on Home, never a must."
        if uses(programme, Use.RESEARCH)
        else "Nobody is asked: this programme does without research. See *What it uses* on Home."
    )
    return ui.modal(
        callback_id="programme.texts",
        title="Texts",
        blocks=[
            ui.section(
                f"*Code of conduct.* {own if programme.conduct_text else usual} Everybody accepts "
                "it before they get a seat.",
                accessory=conduct,
            ),
            ui.section(
                f"*Consent to research.* {research}",
                accessory=consent if uses(programme, Use.RESEARCH) else None,
            ),
            ui.context(
                "Reading and changing sends nothing. Who accepted a text keeps what they accepted."
            ),
        ],
    )
