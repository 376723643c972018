"""Views of a workspace's queue. They name kinds and reasons, never words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.delivery.model import Entry, OutboxState, QueueReport
from bot.delivery.reasons import lacks, refused, sentence
from bot.kernel.words import day_and_month, plural
from bot.schedule.rules import zone
from bot.todos import ToDo
from handlers.blocks import Block, ToDoLine, button, confirm, context, escape, section

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Undone:
    """Something that Cairn tried in Slack and did not get done; `want` is the errand's."""

    want: str
    reason: str | None
    has_failed: bool


_ERRANDS = {
    "in": "somebody could not be invited to a channel",
    "out": "somebody could not be taken out of a channel",
    "redrawn": "a message could not be drawn anew or deleted",
    "opened": "a group's channel is not open, or nothing may be posted there",
    "shown": "a Home tab could not be drawn anew",
}


def queue_blocks(
    report: QueueReport,
    dead: Sequence[Entry],
    owed: Sequence[Undone] = (),
    *,
    names: Mapping[str, str],
    tz: str,
) -> list[Block]:
    """Show what waits and what failed; nothing while all is sent."""
    waiting = sum(
        report.count(state)
        for state in (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)
    )
    if not (waiting or dead or owed or report.refused_for or report.lacking):
        return []
    said = section(f"*Messages.* {_waiting(report, waiting, tz)}")
    return [said, *_dead(dead, names), *_owed(owed)]


def _owed(owed: Sequence[Undone]) -> list[Block]:
    """List what Cairn tried in Slack and could not do, by kind and reason; nobody is named."""
    if not owed:
        return []
    kinds = Counter(owed)
    lines = [
        f"• {_ERRANDS[one.want]}{f' ({count} times)' if count > 1 else ''}: "
        f"{escape(sentence(one.reason))}{'' if one.has_failed else '; it is tried again'}"
        for one, count in kinds.most_common(SHOWN)
    ]
    if len(kinds) > SHOWN:
        lines.append(f"• and {len(kinds) - SHOWN} more")
    again = button("Try again", "operations.resend", spoken="Try again what was not done in Slack")
    return [section("*In Slack.* Not done yet:\n" + "\n".join(lines), accessory=again)]


def _waiting(report: QueueReport, waiting: int, tz: str) -> str:
    pace = f", at up to {report.rate_per_min:.0f} a minute"
    said = f"{waiting} wait to be sent{pace if waiting > report.rate_per_min else ''}."
    if not waiting:
        said = "Nothing waits to be sent."
    if report.refused_for is not None:
        said += f" :warning: {_refused(report, tz)}"
    elif waiting and report.paused_until is not None:
        said += f" Slack asked for a pause until {report.paused_until.astimezone(zone(tz)):%H:%M}."
    if report.lacking:
        said += f" :warning: {lacks(report.lacking)}"
    return said


def _refused(report: QueueReport, tz: str) -> str:
    said = escape(refused(report.refused_for))
    if report.refused_since is not None:
        since = report.refused_since.astimezone(zone(tz))
        said += f" It has been so since {day_and_month(since.date())}, {since:%H:%M}."
    return f"{said} Tell an administrator; after that, what waits goes within 15 minutes."


def _dead(dead: Sequence[Entry], names: Mapping[str, str]) -> list[Block]:
    if not dead:
        return []
    count = f"{len(dead)} messages" if len(dead) > 1 else "One message"
    reasons = Counter(
        (names.get(one.kind, one.kind), sentence(one.last_error, to=one.recipient)) for one in dead
    )
    lines = [
        f"• {kind}{f' ({many} times)' if many > 1 else ''}: {escape(reason)}"
        for (kind, reason), many in reasons.most_common(SHOWN)
    ]
    if len(reasons) > SHOWN:
        lines.append(f"• and {len(reasons) - SHOWN} other reasons")
    return [
        section(f"{count} could not be delivered:\n" + "\n".join(lines)),
        context("Put the reason right first. The words of messages are not shown here."),
    ]


def send_again(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to send again what failed, after a question."""
    question = confirm(
        "Send them again?",
        "Where nobody can tell whether a message arrived, it may come twice.",
        yes="Send again",
        no="Not now",
        danger=False,
    )
    spoken = "Send them again: what could not be delivered"
    return ToDoLine(
        f"{plural(todo.count, 'message')} could not be delivered. Below you read why; send "
        "again what has been put right.",
        button("Send them again", "operations.resend", spoken=spoken, confirm=question),
    )
