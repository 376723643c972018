"""When each recipient wants to be written to: quiet hours and working days, on their own clock."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.tables import delivery_rhythm
from bot.kernel.database import insert_into
from bot.kernel.ids import WorkspaceId
from bot.schedule.model import Rhythm
from bot.schedule.rules import welcome_at, zone

_MANY = 500
"""Recipients asked about in one query: SQLite takes a limited number of parameters."""


async def put_rhythm(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    recipient: str,
    *,
    rhythm: Rhythm,
    tz: str,
) -> None:
    """Write to this recipient only when `rhythm` welcomes it, by the clocks of `tz`.

    What waits already keeps its time. Raises ValueError for an unknown zone.
    """
    zone(tz)
    values = {
        "tz": tz,
        "quiet_from": rhythm.quiet_from,
        "quiet_until": rhythm.quiet_until,
        "working_days": "".join(str(day) for day in sorted(rhythm.working_days)),
    }
    keys = {"workspace_id": workspace_id, "recipient": recipient}
    await connection.execute(
        insert_into(connection, delivery_rhythm)
        .values(keys | values)
        .on_conflict_do_update(index_elements=list(keys), set_=values)
    )


async def change_zone(
    connection: AsyncConnection, workspace_id: WorkspaceId, recipient: str, *, tz: str
) -> None:
    """Let the rhythm of a travelling recipient, where there is one, follow the clocks of `tz`."""
    zone(tz)
    await connection.execute(
        delivery_rhythm.update()
        .where(
            delivery_rhythm.c.workspace_id == workspace_id,
            delivery_rhythm.c.recipient == recipient,
        )
        .values(tz=tz)
    )


async def rhythm_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, recipient: str
) -> Rhythm | None:
    """The rhythm that this recipient has chosen, if any."""
    row = (
        await connection.execute(
            sa.select(delivery_rhythm).where(
                delivery_rhythm.c.workspace_id == workspace_id,
                delivery_rhythm.c.recipient == recipient,
            )
        )
    ).one_or_none()
    return _rhythm(row) if row else None


async def welcome(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    recipients: Sequence[str],
    *,
    at: datetime,
    before: datetime,
) -> dict[str, datetime]:
    """When those of `recipients` who have chosen a rhythm want what could go at `at`.

    What would come too late, at `before` or after, is not held: quiet hours lose no message.
    """
    found: dict[str, datetime] = {}
    members = [one for one in recipients if one[:1] in {"U", "W"}]
    for first in range(0, len(members), _MANY):
        rows = await connection.execute(
            sa.select(delivery_rhythm).where(
                delivery_rhythm.c.workspace_id == workspace_id,
                delivery_rhythm.c.recipient.in_(members[first : first + _MANY]),
            )
        )
        for row in rows:
            later = welcome_at(at, zone(row.tz), _rhythm(row))
            found[row.recipient] = later if later < before else at
    return found


def _rhythm(row: sa.Row[Any]) -> Rhythm:
    def wall(shown: time) -> time:
        return shown.replace(tzinfo=None)

    return Rhythm(
        quiet_from=wall(row.quiet_from),
        quiet_until=wall(row.quiet_until),
        working_days=frozenset(int(day) for day in row.working_days),
    )
