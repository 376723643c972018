"""The queue of messages on a coordinator's Home tab: what waits, what failed, sending it again."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.audit.model import Act
from bot.delivery import store as delivery
from bot.delivery.model import Entry, OutboxState, QueueReport
from bot.errands import store as errands
from bot.kinds import ToDoKind
from bot.people.permissions import coordinates
from bot.todos import ToDo, Weight
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, ToDos, Viewer
from handlers.edge.call import Call
from handlers.edge.services import Services
from handlers.queue import views


async def on_resend(call: Call, services: Services) -> None:
    """Let a coordinator send again what could not be delivered in their own workspace."""
    async with services.database.writing() as connection:
        count = await delivery.resend(connection, call.workspace_id, now=services.clock.now())
        await services.record(connection, call, Act.SENT_AGAIN, what=count, count=count)
        await errands.try_again(connection, call.workspace_id)
    services.wake()
    await services.refresh_home(call)


@dataclass(frozen=True, slots=True)
class QueueState:
    """The queue of a workspace: what waits, what failed, and what is owed in Slack besides."""

    report: QueueReport
    dead: Sequence[Entry]
    owed: Sequence[views.Undone]


async def _queue(viewer: Viewer) -> QueueState:
    """Read the state of the workspace's queue, and what could not be delivered or done."""
    connection, workspace_id = viewer.connection, viewer.member.workspace_id
    report = await delivery.queue_report(connection, workspace_id, now=viewer.now)
    has_failed = report.count(OutboxState.FAILED) > 0
    dead = await delivery.dead_letters(connection, workspace_id) if has_failed else []
    owed = [
        views.Undone(one.want, one.last_error, one.failed_at is not None)
        for one in await errands.owed(connection, workspace_id)
    ]
    return QueueState(report, dead, owed)


async def home(viewer: Viewer) -> list[Block]:
    """Show a coordinator what waits and what failed; nothing to anybody else."""
    if not coordinates(viewer.member):
        return []
    found = await viewer.once(_queue)
    names = viewer.services.message_names
    tz = viewer.member.timezone
    return views.queue_blocks(found.report, found.dead, found.owed, names=names, tz=tz)


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find whether messages of the workspace could not be delivered."""
    dead = (await viewer.once(_queue)).dead if coordinates(viewer.member) else []
    if not dead:
        return []
    since = min(one.not_before for one in dead)
    kind, weight = ToDoKind.SEND_AGAIN, Weight.SOMEBODY_WAITS
    return [ToDo(kind=kind, weight=weight, since=since, count=len(dead))]


CAPABILITY = Capability(
    name="queue",
    listeners=lambda edge: edge.action("operations.resend", on_resend),
    home={HomeSection.TOP: home},
    todos=ToDos(find=find_todos, say={ToDoKind.SEND_AGAIN: views.send_again}),
)
