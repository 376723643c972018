"""The tables about the database itself: which versions may run on it, and what was put back."""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, required, texts

THIS = "this"

schema_use = sa.Table("schema_use", metadata, *keys("id"), *texts("oldest_code", "version"))
"""One row, written by `migrate` alone: the newest migration that the oldest code which can use this
schema knows, and the version of Cairn that made the schema."""

restored = sa.Table("restored", metadata, *keys("id"), *required(Instant, "made_at", "restored_at"))
"""At most one row, written by `restore`: when the backup was made, and when it was put back."""
