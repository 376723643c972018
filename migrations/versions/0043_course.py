"""Shift a programme's calendar, and keep what coordinators change on the way.

Revision: 0043
After: 0042
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.add_column(
        "programme",
        sa.Column(
            "shifts",
            sa.JSON(),
            nullable=False,
            server_default="[]",
            comment="pairs of Monday and weeks",
        ),
    )
    op.create_table(
        "course_change",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("by", sa.String(), nullable=True, comment="a member; null for somebody erased"),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("undo_until", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "programme_id"],
            ["programme.workspace_id", "programme.id"],
            name=op.f("fk_course_change_workspace_id_programme"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "programme_id", "number", name=op.f("pk_course_change")
        ),
    )


def downgrade() -> None:
    op.drop_table("course_change")
    op.drop_column("programme", "shifts")
