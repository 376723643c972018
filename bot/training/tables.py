"""The tables of mentors' training, and of who took part."""

import sqlalchemy as sa

from bot.kernel.database import belongs_to, keys, metadata, required, texts

mentor_training = sa.Table(
    "mentor_training",
    metadata,
    *keys("workspace_id", "id"),
    *texts("name"),
    *required(sa.Date, "held_on"),
)

training_attendance = sa.Table(
    "training_attendance",
    metadata,
    *keys("workspace_id", "training_id", "member_id"),
    belongs_to("mentor_training", by="training_id"),
    belongs_to("member", by="member_id"),
    sa.Index(None, "workspace_id", "member_id"),
)
