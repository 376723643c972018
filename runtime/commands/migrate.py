"""Take a database to another schema by command, forwards or back, and say first what it costs."""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa
import typer
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.delivery.model import REPEATS_FOR
from bot.kernel.database import Database, open_database
from bot.kernel.errors import OperatorFacing
from bot.kernel.refusals import refused
from bot.kernel.scope import everywhere
from bot.kernel.tables import restored
from bot.kernel.words import plural
from runtime.commands.backup import back_up
from runtime.commands.backup_format import NOT_COPIED
from runtime.commands.schema import (
    MIGRATIONS,
    OpensVault,
    SchemaState,
    alembic_config,
    alone,
    by_alembic,
    is_older,
    migrate,
    newest_revision,
    outcome,
    schema_of,
)
from runtime.locks import Lock, locked, wait_until_noticed

RUNS = (
    "Cairn is running on this database, and a version that needs what is taken away would fail; "
    "stop it everywhere first"
)
Columns = Mapping[str, Mapping[str, str | None]]
"""By table and column: the default that the database gives it."""


async def take_to(
    address: str, to: str | None, *, backup: Path | None, agreed: bool, vault: OpensVault | None
) -> str:
    """Take the database to the schema `to`, or the newest; says how far it is then.

    Raises OperatorFacing for a schema that there is not, and without a confirmation of a loss.
    """
    target = _known(to) if to is not None else newest_revision()
    database = open_database(address)
    try:
        state = await schema_of(database)
        is_older(state)
        if backup is not None:
            typer.echo(await _backed_up(address, backup, state))
        if to is None or state.revision is None or state.revision <= target:
            if not backup:
                _propose_a_backup(state, target, agreed=agreed)
            return outcome(await migrate(address, revision=target, vault=vault))
        await take_back(database, address, target, agree=partial(_agree, agreed), vault=vault)
        return outcome(await schema_of(database))
    except (OperationalError, InterfaceError, OSError) as failure:
        raise refused(failure, database.engine.url) from failure
    finally:
        await database.close()


def _known(revision: str) -> str:
    revisions = sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    if revision not in revisions:
        raise OperatorFacing(
            f"There is no schema {revision!r}; this version knows those from {revisions[0]} to "
            f"{revisions[-1]}, and another says with `python app.py --version` which it needs",
            permanent=True,
        )
    return revision


async def _backed_up(address: str, file: Path, state: SchemaState) -> str:
    if state.revision is None:
        return "There is nothing to back up yet."
    done = await back_up(address, file, now=datetime.now(UTC))
    return f"{done} in {file}, as schema {state.revision}. The keys are not."


def _propose_a_backup(state: SchemaState, target: str, *, agreed: bool) -> None:
    """Name the way back before a schema changes; ask, where somebody can answer."""
    if agreed or state.revision is None or state.revision >= target:
        return
    sentence = (
        f"This takes the database from schema {state.revision} to {target}; "
        "`python app.py migrate --backup FILE` makes a backup first."
    )
    typer.echo(sentence, err=True)
    if sys.stdin.isatty() and not typer.confirm("Go on without one?", err=True):
        raise OperatorFacing("Nothing was changed")


def _agree(agreed: bool, losses: Sequence[str]) -> bool:
    """Say what is lost, and ask, where somebody can answer."""
    for loss in losses:
        typer.echo(f"Would be lost: {loss}", err=True)
    return agreed or (sys.stdin.isatty() and typer.confirm("Lose that?", err=True))


async def take_back(
    database: Database,
    address: str,
    revision: str,
    *,
    agree: Callable[[Sequence[str]], bool],
    vault: OpensVault | None = None,
) -> None:
    """Take the schema back to `revision`, if `agree` says so to what is lost by it.

    Raises OperatorFacing, having changed nothing, where Cairn runs or the loss is not agreed to.
    """
    from alembic import command

    async with locked(address, Lock.RUNNING, taken=RUNS), alone(address):
        lost = await losses(database, address, revision, vault=vault)
        if lost and not agree(lost):
            raise OperatorFacing(
                "Nothing was changed; add --yes to lose what was named, and --backup FILE to keep "
                "a copy of all first",
                permanent=True,
            )
        await wait_until_noticed(address)
        config = alembic_config(address, vault=vault)
        await by_alembic(lambda: command.downgrade(config, revision))


async def losses(
    database: Database, address: str, revision: str, *, vault: OpensVault | None = None
) -> list[str]:
    """Say what would be lost by taking the schema back: found out on trial, and counted."""
    from alembic import command

    left: list[tuple[Columns, Mapping[str, int]]] = []
    config = alembic_config(address, vault=vault)
    config.attributes["on_trial"] = lambda at: left.append((_columns(at), _rows(at)))
    await by_alembic(lambda: command.downgrade(config, revision))
    with everywhere():
        async with database.reading() as connection:
            return await connection.run_sync(_count_what_goes, *left[-1])


def _columns(connection: sa.Connection) -> Columns:
    found = sa.inspect(connection).get_multi_columns()
    return {
        table: {column["name"]: column["default"] for column in columns}
        for (_, table), columns in found.items()
    }


def _rows(connection: sa.Connection) -> Mapping[str, int]:
    names = sa.inspect(connection).get_table_names()
    return {name: _count(connection, name) for name in names}


def _count(connection: sa.Connection, table: str) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) or 0


def _count_what_goes(
    connection: sa.Connection, after: Columns, left: Mapping[str, int]
) -> list[str]:
    lost = []
    for table, columns in sorted(_columns(connection).items()):
        if table == restored.name:
            lost += _look_ups(connection) if table not in after else []
            continue
        if table in NOT_COPIED:
            continue
        rows = _count(connection, table) - left.get(table, 0)
        lost += [f"{plural(rows, 'row')} of {table}"] if rows > 0 else []
        if table not in after:
            continue
        for name in columns.keys() - after[table].keys():
            values = _values_in(connection, table, name, columns[name])
            lost += [f"{plural(values, 'value')} of {table}.{name}"] if values else []
    return lost


def _look_ups(connection: sa.Connection) -> list[str]:
    """Name the look-ups after a restore, which would end with its note, while they go on."""
    at = connection.scalar(sa.select(restored.c.restored_at))
    is_fresh = at is not None and datetime.now(UTC) < at + REPEATS_FOR
    return ["that messages are looked up for two days after the last restore"] if is_fresh else []


def _values_in(connection: sa.Connection, table: str, name: str, default: str | None) -> int:
    """Count rows that have something in a column other than what the database puts there."""
    text = sa.cast(sa.column(name), sa.String)
    query = sa.select(sa.func.count()).select_from(sa.table(table)).where(text.is_not(None))
    if default is not None:
        query = query.where(text != sa.cast(sa.text(default), sa.String))
    return connection.scalar(query) or 0
