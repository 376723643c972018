"""The table of stage histories."""

import sqlalchemy as sa

from bot.kernel.database import Instant, metadata

stage_event = sa.Table(
    "stage_event",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("member_id", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("framework_id", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("from_level", sa.String, nullable=False),
    sa.Column("to_level", sa.String, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("by_member_id", sa.String, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
