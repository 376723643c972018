"""The table of concerns."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata
from bot.keys.sealed import sealed_columns

concern = sa.Table(
    "concern",
    metadata,
    *keys("workspace_id", "id"),
    sa.Column("programme_id", sa.String),
    sa.Column("to_id", sa.String, nullable=False),
    sa.Column("deputy_id", sa.String),
    *(sa.Column(name, Instant, nullable=False) for name in ("asked_at", "due_at", "asked_last_at")),
    sa.Column("deputy_asked_at", Instant),
    sa.Column(
        "stand_ins", sa.JSON(none_as_null=True), comment="members who are asked while both are away"
    ),
    sa.Column("seen_by", sa.String),
    *(sa.Column(name, Instant) for name in ("seen_at", "solved_at", "closed_at")),
    *sealed_columns(),
)
"""By whom it was raised is sealed with their words: a row names only the people who are asked."""
