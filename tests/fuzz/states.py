"""The state of a database, read whole, and put back as it was."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.kernel.database import all_tables, database_url
from tests.fuzz.journal import Change, Journal, Key, PostgresJournal, SqliteJournal, changes
from tests.support.postgres import SUPERUSER

TableRows = dict[Key, dict[str, Any]]
"""Rows by primary key."""
Rows = dict[str, TableRows]
"""By table."""
NEVER = datetime.min.replace(tzinfo=UTC)
SYNC_DRIVERS = {"sqlite+threaded": "sqlite", "postgresql+psycopg": "postgresql+psycopg"}


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
        is_sqlite = url.drivername.startswith("sqlite")
        whole = url if is_sqlite else url.set(username=SUPERUSER)  # who sees every workspace
        self.engine = sa.create_engine(whole.set(drivername=SYNC_DRIVERS[url.drivername]))
        self.key_folder = key_folder
        self.tables = list(all_tables().sorted_tables)
        self._by_name = {table.name: table for table in self.tables}
        self.connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self.journal: Journal = (
            SqliteJournal(str(url.database), self.tables)
            if is_sqlite
            else PostgresJournal(self.connection, self.tables)
        )
        self._kept = State({}, NEVER)
        self._files: dict[Path, tuple[int, int]] = {}

    def close(self) -> None:
        self.journal.close()
        self.connection.close()
        self.engine.dispose()

    def read(self, *, at: datetime = NEVER) -> State:
        rows = {table.name: self._rows(table) for table in self.tables}
        return State(rows, at, dict(self._keys()))

    def keep(self, *, at: datetime) -> State:
        """Read the state to which `undo` leads back from now on."""
        self._kept, self._files = self.read(at=at), self._stamps()
        self.journal.empty()
        return self._kept

    def changes(self) -> list[Change]:
        """What is otherwise than in the state that is kept; keys are not told."""
        return list(changes(self.journal, self._by_name))

    def has_changed(self) -> bool:
        return bool(self.journal.written()) or self._stamps() != self._files

    def undo(self) -> None:
        """Make the database and the key folder what they were when they were kept."""
        self.journal.undo()
        if self._stamps() != self._files:
            self._put_keys_back()

    def is_as_kept(self) -> bool:
        """Whether undoing has left nothing over: read whole, which takes long."""
        now = self.read()
        return (now.rows, now.keys) == (self._kept.rows, self._kept.keys)

    def put_back(self, wanted: State) -> None:
        """Make the database and the key folder those of another state, and keep that."""
        now = self.read()
        with self.engine.begin() as connection:
            for table in reversed(self.tables):
                for key in now.rows[table.name].keys() - wanted.rows[table.name].keys():
                    connection.execute(sa.delete(table).where(_is(table, key)))
            for table in self.tables:
                self._write(connection, table, now.rows[table.name], wanted.rows[table.name])
        self._kept = wanted
        self.journal.empty()
        self._put_keys_back()

    def _put_keys_back(self) -> None:
        if dict(self._keys()) != self._kept.keys:
            shutil.rmtree(self.key_folder, ignore_errors=True)
            for name, content in self._kept.keys.items():
                path = self.key_folder / name
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                path.touch(mode=0o600)
                path.write_bytes(content)
        self._files = self._stamps()

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

    def _stamps(self) -> dict[Path, tuple[int, int]]:
        found = {path: path.stat() for path in self.key_folder.rglob("*")}
        return {path: (one.st_ino, one.st_mtime_ns) for path, one in found.items()}


def _is(table: sa.Table, key: Key) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))
