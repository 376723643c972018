"""Pulse rounds, sealed ballots and releases.

Revision: 0004
After: 0003
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pulse_ballot",
        sa.Column("round_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("round_id", "tag", name=op.f("pk_pulse_ballot")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pulse_hold",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "programme_id", name=op.f("pk_pulse_hold")),
    )
    op.create_table(
        "pulse_round",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opens_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("instrument_version", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.JSON(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("c", sa.Integer(), nullable=False),
        sa.Column("cell_level", sa.String(), nullable=False),
        sa.Column("box_public_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pulse_round")),
    )
    with op.batch_alter_table("pulse_round", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_pulse_round_state_closes_at"), ["state", "closes_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_pulse_round_workspace_id_programme_id"),
            ["workspace_id", "programme_id"],
            unique=False,
        )
    op.create_table(
        "pulse_action",
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("posted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["pulse_round.id"],
            name=op.f("fk_pulse_action_round_id_pulse_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_pulse_action")),
    )
    op.create_table(
        "pulse_cell",
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("cell_id", sa.String(), nullable=False),
        sa.Column("fate", sa.String(), nullable=False),
        sa.Column("pooled", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["pulse_round.id"],
            name=op.f("fk_pulse_cell_round_id_pulse_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_id", "cell_id", name=op.f("pk_pulse_cell")),
    )
    op.create_table(
        "pulse_eligible",
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("cell_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["pulse_round.id"],
            name=op.f("fk_pulse_eligible_round_id_pulse_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_id", "member_id", name=op.f("pk_pulse_eligible")),
    )
    with op.batch_alter_table("pulse_eligible", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_pulse_eligible_member_id"), ["member_id"], unique=False
        )
    op.create_table(
        "pulse_release",
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("cell_id", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["pulse_round.id"],
            name=op.f("fk_pulse_release_round_id_pulse_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_id", "cell_id", "item_id", name=op.f("pk_pulse_release")),
    )


def downgrade() -> None:
    op.drop_table("pulse_release")
    with op.batch_alter_table("pulse_eligible", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pulse_eligible_member_id"))
    op.drop_table("pulse_eligible")
    op.drop_table("pulse_cell")
    op.drop_table("pulse_action")
    with op.batch_alter_table("pulse_round", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pulse_round_workspace_id_programme_id"))
        batch_op.drop_index(batch_op.f("ix_pulse_round_state_closes_at"))
    op.drop_table("pulse_round")
    op.drop_table("pulse_hold")
    op.drop_table("pulse_ballot")
