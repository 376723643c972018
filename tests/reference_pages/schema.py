"""The page of the database's schema: tables, columns, types and keys. No more."""

import sqlalchemy as sa
from sqlalchemy.dialects import registry

from bot.kernel.database import all_tables
from runtime.commands.schema import newest_revision
from tests.reference_pages import markdown

INTRODUCTION = """\
The {} tables of schema {}, the same on SQLite and Postgres but for the names of types. Alembic
keeps its own, `alembic_version`. Each is made in `tables.py` of its room in `bot`."""
POSTGRES, SQLITE = registry.load("postgresql")(), registry.load("sqlite")()


def page() -> str:
    """Write the page."""
    tables = sorted(all_tables().tables.values(), key=lambda one: one.name)
    parts = [
        INTRODUCTION.format(len(tables), newest_revision()),
        ", ".join(f"[`{one.name}`](#{one.name})" for one in tables),
    ]
    for one in tables:
        parts += [f"## {one.name}", markdown.table(HEADS, [_row(column) for column in one.columns])]
        parts += [f"Unique together: {said}." for said in _unique(one)]
    return markdown.page("Schema", *parts)


HEADS = ("Column", "On Postgres", "On SQLite", "May be empty", "Key")


def _row(column: sa.Column[object]) -> tuple[str, str, str, str, str]:
    postgres, lite = (f"`{column.type.compile(dialect=one)}`" for one in (POSTGRES, SQLITE))
    keys = ["primary"] if column.primary_key else []
    keys += [f"to `{one.target_fullname}`" for one in sorted(column.foreign_keys, key=str)]
    empty = "yes" if column.nullable else "no"
    return f"`{column.name}`", postgres, lite, empty, ", ".join(keys)


def _unique(table: sa.Table) -> list[str]:
    made = [one for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
    return sorted(markdown.code(column.name for column in one.columns) for one in made)
