"""Indexes for questions about one person, group or subject, which read everything until now.

Revision: 0010
After: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_MADE = (
    ("ix_seat_member", "seat", ["workspace_id", "member_id", "group_id"]),
    ("ix_outbox_recipient", "outbox", ["workspace_id", "recipient", "claimed_at"]),
    ("ix_outbox_subject", "outbox", ["workspace_id", "subject_id", "state"]),
    ("ix_pairing_group", "pairing", ["workspace_id", "group_id"]),
    ("ix_pairing_mentor", "pairing", ["workspace_id", "mentor_id"]),
    ("ix_pulse_eligible_cell", "pulse_eligible", ["round_id", "cell_id"]),
)


def upgrade() -> None:
    op.drop_index("ix_outbox_set_out", table_name="outbox")
    op.drop_index("ix_seat_workspace_id_member_id", table_name="seat")
    for name, table, columns in _MADE:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in _MADE:
        op.drop_index(name, table_name=table)
    op.create_index("ix_seat_workspace_id_member_id", "seat", ["workspace_id", "member_id"])
    set_out = sa.text("state IN ('sending', 'unknown', 'sent')")
    op.create_index(
        "ix_outbox_set_out",
        "outbox",
        ["workspace_id", "recipient", "claimed_at"],
        sqlite_where=set_out,
        postgresql_where=set_out,
    )
