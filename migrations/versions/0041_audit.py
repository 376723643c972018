"""Write down what coordinators do.

Revision: 0041
After: 0040
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=True, comment="a member; null for the command line"),
        sa.Column("programme_id", sa.String(), nullable=True),
        sa.Column("about", sa.JSON(), nullable=False, comment="the members whom the act is about"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_workspace_id_at"), "audit_entry", ["workspace_id", "at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_entry_workspace_id_at"), "audit_entry")
    op.drop_table("audit_entry")
