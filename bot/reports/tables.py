"""The table of stage distributions, as they were first shown."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, texts

stage_release_table = sa.Table(
    "stage_release",
    metadata,
    *keys("workspace_id", "programme_id"),
    sa.Column("on", sa.Date, primary_key=True),
    *texts("framework_id"),
    sa.Column("levels", sa.JSON, nullable=False),
    sa.Column("cells", sa.JSON, nullable=False, comment="first, last, people; none: held back"),
    sa.Column("made_at", Instant, nullable=False),
)
"""Counts of at least five people each. A row is written once, and never changed."""
