"""Tables of meetings."""

import sqlalchemy as sa

from bot.kernel.database import Instant, belongs_to, keys, metadata, texts

meeting = sa.Table(
    "meeting",
    metadata,
    *keys("workspace_id", "id"),
    *texts("programme_id", "group_id"),
    sa.Column("held_on", sa.Date, nullable=False),
    sa.Column("mode", sa.String),
    sa.Column("length", sa.String),
    sa.Column("recorded_by", sa.String, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index(None, "workspace_id", "group_id", "held_on"),
)

meeting_mentee = sa.Table(
    "meeting_mentee",
    metadata,
    *keys("workspace_id", "meeting_id", "member_id"),
    belongs_to("meeting", by="meeting_id"),
    sa.Index(None, "workspace_id", "member_id"),
)
