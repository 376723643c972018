"""Tables of check-ins."""

import sqlalchemy as sa

from bot.kernel.database import Instant, metadata

checkin = sa.Table(
    "checkin",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("member_id", sa.String, nullable=False),
    sa.Column("programme_id", sa.String, nullable=False),
    sa.Column("group_id", sa.String),
    sa.Column("framework_id", sa.String, nullable=False),
    sa.Column("stage", sa.String, nullable=False),
    sa.Column("confidence", sa.Integer),
    sa.Column("blocker", sa.String),
    sa.Column("wish", sa.Text),
    sa.Column("visibility", sa.String, nullable=False),
    sa.Column("written_at", Instant, nullable=False),
    sa.CheckConstraint("confidence BETWEEN 0 AND 10", name="confidence"),
    sa.Index(None, "workspace_id", "member_id", "written_at"),
    sa.Index(None, "workspace_id", "group_id", "written_at"),
)

checkin_answer = sa.Table(
    "checkin_answer",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("checkin_id", sa.String, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("lens", sa.String, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(
        ["workspace_id", "checkin_id"], ["checkin.workspace_id", "checkin.id"], ondelete="CASCADE"
    ),
)

checkin_turn = sa.Table(
    "checkin_turn",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("member_id", sa.String, primary_key=True),
    sa.Column("turn", sa.Integer, nullable=False, comment="goes up even when one is deleted"),
)
