"""The table of changes that were made to programmes on the way."""

import sqlalchemy as sa

from bot.kernel.database import Instant, belongs_to, keys, metadata, required

course_change = sa.Table(
    "course_change",
    metadata,
    *keys("workspace_id", "programme_id"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("by", sa.String, comment="a member; null for somebody erased"),
    sa.Column("at", Instant, nullable=False),
    *required(sa.JSON, "change", "before", "after"),
    sa.Column("undo_until", Instant, nullable=False),
    sa.Column("undone_at", Instant),
    belongs_to("programme", by="programme_id"),
)
