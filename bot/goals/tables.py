"""Tables of goals."""

import sqlalchemy as sa

from bot.kernel.database import Instant, belongs_to, keys, metadata, texts
from bot.keys.sealed import sealed_columns

goal = sa.Table(
    "goal",
    metadata,
    *keys("workspace_id", "id"),
    *texts("member_id", "programme_id", "status"),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("set_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("shared_at", Instant, comment="the mentors of then may read it"),
    sa.Column(
        "revision",
        sa.Integer,
        nullable=False,
        server_default="1",
        comment="goes up at each change",
    ),
    *sealed_columns(),
    sa.Index(None, "workspace_id", "member_id"),
)
"""Title, next step, domain and importance are sealed together."""

goal_note = sa.Table(
    "goal_note",
    metadata,
    *keys("workspace_id", "goal_id"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    *sealed_columns(),
    belongs_to("goal", by="goal_id"),
)
"""Confidence, progress and the step that was done are sealed together."""
