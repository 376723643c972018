"""How a coordinator chooses the framework that stages and questions come from."""

from collections.abc import Sequence

from bot.programme.model import Programme, ProgrammeState, Use, uses
from bot.stages.model import Framework
from handlers import blocks as ui
from handlers.blocks import Block, View, escape

TITLE = "The framework"
MOST_DESCRIBED = 15
OF_FRAMEWORK = (Use.CHECKINS, Use.STAGES, Use.NUDGES)
"""The uses of a framework: without all of them there is nothing to choose."""
BEFORE_THE_START = (
    "Stages and the questions of check-ins and nudges come from it. Stages are claimed and "
    "confirmed within one framework, so it is best chosen before the start."
)
UNDER_WAY = (
    "The questions change with the next check-in and nudge. Each mentee is at the first stage of "
    "the new framework, or at the one that your list of people gives them there. Stages confirmed "
    "so far stay in everybody's history, and count again if you change back; a claim that waits "
    "for an answer lapses. Cairn sends no message about it, so tell your groups."
)
WHO_SEES_FRAMEWORK = "*Who sees this:* mentees and mentors read its stages and its questions."


def framework_line(programme: Programme, framework: Framework | None) -> list[Block]:
    """Show a coordinator the framework, with the way to change it, where anything comes from it."""
    if not any(uses(programme, use) for use in OF_FRAMEWORK):
        return []
    said = "It is missing from Cairn's files. Choose another, or ask an administrator."
    if framework is not None:
        levels = " → ".join(level.name for level in framework.levels)
        said = escape(f"{framework.name}: {levels}.")
    change = ui.button(
        "Change", "programme.framework", value=programme.id, spoken="Change the framework"
    )
    return [ui.section(f"*Framework.* {said}", accessory=change)]


def framework_form(programme: Programme, frameworks: Sequence[Framework]) -> View:
    """Ask a coordinator for a framework, and say what a change brings about."""
    choices = [(one.id, one.name) for one in frameworks]
    has_begun = programme.state is ProgrammeState.RUNNING
    menu = ui.select(
        "programme.framework_choice",
        choices,
        placeholder="Choose a framework",
        chosen=programme.framework_id,
    )
    described = "\n".join(
        f"• *{escape(one.name)}*: {escape(_about(one))}" for one in frameworks[:MOST_DESCRIBED]
    )
    return ui.modal(
        callback_id="programme.framework_form",
        title=TITLE,
        submit="Save",
        close="Cancel",
        metadata=programme.id,
        blocks=[
            ui.field("framework", "Which framework?", menu),
            ui.context(WHO_SEES_FRAMEWORK),
            ui.context(UNDER_WAY if has_begun else BEFORE_THE_START),
            ui.section(f"{described}\nEach is a lens for reflection, not an assessment."),
        ],
    )


def _about(framework: Framework) -> str:
    """Give the first sentence of what a framework is about."""
    first, is_cut, _ = framework.about.partition(". ")
    return f"{first}." if is_cut else first


def changed(framework: Framework) -> View:
    """Say that the programme has another framework from now on."""
    return ui.notice(
        f"From now on, stages and questions are those of {framework.name}. Tell your groups: "
        "mentees find the new stages on their Home tab.",
        title=TITLE,
    )
