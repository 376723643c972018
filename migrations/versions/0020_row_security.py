"""Let Postgres keep each workspace's rows from the others.

The policies are written by `migrations/env.py`, after this and every later migration.

Revision: 0020
After: 0016
"""

from alembic import op

from bot.kernel.row_security import give_up

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    pass


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        give_up(op.get_bind())
