"""The framework that stages and questions come from, as Home shows it to a coordinator."""

from bot.programme.model import Programme, Use, uses
from bot.stages.model import Framework
from handlers import blocks as ui
from handlers.blocks import Block, escape

OF_FRAMEWORK = (Use.CHECKINS, Use.STAGES, Use.NUDGES)
"""The uses of a framework: without all of them there is nothing to choose."""


def framework_line(programme: Programme, framework: Framework | None) -> list[Block]:
    """Show a coordinator the framework, with the way to change it, where anything comes from it."""
    if not any(uses(programme, use) for use in OF_FRAMEWORK):
        return []
    said = "It is missing from Cairn's files. Choose another, or ask an administrator."
    if framework is not None:
        levels = " → ".join(level.name for level in framework.levels)
        said = escape(f"{framework.name}: {levels}.")
    change = ui.button(
        "Change",
        "course.change:framework",
        value=f"framework {programme.id}",
        spoken="Change the framework",
    )
    return [ui.section(f"*Framework.* {said}", accessory=change)]
