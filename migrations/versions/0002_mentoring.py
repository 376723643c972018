"""Stages, check-ins, meetings and nudges.

Revision: 0002
After: 0001
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkin",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=True),
        sa.Column("framework_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("blocker", sa.String(), nullable=True),
        sa.Column("wish", sa.Text(), nullable=True),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.CheckConstraint("confidence BETWEEN 0 AND 10", name=op.f("ck_checkin_confidence")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_checkin")),
    )
    with op.batch_alter_table("checkin", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_checkin_workspace_id_group_id_written_at"),
            ["workspace_id", "group_id", "written_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_checkin_workspace_id_member_id_written_at"),
            ["workspace_id", "member_id", "written_at"],
            unique=False,
        )
    op.create_table(
        "checkin_turn",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False, comment="goes up even when one is deleted"),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", name=op.f("pk_checkin_turn")),
    )
    op.create_table(
        "meeting",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(), nullable=True),
        sa.Column("length", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_meeting")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_meeting_workspace_id_group_id_held_on"),
            ["workspace_id", "group_id", "held_on"],
            unique=False,
        )
    op.create_table(
        "nudge",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("mentor_id", sa.String(), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("shared_since", Instant(), nullable=True),
        sa.Column("put_off", sa.Boolean(), nullable=False, comment="snoozed until the next week"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_nudge")),
        sa.UniqueConstraint(
            "workspace_id",
            "mentor_id",
            "week_on",
            name=op.f("uq_nudge_workspace_id_mentor_id_week_on"),
        ),
    )
    op.create_table(
        "stage_event",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("framework_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_level", sa.String(), nullable=False),
        sa.Column("to_level", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_member_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", "number", name=op.f("pk_stage_event")),
    )
    op.create_table(
        "checkin_answer",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("checkin_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lens", sa.String(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "checkin_id"],
            ["checkin.workspace_id", "checkin.id"],
            name=op.f("fk_checkin_answer_workspace_id_checkin_id_checkin"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "checkin_id", "position", name=op.f("pk_checkin_answer")
        ),
    )
    op.create_table(
        "meeting_mentee",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("meeting_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "meeting_id"],
            ["meeting.workspace_id", "meeting.id"],
            name=op.f("fk_meeting_mentee_workspace_id_meeting_id_meeting"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "meeting_id", "member_id", name=op.f("pk_meeting_mentee")
        ),
    )
    with op.batch_alter_table("meeting_mentee", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_meeting_mentee_workspace_id_member_id"),
            ["workspace_id", "member_id"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("meeting_mentee", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_mentee_workspace_id_member_id"))
    op.drop_table("meeting_mentee")
    op.drop_table("checkin_answer")
    op.drop_table("stage_event")
    op.drop_table("nudge")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_workspace_id_group_id_held_on"))
    op.drop_table("meeting")
    op.drop_table("checkin_turn")
    with op.batch_alter_table("checkin", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_checkin_workspace_id_member_id_written_at"))
        batch_op.drop_index(batch_op.f("ix_checkin_workspace_id_group_id_written_at"))
    op.drop_table("checkin")
