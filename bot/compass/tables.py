"""Tables of compasses."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, texts
from bot.keys.sealed import sealed_columns

compass_table = sa.Table(
    "compass",
    metadata,
    *keys("workspace_id", "id"),
    *texts("member_id", "programme_id", "phase"),
    sa.Column("written_at", Instant, nullable=False),
    *sealed_columns(),
    sa.Index(None, "workspace_id", "member_id", "written_at"),
)
"""One row for each version; the principles, and all that is said about them, are sealed."""

compass_put_off = sa.Table(
    "compass_put_off",
    metadata,
    *keys("workspace_id", "member_id", "programme_id", "phase"),
    sa.Column("put_off_at", Instant, nullable=False),
)
