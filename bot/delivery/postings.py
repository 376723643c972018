"""The message in Slack that an outbox entry became, or may have become."""

from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry, OutboxState
from bot.delivery.tables import ENTRY, entry_from, in_state, outbox
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Receipt


@dataclass(frozen=True, slots=True)
class Posting:
    """One message: the entry that was sent and those folded into it, and where it stands.

    `receipt` is None where it was not sent, or nobody knows.
    """

    entries: tuple[Entry, ...]
    receipt: Receipt | None

    @property
    def leader(self) -> Entry:
        return self.entries[0]


async def posting_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, entry_id: str
) -> Posting | None:
    """The message that this entry is in; None for an entry that is not known any more."""
    found = await _find(connection, workspace_id, entry_id)
    if found is not None and found.leader.rides_on is not None:
        found = await _find(connection, workspace_id, found.leader.rides_on)
    if found is None:
        return None
    riding = sa.select(*ENTRY).where(
        outbox.c.workspace_id == workspace_id,
        outbox.c.rides_on == found.leader.id,
        in_state(OutboxState.SENT),
    )
    riders = [entry_from(one) for one in await connection.execute(riding)]
    return replace(found, entries=(found.leader, *riders))


async def _find(
    connection: AsyncConnection, workspace_id: WorkspaceId, entry_id: str
) -> Posting | None:
    this = (outbox.c.workspace_id == workspace_id, outbox.c.id == entry_id)
    row = (await connection.execute(sa.select(*ENTRY).where(*this))).one_or_none()
    if row is None:
        return None
    where = sa.select(outbox.c.slack_channel, outbox.c.slack_ts).where(*this)
    channel, ts = (await connection.execute(where)).one()
    return Posting((entry_from(row),), Receipt(channel, ts) if ts else None)
