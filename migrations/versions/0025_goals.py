"""Keep mentees' goals and their history, sealed.

Revision: 0025
After: 0023
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0025"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "goal",
        *_texts("workspace_id", "id", "member_id", "programme_id", "status"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant()),
        sa.Column("shared_at", Instant(), comment="the mentors of then may read it"),
        *_sealed(),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_goal")),
    )
    op.create_index(op.f("ix_goal_workspace_id_member_id"), "goal", ["workspace_id", "member_id"])
    op.create_table(
        "goal_note",
        *_texts("workspace_id", "goal_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        *_sealed(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "goal_id"],
            ["goal.workspace_id", "goal.id"],
            name=op.f("fk_goal_note_workspace_id_goal_id_goal"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "goal_id", "number", name=op.f("pk_goal_note")),
    )


def downgrade() -> None:
    op.drop_table("goal_note")
    op.drop_table("goal")


def _texts(*names: str) -> list["sa.Column[str]"]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _sealed() -> list["sa.Column[str] | sa.Column[bytes]"]:
    return [
        sa.Column("key_id", sa.String(), nullable=False, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    ]
