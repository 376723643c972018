"""Days off: public holidays by country and region, and breaks, of each workspace.

Revision: 0012
After: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "time_off",
        sa.Column("workspace_id", sa.String, primary_key=True),
        sa.Column("country", sa.String, nullable=False),
        sa.Column("region", sa.String, nullable=False),
        sa.Column("breaks", sa.JSON, nullable=False, comment="pairs of first and last day"),
        sa.Column("moves", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("time_off")
