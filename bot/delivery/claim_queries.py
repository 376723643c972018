"""Build the statements of a claim, once: what is ready, what is known of whom, what is noted."""

import sqlalchemy as sa

from bot.delivery.model import Lane, OutboxState
from bot.delivery.tables import ENTRY, SET_OUT, THIS, delivery_recipient, in_state, outbox
from bot.kernel.database import Instant

READY = (
    sa.select(*ENTRY)
    .where(
        in_state(OutboxState.QUEUED),
        outbox.c.workspace_id == sa.bindparam("workspace"),
        outbox.c.lane == sa.bindparam("lane"),
        outbox.c.ready_at <= sa.bindparam("now"),
    )
    .order_by(outbox.c.ready_at)
    .limit(sa.bindparam("each", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
RECIPIENTS = sa.select(delivery_recipient).where(
    delivery_recipient.c.workspace_id == sa.bindparam("workspace"),
    delivery_recipient.c.recipient.in_(sa.bindparam("recipients", expanding=True)),
)
THIS_WEEK = (
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
REMINDED = sa.select(
    outbox.c.recipient, outbox.c.kind, outbox.c.subject_id, outbox.c.claimed_at
).where(
    in_state(*SET_OUT),
    outbox.c.workspace_id == sa.bindparam("workspace"),
    outbox.c.recipient.in_(sa.bindparam("recipients", expanding=True)),
    outbox.c.claimed_at > sa.bindparam("since", type_=Instant),
    outbox.c.kind.in_(sa.bindparam("kinds", expanding=True)),
)
FOLDED = (
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
POSTPONE = (
    outbox.update()
    .where(THIS)
    .values(
        ready_at=sa.bindparam("later", type_=Instant),
        expires_at=sa.bindparam("expires", type_=Instant),
        is_folded=sa.bindparam("folded"),
    )
)
GIVE_UP = (
    outbox.update()
    .where(THIS)
    .values(
        state=str(OutboxState.WITHDRAWN),
        is_folded=False,
        ended_at=sa.bindparam("at", type_=Instant),
        last_error=sa.bindparam("why"),
    )
)
SETTING_OUT = (
    outbox.update()
    .where(
        outbox.c.workspace_id == sa.bindparam("its_workspace"),
        outbox.c.id.in_(sa.bindparam("ids", expanding=True)),
    )
    .values(
        state=str(OutboxState.SENDING),
        attempts=outbox.c.attempts + 1,
        claimed_at=sa.func.coalesce(
            outbox.c.claimed_at, sa.bindparam("at", type_=Instant), type_=Instant
        ),
        lease_until=sa.bindparam("lease", type_=Instant),
        is_folded=False,
    )
)
RIDE = (
    outbox.update()
    .where(THIS)
    .values(
        state=str(OutboxState.SENDING),
        attempts=outbox.c.attempts + 1,
        claimed_at=sa.bindparam("at", type_=Instant),
        lease_until=sa.bindparam("lease", type_=Instant),
        rides_on=sa.bindparam("leader"),
    )
)
