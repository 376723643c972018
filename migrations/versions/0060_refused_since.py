"""Keep since when Slack refuses a workspace, and which rights the app lacks there.

Revision: 0060
After: 0059
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0060"
down_revision = "0059"


SINCE = "since when Slack refuses everything here"
LACKING = "scopes that the app lacks here, by commas"


def upgrade() -> None:
    since: sa.Column[Any] = sa.Column("paused_since", Instant(), nullable=True, comment=SINCE)
    op.add_column("delivery_pace", since)
    op.add_column(
        "delivery_pace", sa.Column("lacking", sa.String(), nullable=True, comment=LACKING)
    )


def downgrade() -> None:
    op.drop_column("delivery_pace", "lacking")
    op.drop_column("delivery_pace", "paused_since")
