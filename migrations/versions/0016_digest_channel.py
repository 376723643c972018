"""Keep the facts about the channel for digests, and which of them a coordinator has confirmed.

Revision: 0016
After: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("programme", sa.Column("channel_confirmed", sa.String()))
    op.add_column("programme", sa.Column("channel_problem", sa.String()))
    op.add_column("programme", sa.Column("channel_checked_on", sa.Date()))


def downgrade() -> None:
    for name in ("channel_checked_on", "channel_problem", "channel_confirmed"):
        op.drop_column("programme", name)
