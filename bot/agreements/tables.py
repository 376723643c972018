"""Tables of agreements."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, required, texts
from bot.keys.sealed import sealed_columns

agreement_side = sa.Table(
    "agreement_side",
    metadata,
    *keys("workspace_id", "pairing_id", "side"),
    *texts("mentee_id", "mentor_id"),
    *required(Instant, "filled_at"),
    *sealed_columns(),
    sa.Index(None, "workspace_id", "mentee_id"),
    sa.Index(None, "workspace_id", "mentor_id"),
)
"""One side's own answers, sealed; the other reads them once both are there."""

agreement = sa.Table(
    "agreement",
    metadata,
    *keys("workspace_id", "pairing_id"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.Integer, nullable=False),
    *texts("mentee_id", "mentor_id", "written_by"),
    *required(Instant, "written_at"),
    sa.Column("mentee_at", Instant, comment="when the mentee confirmed this revision"),
    sa.Column("mentor_at", Instant),
    sa.Column("agreed_at", Instant, comment="when the second of the two did"),
    sa.Column("mentee_reviewed_at", Instant),
    sa.Column("mentor_reviewed_at", Instant),
    *sealed_columns(),
    sa.Index(None, "workspace_id", "mentee_id"),
    sa.Index(None, "workspace_id", "mentor_id"),
)
"""The versions of the text that two people wrote together, each sealed."""
