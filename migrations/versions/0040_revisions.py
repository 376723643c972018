"""Count the changes of a check-in and a goal, so that a form of before does not undo them.

Revision: 0040
After: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

TABLES = ("checkin", "goal")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table,
            sa.Column(
                "revision",
                sa.Integer(),
                nullable=False,
                server_default="1",
                comment="goes up at each change",
            ),
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "revision")
