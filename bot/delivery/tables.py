"""Define the tables of the outbox, and of each workspace's and recipient's pace."""

from typing import Any

import sqlalchemy as sa

from bot.delivery.model import Entry, Lane, OutboxState, Pace
from bot.kernel.database import (
    Instant,
    keys,
    metadata,
    partial_index,
    read_as,
    required,
    rows_of,
    texts,
)


def in_state(*states: OutboxState) -> sa.ColumnElement[bool]:
    """Match entries in one of `states`, written out.

    As a parameter it would hide from both engines that a partial index answers it.
    """
    literals: list[sa.ColumnClause[str]] = [sa.literal_column(f"'{state}'") for state in states]
    if len(literals) == 1:
        return outbox.c.state == literals[0]
    return outbox.c.state.in_(literals)


outbox = sa.Table(
    "outbox",
    metadata,
    *keys("workspace_id", "id"),
    *texts("kind", "subject_id", "recipient", "dedupe_key", "lane"),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    *required(Instant, "created_at", "not_before", "expires_at"),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("ready_at", Instant, nullable=False, comment="when it may be tried next"),
    sa.Column("attempts", sa.SmallInteger, nullable=False, default=0),
    sa.Column("lookups", sa.SmallInteger, nullable=False, default=0),
    sa.Column("claimed_at", Instant, comment="when the sending began whose outcome is open"),
    sa.Column("lease_until", Instant),
    sa.Column("rides_on", sa.String, comment="the entry in whose message it is folded"),
    sa.Column("is_folded", sa.Boolean, nullable=False, default=False),
    sa.Column("slack_channel", sa.String),
    sa.Column("slack_ts", sa.String),
    sa.Column("last_error", sa.String),
    sa.Column("ended_at", Instant, comment="when it came to a state that it stays in"),
    sa.UniqueConstraint("workspace_id", "dedupe_key"),
)

SET_OUT = (OutboxState.SENDING, OutboxState.UNKNOWN, OutboxState.SENT)
"""States of what has reached its recipient, or may have."""

_BY_STATE: tuple[tuple[str, OutboxState, tuple[str, ...]], ...] = (
    ("ix_outbox_ready", OutboxState.QUEUED, ("workspace_id", "lane", "ready_at")),
    ("ix_outbox_expiry", OutboxState.QUEUED, ("expires_at",)),
    ("ix_outbox_lease", OutboxState.SENDING, ("lease_until",)),
    ("ix_outbox_unknown", OutboxState.UNKNOWN, ("ready_at",)),
    ("ix_outbox_failed", OutboxState.FAILED, ("workspace_id", "ended_at")),
)
"""Entries under way are indexed by themselves: those sent long ago cost nothing."""

for _name, _state, _columns in _BY_STATE:
    partial_index(_name, in_state(_state), *(outbox.c[column] for column in _columns))
sa.Index("ix_outbox_ended_at", outbox.c.ended_at)
sa.Index("ix_outbox_recipient", *(outbox.c[n] for n in ("workspace_id", "recipient", "claimed_at")))
sa.Index("ix_outbox_subject", *(outbox.c[n] for n in ("workspace_id", "subject_id", "state")))
_OF_RECIPIENT = (outbox.c.workspace_id, outbox.c.recipient)
partial_index("ix_outbox_folded", outbox.c.is_folded.is_(sa.true()), *_OF_RECIPIENT)
_RIDING = (outbox.c.workspace_id, outbox.c.rides_on)
partial_index("ix_outbox_rides_on", outbox.c.rides_on.is_not(None), *_RIDING)

delivery_pace = sa.Table(
    "delivery_pace",
    metadata,
    *keys("workspace_id"),
    sa.Column("rate", sa.Float, nullable=False, comment="messages per minute"),
    *required(Instant, "free_at", "changed_at"),
    sa.Column("ceiling", sa.Float, comment="messages per minute"),
    sa.Column("paused_until", Instant),
    sa.Column("paused_for", sa.String),
    sa.Column("turn", sa.Integer, nullable=False, default=0),
    sa.Column("paused_since", Instant, comment="since when Slack refuses everything here"),
    sa.Column("lacking", sa.String, comment="scopes that the app lacks here, by commas"),
)

delivery_recipient = sa.Table(
    "delivery_recipient",
    metadata,
    *keys("workspace_id", "recipient"),
    sa.Column("last_at", Instant, nullable=False, comment="when a message last set out"),
    sa.Column("free_at", Instant, nullable=False, comment="the end of the seconds given away"),
)

ENTRY = tuple(outbox.c[name] for name in Entry.__dataclass_fields__)
"""The columns that `entry_from` needs."""


def entry_from(row: sa.Row[Any]) -> Entry:
    """Give the Entry in a row of the columns `ENTRY`."""
    return read_as(Entry, row, lane=Lane(row.lane), state=OutboxState(row.state))


THIS = rows_of(outbox, sa.bindparam("its_workspace"), id=sa.bindparam("its_id"))


def this(entry: Entry) -> dict[str, Any]:
    """Give the parameters of `THIS` that match an entry."""
    return {"its_workspace": entry.workspace_id, "its_id": entry.id}


def pace_from(row: sa.Row[Any]) -> Pace:
    """Give the Pace in a row of `delivery_pace`."""
    return read_as(Pace, row)


delivery_rhythm = sa.Table(
    "delivery_rhythm",
    metadata,
    *keys("workspace_id", "recipient"),
    sa.Column("tz", sa.String, nullable=False),
    *required(sa.Time, "quiet_from", "quiet_until"),
    sa.Column("working_days", sa.String, nullable=False, comment="digits, 0 is Monday"),
)
"""Only who has chosen a rhythm stands here; nobody else is ever held back."""
