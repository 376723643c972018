"""Define the table of errands."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, partial_index, texts

errand = sa.Table(
    "errand",
    metadata,
    *keys("workspace_id"),
    sa.Column("place", sa.String, primary_key=True, comment="a channel or an outbox entry"),
    sa.Column("person", sa.String, primary_key=True, comment="a Slack user id, or empty"),
    *texts("id", "want"),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("ready_at", Instant, nullable=False, comment="when it may be tried next"),
    sa.Column("lease_until", Instant, comment="until when an attempt may be under way"),
    sa.Column("attempts", sa.SmallInteger, nullable=False),
    sa.Column("last_error", sa.String),
    sa.Column("failed_at", Instant, comment="when it was found to be impossible"),
)

IS_OPEN = errand.c.failed_at.is_(None)

partial_index("ix_errand_ready", IS_OPEN, errand.c.ready_at)
