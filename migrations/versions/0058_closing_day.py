"""Keep the day on which a programme closes that nobody closes.

Revision: 0058
After: 0057
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    op.add_column("programme", sa.Column("closes_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("programme", "closes_on")
