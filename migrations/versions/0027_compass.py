"""Keep compasses, sealed, and what was put off.

Revision: 0027
After: 0026
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "compass",
        *(_text(name) for name in ("workspace_id", "id", "member_id", "programme_id", "phase")),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_compass")),
    )
    op.create_index(
        op.f("ix_compass_workspace_id_member_id_written_at"),
        "compass",
        ["workspace_id", "member_id", "written_at"],
    )
    op.create_table(
        "compass_put_off",
        *(_text(name) for name in ("workspace_id", "member_id", "programme_id", "phase")),
        sa.Column("put_off_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("workspace_id", "member_id", "programme_id", "phase"),
            name=op.f("pk_compass_put_off"),
        ),
    )


def downgrade() -> None:
    op.drop_table("compass_put_off")
    op.drop_table("compass")


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=False)
