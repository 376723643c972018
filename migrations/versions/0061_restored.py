"""Keep when a backup was put back, and of when it was.

Revision: 0061
After: 0060
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.create_table(
        "restored",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("restored_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_restored"),
    )


def downgrade() -> None:
    op.drop_table("restored")
