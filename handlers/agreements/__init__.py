"""Agreements in Slack: what Home shows of them and asks. Nothing of them is in a message."""

from bot.agreements import store
from bot.agreements.model import PairProgress, PairSide
from bot.agreements.use_cases import own_progress, todos
from bot.kinds import ToDoKind
from bot.people.model import PAIRED
from bot.people.permissions import coordinates
from bot.programme.model import ProgrammeState, Use
from bot.todos import ToDo
from handlers.agreements import listeners, views
from handlers.blocks import Block, actions
from handlers.capability import Capability, ToDos, Viewer, groups_of


async def _progress(viewer: Viewer) -> list[PairProgress]:
    if not viewer.member.roles & PAIRED:
        return []
    known = await viewer.once(groups_of)
    return await own_progress(viewer.connection, viewer.member, known=known)


def _with_sides(viewer: Viewer, found: list[PairProgress]) -> list[tuple[PairProgress, PairSide]]:
    return [(one, one.pair.side_of(viewer.member.id)) for one in found]


async def home(viewer: Viewer) -> list[Block]:
    """Show a member how far their agreements are, and a coordinator how many pairs have agreed."""
    programme, member = viewer.programme, viewer.member
    found = _with_sides(viewer, await viewer.once(_progress))
    blocks = views.home(found, tz=member.timezone, now=viewer.now)
    if programme and programme.state is ProgrammeState.RUNNING and coordinates(member):
        rate = await store.signing_rate(viewer.connection, member.workspace_id, programme.id)
        blocks += views.coordinator_home(agreed=rate.agreed, pairs=rate.pairs)
    return blocks


async def looking_back(viewer: Viewer) -> list[Block]:
    """Show somebody whose programme has ended the way to what they agreed."""
    found = _with_sides(viewer, await viewer.once(_progress))
    return views.home(found, tz=viewer.member.timezone, now=viewer.now)


async def settings(viewer: Viewer) -> list[Block]:
    """Give a member who has left the way to what they agreed."""
    if viewer.member.takes_part or not await viewer.once(_progress):
        return []
    return [actions(views.MINE)]


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find what a mentee or a mentor can do about their agreements."""
    return todos(viewer.member, await viewer.once(_progress), viewer.now)


CAPABILITY = Capability(
    name="agreements",
    optional=Use.AGREEMENTS,
    listeners=listeners.register,
    home=home,
    looking_back=looking_back,
    settings=settings,
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.FILL_AGREEMENT: views.fill_agreement,
            ToDoKind.COMPARE_ANSWERS: views.compare_answers,
            ToDoKind.CONFIRM_AGREEMENT: views.confirm_agreement,
            ToDoKind.REVIEW_AGREEMENT: views.review_agreement,
        },
    ),
    erase=store.erase,
)
