"""Received events that must not be lost.

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


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
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column(
            "done_at",
            Instant(),
            nullable=True,
            comment="when it was done, became unneeded or was given up",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "event_id", name=op.f("pk_inbox")),
    )
    is_open = sa.text("done_at IS NULL")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbox_ready_at",
            ["ready_at"],
            unique=False,
            sqlite_where=is_open,
            postgresql_where=is_open,
        )
        batch_op.create_index("ix_inbox_subject_id", ["workspace_id", "subject_id", "kind"])
        batch_op.create_index("ix_inbox_done_at", ["done_at"])


def downgrade() -> None:
    op.drop_table("inbox")
