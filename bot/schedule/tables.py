"""Define the tables of schedules, pauses and members' own choices."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, texts

schedule = sa.Table(
    "schedule",
    metadata,
    *keys("workspace_id", "kind", "subject_id"),
    *texts("rule", "tz"),
    sa.Column("not_before", Instant),
    sa.Column("next_due_at", Instant, comment="null while it rests without an end"),
    sa.Column("due_on", sa.Date, comment="the local date of next_due_at"),
    sa.Column("served_on", sa.Date, comment="the latest local date that was claimed"),
    sa.Index("ix_schedule_next_due_at", "next_due_at"),
    sa.Index("ix_schedule_subject", "workspace_id", "subject_id"),
)

KEY = ("workspace_id", "kind", "subject_id")
"""Of `schedule`."""

schedule_rest = sa.Table(
    "schedule_rest",
    metadata,
    *keys("workspace_id", "subject_id", "reason"),
    sa.Column("until", Instant, nullable=False),
)
"""Paused subjects; several reasons at once, and the latest end counts."""

WHOLE_WORKSPACE = "*"
"""Stands in `schedule_rest.subject_id` for every subject of the workspace."""

schedule_choice = sa.Table(
    "schedule_choice",
    metadata,
    *keys("workspace_id", "kind", "subject_id"),
    sa.Column("every_weeks", sa.SmallInteger, comment="null: as planned"),
    sa.Column("weekday", sa.SmallInteger),
    sa.Column("at", sa.Time),
    sa.Column("planned", sa.String, comment="the rule that this stands in place of"),
    sa.Column("chosen_at", Instant, nullable=False, comment="when the subject last decided"),
)

time_off = sa.Table(
    "time_off",
    metadata,
    *keys("workspace_id"),
    *texts("country", "region"),
    sa.Column("breaks", sa.JSON, nullable=False, comment="pairs of first and last day"),
    sa.Column("moves", sa.Boolean, nullable=False),
)
"""A workspace's days off. Who has no row here has none but weekends."""
