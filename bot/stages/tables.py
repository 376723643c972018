"""The table of stage histories."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, texts
from bot.keys.sealed import sealed_columns

stage_event = sa.Table(
    "stage_event",
    metadata,
    *keys("workspace_id", "member_id"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    *texts("framework_id", "kind", "from_level", "to_level"),
    sa.Column("by_member_id", sa.String, nullable=False),
    sa.Column("at", Instant, nullable=False),
    *sealed_columns(nullable=True),
    sa.Index("ix_stage_event_kind", "workspace_id", "kind", "at"),
)
"""Evidence, a mentor's words to it and the criteria met are sealed together; NULL for none."""
