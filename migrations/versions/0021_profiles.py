"""Keep members' profiles, sealed, and whether a proposal was made from what has changed since.

Revision: 0021
After: 0020
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "profile",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["member.workspace_id", "member.id"],
            name=op.f("fk_profile_workspace_id_member_id_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", name=op.f("pk_profile")),
    )
    op.add_column(
        "pairing_proposal",
        sa.Column(
            "is_outdated",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="members changed what it reads",
        ),
    )


def downgrade() -> None:
    op.drop_column("pairing_proposal", "is_outdated")
    op.drop_table("profile")
