"""Keep when a check-in was shared, and redraw once the messages that still quote words.

Revision: 0011
After: 0010

An errand is asked for each message in Slack that may hold a member's words: it is drawn anew
without them, or deleted. A message that waits to be sent is written without words by itself.
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0011"
down_revision = "0010"

_REDRAW = """
    INSERT INTO errand (workspace_id, place, person, id, want, asked_at, ready_at, attempts)
    SELECT o.workspace_id, o.id, '', 'upgrade_' || o.id, 'redrawn',
           COALESCE(o.ended_at, o.created_at), COALESCE(o.ended_at, o.created_at), 0
    FROM outbox AS o
    WHERE o.state IN ('sending', 'unknown', 'sent')
      AND NOT EXISTS (
        SELECT 1 FROM errand AS e
        WHERE e.workspace_id = o.workspace_id AND e.place = o.id AND e.person = '')
      AND (
        o.kind IN ('checkin_shared', 'stage_claimed')
        OR o.kind = 'mentor_nudge'
           AND NOT EXISTS (
             SELECT 1 FROM nudge AS n
             WHERE n.workspace_id = o.workspace_id AND n.id = o.subject_id AND n.put_off)
           AND NOT EXISTS (
             SELECT 1 FROM outbox AS later
             WHERE later.workspace_id = o.workspace_id AND later.kind = o.kind
               AND later.subject_id = o.subject_id AND later.not_before > o.not_before)
        OR o.kind = 'stage_answered'
           AND EXISTS (
             SELECT 1 FROM stage_event AS s
             WHERE s.workspace_id = o.workspace_id AND s.note <> ''
               AND s.member_id || ':' || CAST(s.number AS VARCHAR) = o.subject_id))
"""
"""A nudge that was snoozed says only that it was put off, and holds no words."""


def upgrade() -> None:
    # Never a batch: SQLite would make the table anew, and lose the answers that belong to its rows.
    long_ago = sa.text("'1970-01-01 00:00:00'")
    op.add_column(
        "checkin",
        sa.Column(
            "shared_at",
            Instant(),
            nullable=False,
            server_default=long_ago,
            comment="the mentors of then may read it",
        ),
    )
    op.execute("UPDATE checkin SET shared_at = written_at")
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("checkin", "shared_at", server_default=None)
    op.drop_index("ix_checkin_workspace_id_group_id_written_at", table_name="checkin")
    op.create_index("ix_checkin_shared", "checkin", ["workspace_id", "group_id", "shared_at"])
    op.execute(_REDRAW)


def downgrade() -> None:
    op.drop_index("ix_checkin_shared", table_name="checkin")
    op.create_index(
        "ix_checkin_workspace_id_group_id_written_at",
        "checkin",
        ["workspace_id", "group_id", "written_at"],
    )
    op.drop_column("checkin", "shared_at")
