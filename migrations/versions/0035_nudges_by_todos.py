"""Keep which question a weekly message asks, when it comes again, and whom quiet weeks leave alone.

Revision: 0035
After: 0033
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0035"
down_revision = "0033"
down_revision = "0033"
down_revision = "0033"
down_revision = "0033"


def upgrade() -> None:
    op.add_column(
        "nudge",
        sa.Column("asked_about", sa.String(), comment="the mentee for whom the question is"),
    )
    question = "a question of the framework, nobody's words"
    op.add_column("nudge", sa.Column("question", sa.String(), comment=question))
    comes_at: sa.Column[datetime] = sa.Column(
        "comes_at", Instant(), comment="when it comes again after a snooze"
    )
    op.add_column("nudge", comes_at)
    op.create_table(
        "nudge_silence",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("mentor_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "mentor_id", name="pk_nudge_silence"),
    )


def downgrade() -> None:
    op.drop_table("nudge_silence")
    op.drop_column("nudge", "comes_at")
    op.drop_column("nudge", "question")
    op.drop_column("nudge", "asked_about")
