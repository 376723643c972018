"""Tables of meetings."""

import sqlalchemy as sa

from bot.kernel.database import Instant, metadata

meeting = sa.Table(
    "meeting",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("programme_id", sa.String, nullable=False),
    sa.Column("group_id", sa.String, nullable=False),
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
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("meeting_id", sa.String, primary_key=True),
    sa.Column("member_id", sa.String, primary_key=True),
    sa.ForeignKeyConstraint(
        ["workspace_id", "meeting_id"], ["meeting.workspace_id", "meeting.id"], ondelete="CASCADE"
    ),
    sa.Index(None, "workspace_id", "member_id"),
)
