"""The Home tab about matching: a coordinator's proposal and groups, and to-dos about them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups import approval as deciding
from bot.groups import store as seated
from bot.kernel.ids import WorkspaceId
from bot.kinds import ToDoKind
from bot.matching import store
from bot.matching.model import ProposalState
from bot.matching.store import todos
from bot.meetings import store as meetings
from bot.people import store as people
from bot.people.permissions import coordinates
from bot.programme.groups import count_groups, first_groups
from bot.programme.model import Programme
from bot.todos import ToDo
from handlers.blocks import Block, ToDoLine, button
from handlers.capability import ToDos, Viewer
from handlers.matching import views
from handlers.matching.listeners import shown_of
from handlers.matching.views import Shown


async def home(viewer: Viewer) -> list[Block]:
    """Show a coordinator where the matching of the programme stands."""
    programme = viewer.programme
    if programme is None or not coordinates(viewer.member):
        return []
    workspace_id = viewer.member.workspace_id
    return await _coordinator_blocks(viewer.connection, workspace_id, programme, viewer.now)


async def _coordinator_blocks(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme: Programme, now: datetime
) -> list[Block]:
    kept = await store.current_proposal(connection, workspace_id, programme.id, whole=False)
    if kept is None:
        return views.coordinator_home(None, programme)
    if kept.state is not ProposalState.APPROVED:
        return views.coordinator_home(await shown_of(connection, kept, programme), programme)
    undoable = await deciding.is_undoable(connection, workspace_id, kept, now=now)
    undo_until = kept.decided_at + deciding.UNDO_FOR if undoable and kept.decided_at else None
    waiting, count = await seated.first_waiting(
        connection, workspace_id, programme.id, limit=views.ROWS_ON_HOME
    )
    found = await people.members(connection, workspace_id, ids=[w.member_id for w in waiting])
    names: dict[str, str] = {one.id: one.name for one in found}
    return views.coordinator_home(
        Shown(kept=kept, programme=programme, names=names),
        programme,
        waiting=waiting,
        names=names,
        groups=await _groups(connection, programme),
        undo_until=undo_until,
        counts=views.Counts(
            groups=await count_groups(connection, programme),
            unmet=await meetings.count_unmet(connection, workspace_id, programme.id),
            waiting=count,
        ),
    )


async def _groups(connection: AsyncConnection, programme: Programme) -> list[views.GroupSummary]:
    """The first of the programme's groups, with how many mentees each has and when it last met."""
    found = await first_groups(connection, programme, limit=views.GROUPS_ON_HOME)
    ids = [group.id for group, _ in found]
    met = await meetings.last_met(connection, programme.workspace_id, group_ids=ids)
    return [
        views.GroupSummary(group=group, mentees=mentees, last_met=met.get(group.id))
        for group, mentees in found
    ]


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find what a coordinator has to decide about matching."""
    return await todos(viewer.connection, viewer.member, viewer.programme, viewer.now)


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
