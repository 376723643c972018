"""Agreements in Slack: what Home shows of them and asks. Nothing of them is in a message."""

from datetime import datetime

from bot.agreements import store
from bot.agreements.model import PairProgress, PairSide
from bot.agreements.use_cases import own_progress, todos
from bot.kinds import ToDoKind
from bot.people.model import PAIRED
from bot.people.permissions import coordinates
from bot.programme.groups import GroupMembers
from bot.programme.model import ProgrammeState, Use
from bot.todos import ToDo
from handlers.agreements import listeners, views
from handlers.blocks import AgendaLine, Block, actions
from handlers.capability import Capability, HomeSection, ToDos, Viewer, seating


async def _progress(viewer: Viewer) -> list[PairProgress]:
    if not viewer.member.roles & PAIRED:
        return []
    seats = await viewer.once(seating)
    return await own_progress(viewer.connection, viewer.member, seating=seats)


def _with_sides(viewer: Viewer, found: list[PairProgress]) -> list[tuple[PairProgress, PairSide]]:
    return [(one, one.pair.side_of(viewer.member.id)) for one in found]


async def home(viewer: Viewer) -> list[Block]:
    """Show a member how far their agreements are, and what they agreed when all has ended."""
    found = _with_sides(viewer, await viewer.once(_progress))
    return views.home(found, tz=viewer.member.timezone, now=viewer.now)


async def overview(viewer: Viewer) -> list[Block]:
    """Show a coordinator how many pairs have agreed."""
    programme, member = viewer.programme, viewer.member
    if not programme or programme.state is not ProgrammeState.RUNNING or not coordinates(member):
        return []
    rate = await store.signing_rate(viewer.connection, member.workspace_id, programme.id)
    return views.coordinator_home(agreed=rate.agreed, pairs=rate.pairs)


async def agenda(viewer: Viewer, group: GroupMembers, _since: datetime | None) -> list[AgendaLine]:
    """Name the mentees of a group with whom a mentor has not agreed yet."""
    open_now = [
        one.pair.name_of(side.other)
        for one, side in _with_sides(viewer, await viewer.once(_progress))
        if one.pair.mentee_id in group.mentees and one.pair.ended_at is None and one.agreed is None
    ]
    return [views.agreement_to_talk_about(sorted(open_now))] if open_now else []


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
    home={HomeSection.PEOPLE: home, HomeSection.TOP: overview},
    looking_back={HomeSection.PEOPLE: home},
    settings=settings,
    privacy=(
        "*Agreements:* the two of you, once both have answered. Coordinators see how many pairs "
        "have agreed, never on what."
    ),
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.FILL_AGREEMENT: views.fill_agreement,
            ToDoKind.COMPARE_ANSWERS: views.compare_answers,
            ToDoKind.CONFIRM_AGREEMENT: views.confirm_agreement,
            ToDoKind.REVIEW_AGREEMENT: views.review_agreement,
        },
    ),
    agenda=agenda,
    erase=store.erase,
)
