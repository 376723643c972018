"""Proposals, pairings and what stands in their way.

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "pairing",
        *_strings(
            "workspace_id", "id", "programme_id", "group_id", "mentee_id", "mentor_id", "method"
        ),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant()),
        sa.Column("end_reason", sa.String()),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_pairing"),
    )
    op.create_index(
        "ix_pairing_workspace_id_programme_id", "pairing", ["workspace_id", "programme_id"]
    )
    op.create_index(
        "uq_pairing_one_at_a_time",
        "pairing",
        ["workspace_id", "programme_id", "mentee_id", "mentor_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "pairing_conflict",
        *_strings("workspace_id", "senior_id", "junior_id", "bar"),
        sa.Column("starts", sa.Date()),
        sa.Column("ends", sa.Date()),
        sa.PrimaryKeyConstraint(
            "workspace_id", "senior_id", "junior_id", "bar", name="pk_pairing_conflict"
        ),
    )
    op.create_table(
        "pairing_forbid",
        *_strings("workspace_id", "programme_id", "mentee_id", "mentor_id"),
        sa.Column("made_by", sa.String(), comment="null where a rematch made it"),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "programme_id", "mentee_id", "mentor_id", name="pk_pairing_forbid"
        ),
    )
    op.create_table(
        "pairing_proposal",
        *_strings("workspace_id", "id", "programme_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.Column("balance_penalty", sa.Float(), nullable=False),
        sa.Column("upper_bound", sa.Float(), nullable=False),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.Column("most_seats", sa.Integer(), nullable=False),
        sa.Column("worst", sa.Float()),
        sa.Column("seated", sa.Integer(), nullable=False),
        sa.Column("advice", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("approval_id", sa.String()),
        sa.Column("decided_by", sa.String()),
        sa.Column("decided_at", Instant()),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_pairing_proposal"),
        sa.UniqueConstraint(
            "workspace_id",
            "programme_id",
            "version",
            name="uq_pairing_proposal_workspace_id_programme_id_version",
        ),
    )
    op.create_index(
        "uq_pairing_proposal_one_approved",
        "pairing_proposal",
        ["workspace_id", "programme_id"],
        unique=True,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_table(
        "pairing_veto",
        *_strings("workspace_id", "member_id", "avoided_id"),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", "avoided_id", name="pk_pairing_veto"),
    )
    op.create_table(
        "pairing_waitlist",
        *_strings("workspace_id", "programme_id", "member_id"),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("keeps_group", sa.String()),
        sa.PrimaryKeyConstraint(
            "workspace_id", "programme_id", "member_id", name="pk_pairing_waitlist"
        ),
    )
    op.create_table(
        "pairing_match",
        *_strings("workspace_id", "proposal_id", "mentee_id"),
        sa.Column("mentor_ids", sa.JSON(), nullable=False),
        sa.Column("team", sa.String()),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        _belongs_to("pairing_proposal", "proposal_id", of="pairing_match"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "proposal_id", "mentee_id", name="pk_pairing_match"
        ),
    )
    op.create_table(
        "pairing_unseated",
        *_strings("workspace_id", "proposal_id", "mentee_id"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("smallest_change", sa.Text(), nullable=False),
        _belongs_to("pairing_proposal", "proposal_id", of="pairing_unseated"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "proposal_id", "mentee_id", name="pk_pairing_unseated"
        ),
    )


def downgrade() -> None:
    op.drop_table("pairing_unseated")
    op.drop_table("pairing_match")
    op.drop_table("pairing_waitlist")
    op.drop_table("pairing_veto")
    op.drop_table("pairing_proposal")
    op.drop_table("pairing_forbid")
    op.drop_table("pairing_conflict")
    op.drop_table("pairing")


def _belongs_to(parent: str, column: str, *, of: str) -> sa.ForeignKeyConstraint:
    """Let a row of the table `of` go with the one of `parent` that its column names."""
    return sa.ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{parent}.workspace_id", f"{parent}.id"],
        name=f"fk_{of}_workspace_id_{column}_{parent}",
        ondelete="CASCADE",
    )


def _strings(*names: str) -> list[sa.Column[str]]:
    """Make columns of text that is always there."""
    return [sa.Column(name, sa.String(), nullable=False) for name in names]
