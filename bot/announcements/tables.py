"""The table of announcements; their words are sealed."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, texts
from bot.keys.sealed import sealed_columns

announcement = sa.Table(
    "announcement",
    metadata,
    *keys("workspace_id", "id"),
    *texts("programme_id", "by"),
    sa.Column("written_at", Instant, nullable=False),
    *texts("audience"),
    sa.Column("named", sa.JSON, nullable=False, comment="the groups or members that were chosen"),
    sa.Column("send_at", Instant, comment="null for at once, while it is a draft"),
    *texts("state", "digest"),
    sa.Column("count", sa.Integer, nullable=False),
    *sealed_columns(),
    sa.Index(None, "workspace_id", "send_at"),
)
