"""Proposals, pairings and what stands in their way.

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pairing",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("mentee_id", sa.String(), nullable=False),
        sa.Column("mentor_id", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_pairing")),
    )
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_pairing_workspace_id_programme_id"),
            ["workspace_id", "programme_id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_pairing_one_at_a_time",
            ["workspace_id", "programme_id", "mentee_id", "mentor_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
    op.create_table(
        "pairing_conflict",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("senior_id", sa.String(), nullable=False),
        sa.Column("junior_id", sa.String(), nullable=False),
        sa.Column("bar", sa.String(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint(
            "workspace_id", "senior_id", "junior_id", "bar", name=op.f("pk_pairing_conflict")
        ),
    )
    op.create_table(
        "pairing_forbid",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("mentee_id", sa.String(), nullable=False),
        sa.Column("mentor_id", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=True, comment="null where a rematch made it"),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "programme_id", "mentee_id", "mentor_id", name=op.f("pk_pairing_forbid")
        ),
    )
    op.create_table(
        "pairing_proposal",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.Column("balance_penalty", sa.Float(), nullable=False),
        sa.Column("upper_bound", sa.Float(), nullable=False),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.Column("most_seats", sa.Integer(), nullable=False),
        sa.Column("worst", sa.Float(), nullable=True),
        sa.Column("seated", sa.Integer(), nullable=False),
        sa.Column("advice", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("approval_id", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_pairing_proposal")),
        sa.UniqueConstraint(
            "workspace_id",
            "programme_id",
            "version",
            name=op.f("uq_pairing_proposal_workspace_id_programme_id_version"),
        ),
    )
    with op.batch_alter_table("pairing_proposal", schema=None) as batch_op:
        batch_op.create_index(
            "uq_pairing_proposal_one_approved",
            ["workspace_id", "programme_id"],
            unique=True,
            sqlite_where=sa.text("state = 'approved'"),
            postgresql_where=sa.text("state = 'approved'"),
        )
    op.create_table(
        "pairing_veto",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("avoided_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "member_id", "avoided_id", name=op.f("pk_pairing_veto")
        ),
    )
    op.create_table(
        "pairing_waitlist",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("keeps_group", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint(
            "workspace_id", "programme_id", "member_id", name=op.f("pk_pairing_waitlist")
        ),
    )
    op.create_table(
        "pairing_match",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("mentee_id", sa.String(), nullable=False),
        sa.Column("mentor_ids", sa.JSON(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "proposal_id"],
            ["pairing_proposal.workspace_id", "pairing_proposal.id"],
            name=op.f("fk_pairing_match_workspace_id_proposal_id_pairing_proposal"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "proposal_id", "mentee_id", name=op.f("pk_pairing_match")
        ),
    )
    op.create_table(
        "pairing_unseated",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("mentee_id", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("smallest_change", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "proposal_id"],
            ["pairing_proposal.workspace_id", "pairing_proposal.id"],
            name=op.f("fk_pairing_unseated_workspace_id_proposal_id_pairing_proposal"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "proposal_id", "mentee_id", name=op.f("pk_pairing_unseated")
        ),
    )


def downgrade() -> None:
    op.drop_table("pairing_unseated")
    op.drop_table("pairing_match")
    op.drop_table("pairing_waitlist")
    op.drop_table("pairing_veto")
    with op.batch_alter_table("pairing_proposal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_pairing_proposal_one_approved",
            sqlite_where=sa.text("state = 'approved'"),
            postgresql_where=sa.text("state = 'approved'"),
        )
    op.drop_table("pairing_proposal")
    op.drop_table("pairing_forbid")
    op.drop_table("pairing_conflict")
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_pairing_one_at_a_time",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_pairing_workspace_id_programme_id"))
    op.drop_table("pairing")
