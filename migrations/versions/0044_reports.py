"""Keep the stage distributions that reports have shown.

Revision: 0044
After: 0043
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.create_table(
        "stage_release",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("framework_id", sa.String(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column(
            "cells", sa.JSON(), nullable=False, comment="first, last, people; none: held back"
        ),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "programme_id", "on", name=op.f("pk_stage_release")
        ),
    )


def downgrade() -> None:
    op.drop_table("stage_release")
