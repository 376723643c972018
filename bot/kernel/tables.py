"""The table that says which versions of Cairn may run on this database."""

import sqlalchemy as sa

from bot.kernel.database import keys, metadata, texts

THIS = "this"

schema_use = sa.Table("schema_use", metadata, *keys("id"), *texts("oldest_code", "version"))
"""One row, written by `migrate` alone: the newest migration that the oldest code which can use this
schema knows, and the version of Cairn that made the schema."""
