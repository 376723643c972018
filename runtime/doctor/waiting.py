"""Look at what could not be delivered or done, and stays so until somebody acts."""

import sqlalchemy as sa

from bot.delivery.model import OutboxState
from bot.delivery.tables import outbox
from bot.errands import store as errands
from bot.kernel.database import Database
from bot.kernel.scope import everywhere
from runtime.doctor.findings import Finding, fix, well


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
