"""Received events that must not be lost.

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("ready_at", Instant(), nullable=False, comment="when it may be tried next"),
        sa.Column("lease_until", Instant()),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("last_error", sa.String()),
        sa.Column(
            "done_at", Instant(), comment="when it was done, became unneeded or was given up"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "event_id", name="pk_inbox"),
    )
    is_open = sa.text("done_at IS NULL")
    op.create_index(
        "ix_inbox_ready_at", "inbox", ["ready_at"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("ix_inbox_subject_id", "inbox", ["workspace_id", "subject_id", "kind"])
    op.create_index("ix_inbox_done_at", "inbox", ["done_at"])


def downgrade() -> None:
    op.drop_table("inbox")
