"""Pulse rounds, sealed ballots and releases.

Revision: 0004
After: 0003
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "pulse_ballot",
        sa.Column("round_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("round_id", "tag", name="pk_pulse_ballot"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pulse_hold",
        *_strings("workspace_id", "programme_id"),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "programme_id", name="pk_pulse_hold"),
    )
    op.create_table(
        "pulse_round",
        *_strings("id", "workspace_id", "programme_id", "state"),
        sa.Column("opens_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("instrument_version", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.JSON(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("c", sa.Integer(), nullable=False),
        sa.Column("cell_level", sa.String(), nullable=False),
        sa.Column("box_public_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pulse_round"),
    )
    op.create_index("ix_pulse_round_state_closes_at", "pulse_round", ["state", "closes_at"])
    op.create_index(
        "ix_pulse_round_workspace_id_programme_id", "pulse_round", ["workspace_id", "programme_id"]
    )
    op.create_table(
        "pulse_action",
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("posted_at", Instant(), nullable=False),
        _belongs_to_round("pulse_action"),
        sa.PrimaryKeyConstraint("round_id", name="pk_pulse_action"),
    )
    op.create_table(
        "pulse_cell",
        *_strings("round_id", "cell_id", "fate"),
        sa.Column("pooled", sa.JSON(), nullable=False),
        _belongs_to_round("pulse_cell"),
        sa.PrimaryKeyConstraint("round_id", "cell_id", name="pk_pulse_cell"),
    )
    op.create_table(
        "pulse_eligible",
        *_strings("round_id", "member_id", "stratum", "cell_id"),
        _belongs_to_round("pulse_eligible"),
        sa.PrimaryKeyConstraint("round_id", "member_id", name="pk_pulse_eligible"),
    )
    op.create_index("ix_pulse_eligible_member_id", "pulse_eligible", ["member_id"])
    op.create_table(
        "pulse_release",
        *_strings("round_id", "cell_id", "item_id", "band"),
        sa.Column("released_on", sa.Date(), nullable=False),
        _belongs_to_round("pulse_release"),
        sa.PrimaryKeyConstraint("round_id", "cell_id", "item_id", name="pk_pulse_release"),
    )


def downgrade() -> None:
    op.drop_table("pulse_release")
    op.drop_table("pulse_eligible")
    op.drop_table("pulse_cell")
    op.drop_table("pulse_action")
    op.drop_table("pulse_round")
    op.drop_table("pulse_hold")
    op.drop_table("pulse_ballot")


def _belongs_to_round(of: str) -> sa.ForeignKeyConstraint:
    """Let a row of the table `of` go with its round."""
    return sa.ForeignKeyConstraint(
        ["round_id"], ["pulse_round.id"], name=f"fk_{of}_round_id_pulse_round", ondelete="CASCADE"
    )


def _strings(*names: str) -> list[sa.Column[str]]:
    """Make columns of text that is always there."""
    return [sa.Column(name, sa.String(), nullable=False) for name in names]
