"""Keep who is away and who stands in, and hand concerns over to them.

Revision: 0042
After: 0041
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "delegation",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("begins_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=True),
        sa.Column("stand_in_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["member.workspace_id", "member.id"],
            name=op.f("fk_delegation_workspace_id_member_id_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", name=op.f("pk_delegation")),
    )
    stand_ins = sa.Column(
        "stand_ins", sa.JSON(), nullable=True, comment="members who are asked while both are away"
    )
    op.add_column("concern", stand_ins)


def downgrade() -> None:
    """Delete what was handed over: without the column nobody can open it any more."""
    op.execute("DELETE FROM concern WHERE stand_ins IS NOT NULL")
    with op.batch_alter_table("concern") as batch:
        batch.drop_column("stand_ins")
    op.drop_table("delegation")
