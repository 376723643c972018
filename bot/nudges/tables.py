"""Tables of nudges, and of the mentors who want none in quiet weeks."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata

nudge = sa.Table(
    "nudge",
    metadata,
    *keys("workspace_id", "id"),
    sa.Column("mentor_id", sa.String, nullable=False),
    sa.Column("week_on", sa.Date, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("shared_since", Instant),
    sa.Column("put_off", sa.Boolean, nullable=False, comment="snoozed until the next week"),
    sa.Column("asked_about", sa.String, comment="the mentee for whom the question is"),
    sa.Column("question", sa.String, comment="a question of the framework, nobody's words"),
    sa.Column("comes_at", Instant, comment="when it comes again after a snooze"),
    sa.UniqueConstraint("workspace_id", "mentor_id", "week_on"),
)

nudge_silence = sa.Table("nudge_silence", metadata, *keys("workspace_id", "mentor_id"))
"""Mentors who rather hear nothing in a week in which nothing waits for them."""
