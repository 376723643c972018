"""Stages, check-ins, meetings and nudges.

Revision: 0002
After: 0001
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "checkin",
        *_strings("workspace_id", "id", "member_id", "programme_id"),
        sa.Column("group_id", sa.String()),
        *_strings("framework_id", "stage"),
        sa.Column("confidence", sa.Integer()),
        sa.Column("blocker", sa.String()),
        sa.Column("wish", sa.Text()),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.CheckConstraint("confidence BETWEEN 0 AND 10", name=op.f("ck_checkin_confidence")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_checkin"),
    )
    op.create_index(
        "ix_checkin_workspace_id_group_id_written_at",
        "checkin",
        ["workspace_id", "group_id", "written_at"],
    )
    op.create_index(
        "ix_checkin_workspace_id_member_id_written_at",
        "checkin",
        ["workspace_id", "member_id", "written_at"],
    )
    op.create_table(
        "checkin_turn",
        *_strings("workspace_id", "member_id"),
        sa.Column("turn", sa.Integer(), nullable=False, comment="goes up even when one is deleted"),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", name="pk_checkin_turn"),
    )
    op.create_table(
        "meeting",
        *_strings("workspace_id", "id", "programme_id", "group_id"),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.String()),
        sa.Column("length", sa.String()),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_meeting"),
    )
    op.create_index(
        "ix_meeting_workspace_id_group_id_held_on",
        "meeting",
        ["workspace_id", "group_id", "held_on"],
    )
    op.create_table(
        "nudge",
        *_strings("workspace_id", "id", "mentor_id"),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("shared_since", Instant()),
        sa.Column("put_off", sa.Boolean(), nullable=False, comment="snoozed until the next week"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_nudge"),
        sa.UniqueConstraint(
            "workspace_id",
            "mentor_id",
            "week_on",
            name="uq_nudge_workspace_id_mentor_id_week_on",
        ),
    )
    op.create_table(
        "stage_event",
        *_strings("workspace_id", "member_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        *_strings("framework_id", "kind", "from_level", "to_level"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_member_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", "number", name="pk_stage_event"),
    )
    op.create_table(
        "checkin_answer",
        *_strings("workspace_id", "checkin_id"),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lens", sa.String(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _belongs_to("checkin", "checkin_id", of="checkin_answer"),
        sa.PrimaryKeyConstraint("workspace_id", "checkin_id", "position", name="pk_checkin_answer"),
    )
    op.create_table(
        "meeting_mentee",
        *_strings("workspace_id", "meeting_id", "member_id"),
        _belongs_to("meeting", "meeting_id", of="meeting_mentee"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "meeting_id", "member_id", name="pk_meeting_mentee"
        ),
    )
    op.create_index(
        "ix_meeting_mentee_workspace_id_member_id", "meeting_mentee", ["workspace_id", "member_id"]
    )


def downgrade() -> None:
    op.drop_table("meeting_mentee")
    op.drop_table("checkin_answer")
    op.drop_table("stage_event")
    op.drop_table("nudge")
    op.drop_table("meeting")
    op.drop_table("checkin_turn")
    op.drop_table("checkin")


def _belongs_to(parent: str, column: str, *, of: str) -> sa.ForeignKeyConstraint:
    """Let a row of the table `of` go with the one of `parent` that its column names."""
    return sa.ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{parent}.workspace_id", f"{parent}.id"],
        name=f"fk_{of}_workspace_id_{column}_{parent}",
        ondelete="CASCADE",
    )


def _strings(*names: str) -> list[sa.Column[str]]:
    """Make columns of text that is always there."""
    return [sa.Column(name, sa.String(), nullable=False) for name in names]
