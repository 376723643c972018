"""Every row that is written, noted by the database itself, so that it can be told and undone."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

Key = tuple[Any, ...]
Written = tuple[str, str | None, str | None]
"""The table, and the row before and after, as its engine writes it down."""


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


class Journal(Protocol):
    """What has been committed since it was last emptied."""

    def written(self) -> list[Written]: ...

    def row(self, table: str, text: str) -> Mapping[str, Any]: ...

    def undo(self) -> None:
        """Make all rows what they were, and empty the journal."""
        ...

    def empty(self) -> None: ...

    def close(self) -> None: ...


def changes(journal: Journal, tables: Mapping[str, sa.Table]) -> Iterator[Change]:
    """Tell what is otherwise than before, each row once."""
    first: dict[tuple[str, Key], Mapping[str, Any] | None] = {}
    last: dict[tuple[str, Key], Mapping[str, Any] | None] = {}
    for table, *texts in journal.written():
        names = [column.name for column in tables[table].primary_key]
        for text, is_after in zip(texts, (False, True), strict=True):
            if text is None:
                continue
            row = journal.row(table, text)
            key = table, tuple(row[name] for name in names)
            first.setdefault(key, None if is_after else row)
            last[key] = row if is_after else None
    for (table, key), before in first.items():
        if before != last[table, key]:
            yield Change(table, key, before, last[table, key])


class SqliteJournal:
    """Rows as lists of SQL's own literals, which lose nothing on the way back."""

    def __init__(self, path: str, tables: Sequence[sa.Table]) -> None:
        self.driver = sqlite3.connect(path, isolation_level=None)
        self.tables = {table.name: table for table in tables}
        self.driver.executescript(
            "PRAGMA foreign_keys=OFF; PRAGMA busy_timeout=10000; PRAGMA synchronous=OFF;"
            "CREATE TABLE IF NOT EXISTS fuzz_journal (id INTEGER PRIMARY KEY, name, old, new);"
            + "".join(_sqlite_triggers(tables))
        )

    def written(self) -> list[Written]:
        return self.driver.execute("SELECT name, old, new FROM fuzz_journal ORDER BY id").fetchall()

    def row(self, table: str, text: str) -> Mapping[str, Any]:
        literals = json.loads(text)
        names = self.tables[table].columns.keys()
        return {name: _value(one) for name, one in zip(names, literals, strict=True)}

    def undo(self) -> None:
        steps = [step for one in reversed(self.written()) for step in self._undone(*one)]
        self.driver.executescript(
            f"BEGIN IMMEDIATE; {''.join(steps)} DELETE FROM fuzz_journal; COMMIT;"
        )

    def _undone(self, name: str, old: str | None, new: str | None) -> Iterator[str]:
        table = self.tables[name]
        for text in filter(None, (new, old)):
            literals = dict(zip(table.columns.keys(), json.loads(text), strict=True))
            key = " AND ".join(f'"{one.name}" = {literals[one.name]}' for one in table.primary_key)
            yield f"DELETE FROM {name} WHERE {key};"
        if old is not None:
            names = ",".join(f'"{one}"' for one in table.c.keys())  # noqa: SIM118
            yield f"INSERT INTO {name} ({names}) VALUES ({','.join(json.loads(old))});"

    def empty(self) -> None:
        self.driver.execute("DELETE FROM fuzz_journal")

    def close(self) -> None:
        self.driver.close()


def _sqlite_triggers(tables: Iterable[sa.Table]) -> Iterator[str]:
    for table in tables:
        for kind, has_rows in (("INSERT", (0, 1)), ("UPDATE", (1, 1)), ("DELETE", (1, 0))):
            names = table.columns.keys()
            both = zip(("OLD", "NEW"), has_rows, strict=True)
            rows = ", ".join(_row(names, of=which) if has else "NULL" for which, has in both)
            yield (
                f"CREATE TRIGGER IF NOT EXISTS fuzz_{kind}_{table.name} AFTER {kind} ON "
                f"{table.name} BEGIN INSERT INTO fuzz_journal (name, old, new) "
                f"VALUES ('{table.name}', {rows}); END;"
            )


def _row(names: Iterable[str], *, of: str) -> str:
    literals = (f'quote({of}."{name}")' for name in names)
    return f"json_array({', '.join(literals)})"


def _value(literal: str) -> Any:
    if literal == "NULL":
        return None
    if literal.startswith("'"):
        return literal[1:-1].replace("''", "'")
    if literal.startswith("X'"):
        return bytes.fromhex(literal[2:-1])
    return float(literal) if {".", "e", "E"} & set(literal) else int(literal)


class PostgresJournal:
    """Rows as JSON, which the database writes and reads back itself."""

    def __init__(self, connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
        self.connection = connection
        self._do(POSTGRES_JOURNAL)
        for table in tables:
            self._do(
                f"CREATE OR REPLACE TRIGGER fuzz_journal AFTER INSERT OR UPDATE OR DELETE ON "
                f"{table.name} FOR EACH ROW EXECUTE FUNCTION fuzz_note()"
            )

    def written(self) -> list[Written]:
        asked = "SELECT name, old::text, new::text FROM fuzz_journal ORDER BY id"
        found: list[Written] = self._do(asked).fetchall()
        return found

    def row(self, table: str, text: str) -> Mapping[str, Any]:
        found: dict[str, Any] = json.loads(text)
        return found

    def undo(self) -> None:
        self._do("SELECT fuzz_undo()")

    def empty(self) -> None:
        self._do("TRUNCATE fuzz_journal")

    def close(self) -> None:
        """Nothing: the connection is whoever's gave it."""

    def _do(self, statement: str) -> Any:
        driver: Any = self.connection.connection.driver_connection
        return driver.execute(statement)  # as it stands: SQLAlchemy would take % for a parameter


POSTGRES_JOURNAL = """
CREATE TABLE IF NOT EXISTS fuzz_journal (id bigserial PRIMARY KEY, name text, old jsonb, new jsonb);
CREATE OR REPLACE FUNCTION fuzz_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.fuzz_journal (name, old, new)
    VALUES (TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION fuzz_undo() RETURNS void LANGUAGE plpgsql AS $$
DECLARE one record; key text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT * FROM fuzz_journal ORDER BY id DESC LOOP
        SELECT string_agg(format('t.%1$I = r.%1$I', a.attname), ' AND ') INTO key
          FROM pg_index i
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
         WHERE i.indrelid = one.name::regclass AND i.indisprimary;
        IF one.new IS NOT NULL THEN
            EXECUTE format('DELETE FROM %1$I t USING jsonb_populate_record(NULL::%1$I, $1) r '
                           'WHERE ' || key, one.name) USING one.new;
        END IF;
        IF one.old IS NOT NULL THEN
            EXECUTE format('INSERT INTO %1$I SELECT * FROM jsonb_populate_record(NULL::%1$I, $1)',
                           one.name) USING one.old;
        END IF;
    END LOOP;
    DELETE FROM fuzz_journal;
END $$;
"""
