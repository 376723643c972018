"""The table of nudges."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata

nudge = sa.Table(
    "nudge",
    metadata,
    *keys("workspace_id", "id"),
    sa.Column("mentor_id", sa.String, nullable=False),
    sa.Column("week_on", sa.Date, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("shared_since", Instant),
    sa.Column("put_off", sa.Boolean, nullable=False, comment="snoozed until the next week"),
    sa.UniqueConstraint("workspace_id", "mentor_id", "week_on"),
)
