"""Tables of looking back and of thanks; every word in them is sealed."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, texts
from bot.keys.sealed import sealed_columns

looking_back = sa.Table(
    "looking_back",
    metadata,
    *keys("workspace_id", "member_id", "programme_id"),
    sa.Column("written_at", Instant, nullable=False),
    *sealed_columns(),
)

thanks = sa.Table(
    "closing_thanks",
    metadata,
    *keys("workspace_id", "id"),
    *texts("programme_id", "member_id", "to_member_id"),
    sa.Column("sent_at", Instant, nullable=False),
    sa.Column("read_at", Instant),
    *sealed_columns(),
    sa.UniqueConstraint("workspace_id", "member_id", "programme_id"),
    sa.Index(None, "workspace_id", "to_member_id"),
)
"""One member thanks one person in a programme."""
