"""Keep the plans by which programmes forget after their end.

Revision: 0050
After: 0049
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_table(
        "retention_plan",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("words_days", "names_days", "notice_days", "postponed_days")
        ),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="null before the close"),
        sa.Column("told_on", sa.Date(), nullable=True),
        *(
            sa.Column(name, Instant(), nullable=True)
            for name in ("words_gone_at", "names_gone_at", "failed_at")
        ),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "programme_id"],
            ["programme.workspace_id", "programme.id"],
            name=op.f("fk_retention_plan_workspace_id_programme_id_programme"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "programme_id", name=op.f("pk_retention_plan")),
    )


def downgrade() -> None:
    op.drop_table("retention_plan")
