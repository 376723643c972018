"""Keep how well a proposal's groups meet the wishes about groups, with the proof.

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("pairing_proposal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("composition", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("pairing_proposal", schema=None) as batch_op:
        batch_op.drop_column("composition")
