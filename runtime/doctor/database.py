"""Look at the database: that it answers, is whole, and lets Cairn do what it must."""

import os
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, closing
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import Database, all_tables
from bot.kernel.errors import OperatorFacing
from bot.kernel.folders import lets_others_in
from bot.kernel.reading import open_to_read
from bot.kernel.row_security import CLEARED, may_vacuum, open_tables
from bot.kernel.scope import everywhere
from bot.kernel.sqlite import address_to_read
from bot.kernel.tables import schema_use
from bot.kernel.words import listed, plural
from runtime.commands.schema import require_usable_schema
from runtime.doctor.findings import Finding, fix, note, well
from runtime.doctor.machine import sqlite_file
from runtime.tenancy import Options

CHECK_WITHIN_S = 20.0
STEPS_BETWEEN_LOOKS = 100_000
"""Of SQLite's machine, some milliseconds."""
ROLES_PAGE = "see docs/how-to/run-with-postgres.md"
OLDEST_AGE = 1_500_000_000
"""Of transactions, at which Postgres has been kept from its own upkeep for long; it stops at 2.1
billion: postgresql.org/docs/current/routine-vacuuming.html."""


@asynccontextmanager
async def opened(options: Options) -> AsyncIterator[Database]:
    """Open the database to look at it.

    Raises OperatorFacing when it is not there, does not answer or has another schema.
    """
    file = sqlite_file(options)
    if file is not None and not file.exists():
        raise OperatorFacing(
            f"There is no database yet at {file}; run `python app.py migrate`, or correct "
            "DATABASE_URL"
        )
    database = open_to_read(options.database_url)
    try:
        await require_usable_schema(database)
        yield database
    finally:
        await database.close()


def files(options: Options) -> Iterator[Finding]:
    """Check that Cairn may write the files of SQLite, and that others may not even read them."""
    file = sqlite_file(options)
    if file is None or not file.exists():
        return
    beside = [file.with_name(file.name + end) for end in ("", "-wal", "-shm")]
    ours = [one for one in (file.parent, *beside) if one.exists()]
    if opened_to_others := [one for one in ours if lets_others_in(one)]:
        yield fix(
            "Others on this machine may enter or read what is the database's; run `chmod go-rwx "
            f"{' '.join(map(str, opened_to_others))}`"
        )
    else:
        yield well("Only their owner may read the database's files.")
    if shut := [one for one in ours if not os.access(one, os.W_OK)]:
        yield fix(
            f"This user may not write {listed(map(str, shut))}; run `chown` for the user who runs "
            "Cairn, and see that the disk is not mounted read-only"
        )


def is_whole(options: Options, *, within_s: float = CHECK_WITHIN_S) -> Iterator[Finding]:
    """Let SQLite look through its file for damage, which takes seconds for each gigabyte."""
    file = sqlite_file(options)
    if file is None or not file.exists():
        return
    until_s = time.monotonic() + within_s
    address = address_to_read(str(file.absolute()))
    with closing(sqlite3.connect(address, uri=True)) as connection:
        connection.set_progress_handler(lambda: time.monotonic() > until_s, STEPS_BETWEEN_LOOKS)
        try:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as failure:
            if failure.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                return  # that it cannot be opened is a finding of its own
            yield note(
                f"The database's file was not looked through to its end within {within_s:g} s; "
                "stop Cairn and run PRAGMA quick_check in sqlite3 to know that it is whole"
            )
            return
        except sqlite3.DatabaseError as failure:
            if failure.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
                return
            said = ""
    if said == "ok":
        yield well("The database's file is whole.")
        return
    yield fix(
        f"{file} is damaged; stop Cairn, put the file aside with those beside it, and restore the "
        "last backup (docs/how-to/back-up-and-restore.md)"
    )


Look = Callable[[AsyncConnection], Awaitable[Iterable[Finding]]]


async def rights(database: Database) -> list[Finding]:
    """Check what the role of DATABASE_URL may do, and what else Postgres knows of itself."""
    if database.is_sqlite:
        return [well("SQLite keeps workspaces apart by Cairn's own filters alone.")]
    found: list[Finding] = []
    looks: tuple[Look, ...] = (_workspaces_apart, _tables, _way_there, _server)
    with everywhere():
        async with database.reading() as connection:
            for look in looks:
                found += await look(connection)
    return found


async def _workspaces_apart(connection: AsyncConnection) -> Iterable[Finding]:
    """Check that Postgres keeps the rows of each workspace from this role's other scopes."""
    if seen := await connection.run_sync(open_tables):
        return [
            fix(
                f"Postgres does not keep workspaces apart for the role of DATABASE_URL "
                f"({plural(len(seen), 'table')}): it is a superuser or bypasses row security; give "
                f"Cairn a role of its own, {ROLES_PAGE}"
            )
        ]
    return [well("Postgres itself keeps the rows of workspaces apart.")]


_LACKING = """
SELECT relname, string_agg(lower(may), ', ' ORDER BY may) AS lacks
FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) may
WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
  AND relname = ANY (:names) AND (may = 'SELECT' OR NOT relname = ANY (:only_read))
  AND NOT has_table_privilege(oid, may)
GROUP BY relname ORDER BY relname
"""


async def _tables(connection: AsyncConnection) -> Iterable[Finding]:
    """Check that this role may read and write each table, and clear out those of CLEARED."""
    names = [table.name for table in all_tables().sorted_tables]
    asked = {"names": names, "only_read": [schema_use.name]}
    lacking = (await connection.execute(sa.text(_LACKING), asked)).all()
    role = (await connection.execute(sa.text("SELECT current_user"))).scalar_one()
    remedy = f"as their owner, run `python app.py migrate --grant-to {role}`; {ROLES_PAGE}"
    found = []
    if lacking:
        first = f"{lacking[0].relname} ({lacking[0].lacks})"
        others = f" and {plural(len(lacking) - 1, 'other table')}" if lacking[1:] else ""
        found.append(fix(f"The role {role} lacks rights on {first}{others}; {remedy}"))
    if not await connection.run_sync(may_vacuum):
        found.append(
            fix(
                f"The role {role} does not own {listed(CLEARED)}, so what is deleted there stays "
                f"in the file until Postgres clears it; {remedy}"
            )
        )
    return found or [well(f"The role {role} has all rights that Cairn needs.")]


_WAY = """
SELECT inet_server_addr() IS NOT NULL AND NOT inet_server_addr() <<= inet '127.0.0.0/8'
       AND inet_server_addr() <> inet '::1' AS is_far,
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS is_sealed
"""


async def _way_there(connection: AsyncConnection) -> Iterable[Finding]:
    way = (await connection.execute(sa.text(_WAY))).one()
    if way.is_far and not way.is_sealed:
        return [
            note(
                "What goes between Cairn and Postgres is not encrypted; add ?sslmode=verify-full "
                "to DATABASE_URL, unless it goes through a network of this machine's own"
            )
        ]
    return []


_SERVER = """
SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS is_standby,
       current_setting('default_transaction_read_only')::boolean AS is_read_only,
       (SELECT coalesce(checksum_failures, 0) FROM pg_stat_database
        WHERE datname = current_database()) AS damaged_pages,
       (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()) AS age,
       (SELECT string_agg(indexrelid::regclass::text, ', ') FROM pg_index
        WHERE NOT indisvalid AND NOT EXISTS
          (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = indexrelid)
       ) AS broken_indexes
"""


async def _server(connection: AsyncConnection) -> Iterable[Finding]:
    """Ask Postgres for what it knows without looking through its files."""
    row = (await connection.execute(sa.text(_SERVER))).one()
    return [*_wrong_with(row)] or [well(f"Postgres {row.version.split()[0]} knows of no damage.")]


def _wrong_with(row: sa.Row[Any]) -> Iterator[Finding]:
    if row.is_standby or row.is_read_only:
        what = "is a standby" if row.is_standby else "lets this role only read"
        yield fix(f"The server {what}, so that Cairn cannot write; name the primary one")
    if row.damaged_pages:
        yield fix(
            f"Postgres met {plural(row.damaged_pages, 'damaged page')} of this database; restore a "
            "backup onto another disk"
        )
    if row.age > OLDEST_AGE:
        yield fix(
            f"Postgres has not cleared up after {row.age:,} transactions and stops writing soon; "
            "end what is idle in a transaction, and run VACUUM as the tables' owner"
        )
    if row.broken_indexes:
        yield fix(f"The index {row.broken_indexes} is broken; run REINDEX INDEX on it")
