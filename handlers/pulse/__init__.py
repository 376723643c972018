"""The pulse in Slack: what is sent about it, what Home shows of it and asks."""

from collections.abc import Sequence

from bot.delivery.model import KindPolicy
from bot.flows import pulse_rounds
from bot.flows.pulse_messages import todos
from bot.kinds import MessageKind, ToDoKind
from bot.people.model import PAIRED
from bot.programme.model import Programme, ProgrammeState
from bot.pulse import actions
from bot.pulse import results as released
from bot.pulse import store as rounds
from bot.pulse.model import CellId, Round
from bot.pulse.use_cases import forget
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, MessageType, ToDos, Viewer, seating_here
from handlers.pulse import comment_views, form_views, listeners, messages


async def _told(viewer: Viewer) -> list[Round]:
    """The last rounds with results, the latest first."""
    if viewer.programme is None:
        return []
    workspace_id = viewer.member.workspace_id
    return await released.latest(viewer.connection, workspace_id, viewer.programme.id)


async def home(viewer: Viewer) -> list[Block]:
    """Show a member what is open and what the last pulse said."""
    if viewer.programme is None or not viewer.member.roles & PAIRED:
        return []
    return await _members(viewer, viewer.programme, await viewer.once(_told))


async def overview(viewer: Viewer) -> list[Block]:
    """Show a coordinator what is open and what the last pulse said."""
    if viewer.programme is None or not viewer.member.is_coordinator:
        return []
    return await _coordinators(viewer, viewer.programme, await viewer.once(_told))


async def _members(viewer: Viewer, programme: Programme, told: Sequence[Round]) -> list[Block]:
    connection, member = viewer.connection, viewer.member
    answerable = await rounds.open_for(connection, member.workspace_id, member.id)
    blocks: list[Block] = []
    if told:
        action = await actions.action_on(connection, told[0].id)
        group = next((one for one, _ in (await viewer.once(seating_here)).groups), None)
        cell = CellId(group.id) if group else None
        digest = await messages.own_digest(connection, told, programme.name, cell=cell, group=group)
        asked = told[0].comments and await listeners.can_read_comments(connection, told[0], member)
        blocks = form_views.told_blocks(digest, cell, action, was_asked=asked)
    return form_views.mentee_home([r for r in answerable if viewer.now < r.closes_at], blocks)


async def _coordinators(viewer: Viewer, programme: Programme, told: Sequence[Round]) -> list[Block]:
    connection = viewer.connection
    if programme.state is ProgrammeState.DRAFT:
        return form_views.before_the_start(programme.template)
    open_round = await rounds.open_round_of(connection, programme.workspace_id, programme.id)
    switch = comment_views.switch(
        programme.id, allowed=programme.template.pulse_comments, is_open=open_round is not None
    )
    return form_views.coordinator_home(
        open_round=open_round,
        digest=await messages.digest_in_short(connection, told, programme.name) if told else None,
        switch=switch if programme.state is ProgrammeState.RUNNING else (),
    )


async def looking_back(viewer: Viewer) -> list[Block]:
    """Show a member the last result of a programme that has ended."""
    if viewer.programme is None:
        return []
    return await _members(viewer, viewer.programme, await viewer.once(_told))


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find the pulse about which members have not heard what was done."""
    return await todos(viewer.connection, viewer.member, await viewer.once(_told))


_COMES_AGAIN = KindPolicy(resend_unknown=False, counts=False, reminder_of="pulse")
_MUST_ARRIVE = KindPolicy(resend_unknown=True, counts=False, outlasts_absence=True)
"""Nothing of the pulse counts towards a member's weekly messages: all must get the same."""

CAPABILITY = Capability(
    name="pulse",
    is_private=True,
    listeners=listeners.register,
    messages={
        kind: MessageType(
            name=name,
            write=write,
            policy=_COMES_AGAIN if write is messages.write_asking else _MUST_ARRIVE,
        )
        for kind, name, write in (
            (MessageKind.PULSE_INVITATION, "invitation to a pulse", messages.write_asking),
            (MessageKind.PULSE_REMINDER, "reminder of a pulse", messages.write_asking),
            (MessageKind.PULSE_DIGEST, "pulse digest", messages.write_digest),
            (MessageKind.PULSE_RESULT, "pulse result", messages.write_result),
            (MessageKind.PULSE_VOID, "pulse without result", messages.write_void),
            (MessageKind.PULSE_HELD, "pulse held back", messages.write_after),
            (MessageKind.PULSE_ACTION, "what was done about a pulse", messages.write_after),
        )
    },
    duties=lambda services: pulse_rounds.duties(listeners.pulse_services(services)),
    home={HomeSection.PEOPLE: home, HomeSection.TOP: overview},
    looking_back={HomeSection.PEOPLE: looking_back},
    privacy="*Pulse:* nobody is shown your answers, or whether you answered.",
    todos=ToDos(find=find_todos, say={ToDoKind.SAY_WHAT_WAS_DONE: form_views.say_what_was_done}),
    erase=lambda connection, member, _now: forget(
        connection, member.workspace_id, member_id=member.id
    ),
)
