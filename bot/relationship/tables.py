"""The table of answers about relationships."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, texts
from bot.keys.sealed import sealed_columns

rating_table = sa.Table(
    "relationship_rating",
    metadata,
    *keys("workspace_id", "programme_id", "wave", "rater_id", "other_id"),
    *texts("group_id", "side"),
    sa.Column("rated_at", Instant, nullable=False),
    *sealed_columns(),
    sa.Index(None, "workspace_id", "rater_id"),
    sa.Index(None, "workspace_id", "other_id"),
)
"""The answers are sealed; of one that was put off, none."""
