"""Give the role that runs all day its rights on what a migration made, on Postgres."""

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import all_tables, open_database
from bot.kernel.errors import OperatorFacing
from bot.kernel.row_security import CLEARED
from bot.kernel.scope import everywhere
from bot.kernel.words import plural

READ_ALONE = ("alembic_version", "schema_use")
"""The tables that say how far the schema is, which migrations alone write."""
LOCK_TIMEOUT = "5s"
ROWS = "SELECT, INSERT, UPDATE, DELETE"
FOR_POSTGRES = "--grant-to is for Postgres; an SQLite file has no roles, so leave it out"

_TABLES = """
SELECT relname, pg_get_userbyid(relowner) AS owner FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
"""
_ROLE = """
SELECT rolname = current_user AS is_us, rolsuper OR rolbypassrls AS sees_all,
       pg_has_role(current_user, oid, 'MEMBER') AS is_ours,
       has_schema_privilege(oid, current_schema(), 'CREATE') AS may_create,
       current_user AS us, current_database() AS of, current_schema() AS schema
FROM pg_roles WHERE rolname = :role
"""


async def grant(address: str, *, to: str | None) -> str | None:
    """Let the role `to` read and write rows, and own the tables that it has to clear out.

    Without `to`, the role that an earlier call named, as their owner shows; None, and nothing is
    done, where there was none. Says what was done. Raises OperatorFacing where it cannot be.
    """
    database = open_database(address)
    try:
        if database.is_sqlite:
            if to is not None:
                raise OperatorFacing(FOR_POSTGRES, permanent=True)
            return None
        with everywhere():
            async with database.writing() as connection:
                await _execute(connection, f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                return await _grant(connection, to)
    except DBAPIError as failure:
        raise _refused(failure, to) from None
    finally:
        await database.close()


async def _grant(connection: AsyncConnection, to: str | None) -> str | None:
    owners = {row.relname: row.owner for row in await connection.execute(sa.text(_TABLES))}
    ours = {*all_tables().tables, *READ_ALONE} & owners.keys()
    cleared = set(CLEARED) & owners.keys()
    role = to or _named_before(owners, cleared)
    if role is None:
        return None
    found = (await connection.execute(sa.text(_ROLE), {"role": role})).one_or_none()
    _refuse_role(role, found)
    assert found is not None
    quoted = connection.dialect.identifier_preparer.quote
    name, schema = quoted(role), quoted(found.schema)
    await _execute(
        connection,
        f"GRANT USAGE ON SCHEMA {schema} TO {name}",
        f"GRANT {ROWS} ON {', '.join(map(quoted, sorted(ours)))} TO {name}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {ROWS} ON TABLES TO {name}",
    )
    if not found.may_create:  # which a new owner needs for the moment
        await _execute(connection, f"GRANT CREATE ON SCHEMA {schema} TO {name}")
    for table in sorted(one for one in cleared if owners[one] != role):
        await _execute(connection, f"ALTER TABLE {quoted(table)} OWNER TO {name}")
    if not found.may_create:
        await _execute(connection, f"REVOKE CREATE ON SCHEMA {schema} FROM {name}")
    read_alone = ", ".join(sorted(set(READ_ALONE) & ours))
    await _execute(connection, f"REVOKE ALL ON {read_alone} FROM {name}")
    await _execute(connection, f"GRANT SELECT ON {read_alone} TO {name}")
    return f"{role} may read and write rows, and owns {plural(len(cleared), 'table')} to clear out."


def _named_before(owners: dict[str, str], cleared: set[str]) -> str | None:
    """Find the role that owns what is cleared out, and not the table that migrations write."""
    others = {owners[table] for table in cleared} - {owners.get("alembic_version", "")}
    return others.pop() if len(others) == 1 else None


def _refuse_role(role: str, found: sa.Row[tuple[object, ...]] | None) -> None:
    """Raise OperatorFacing for a role that may not or cannot be given anything."""
    problem = None
    if found is None:
        problem = f"Postgres has no role {role}; make it first"
    elif found.is_us:
        problem = (
            f"DATABASE_URL names {role} itself; run `migrate` as the role that owns the database"
        )
    elif found.sees_all:
        problem = (
            f"{role} is a superuser or has BYPASSRLS, so nothing would keep workspaces apart; name "
            "an ordinary role"
        )
    elif not found.is_ours:
        problem = (
            f"{found.us} cannot hand tables to {role}; as a superuser: GRANT {role} TO {found.us}"
        )
    if problem is not None:
        raise OperatorFacing(f"{problem} (docs/how-to/run-with-postgres.md)", permanent=True)


def _refused(failure: DBAPIError, to: str | None) -> OperatorFacing:
    match type(failure.orig).__name__:
        case "InsufficientPrivilege":
            reason = (
                "the role of DATABASE_URL must own the tables and the schema; as a superuser: "
                "ALTER SCHEMA public OWNER TO that role"
            )
        case "LockNotAvailable":
            reason = "somebody else uses the tables; run `migrate` again in a quiet minute"
        case name:
            reason = f"Postgres answered {name}"
    role = to or "the role that runs"
    return OperatorFacing(f"The tables were migrated, but {role} has no rights yet: {reason}")


async def _execute(connection: AsyncConnection, *statements: str) -> None:
    for statement in statements:
        await connection.exec_driver_sql(statement)
