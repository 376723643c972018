"""Let a programme say when its members are left in peace, who chose no hours of their own.

Revision: 0052
After: 0051
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
USUAL = {"quiet_from": "20:00:00", "quiet_until": "08:00:00"}


def upgrade() -> None:
    for name, usual in USUAL.items():
        column = sa.Column(name, sa.Time(), nullable=False, server_default=usual)
        op.add_column("programme", column)


def downgrade() -> None:
    for name in USUAL:
        op.drop_column("programme", name)
