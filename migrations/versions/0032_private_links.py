"""Keep the hashes of members' private addresses.

Revision: 0032
After: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "private_link",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "secret_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="of what the address ends in",
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", "kind", name=op.f("pk_private_link")),
        sa.UniqueConstraint(
            "workspace_id", "secret_hash", name=op.f("uq_private_link_workspace_id_secret_hash")
        ),
    )


def downgrade() -> None:
    op.drop_table("private_link")
