"""Find a programme's meetings and check-ins by day, and claims by how long they wait.

Revision: 0046
After: 0045
"""

from alembic import op

revision = "0046"
down_revision = "0045"

INDEXES = {
    "ix_meeting_programme": ("meeting", ["programme_id", "held_on", "group_id"]),
    "ix_checkin_programme": ("checkin", ["programme_id", "written_at", "member_id"]),
    "ix_stage_event_kind": ("stage_event", ["kind", "at"]),
}


def upgrade() -> None:
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, ["workspace_id", *columns])


def downgrade() -> None:
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
