"""`app.py queue`: what waits, what failed, and sending it again."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.delivery import reasons
from bot.delivery import store as delivery
from bot.delivery.model import OPEN_STATES, Entry, QueueReport
from bot.delivery.tables import delivery_pace, outbox
from bot.errands import store as errands
from bot.errands.store import Errand, Want
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import everywhere, one_workspace
from bot.kernel.words import plural
from bot.people import installations
from bot.schedule.rules import FARTHEST
from runtime.commands.known import refuse_unknown
from runtime.commands.schema import current_database
from runtime.tenancy import Options, named_workspace

EVERYTHING = "all"


async def look_at_queue(
    options: Options,
    *,
    workspace: str | None = None,
    resend: str | None = None,
    retry: bool = False,
) -> str:
    """Report the queue of one workspace or of all, after sending again what `resend` names.

    `resend` is the id of a dead letter, or "all". `retry` lets a bot that runs try at once what
    Slack refused. Raises OperatorFacing when there is nothing of that kind.
    """
    now = datetime.now(UTC)
    async with current_database(options.database_url) as database:
        wanted = [named_workspace(workspace)] if workspace else await _workspaces(database)
        if workspace:
            with one_workspace(wanted[0]):
                async with database.reading() as connection:
                    await refuse_unknown(connection, wanted[0])
        said = [await _send_again(database, wanted, resend, now=now)] if resend else []
        said += [await _try_at_once(database, wanted, now=now)] if retry else []
        for one in wanted:
            with one_workspace(one):
                async with database.reading() as connection:
                    report = await delivery.queue_report(connection, one, now=now)
                    dead = await delivery.dead_letters(connection, one)
                    owed = await errands.owed(connection, one)
            said.append(_as_text(report, dead, owed, now=now))
    return "\n\n".join(said) or "The queue is empty."


async def _workspaces(database: Database) -> list[WorkspaceId]:
    with everywhere():
        async with database.reading() as connection:
            found = set(await errands.workspaces(connection))
            noted = sa.or_(delivery_pace.c.paused_for.is_not(None), delivery_pace.c.lacking != "")
            for query in (
                sa.select(outbox.c.workspace_id).distinct(),
                sa.select(delivery_pace.c.workspace_id).where(noted),
            ):
                found.update(map(WorkspaceId, (await connection.execute(query)).scalars()))
    return sorted(found)


async def _try_at_once(
    database: Database, workspaces: Sequence[WorkspaceId], *, now: datetime
) -> str:
    """Let what waits since Slack refused a workspace, and all that is owed there, be tried now."""
    shut, owed = 0, 0
    with everywhere():
        async with database.writing() as connection:
            for one in workspaces:
                shut += await installations.go_on(connection, one, now=now)
                owed += await errands.try_again(connection, one)
    return (
        f"{plural(shut, 'workspace')} that Slack refused and {plural(owed, 'thing')} left undone "
        "in Slack are tried now. A pause that Slack asked for is kept."
    )


async def _send_again(
    database: Database, workspaces: Sequence[WorkspaceId], entry_id: str, *, now: datetime
) -> str:
    chosen = None if entry_id == EVERYTHING else entry_id
    count = 0
    with everywhere():
        async with database.writing() as connection:
            for one in workspaces:
                count += await delivery.resend(connection, one, now=now, entry_id=chosen)
                if chosen is None:
                    count += await errands.try_again(connection, one)
    if not count:
        raise OperatorFacing(
            f"There is no dead letter {entry_id}; `python app.py queue` lists them"
            if chosen
            else "There is no dead letter to send again, and nothing is left undone",
            permanent=True,
        )
    return f"{count} queued again. They go as soon as the bot runs."


def _as_text(
    report: QueueReport, dead: Sequence[Entry], owed: Sequence[Errand], *, now: datetime
) -> str:
    """Write a report in plain lines, for people and for grep."""
    lanes = [
        f"  {one.lane:<12} {one.state:<10} {one.count:>5}  {_age(one.oldest_at, now)}"
        for one in report.lanes
        if one.count
    ]
    head = "  lane         state      count  oldest" if lanes else "  Nothing waits."
    lines = [f"Workspace {report.workspace_id}", head, *lanes]
    waiting = sum(report.count(state) for state in OPEN_STATES)
    lines.append(
        f"  Rate: up to {report.rate_per_min:.0f} a minute; {report.sent_last_minute} went in the "
        "last minute."
    )
    if report.paused_until == FARTHEST:
        lines.append("  Cairn is not installed there any more, so nothing is sent.")
    elif report.refused_for is not None:
        since = f" since {report.refused_since:%Y-%m-%d %H:%M} UTC" if report.refused_since else ""
        lines.append(
            f"  REFUSED ({report.refused_for}){since}. {reasons.refused(report.refused_for)}"
        )
        lines.append("  Then it goes on within 15 minutes, or at once: python app.py queue --retry")
    elif report.paused_until is not None:
        lines.append(
            f"  Slack asked for a pause until {report.paused_until:%Y-%m-%d %H:%M:%S} UTC."
        )
    if report.lacking:
        lines.append(f"  MISSING. {reasons.lacks(report.lacking)}")
    if report.expected_finish is not None:
        lines.append(f"  {waiting} wait; done by {report.expected_finish:%Y-%m-%d %H:%M:%S} UTC.")
    lines += [
        f"  Dead letter {one.id}: {one.kind} to {one.recipient}: "
        + reasons.sentence(one.last_error, to=one.recipient)
        for one in dead
    ]
    lines += [f"  Not done: {_errand(one)}: {reasons.sentence(one.last_error)}" for one in owed]
    if dead or owed:
        lines.append("  Fix the reason, then: python app.py queue --resend ID (or all)")
    return "\n".join(lines)


def _errand(one: Errand) -> str:
    match one.want:
        case Want.IN:
            return f"invite {one.person} to {one.place}"
        case Want.OUT:
            return f"take {one.person} out of {one.place}"
        case Want.REDRAWN:
            return f"draw message {one.place} anew"
        case Want.OPENED:
            return f"open the channel of {one.place}"
        case Want.SHOWN:
            return f"show {one.person} their Home tab"


def _age(at: datetime, now: datetime) -> str:
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 0:
        return "not yet due"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
