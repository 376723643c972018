"""What members had in seven days, and what is folded until it fits."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import rules
from bot.delivery.allotment import Terms, counts
from bot.delivery.model import Entry, Lane, OutboxState
from bot.delivery.tables import ENTRY, SET_OUT, entry_from, in_state, outbox
from bot.kernel.database import Instant
from bot.kernel.ids import WorkspaceId

_RIDERS_AT_MOST = 5
_THIS_WEEK = (
    sa.select(outbox.c.recipient, outbox.c.claimed_at)
    .where(
        in_state(*SET_OUT),
        outbox.c.workspace_id == sa.bindparam("workspace"),
        outbox.c.recipient.in_(sa.bindparam("recipients", expanding=True)),
        outbox.c.claimed_at > sa.bindparam("since", type_=Instant),
        outbox.c.rides_on.is_(None),
        outbox.c.lane != str(Lane.INTERACTIVE),
        outbox.c.kind.not_in(sa.bindparam("uncounted", expanding=True)),
    )
    .order_by(outbox.c.claimed_at)
)


async def sent_this_week(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    recipients: Iterable[str],
    *,
    now: datetime,
    terms: Terms,
) -> dict[str, list[datetime]]:
    """When each of `recipients` was sent what counts, in the seven days before `now`, in order."""
    rows = await connection.execute(
        _THIS_WEEK,
        {
            "workspace": workspace_id,
            "recipients": list(recipients),
            "since": now - rules.WEEK,
            "uncounted": [kind for kind, one in terms.policies.items() if not one.counts],
        },
    )
    sent_at: dict[str, list[datetime]] = {}
    for recipient, claimed_at in rows:
        sent_at.setdefault(recipient, []).append(claimed_at)
    return sent_at


_FOLDED = (
    sa.select(*ENTRY)
    .where(
        outbox.c.is_folded.is_(sa.true()),
        in_state(OutboxState.QUEUED),
        outbox.c.workspace_id == sa.bindparam("workspace"),
        outbox.c.recipient.in_(sa.bindparam("recipients", expanding=True)),
        outbox.c.id.not_in(sa.bindparam("chosen", expanding=True)),
    )
    .order_by(outbox.c.priority, outbox.c.not_before)
    .with_for_update(skip_locked=True)
)


async def folded_for(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    chosen: Sequence[Entry],
    *,
    terms: Terms,
) -> dict[str, list[Entry]]:
    """What waits, folded, for a message to the same member: by the id of that message's entry."""
    carriers = {entry.recipient: entry.id for entry in chosen if counts(entry, terms)}
    if not carriers:
        return {}
    ids = [entry.id for entry in chosen]
    its = {"workspace": workspace_id, "recipients": list(carriers), "chosen": ids}
    riders: dict[str, list[Entry]] = {}
    for row in await connection.execute(_FOLDED, its):
        entry = entry_from(row)
        folded = riders.setdefault(carriers[entry.recipient], [])
        if len(folded) < _RIDERS_AT_MOST:
            folded.append(entry)
    return riders
