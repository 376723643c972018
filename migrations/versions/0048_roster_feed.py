"""Keep the address of a list that is read on a schedule.

Revision: 0048
After: 0047
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0048"
down_revision = "0047"

_TEXTS = ("made_by", "every", "timezone", "etag", "modified", "digest", "announced", "failure")


def upgrade() -> None:
    op.create_table(
        "roster_feed",
        sa.Column("workspace_id", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in _TEXTS),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("is_failure_told", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("counts", "named", "gone")),
        sa.Column("key_id", sa.String(), nullable=False, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_roster_feed")),
    )


def downgrade() -> None:
    op.drop_table("roster_feed")
