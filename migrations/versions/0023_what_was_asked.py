"""Keep what was asked of late, when a check-in was read, and when a member was last away.

Revision: 0023
After: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0020"


COLUMNS = {
    "checkin": {"read_at": "when somebody else first opened it"},
    "member": {
        "away_from": "when their last break began",
        "back_at": "when they last came back from one",
    },
}


def upgrade() -> None:
    said = "digests of the prompts of late, and what came of them"
    op.add_column("checkin_turn", sa.Column("asks", sa.JSON(), comment=said))
    for table, columns in COLUMNS.items():
        for name, comment in columns.items():
            instant = sa.Column(name, sa.DateTime(timezone=True), comment=comment)
            op.add_column(table, instant)


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        for name in columns:
            op.drop_column(table, name)
    op.drop_column("checkin_turn", "asks")
