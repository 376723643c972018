"""Proposals and exclusions in Slack: a coordinator's Home, and to-dos about matching."""

from bot.groups import approval as deciding
from bot.groups import store as seated
from bot.kinds import ToDoKind
from bot.matching import store
from bot.matching.erasure import erase
from bot.matching.model import ProposalState, ProposalVersion
from bot.matching.store import todos
from bot.meetings import store as meetings
from bot.people import store as people
from bot.people.permissions import coordinates
from bot.programme.groups import count_unseated, empty_channels, first_groups
from bot.programme.model import Programme
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, ToDos, Viewer
from handlers.edge.dispatch import Edge
from handlers.matching import exclusions, group_page, listeners, views
from handlers.matching.proposal_views import Shown


async def home(viewer: Viewer) -> list[Block]:
    """Show a coordinator where the matching of the programme is."""
    programme = viewer.programme
    if programme is None or not coordinates(viewer.member):
        return []
    connection, workspace_id = viewer.connection, viewer.member.workspace_id
    kept = await store.current_proposal(connection, workspace_id, programme.id, whole=False)
    if kept is None:
        return views.coordinator_home(None, programme)
    if kept.state is ProposalState.APPROVED:
        return await _approved(viewer, programme, kept)
    shown = await listeners.shown_of(connection, kept, programme)
    return views.coordinator_home(shown, programme)


async def _approved(viewer: Viewer, programme: Programme, kept: ProposalVersion) -> list[Block]:
    """Show the groups and those who wait; in a large programme how many there are."""
    connection, workspace_id = viewer.connection, programme.workspace_id
    undoable = await deciding.is_undoable(connection, workspace_id, kept, now=viewer.now)
    waiting, waiting_count, lacks_mentor = await seated.first_waiting(
        connection, programme, limit=views.FEW
    )
    if waiting_count > views.FEW:
        waiting = []
    ids_waiting = [one.member_id for one in waiting]
    found = await people.members(connection, workspace_id, ids=ids_waiting) if waiting else []
    groups, group_count = await first_groups(connection, programme, limit=views.GROUPS_READ)
    ids = [group.id for group, _ in groups] if group_count <= views.FEW else []
    met = await meetings.last_met(connection, workspace_id, group_ids=ids) if ids else {}
    summaries = [
        views.GroupSummary(group=group, mentees=mentees, last_met=met.get(group.id))
        for group, mentees in groups
    ]
    every = summaries if group_count == len(summaries) else []
    approved = views.ApprovedGroups(
        groups=summaries,
        group_count=group_count,
        empty=await empty_channels(connection, programme),
        limits={
            one.id: views.waiting_limit(one, every, programme, now=viewer.now) for one in found
        },
        waiting=waiting,
        waiting_count=waiting_count,
        lacks_mentor=lacks_mentor,
        unseated=0 if waiting_count else await count_unseated(connection, programme),
        undo_until=kept.decided_at + deciding.UNDO_FOR if undoable and kept.decided_at else None,
    )
    names: dict[str, str] = {one.id: one.name for one in found}
    shown = Shown(kept=kept, programme=programme, names=names)
    return views.coordinator_home(shown, programme, approved)


def _listeners(edge: Edge) -> None:
    listeners.register(edge)
    exclusions.register(edge)
    group_page.register(edge)


CAPABILITY = Capability(
    name="matching",
    listeners=_listeners,
    home={HomeSection.TOP: home},
    todos=ToDos(
        find=lambda viewer: todos(viewer.connection, viewer.member, viewer.programme, viewer.now),
        say={
            ToDoKind.PROPOSE_GROUPS: views.propose_groups,
            ToDoKind.APPROVE_PROPOSAL: views.approve_proposal,
        },
    ),
    privacy="*Rather not with:* you alone; not even coordinators.",
    erase=erase,
)
