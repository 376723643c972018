"""Keep a mentor's word that they have read a check-in, and their words back.

Revision: 0037
After: 0036
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    seen_at: sa.Column[object] = sa.Column(
        "seen_at", Instant(), comment="when the writer of the check-in read it"
    )
    op.create_table(
        "checkin_reply",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("checkin_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        seen_at,
        sa.Column("key_id", sa.String(), nullable=False, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "checkin_id"],
            ["checkin.workspace_id", "checkin.id"],
            name="fk_checkin_reply_workspace_id_checkin_id_checkin",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "checkin_id", "member_id", name="pk_checkin_reply"),
    )
    op.create_index(
        "ix_checkin_reply_workspace_id_member_id", "checkin_reply", ["workspace_id", "member_id"]
    )


def downgrade() -> None:
    op.drop_table("checkin_reply")
