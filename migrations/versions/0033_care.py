"""Let concerns reach a person: who hears of them, and the concerns themselves, sealed.

Revision: 0033
After: 0032
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0033"
down_revision = "0032"

_NEW = ("concern_person", "concern_deputy", "concern_hours")


def upgrade() -> None:
    named = sa.Column("concern_person", sa.String(), comment="the member who hears of concerns")
    hours = sa.Column("concern_hours", sa.Integer(), server_default="24", nullable=False)
    for column in (named, sa.Column("concern_deputy", sa.String()), hours):
        op.add_column("programme", column)
    op.create_table(
        "concern",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("workspace_id", "id")),
        sa.Column("programme_id", sa.String()),
        sa.Column("to_id", sa.String(), nullable=False),
        sa.Column("deputy_id", sa.String()),
        *(
            sa.Column(name, Instant(), nullable=False)
            for name in ("asked_at", "due_at", "asked_last_at")
        ),
        sa.Column("deputy_asked_at", Instant()),
        sa.Column("seen_by", sa.String()),
        *(sa.Column(name, Instant()) for name in ("seen_at", "solved_at", "closed_at")),
        sa.Column("key_id", sa.String(), nullable=False, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_concern")),
    )


def downgrade() -> None:
    op.drop_table("concern")
    for name in _NEW:
        op.drop_column("programme", name)
