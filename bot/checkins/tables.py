"""Tables of check-ins."""

import sqlalchemy as sa

from bot.kernel.database import Instant, belongs_to, keys, metadata, texts
from bot.keys.sealed import sealed_columns

checkin = sa.Table(
    "checkin",
    metadata,
    *keys("workspace_id", "id"),
    *texts("member_id", "programme_id"),
    sa.Column("group_id", sa.String),
    *texts("framework_id", "stage"),
    sa.Column("visibility", sa.String, nullable=False),
    sa.Column("written_at", Instant, nullable=False),
    sa.Column("shared_at", Instant, nullable=False, comment="the mentors of then may read it"),
    sa.Column("read_at", Instant, comment="when somebody else first opened it"),
    sa.Column(
        "revision",
        sa.Integer,
        nullable=False,
        server_default="1",
        comment="goes up at each change",
    ),
    *sealed_columns(),
    sa.Index(None, "workspace_id", "member_id", "written_at"),
    sa.Index("ix_checkin_shared", "workspace_id", "group_id", "shared_at"),
    sa.Index("ix_checkin_programme", "workspace_id", "programme_id", "written_at", "member_id"),
)
"""All that was filled in is sealed together, with what of it is kept from readers."""

checkin_turn = sa.Table(
    "checkin_turn",
    metadata,
    *keys("workspace_id", "member_id"),
    sa.Column("turn", sa.Integer, nullable=False, comment="goes up even when one is deleted"),
    sa.Column("asks", sa.JSON, comment="digests of the prompts of late, and what came of them"),
    sa.Column("handed_over_at", Instant, comment="when they last chose what a new mentor reads"),
)

checkin_reply = sa.Table(
    "checkin_reply",
    metadata,
    *keys("workspace_id", "checkin_id", "member_id"),
    sa.Column("noted_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, comment="when the writer of the check-in read it"),
    *sealed_columns(),
    belongs_to("checkin", by="checkin_id"),
    sa.Index(None, "workspace_id", "member_id"),
)
"""Replies of mentors; the words of one are sealed, and may be none."""
