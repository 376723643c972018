"""Keep what was asked of late, when a check-in was read, and when a member was last away.

Revision: 0023
After: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("checkin", sa.Column("read_at", sa.DateTime(timezone=True)))
    op.add_column("checkin_turn", sa.Column("asks", sa.JSON()))
    for name in ("away_from", "back_at"):
        op.add_column("member", sa.Column(name, sa.DateTime(timezone=True)))


def downgrade() -> None:
    for name in ("back_at", "away_from"):
        op.drop_column("member", name)
    op.drop_column("checkin_turn", "asks")
    op.drop_column("checkin", "read_at")
