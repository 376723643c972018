"""Define the table of received events."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, partial_index, required, texts

inbox = sa.Table(
    "inbox",
    metadata,
    *keys("workspace_id", "event_id"),
    *texts("kind", "subject_id"),
    sa.Column("facts", sa.JSON, nullable=False),
    *required(Instant, "happened_at", "received_at"),
    sa.Column("ready_at", Instant, nullable=False, comment="when it may be tried next"),
    sa.Column("lease_until", Instant),
    sa.Column("attempts", sa.SmallInteger, nullable=False, default=0),
    sa.Column("last_error", sa.String),
    sa.Column("done_at", Instant, comment="when it was done, became unneeded or was given up"),
)

IS_OPEN = inbox.c.done_at.is_(None)

partial_index("ix_inbox_ready_at", IS_OPEN, inbox.c.ready_at)
sa.Index("ix_inbox_subject_id", inbox.c.workspace_id, inbox.c.subject_id, inbox.c.kind)
sa.Index("ix_inbox_done_at", inbox.c.done_at)
