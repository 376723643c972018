"""The state of a database, read whole, compared, and put back as it was."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.kernel.database import all_tables, database_url
from tests.support.postgres import SUPERUSER

Key = tuple[Any, ...]
TableRows = dict[Key, dict[str, Any]]
"""Rows by primary key."""
Rows = dict[str, TableRows]
"""By table."""
NEVER = datetime.min.replace(tzinfo=UTC)
SYNC_DRIVERS = {"sqlite+threaded": "sqlite", "postgresql+psycopg": "postgresql+psycopg"}


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is there, gone or otherwise than before."""

    table: str
    key: Key
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def workspace_id(self) -> str | None:
        return (self.after or self.before or {}).get("workspace_id")

    def __str__(self) -> str:
        if self.before and self.after:
            names = [name for name in self.after if self.after[name] != self.before[name]]
            return f"{self.table} {self.key} changed in {', '.join(names)}"
        return f"{self.table} {self.key} is {'new' if self.after else 'gone'}"


@dataclass(slots=True)
class State:
    """The database at one instant, with the key files that belong to it."""

    rows: Rows
    at: datetime
    keys: dict[str, bytes] = field(default_factory=dict)


class Keeper:
    """Reads and puts back states of one database and its key folder, outside of Cairn."""

    def __init__(self, address: str, key_folder: Path) -> None:
        url = database_url(address)
        self.is_sqlite = url.drivername.startswith("sqlite")
        whole = url if self.is_sqlite else url.set(username=SUPERUSER)  # who sees every workspace
        self.engine = sa.create_engine(whole.set(drivername=SYNC_DRIVERS[url.drivername]))
        self.key_folder = key_folder
        self.tables = list(all_tables().sorted_tables)
        self.connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        digests = (DIGEST_OF_POSTGRES.format(table.name) for table in self.tables)
        self._digests = sa.text(" UNION ALL ".join(digests))
        self._seen: dict[tuple[str, str], TableRows] = {}

    def close(self) -> None:
        self.connection.close()
        self.engine.dispose()

    def mark(self) -> object:
        """What is another after anybody else has written."""
        asked = "PRAGMA data_version" if self.is_sqlite else MARK_OF_POSTGRES
        return self.connection.execute(sa.text(asked)).scalar_one()

    def read(self, *, at: datetime = NEVER) -> State:
        if self.is_sqlite:
            rows = {table.name: self._rows(table) for table in self.tables}
        else:
            rows = self._rows_of_postgres()
        return State(rows, at, dict(self._keys()))

    def _rows_of_postgres(self) -> Rows:
        """Read the tables whose content has not been seen lately: one trip tells which."""
        if len(self._seen) > MOST_SEEN:
            self._seen.clear()
        rows = {}
        for name, digest in self.connection.execute(self._digests):
            key = str(name), str(digest)
            if key not in self._seen:
                self._seen[key] = self._rows(all_tables().tables[str(name)])
            rows[str(name)] = self._seen[key]
        return rows

    def changes(self, before: State, after: State) -> Iterator[Change]:
        for name, rows in after.rows.items():
            known = before.rows[name]
            for key in rows.keys() | known.keys():
                if rows.get(key) != known.get(key):
                    yield Change(name, key, known.get(key), rows.get(key))

    def put_back(self, wanted: State) -> None:
        """Make the database and the key folder what they were."""
        now = self.read()
        with self.engine.begin() as connection:
            for table in reversed(self.tables):
                for key in now.rows[table.name].keys() - wanted.rows[table.name].keys():
                    connection.execute(sa.delete(table).where(_is(table, key)))
            for table in self.tables:
                self._write(connection, table, now.rows[table.name], wanted.rows[table.name])
        if now.keys != wanted.keys:
            shutil.rmtree(self.key_folder)
            for name, content in wanted.keys.items():
                path = self.key_folder / name
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                path.touch(mode=0o600)
                path.write_bytes(content)

    def _write(
        self, connection: sa.Connection, table: sa.Table, now: TableRows, wanted: TableRows
    ) -> None:
        there = self._rows(table, connection) if now != wanted else now
        for key, row in wanted.items():
            if key not in there:
                connection.execute(sa.insert(table).values(row))
            elif there[key] != row:
                connection.execute(sa.update(table).where(_is(table, key)).values(row))

    def _rows(
        self, table: sa.Table, connection: sa.Connection | None = None
    ) -> dict[Key, dict[str, Any]]:
        names = [column.name for column in table.primary_key]
        found = (connection or self.connection).execute(sa.select(table)).mappings()
        return {tuple(row[name] for name in names): dict(row) for row in found}

    def _keys(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self.key_folder.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(self.key_folder)), path.read_bytes()


DIGEST_OF_POSTGRES = (
    "SELECT '{0}', md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {0} t"
)
MOST_SEEN = 500
MARK_OF_POSTGRES = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"


def _is(table: sa.Table, key: Key) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))
