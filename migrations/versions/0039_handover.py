"""Note when a mentee chose what a new mentor may read.

Revision: 0039
After: 0038
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column(
        "checkin_turn",
        sa.Column(
            "handed_over_at", Instant, comment="when they last chose what a new mentor reads"
        ),
    )


def downgrade() -> None:
    op.drop_column("checkin_turn", "handed_over_at")
