"""Tables of charters and of the training of peer-mentors."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, required, texts
from bot.keys.sealed import sealed_columns

charter = sa.Table(
    "charter",
    metadata,
    *keys("workspace_id", "group_id"),
    sa.Column("version", sa.Integer, nullable=False, comment="goes up with each change of a line"),
    *required(Instant, "changed_at"),
)

charter_line = sa.Table(
    "charter_line",
    metadata,
    *keys("workspace_id", "id"),
    *texts("group_id", "topic", "author_id"),
    *required(Instant, "written_at"),
    *sealed_columns(),
    sa.Index(None, "workspace_id", "group_id"),
    sa.Index(None, "workspace_id", "author_id"),
)
"""The lines of charters, each sealed."""

charter_stance = sa.Table(
    "charter_stance",
    metadata,
    *keys("workspace_id", "group_id", "member_id"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("stance", sa.String, nullable=False),
    *required(Instant, "said_at"),
    sa.Index(None, "workspace_id", "member_id"),
)
"""The last word of each member on a version of their group's charter."""

peer_training = sa.Table(
    "peer_training",
    metadata,
    *keys("workspace_id", "member_id"),
    *required(Instant, "trained_at"),
    sa.Column("answer", sa.String, comment="to the offer of the peer-mentor role"),
    sa.Column("answered_at", Instant),
)
