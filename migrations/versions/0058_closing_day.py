"""Keep the day on which a programme closes that nobody closes.

Revision: 0058
After: 0056
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0056"


def upgrade() -> None:
    with op.batch_alter_table("programme") as batch:
        batch.add_column(sa.Column("closes_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("programme") as batch:
        batch.drop_column("closes_on")
