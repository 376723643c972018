"""The Home tab about the pulse: what is open, what the last one said, what was done about it."""

from collections.abc import Sequence

from bot.flows.pulse_messages import todos
from bot.kinds import ToDoKind
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState
from bot.pulse.model import CellId, Round
from bot.pulse.store import released, rounds
from bot.todos import ToDo
from handlers.blocks import Block, ToDoLine, button
from handlers.capability import ToDos, Viewer
from handlers.pulse import comment_views, form_views
from handlers.pulse.digests import digest_in_short, own_digest
from handlers.pulse.listeners import can_read_comments


async def _told(viewer: Viewer) -> list[Round]:
    """The last rounds with results, the latest first."""
    if viewer.programme is None:
        return []
    workspace_id = viewer.member.workspace_id
    return await released.latest(viewer.connection, workspace_id, viewer.programme.id)


async def home(viewer: Viewer) -> list[Block]:
    """Show what is open and what the last pulse said."""
    if viewer.programme is None:
        return []
    told = await viewer.once(_told)
    if viewer.member.role is Role.COORDINATOR:
        return await _coordinators(viewer, viewer.programme, told)
    return await _members(viewer, viewer.programme, told)


async def _members(viewer: Viewer, programme: Programme, told: Sequence[Round]) -> list[Block]:
    connection, member = viewer.connection, viewer.member
    answerable = await rounds.open_for(connection, member.workspace_id, member.id)
    blocks: list[Block] = []
    if told:
        action = await rounds.action_on(connection, told[0].id)
        group = await programmes.group_of(connection, member.workspace_id, programme.id, member.id)
        cell = CellId(group.id) if group else None
        digest = await own_digest(connection, told, programme.name, cell=cell, group=group)
        asked = told[0].comments and await can_read_comments(connection, told[0], member)
        blocks = form_views.told_blocks(digest, cell, action, was_asked=asked)
    return form_views.mentee_home([r for r in answerable if viewer.now < r.closes_at], blocks)


async def _coordinators(viewer: Viewer, programme: Programme, told: Sequence[Round]) -> list[Block]:
    connection = viewer.connection
    open_round = await rounds.open_round_of(connection, programme.workspace_id, programme.id)
    switch = comment_views.switch(
        programme.id, allowed=programme.template.pulse_comments, is_open=open_round is not None
    )
    return form_views.coordinator_home(
        open_round=open_round,
        digest=await digest_in_short(connection, told, programme.name) if told else None,
        switch=switch if programme.state is ProgrammeState.RUNNING else (),
    )


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find the pulse about which members have not heard what was done."""
    return await todos(viewer.connection, viewer.member, await viewer.once(_told))


def say_what_was_done(todo: ToDo) -> ToDoLine:
    """Ask a coordinator what was done about the last pulse."""
    waits = " The next pulse is due and waits for it." if todo.what else ""
    return ToDoLine(
        f"Members have not heard what was done about the last pulse.{waits}",
        button("Say what was done", "pulse.tell", value=todo.about, style="primary"),
    )


TODOS = ToDos(find=find_todos, say={ToDoKind.SAY_WHAT_WAS_DONE: say_what_was_done})
