"""Programmes in Slack: what Home shows a coordinator from the set-up to the close."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry, KindPolicy
from bot.kernel.ids import ProgrammeId
from bot.kinds import MessageKind, ToDoKind
from bot.programme.groups import set_up
from bot.programme.model import ProgrammeState, week_of
from bot.programme.store import programme as of_id
from bot.programme.store import remove_member
from bot.programme.use_cases import todos
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, MessageType, ToDos, Viewer
from handlers.edge.services import Services
from handlers.programme import channel_views, home_views, hours_views, listeners, views
from handlers.sending.messenger import Written


async def home(viewer: Viewer) -> list[Block]:
    """Show a coordinator how far the programme has come; tell others when there is none."""
    programme, now = viewer.programme, viewer.now
    if viewer.member.is_coordinator:
        workspace_id = viewer.member.workspace_id
        counted = await set_up(viewer.connection, workspace_id, programme, now=now)
        framework = viewer.services.framework_of(programme) if programme else None
        return home_views.coordinator_home(programme, counted, framework=framework, now=now)
    return views.no_programme() if programme is None else []


async def tools(viewer: Viewer) -> list[Block]:
    """Lead a coordinator to the texts and the quiet hours, once there is a programme."""
    return hours_views.lines(viewer.programme) if viewer.programme else []


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find what a coordinator can do about the programme itself."""
    return todos(viewer.member, viewer.programme, viewer.now)


async def write_ends(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Ask a coordinator what comes after the last week; nothing once it was extended or closed."""
    programme = await of_id(connection, entry.workspace_id, ProgrammeId(entry.subject_id))
    if programme is None or programme.state is not ProgrammeState.RUNNING:
        return None
    now = services.clock.now()
    if week_of(programme, now) < programme.weeks:
        return None
    return views.programme_ends(programme, now=now)


async def write_goodbye(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Say goodbye to a member at the end of a programme."""
    programme = await of_id(connection, entry.workspace_id, ProgrammeId(entry.subject_id))
    return None if programme is None else views.goodbye(programme)


async def write_channel_problem(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a coordinator what speaks against the channel for digests; nothing once that is over."""
    programme = await of_id(connection, entry.workspace_id, ProgrammeId(entry.subject_id))
    if programme is None or not programme.channel_problem:
        return None
    return channel_views.channel_problem(programme)


_MUST_ARRIVE = KindPolicy(resend_unknown=True, counts=False)

CAPABILITY = Capability(
    name="programme",
    listeners=listeners.register,
    messages={
        MessageKind.PROGRAMME_ENDS: MessageType(
            name="question about the end", write=write_ends, policy=_MUST_ARRIVE
        ),
        MessageKind.GOODBYE: MessageType(
            name="goodbye to a member", write=write_goodbye, policy=_MUST_ARRIVE
        ),
        MessageKind.DIGEST_CHANNEL: MessageType(
            name="news of the channel for digests", write=write_channel_problem, policy=_MUST_ARRIVE
        ),
    },
    home={HomeSection.TOP: home},
    tools=tools,
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.SET_UP_PROGRAMME: views.set_up_programme,
            ToDoKind.NAME_CONTACTS: views.name_contacts,
            ToDoKind.CLOSE_PROGRAMME: views.close_programme,
        },
    ),
    erase=lambda connection, member, _now: remove_member(
        connection, member.workspace_id, member.id
    ),
)
