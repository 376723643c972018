"""Tables of meetings, held and planned."""

import sqlalchemy as sa

from bot.kernel.database import Instant, belongs_to, keys, metadata, texts

meeting = sa.Table(
    "meeting",
    metadata,
    *keys("workspace_id", "id"),
    *texts("programme_id", "group_id"),
    sa.Column("held_on", sa.Date, nullable=False),
    sa.Column("mode", sa.String),
    sa.Column("length", sa.String),
    sa.Column("minutes", sa.Integer),
    sa.Column("recorded_by", sa.String, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index(None, "workspace_id", "group_id", "held_on"),
    sa.Index("ix_meeting_programme", "workspace_id", "programme_id", "held_on", "group_id"),
)


def _of_meeting(name: str, *columns: sa.Column[object]) -> sa.Table:
    """Make a table of members by meeting; its rows go with the meeting."""
    return sa.Table(
        name,
        metadata,
        *keys("workspace_id", "meeting_id", "member_id"),
        *columns,
        belongs_to("meeting", by="meeting_id"),
        sa.Index(None, "workspace_id", "member_id"),
    )


meeting_mentee = _of_meeting("meeting_mentee")
meeting_mentor = _of_meeting("meeting_mentor")
meeting_objection = _of_meeting("meeting_objection", sa.Column("said_at", Instant, nullable=False))
"""Mentees who say that it was not so; a word of why is not asked for."""

planned_meeting = sa.Table(
    "planned_meeting",
    metadata,
    *keys("workspace_id", "id"),
    *texts("programme_id", "group_id"),
    sa.Column("minutes", sa.Integer, nullable=False),
    *texts("state", "offered_by"),
    sa.Column("offered_at", Instant, nullable=False),
    sa.Column("starts_at", Instant),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("changes", sa.Integer, nullable=False),
    sa.Column("meeting_id", sa.String, comment="the record, once it was held"),
    sa.Index(None, "workspace_id", "group_id", "state"),
)

planned_time = sa.Table(
    "planned_time",
    metadata,
    *keys("workspace_id", "plan_id"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("starts_at", Instant, nullable=False),
    belongs_to("planned_meeting", by="plan_id"),
)

planned_answer = sa.Table(
    "planned_answer",
    metadata,
    *keys("workspace_id", "plan_id", "member_id"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("can", sa.Boolean, nullable=False),
    belongs_to("planned_meeting", by="plan_id"),
    sa.Index(None, "workspace_id", "member_id"),
)
