"""Find a mentee's pairings without reading those of everybody else.

Revision: 0038
After: 0037
"""

from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_index("ix_pairing_mentee", "pairing", ["workspace_id", "mentee_id"])


def downgrade() -> None:
    op.drop_index("ix_pairing_mentee", table_name="pairing")
