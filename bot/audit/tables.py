"""The table of coordinators' acts."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, texts

audit_entry = sa.Table(
    "audit_entry",
    metadata,
    *keys("workspace_id", "id"),
    sa.Column("at", Instant, nullable=False),
    *texts("act", "what"),
    sa.Column("by", sa.String, comment="a member; null for the command line"),
    sa.Column("programme_id", sa.String),
    sa.Column("about", sa.JSON, nullable=False, comment="the members whom the act is about"),
    sa.Index(None, "workspace_id", "at"),
)
