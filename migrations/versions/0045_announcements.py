"""Keep announcements, their words sealed.

Revision: 0045
After: 0044
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column(
            "named", sa.JSON(), nullable=False, comment="the groups or members that were chosen"
        ),
        sa.Column(
            "send_at", Instant(), nullable=True, comment="null for at once, while it is a draft"
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_announcement")),
    )
    op.create_index(
        op.f("ix_announcement_workspace_id_send_at"), "announcement", ["workspace_id", "send_at"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_announcement_workspace_id_send_at"), "announcement")
    op.drop_table("announcement")
