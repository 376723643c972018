"""How a coordinator chooses what a programme uses."""

from collections.abc import Iterable, Sequence

from bot.programme.model import Programme, Use, uses
from handlers import blocks as ui
from handlers.blocks import Block, Choice, View
from handlers.programme.channel_views import submit_of

ALONE: Sequence[Choice] = (
    (Use.PROFILE, "Profiles: what people tell of themselves when they are introduced"),
    (Use.CHECKINS, "Check-ins: short reflections, shared or not"),
    (Use.STAGES, "Stages: claims with evidence, which a mentor answers"),
    (Use.GOALS, "Goals: two or three, each with a next step"),
    (Use.COMPASS, "Compass: guiding principles that nobody else can read"),
    (Use.CLOSING, "Closing: looking back, thanks, a letter and a portfolio"),
)
TOGETHER: Sequence[Choice] = (
    (Use.MEETINGS, "Meetings: finding a date, an agenda, what took place"),
    (Use.NUDGES, "Nudges: one message a week for each mentor"),
    (Use.AGREEMENTS, "Agreements: how a mentee and a mentor work together"),
    (Use.RELATIONSHIP, "Relationship: how it is going, asked of both sides"),
    (Use.COMMUNITY, "Community: a charter for each group, and peer-mentors"),
    (Use.PEERS, "Peer rounds: pairs or trios of peers meet for half an hour"),
    (Use.RESEARCH, "Research: figures of those who agree, for researchers"),
)
WHO_SEES_USES = "*Who sees this:* members see what is switched on, each thing when its week comes."


def uses_line(programme: Programme) -> Block:
    """Show a coordinator what the programme uses, with the way to change it."""
    names = [label.partition(":")[0] for use, label in (*ALONE, *TOGETHER) if use in _on(programme)]
    return ui.section(
        f"*What it uses.* {', '.join(names) or 'The pulse alone'}.",
        accessory=ui.button(
            "Change", "programme.uses", value=programme.id, spoken="Change what the programme uses"
        ),
    )


def uses_form(programme: Programme) -> View:
    """Ask a coordinator what the programme uses."""
    return ui.modal(
        callback_id="programme.uses_form",
        title="What it uses",
        submit=submit_of(programme),
        close="Cancel",
        metadata=programme.id,
        blocks=[
            _choose("alone", "For each person", ALONE, _on(programme)),
            ui.context(WHO_SEES_USES),
            _choose("together", "Together", TOGETHER, _on(programme)),
            ui.context(
                "What you switch off disappears with its buttons and messages, and what was "
                "written stays kept. What you switch on begins in its week, or now. The pulse, "
                "the contacts and the way to raise a concern are always there."
            ),
        ],
    )


def _choose(block_id: str, label: str, choices: Sequence[Choice], on: Iterable[Use]) -> Block:
    boxes = ui.checkboxes(f"programme.{block_id}", choices, chosen=set(on))
    return ui.field(block_id, label, boxes, optional=True)


def _on(programme: Programme) -> list[Use]:
    return [use for use in Use if uses(programme, use)]
