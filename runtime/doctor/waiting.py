"""Look at what could not be delivered or done, and stays so until somebody acts."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.delivery.model import OutboxState
from bot.delivery.tables import outbox
from bot.errands import store as errands
from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.scope import everywhere
from runtime.doctor.findings import Finding, fix, well
from runtime.health import Facts, judge, lateness
from runtime.stock import take_stock
from runtime.tenancy import Options, opened_vault


async def stuck(database: Database) -> list[Finding]:
    """Count dead letters and errands owed, in all workspaces."""
    dead_letters = (
        sa.select(outbox.c.workspace_id, sa.func.count())
        .where(outbox.c.state == str(OutboxState.FAILED), outbox.c.ended_at.is_not(None))
        .group_by(outbox.c.workspace_id)
        .order_by(outbox.c.workspace_id)
    )
    with everywhere():
        async with database.reading() as connection:
            counts = [
                (where, number, "messages could not be delivered")
                for where, number in await connection.execute(dead_letters)
            ]
            for where in sorted(await errands.workspaces(connection)):
                owed = len(await errands.owed(connection, where))
                counts.append((where, owed, "changes in channels or messages are not done yet"))
    return [
        fix(f"{where}: {number} {what}; see `python app.py queue` for the reasons")
        for where, number, what in counts
    ] or [well("No message is stuck, and nothing is left undone.")]


async def late(options: Options, database: Database, clock: Clock) -> list[Finding]:
    """Say what is due and was not done, by the rule of the running process."""
    async with opened_vault(options) as vault:
        stock = await take_stock(database, vault, clock)

    def age(at: datetime | None) -> timedelta:
        return stock.at - at if at is not None else timedelta()

    facts = Facts(
        loop_silent=timedelta(),
        database_answers=True,
        workspaces=0,
        slack_silent=None,
        refused={},
        due_late=age(stock.due[1]),
        events_late=age(stock.inbox[1]),
        lanes_late=lateness(stock.backlogs, stock.paces, now=stock.at),
    )
    return [fix(f"{sentence}, and see that Cairn runs") for sentence in judge(facts).values()]
