"""Many workspaces on one Postgres: one with its history, copied by a statement for each table.

The bot reaches them as a role that owns nothing, so that row-level security holds as in earnest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.year import fill
from benchmarks.year_history import HERE, NOW
from bot.kernel.database import Database, metadata, open_database
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import everywhere
from bot.keys.keyring import Keyring
from bot.keys.vault import FileVault
from bot.people import installations
from bot.people.installations import Installation, Tokens
from bot.schedule.tables import schedule
from config.catalogue import load_catalogue
from runtime.commands.schema import migrate
from runtime.tenancy import needed_scopes

RUN = "cairn_run"
ROLE = (
    f"CREATE ROLE {RUN} LOGIN",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {RUN}",
)
PULSE = "pulse_"
"""A pulse's tables are found by its own id, of which there can be no copy."""
DUE_AT = NOW + timedelta(days=7)
"""When everybody's weekly messages fall due: the Monday after the history ends."""


@dataclass(frozen=True, slots=True)
class World:
    """A database for the bot, and who is in each workspace."""

    url: str
    superuser_url: str
    keys: Path
    workspaces: tuple[WorkspaceId, ...]
    mentees: tuple[str, ...]
    """The Slack ids of the mentees of every workspace."""


async def make_world(
    url: str, folder: Path, *, workspaces: int, members: int, weeks: int, token: str
) -> World:
    """Fill the empty database at `url`, a superuser's, with so many workspaces installed by OAuth.

    `weeks` is how long the history of each is.
    """
    await migrate(url)
    vault = FileVault(folder)
    database = open_database(url)
    ids = [HERE, *(WorkspaceId(f"T{number:06d}") for number in range(1, workspaces))]
    with everywhere():
        year = await fill(database, load_catalogue(), vault, members=members, weeks=weeks)
        async with database.writing() as connection:
            await _without_pulses(connection)
            for table in metadata.sorted_tables:
                if "workspace_id" in table.c and not table.name.startswith(PULSE):
                    await _copy(connection, table, ids[1:])
        await _as_in_earnest(database)
    await _install(database, Keyring(vault), ids, token=token)
    await database.close()
    run = sa.make_url(url).set(username=RUN).render_as_string(hide_password=False)
    mentees = tuple(one.slack_user_id for one in year.mentees)
    return World(run, url, folder, tuple(ids), mentees)


async def _without_pulses(connection: AsyncConnection) -> None:
    """Let no pulse be asked about: the copies have none."""
    its = sa.or_(schedule.c.kind.like("pulse%"), schedule.c.kind.like("care%"))
    await connection.execute(sa.delete(schedule).where(its))
    for table in reversed(metadata.sorted_tables):
        if table.name.startswith(PULSE):
            await connection.execute(sa.delete(table))


async def _copy(connection: AsyncConnection, table: sa.Table, into: Sequence[str]) -> None:
    """Insert every row of the one workspace into each of the others."""
    names = [column.name for column in table.columns]
    others = sa.select(sa.func.unnest(sa.literal(list(into), sa.ARRAY(sa.String))).label("id"))
    other = others.subquery()
    columns: list[Any] = [other.c.id if name == "workspace_id" else table.c[name] for name in names]
    source = sa.select(*columns).select_from(table.join(other, sa.true()))
    await connection.execute(
        table.insert().from_select(names, source.where(table.c.workspace_id == HERE))
    )


async def _as_in_earnest(database: Database) -> None:
    """Make the role that runs, which the wall between workspaces holds, and let Postgres count."""
    async with database.writing() as connection:
        for statement in ROLE:
            await connection.exec_driver_sql(statement)
    async with database.outside() as connection:
        await connection.exec_driver_sql("VACUUM ANALYZE")


async def _install(
    database: Database, keyring: Keyring, ids: Sequence[WorkspaceId], *, token: str
) -> None:
    """Keep a token for every workspace, as its installation by OAuth leaves one."""
    for workspace_id in ids:
        found = Installation(
            workspace_id=workspace_id,
            app_id="A0BENCHMARK",
            bot_user_id="U0BOT",
            scopes=tuple(sorted(needed_scopes())),
            key_id=None,
            sealed_tokens=None,
            expires_at=None,
            installed_at=NOW,
        )
        await installations.install(
            database, keyring, found, given=Tokens(bot=f"{token}-{workspace_id}"), now=NOW
        )
