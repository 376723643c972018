"""Tables of check-ins."""

import sqlalchemy as sa

from bot.kernel.database import Instant, belongs_to, keys, metadata, required, texts

checkin = sa.Table(
    "checkin",
    metadata,
    *keys("workspace_id", "id"),
    *texts("member_id", "programme_id"),
    sa.Column("group_id", sa.String),
    *texts("framework_id", "stage"),
    sa.Column("confidence", sa.Integer),
    sa.Column("blocker", sa.String),
    sa.Column("wish", sa.Text),
    sa.Column("visibility", sa.String, nullable=False),
    sa.Column("written_at", Instant, nullable=False),
    sa.Column("shared_at", Instant, nullable=False, comment="the mentors of then may read it"),
    sa.CheckConstraint("confidence BETWEEN 0 AND 10", name="confidence"),
    sa.Index(None, "workspace_id", "member_id", "written_at"),
    sa.Index("ix_checkin_shared", "workspace_id", "group_id", "shared_at"),
)

checkin_answer = sa.Table(
    "checkin_answer",
    metadata,
    *keys("workspace_id", "checkin_id"),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("lens", sa.String, nullable=False),
    *required(sa.Text, "prompt", "text"),
    belongs_to("checkin", by="checkin_id"),
)

checkin_turn = sa.Table(
    "checkin_turn",
    metadata,
    *keys("workspace_id", "member_id"),
    sa.Column("turn", sa.Integer, nullable=False, comment="goes up even when one is deleted"),
)
