"""The Home tab about matching: a coordinator's proposal and groups, and to-dos about them."""

from collections import Counter
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import approval as deciding
from bot.groups import store as seated
from bot.kernel.ids import WorkspaceId
from bot.kinds import ToDoKind
from bot.matching import store
from bot.matching.todos import todos
from bot.meetings import store as meetings
from bot.people.model import Member, Role
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.programme.model import Programme
from bot.todos.model import ToDo
from handlers.blocks import Block, ToDoLine, button
from handlers.capability import ToDos
from handlers.edge.services import Services
from handlers.matching import views
from handlers.matching.listeners import names_of, shown_of


async def home(
    _services: Services,
    connection: AsyncConnection,
    member: Member,
    programme: Programme | None,
    now: datetime,
) -> list[Block]:
    """Show a coordinator where the matching of the programme stands."""
    if programme is None or not coordinates(member):
        return []
    return await _coordinator_blocks(connection, member.workspace_id, programme, now)


async def _coordinator_blocks(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme: Programme, now: datetime
) -> list[Block]:
    kept = await store.current_proposal(connection, workspace_id, programme.id)
    if kept is None:
        return views.coordinator_home(None, programme)
    undoable = await deciding.is_undoable(connection, workspace_id, kept, now=now)
    undo_until = kept.decided_at + deciding.UNDO_FOR if undoable and kept.decided_at else None
    return views.coordinator_home(
        await shown_of(connection, kept, programme),
        programme,
        waiting=await seated.waitlist(connection, workspace_id, programme.id),
        names=await names_of(connection, workspace_id),
        groups=await _groups(connection, workspace_id, programme),
        undo_until=undo_until,
    )


async def _groups(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme: Programme
) -> list[views.GroupStanding]:
    """The programme's groups, each with how many mentees it has and when it last met."""
    found = await programmes.groups(connection, workspace_id, programme.id)
    seats = await programmes.seats(connection, workspace_id, programme.id, role=Role.MENTEE)
    mentees = Counter(seat.group_id for seat in seats)
    met = await meetings.last_met(connection, workspace_id, group_ids=[one.id for one in found])
    return [
        views.GroupStanding(group=one, mentees=mentees[one.id], last_met=met.get(one.id))
        for one in found
    ]


async def find_todos(
    _services: Services,
    connection: AsyncConnection,
    member: Member,
    programme: Programme | None,
    now: datetime,
) -> list[ToDo]:
    """Find what a coordinator has to decide about matching."""
    return await todos(connection, member, programme, now)


def propose_groups(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to look for groups."""
    return ToDoLine(
        "Mentors and mentees have accepted, and nobody is matched yet. Let Cairn propose groups, "
        "with reasons; you change and approve them.",
        button("Propose groups", "pairing.propose", value=todo.about, style="primary"),
    )


def approve_proposal(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to decide on the open proposal."""
    return ToDoLine(
        "A proposal of groups waits for you: look at it, change it, approve it.",
        button("Review and approve", "pairing.open", value=todo.about, style="primary"),
    )


TODOS = ToDos(
    find=find_todos,
    say={
        ToDoKind.PROPOSE_GROUPS: propose_groups,
        ToDoKind.APPROVE_PROPOSAL: approve_proposal,
    },
)
