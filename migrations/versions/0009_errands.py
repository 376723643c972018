"""Add errands: work in Slack besides sending, such as joining a channel or a redrawn message.

Revision: 0009
After: 0008
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "errand",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False, comment="a channel or an outbox entry"),
        sa.Column("person", sa.String(), nullable=False, comment="a Slack user id, or empty"),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("want", sa.String(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("ready_at", Instant(), nullable=False, comment="when it may be tried next"),
        sa.Column("lease_until", Instant(), comment="until when an attempt may be under way"),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("last_error", sa.String()),
        sa.Column("failed_at", Instant(), comment="when it was found to be impossible"),
        sa.PrimaryKeyConstraint("workspace_id", "place", "person", name=op.f("pk_errand")),
    )
    is_open = sa.text("failed_at IS NULL")
    op.create_index(
        "ix_errand_ready", "errand", ["ready_at"], sqlite_where=is_open, postgresql_where=is_open
    )


def downgrade() -> None:
    op.drop_index("ix_errand_ready", table_name="errand")
    op.drop_table("errand")
