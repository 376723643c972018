"""The table of plans by which programmes forget."""

import sqlalchemy as sa

from bot.kernel.database import Instant, belongs_to, keys, metadata, required

retention_plan = sa.Table(
    "retention_plan",
    metadata,
    *keys("workspace_id", "programme_id"),
    *required(sa.Integer, "words_days", "names_days", "notice_days", "postponed_days"),
    sa.Column("closed_on", sa.Date, comment="null before the close"),
    sa.Column("told_on", sa.Date),
    *(sa.Column(name, Instant) for name in ("words_gone_at", "names_gone_at", "failed_at")),
    *required(sa.JSON, "counts"),
    belongs_to("programme", by="programme_id"),
)
