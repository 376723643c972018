"""Count members and pairs, and find coordinators, from indexes alone.

Revision: 0054
After: 0052
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0052"

PAIRING = "ix_pairing_programme"
PAIRING_BEFORE = "ix_pairing_workspace_id_programme_id"
COUNTED, COORDINATOR = "ix_member_counted", "ix_member_coordinator"
PROGRAMME = ["workspace_id", "programme_id"]


def upgrade() -> None:
    op.create_index(PAIRING, "pairing", [*PROGRAMME, "mentor_id", "ended_at"])
    op.drop_index(PAIRING_BEFORE, "pairing")
    states = ["workspace_id", "state", "conduct_accepted_at", "paused_until"]
    op.create_index(COUNTED, "member", [*states, "is_mentee", "is_mentor", "is_peer_mentor"])
    op.create_index(
        COORDINATOR,
        "member",
        ["workspace_id", "name"],
        sqlite_where=sa.text("is_coordinator = 1"),
        postgresql_where=sa.text("is_coordinator"),
    )


def downgrade() -> None:
    op.drop_index(COORDINATOR, "member")
    op.drop_index(COUNTED, "member")
    op.create_index(PAIRING_BEFORE, "pairing", PROGRAMME)
    op.drop_index(PAIRING, "pairing")
