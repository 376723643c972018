"""Keep which versions of Cairn may run on this database; `migrations/env.py` writes it.

Revision: 0059
After: 0058
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
OLDEST_CODE = "0059"
"""Earlier versions ask for their own schema, and run on no other."""


def upgrade() -> None:
    names = ("id", "oldest_code", "version")
    columns = [sa.Column(name, sa.String(), nullable=False) for name in names]
    op.create_table("schema_use", *columns, sa.PrimaryKeyConstraint("id", name="pk_schema_use"))


def downgrade() -> None:
    op.drop_table("schema_use")
