"""Workspaces that install Cairn by OAuth.

Revision: 0007
After: 0006
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("bot_user_id", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False, comment="separated by commas"),
        sa.Column("key_id", sa.String(), comment="the key in the vault that opens the tokens"),
        sa.Column("sealed_tokens", sa.LargeBinary(), comment="null once the app was uninstalled"),
        sa.Column("expires_at", Instant(), comment="of the token; null when it lasts"),
        sa.Column("renewed_until", Instant(), comment="while one replica fetches the next token"),
        sa.Column("installed_at", Instant(), nullable=False),
        sa.Column("uninstalled_at", Instant()),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_installation"),
    )
    op.create_table(
        "install_state",
        sa.Column(
            "digest", sa.String(), nullable=False, comment="SHA-256: the state itself is secret"
        ),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_install_state")),
    )
    op.create_index(op.f("ix_install_state_expires_at"), "install_state", ["expires_at"])


def downgrade() -> None:
    op.drop_table("install_state")
    op.drop_table("installation")
