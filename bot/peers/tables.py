"""Tables of peer rounds."""

import sqlalchemy as sa

from bot.kernel.database import Instant, belongs_to, keys, metadata, required, texts

peer_series = sa.Table(
    "peer_series",
    metadata,
    *keys("workspace_id", "id"),
    *texts("programme_id", "reach", "state"),
    sa.Column("roles", sa.JSON, nullable=False),
    *required(sa.Integer, "size", "every_weeks"),
    sa.Column("first_on", sa.Date, nullable=False),
    sa.Column("rounds", sa.Integer, comment="null for: to the end of the programme"),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.Index(None, "workspace_id", "programme_id"),
)

peer_round = sa.Table(
    "peer_round",
    metadata,
    *keys("workspace_id", "id"),
    *texts("series_id", "state"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("begins_on", sa.Date, nullable=False),
    *required(sa.Integer, "seed", "repeats"),
    sa.Column("asked_at", Instant),
    belongs_to("peer_series", by="series_id"),
    sa.UniqueConstraint("workspace_id", "series_id", "number"),
)

peer_meeting = sa.Table(
    "peer_meeting",
    metadata,
    *keys("workspace_id", "id"),
    *texts("round_id", "about"),
    sa.Column("met_at", Instant, comment="when the first of them said that they met"),
    sa.Column("is_off", sa.Boolean, nullable=False, comment="fewer than two come"),
    belongs_to("peer_round", by="round_id"),
    sa.Index(None, "workspace_id", "round_id"),
)

peer_seat = sa.Table(
    "peer_seat",
    metadata,
    *keys("workspace_id", "round_id", "member_id"),
    *texts("meeting_id", "coming"),
    sa.Column("said_met", sa.Boolean),
    belongs_to("peer_round", by="round_id"),
    sa.Index(None, "workspace_id", "member_id"),
    sa.Index(None, "workspace_id", "meeting_id"),
)
"""One seat for each member and round; whoever finds other company changes their meeting."""
