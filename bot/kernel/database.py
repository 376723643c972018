"""Reach SQLite and Postgres by one code path: transactions, rows and shared column types."""

import asyncio
import os
import pkgutil
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.kernel.clock import as_utc
from bot.kernel.commits import Say, begun, note_commit
from bot.kernel.errors import OperatorFacing
from bot.kernel.folders import make_private_folder
from bot.kernel.postgres import options, postgres_engine
from bot.kernel.refusals import Outage
from bot.kernel.scope import scope
from bot.kernel.sqlite import SQLITE_BUSY_TIMEOUT_MS, AdaptedSqlite, begin_writing, from_json

T = TypeVar("T")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every room's store hangs its tables here; the migrations are compared with it."""


def all_tables() -> sa.MetaData:
    """Import every `tables` module of the core, and give what they defined."""
    for module in pkgutil.walk_packages(import_module("bot").__path__, "bot."):
        if module.name.rpartition(".")[2] == "tables":
            import_module(module.name)
    return metadata


ON_CONNECT = (
    f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}; PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON"
)
BEGIN_READING = f"PRAGMA query_only=ON; PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}; BEGIN"


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept in UTC. Refuses a naive one, whatever the engine."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        at = as_utc(value)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def keys(*names: str) -> list[sa.Column[str]]:
    """Make columns of text that are a table's primary key."""
    return [sa.Column(name, sa.String, primary_key=True) for name in names]


def required(kind: type[sa.types.TypeEngine[T]], *names: str) -> list[sa.Column[T]]:
    """Make columns of one kind that every row has."""
    return [sa.Column(name, kind, nullable=False) for name in names]


def texts(*names: str) -> list[sa.Column[str]]:
    """Make columns of text that every row has."""
    return required(sa.String, *names)


def belongs_to(table: str, *, by: str) -> sa.ForeignKeyConstraint:
    """Tie rows to the row of `table` that the column `by` names, and delete them with it."""
    own, its = ["workspace_id", by], [f"{table}.workspace_id", f"{table}.id"]
    return sa.ForeignKeyConstraint(own, its, ondelete="CASCADE")


def database_url(text: str) -> URL:
    """Turn an operator's DATABASE_URL into an async URL.

    Takes `sqlite:///path`, `postgresql://…` and `postgres://…`, with or without a driver.
    Raises OperatorFacing (permanent) for anything else, without repeating a password.
    """
    try:
        url: URL | None = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or not (url.port is None or 0 < url.port < 65_536):
        raise OperatorFacing(
            "DATABASE_URL is not a database address; write sqlite:///var/cairn.db or "
            "postgresql://user:password@host/name",
            permanent=True,
        )
    backend = "postgresql" if url.drivername == "postgres" else url.drivername.split("+")[0]
    drivers = {"sqlite": "sqlite+threaded", "postgresql": "postgresql+psycopg"}
    if backend not in drivers:
        raise OperatorFacing(
            f"DATABASE_URL names {backend!r}; Cairn runs on sqlite and postgresql", permanent=True
        )
    if backend == "sqlite" and (url.host or url.query or (url.database or "").startswith("file:")):
        raise OperatorFacing(
            "DATABASE_URL names a file with a host or options, and SQLite's takes none; write "
            "sqlite:///var/cairn.db",
            permanent=True,
        )
    if backend == "postgresql" and set(url.query) - options():
        raise OperatorFacing(
            "DATABASE_URL has an option that Postgres does not know; a ? in a password is %3F",
            permanent=True,
        )
    return url.set(drivername=drivers[backend])


@dataclass(frozen=True, slots=True)
class Database:
    """A pool of connections with three doors: `writing()`, `reading()` and `reading_once()`.

    They keep to the scope in which they are opened, see `bot/kernel/scope.py`; without one they
    raise OutOfScope.
    """

    engine: AsyncEngine
    _reader: AsyncEngine = field(init=False)
    _once: AsyncEngine = field(init=False)
    _outside: AsyncEngine = field(init=False)
    outage: Outage = field(init=False)
    _writer: asyncio.Lock = field(default_factory=asyncio.Lock)
    """On SQLite, gives this process's writers their turn in order; its own lock gives none."""

    def __post_init__(self) -> None:
        for door in ("_reader", "_once", "_outside"):
            object.__setattr__(self, door, self.engine.execution_options(cairn_door=door))
        object.__setattr__(self, "outage", Outage(self.engine.url))

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open one transaction that commits at the end and rolls back on any error.

        On SQLite it begins with the write lock, so that a writer waits for its turn there (up to
        SQLITE_BUSY_TIMEOUT_MS) and never fails half-way on a lock.
        """
        one_at_a_time = self._writer if self.is_sqlite else nullcontext()
        said: list[Say] = []
        async with one_at_a_time, self.engine.begin() as connection:
            with begun(connection) as said:
                yield connection
            note_commit()
        self.outage.end()
        for say in said:
            say()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a consistent look at the database that takes no write lock; writing is an error."""
        async with self._reader.connect() as connection:
            await connection.begin()
            yield connection
            if not self.is_sqlite:  # which a rollback at the end takes one trip instead of two
                await connection.commit()  # a rollback makes the driver forget what it prepared

    @asynccontextmanager
    async def reading_once(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for one query. It begins no transaction, which saves two trips."""
        scope()
        async with self._once.connect() as connection:
            yield connection

    @asynccontextmanager
    async def outside(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for what no transaction may hold; on Postgres it sees no rows."""
        async with self._outside.connect() as connection:
            yield connection

    async def close(self) -> None:
        """Give all connections back. The object is not usable afterwards."""
        await self.engine.dispose()


def is_writing(connection: AsyncConnection) -> bool:
    """Say whether a connection came through the door `Database.writing`."""
    assert connection.sync_connection is not None
    return "cairn_door" not in connection.sync_connection.get_execution_options()


def insert_into(connection: AsyncConnection, table: sa.Table) -> Any:
    """Build an insert with on_conflict_do_update and _do_nothing, in the engine's words."""
    return _dialect(connection.dialect.name).insert(table)


@cache
def _dialect(engine: str) -> Any:
    """Load what is special to `postgresql` or `sqlite`; the other engine's is never loaded."""
    return import_module(f"sqlalchemy.dialects.{engine}")


def partial_index(
    name: str, where: sa.ColumnElement[bool], *columns: sa.Column[Any] | sa.ColumnElement[Any]
) -> sa.Index:
    """Index only the rows that match `where`, on both engines."""
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


def open_database(text: str, *, pool_size: int = 20, is_patient: bool = True) -> Database:
    """Open what `text` names (see `database_url`); connects only when first used.

    One that `is_patient` lets a statement take long. A SQLite file and its folder are made for
    their owner alone when missing. Statement parameters never reach a log or an error message.
    """
    url = database_url(text)
    try:
        if url.drivername.startswith("sqlite"):
            return Database(sqlite_engine(url, pool_size))
        return Database(postgres_engine(url, pool_size, is_patient=is_patient))
    except ArgumentError:
        raise OperatorFacing(
            "DATABASE_URL has a port that is none; correct it", permanent=True
        ) from None


def sqlite_engine(url: URL, pool_size: int, **connecting: object) -> AsyncEngine:
    """Make an engine for a file; `connecting` goes to the driver."""
    if not url.database or url.database == ":memory:":
        raise OperatorFacing("DATABASE_URL needs a file for SQLite, not memory", permanent=True)
    if not connecting.get("only_reads"):
        _make_for_its_owner(Path(url.database))
    engine = create_async_engine(
        url,
        connect_args={"set_up": ON_CONNECT} | connecting,
        poolclass=AsyncAdaptedQueuePool,
        hide_parameters=True,
        pool_size=pool_size,
        pool_use_lifo=True,  # the one used last has pages and statements at hand
        max_overflow=0,  # a connection costs more than what it is opened for
        json_deserializer=from_json,
    )

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        adapted = cast(AdaptedSqlite, connection.connection.dbapi_connection)
        door = connection.get_execution_options().get("cairn_door")
        if door in {"_once", "_outside"}:
            return
        scope()  # so that a forgotten one is found on either engine
        if door == "_reader":
            adapted.run_async(lambda driver: driver.script(BEGIN_READING))
        elif not adapted.run_async(begin_writing):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # fails as any statement does

    return engine


def _make_for_its_owner(file: Path) -> None:
    """Make the file with mode 0600, and its folder with 0700, where they are missing.

    SQLite gives the log and its index beside it the mode of the file. A file that cannot be made
    is left to the first connection, which says so.
    """
    with suppress(OSError):
        make_private_folder(file.parent)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


class Dataclass(Protocol):
    """A class made by `dataclass`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Record = TypeVar("Record", bound=Dataclass)

PORTION = 500
"""Of rows in a statement. SQLite takes 32,766 parameters, Postgres 65,535."""


def portions(items: Sequence[T], *, size: int = PORTION) -> Iterator[Sequence[T]]:
    """Split `items` in their order, at most `size` at a time: no statement and no step is long."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


async def read_each(
    connection: AsyncConnection, query: sa.Select[Any], make: Callable[[sa.Row[Any]], T]
) -> list[T]:
    """Make something of each row, in portions between which others have their turn."""
    found: list[T] = []
    for portion in (await connection.execute(query)).partitions(PORTION):
        found += map(make, portion)
        await asyncio.sleep(0)
    return found


async def write_each(
    connection: AsyncConnection, statement: sa.Executable, rows: Sequence[Mapping[str, object]]
) -> None:
    """Execute `statement` for each row, in portions between which others have their turn."""
    for some in portions(rows):
        await connection.execute(statement, list(some))


def values_of(record: object, table: sa.Table, /, **others: object) -> dict[str, object]:
    """Make a row of a record's attributes that are columns of `table`, and of `others`."""
    names = [column.name for column in table.columns if hasattr(record, column.name)]
    return {name: getattr(record, name) for name in names} | others


def read_as(kind: type[Record], row: sa.Row[Any], /, **others: object) -> Record:
    """Make a dataclass of the columns that are fields of it, and of `others` in their place."""
    columns = row._asdict()
    fields = kind.__dataclass_fields__
    return kind(**{name: columns[name] for name in fields if name in columns} | others)


def rows_of(table: sa.Table, workspace_id: object, /, **values: object) -> sa.ColumnElement[bool]:
    """Match the rows of `table` that are this workspace's and have these values.

    A list, tuple, set or other collection of values matches any of them.
    """
    return sa.and_(
        table.c.workspace_id == workspace_id,
        *(
            table.c[name].in_(list(value))
            if isinstance(value, Collection) and not isinstance(value, str | bytes)
            else table.c[name] == value
            for name, value in values.items()
        ),
    )


async def delete_rows(
    connection: AsyncConnection, table: sa.Table, workspace_id: object, /, **values: object
) -> int:
    """Delete this workspace's rows that have these values; returns how many there were."""
    statement = sa.delete(table).where(rows_of(table, workspace_id, **values))
    return (await connection.execute(statement)).rowcount


async def put_rows(
    connection: AsyncConnection,
    table: sa.Table,
    rows: Sequence[Mapping[str, object]],
    *,
    changing: Iterable[str] = (),
) -> None:
    """Write rows over those of the same keys; `changing` names the columns, without it all."""
    if rows:
        keys = [column.name for column in table.primary_key]
        insert = insert_into(connection, table)
        names = tuple(changing) or [name for name in rows[0] if name not in keys]
        set_ = {name: insert.excluded[name] for name in names}
        upsert = insert.on_conflict_do_update(index_elements=keys, set_=set_)
        await write_each(connection, upsert, rows)


async def add_row(connection: AsyncConnection, table: sa.Table, row: Mapping[str, object]) -> bool:
    """Insert `row`; False, and nothing is changed, where its key is there already."""
    added = await connection.execute(adding_to(connection.dialect.name, table), dict(row))
    return added.one_or_none() is not None


@cache
def adding_to(engine: str, table: sa.Table) -> Any:
    """Build what inserts rows whose keys are new, and gives the key of each."""
    inserting = _dialect(engine).insert(table).on_conflict_do_nothing()
    return inserting.returning(*table.primary_key.columns)
