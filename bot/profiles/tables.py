"""The table of profiles."""

import sqlalchemy as sa

from bot.kernel.database import Instant, belongs_to, keys, metadata
from bot.keys.sealed import sealed_columns

profile_table = sa.Table(
    "profile",
    metadata,
    *keys("workspace_id", "member_id"),
    sa.Column("saved_at", Instant, nullable=False),
    *sealed_columns(),
    belongs_to("member", by="member_id"),
)
