"""Tables of proposals, pairings, the waitlist and exclusions."""

import sqlalchemy as sa

from bot.kernel.database import Instant, belongs_to, keys, metadata, required, texts
from bot.keys.sealed import sealed_columns

proposal_table = sa.Table(
    "pairing_proposal",
    metadata,
    *keys("workspace_id", "id"),
    sa.Column("programme_id", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    *required(sa.Float, "total", "balance_penalty", "upper_bound", "gap"),
    sa.Column("most_seats", sa.Integer, nullable=False),
    sa.Column("worst", sa.Float),
    sa.Column("seated", sa.Integer, nullable=False),
    *required(sa.JSON, "advice", "notes"),
    sa.Column("composition", sa.JSON(none_as_null=True)),
    sa.Column("made_by", sa.String, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("approval_id", sa.String),
    sa.Column("decided_by", sa.String),
    sa.Column("decided_at", Instant),
    sa.Column(
        "is_outdated",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="members changed what it reads",
    ),
    sa.UniqueConstraint("workspace_id", "programme_id", "version"),
    sa.Index(
        "uq_pairing_proposal_one_approved",
        "workspace_id",
        "programme_id",
        unique=True,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    ),
)


match_table = sa.Table(
    "pairing_match",
    metadata,
    *keys("workspace_id", "proposal_id", "mentee_id"),
    sa.Column("mentor_ids", sa.JSON, nullable=False),
    sa.Column("team", sa.String),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("parts", sa.JSON, nullable=False),
    sa.Column("is_locked", sa.Boolean, nullable=False),
    belongs_to("pairing_proposal", by="proposal_id"),
)

unseated_table = sa.Table(
    "pairing_unseated",
    metadata,
    *keys("workspace_id", "proposal_id", "mentee_id"),
    *required(sa.Text, "reason", "smallest_change"),
    belongs_to("pairing_proposal", by="proposal_id"),
)

forbid_table = sa.Table(
    "pairing_forbid",
    metadata,
    *keys("workspace_id", "programme_id", "mentee_id", "mentor_id"),
    sa.Column("made_by", sa.String, comment="null where a rematch made it"),
    sa.Column("made_at", Instant, nullable=False),
)

wish_table = sa.Table(
    "pairing_wish",
    metadata,
    *keys("workspace_id", "id"),
    *sealed_columns(),
    sqlite_with_rowid=False,
)
"""A member's wishes not to meet somebody, sealed with their own id: a row names nobody.

Read by the engine and by the member who wrote it, shown to nobody else. Ids are random.
"""

conflict_table = sa.Table(
    "pairing_conflict",
    metadata,
    *keys("workspace_id", "senior_id", "junior_id", "bar"),
    sa.Column("starts", sa.Date),
    sa.Column("ends", sa.Date),
)

pairing_table = sa.Table(
    "pairing",
    metadata,
    *keys("workspace_id", "id"),
    *texts("programme_id", "group_id", "mentee_id", "mentor_id", "method"),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("end_reason", sa.String),
    sa.Index(
        "ix_pairing_programme",
        *("workspace_id", "programme_id", "mentor_id", "ended_at"),
    ),
    sa.Index("ix_pairing_group", "workspace_id", "group_id"),
    sa.Index("ix_pairing_mentor", "workspace_id", "mentor_id"),
    sa.Index("ix_pairing_mentee", "workspace_id", "mentee_id"),
    sa.Index(
        "uq_pairing_one_at_a_time",
        "workspace_id",
        "programme_id",
        "mentee_id",
        "mentor_id",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)

waitlist_table = sa.Table(
    "pairing_waitlist",
    metadata,
    *keys("workspace_id", "programme_id", "member_id"),
    sa.Column("since", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("keeps_group", sa.String),
)
