"""The Home tab about the queue: what waits, what could not be delivered and why."""

from bot.delivery import store as delivery
from bot.delivery.model import Entry, OutboxState, QueueReport
from bot.kernel.words import plural
from bot.kinds import ToDoKind
from bot.people.permissions import coordinates
from bot.todos import ToDo, Weight
from handlers.blocks import Block, ToDoLine
from handlers.capability import ToDos, Viewer
from handlers.queue.views import queue_blocks, resend_button


async def _queue(viewer: Viewer) -> tuple[QueueReport, list[Entry]]:
    """The state of the workspace's queue, and what could not be delivered."""
    connection, workspace_id = viewer.connection, viewer.member.workspace_id
    report = await delivery.queue_report(connection, workspace_id, now=viewer.now)
    has_failed = report.count(OutboxState.FAILED) > 0
    return report, await delivery.dead_letters(connection, workspace_id) if has_failed else []


async def home(viewer: Viewer) -> list[Block]:
    """Show a coordinator what waits and what failed; nothing to anybody else."""
    if not coordinates(viewer.member):
        return []
    report, dead = await viewer.once(_queue)
    names = viewer.services.message_names
    return queue_blocks(report, dead, names=names, tz=viewer.member.timezone)


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find whether messages of the workspace could not be delivered."""
    if not coordinates(viewer.member):
        return []
    _, dead = await viewer.once(_queue)
    if not dead:
        return []
    since = min(one.not_before for one in dead)
    kind, weight = ToDoKind.SEND_AGAIN, Weight.SOMEBODY_WAITS
    return [ToDo(kind=kind, weight=weight, since=since, count=len(dead))]


def send_again(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to send again what failed."""
    return ToDoLine(
        f"{plural(todo.count, 'message')} could not be delivered. Below you read why; send "
        "again what has been put right.",
        resend_button(),
    )


TODOS = ToDos(find=find_todos, say={ToDoKind.SEND_AGAIN: send_again})
