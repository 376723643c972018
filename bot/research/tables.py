"""Tables of consent to research: every text that was shown, and every answer to one."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, required, texts

consent_text = sa.Table(
    "research_text",
    metadata,
    *keys("workspace_id", "digest"),
    *required(sa.Integer, "version"),
    *required(sa.JSON, "words"),
    *required(Instant, "first_at"),
)

consent_answer = sa.Table(
    "research_answer",
    metadata,
    *keys("workspace_id", "member_id"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    *required(sa.Boolean, "is_yes"),
    sa.Column("version", sa.Integer, nullable=False, comment="0: of answers about mentoring alone"),
    *texts("text"),
    *required(Instant, "answered_at"),
)
"""Answers are added; the last of a member counts, for the version that they read."""
