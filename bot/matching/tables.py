"""Tables of proposals, pairings, the waitlist and exclusions."""

import sqlalchemy as sa

from bot.kernel.database import Instant, metadata

proposal_table = sa.Table(
    "pairing_proposal",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("programme_id", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("total", sa.Float, nullable=False),
    sa.Column("balance_penalty", sa.Float, nullable=False),
    sa.Column("upper_bound", sa.Float, nullable=False),
    sa.Column("gap", sa.Float, nullable=False),
    sa.Column("most_seats", sa.Integer, nullable=False),
    sa.Column("worst", sa.Float),
    sa.Column("seated", sa.Integer, nullable=False),
    sa.Column("advice", sa.JSON, nullable=False),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.Column("composition", sa.JSON(none_as_null=True)),
    sa.Column("made_by", sa.String, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("approval_id", sa.String),
    sa.Column("decided_by", sa.String),
    sa.Column("decided_at", Instant),
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


def _proposal_key() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", "proposal_id"],
        ["pairing_proposal.workspace_id", "pairing_proposal.id"],
        ondelete="CASCADE",
    )


match_table = sa.Table(
    "pairing_match",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("proposal_id", sa.String, primary_key=True),
    sa.Column("mentee_id", sa.String, primary_key=True),
    sa.Column("mentor_ids", sa.JSON, nullable=False),
    sa.Column("team", sa.String),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("parts", sa.JSON, nullable=False),
    sa.Column("is_locked", sa.Boolean, nullable=False),
    _proposal_key(),
)

unseated_table = sa.Table(
    "pairing_unseated",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("proposal_id", sa.String, primary_key=True),
    sa.Column("mentee_id", sa.String, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("smallest_change", sa.Text, nullable=False),
    _proposal_key(),
)

forbid_table = sa.Table(
    "pairing_forbid",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("programme_id", sa.String, primary_key=True),
    sa.Column("mentee_id", sa.String, primary_key=True),
    sa.Column("mentor_id", sa.String, primary_key=True),
    sa.Column("made_by", sa.String, comment="null where a rematch made it"),
    sa.Column("made_at", Instant, nullable=False),
)

veto_table = sa.Table(
    "pairing_veto",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("member_id", sa.String, primary_key=True),
    sa.Column("avoided_id", sa.String, primary_key=True),
)
"""Confidential: read by the engine and by the member who wrote it, shown to nobody else."""

conflict_table = sa.Table(
    "pairing_conflict",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("senior_id", sa.String, primary_key=True),
    sa.Column("junior_id", sa.String, primary_key=True),
    sa.Column("bar", sa.String, primary_key=True),
    sa.Column("starts", sa.Date),
    sa.Column("ends", sa.Date),
)

pairing_table = sa.Table(
    "pairing",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("programme_id", sa.String, nullable=False),
    sa.Column("group_id", sa.String, nullable=False),
    sa.Column("mentee_id", sa.String, nullable=False),
    sa.Column("mentor_id", sa.String, nullable=False),
    sa.Column("method", sa.String, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("end_reason", sa.String),
    sa.Index(None, "workspace_id", "programme_id"),
    sa.Index("ix_pairing_group", "workspace_id", "group_id"),
    sa.Index("ix_pairing_mentor", "workspace_id", "mentor_id"),
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
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("programme_id", sa.String, primary_key=True),
    sa.Column("member_id", sa.String, primary_key=True),
    sa.Column("since", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("keeps_group", sa.String),
)
