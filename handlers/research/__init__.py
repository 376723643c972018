"""Research in Slack: members say yes or no, and coordinators get the file of those who agreed."""

from bot.kinds import ToDoKind
from bot.people.model import PAIRED
from bot.programme.model import Use
from bot.research.store import consent_of, erase, last_answer
from bot.research.use_cases import exportable, todos
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, ToDos, Viewer
from handlers.research import listeners, views


async def settings(viewer: Viewer) -> list[Block]:
    """Show a member what they said, with the way to change it."""
    if not viewer.member.roles & PAIRED:
        return []
    said = await last_answer(viewer.connection, viewer.member)
    usual = viewer.services.catalogue.consent
    text = await consent_of(viewer.connection, viewer.programme, usual)
    return views.settings(said, of_now=said is None or said.is_to(text))


async def tools(viewer: Viewer) -> list[Block]:
    """Lead a coordinator to the export, once research has begun with a programme."""
    there = await exportable(viewer.connection, viewer.member.workspace_id, viewer.now)
    return views.tools_line() if there else []


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find whether a member has yet to decide."""
    text = viewer.services.catalogue.consent
    return await todos(viewer.connection, viewer.member, viewer.programme, text, now=viewer.now)


CAPABILITY = Capability(
    name="research",
    optional=Use.RESEARCH,
    listeners=listeners.register,
    settings=settings,
    tools=tools,
    privacy="*Research:* only if you agreed, figures without your name or words. Nobody hears no.",
    todos=ToDos(find=find_todos, say={ToDoKind.DECIDE_ABOUT_RESEARCH: views.decide}),
    erase=erase,
)
