"""Where Cairn is installed: the rows, and nothing that opens a token."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import insert_into
from bot.kernel.ids import WorkspaceId
from bot.people.tables import install_state, installation

RENEWAL_TAKES_AT_MOST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The app in one workspace. Without `sealed_tokens` it was uninstalled and may come back.

    `expires_at` is the token's end where the app rotates its tokens, else None.
    """

    workspace_id: WorkspaceId
    app_id: str
    bot_user_id: str
    scopes: tuple[str, ...]
    key_id: str | None
    sealed_tokens: bytes | None = field(repr=False)
    expires_at: datetime | None
    installed_at: datetime


async def find(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, hold: bool = False
) -> Installation | None:
    """The installation in this workspace, uninstalled or not; None if there never was one."""
    query = sa.select(installation).where(installation.c.workspace_id == workspace_id)
    query = query.with_for_update() if hold else query
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _installation(row)


async def present(connection: AsyncConnection) -> list[Installation]:
    """Every workspace in which Cairn is installed now, by id."""
    query = (
        sa.select(installation)
        .where(installation.c.sealed_tokens.is_not(None))
        .order_by(installation.c.workspace_id)
    )
    return [_installation(row) for row in await connection.execute(query)]


async def put(connection: AsyncConnection, found: Installation) -> None:
    """Write the installation over what stands there for its workspace."""
    values: dict[str, Any] = {
        "workspace_id": found.workspace_id,
        "app_id": found.app_id,
        "bot_user_id": found.bot_user_id,
        "scopes": ",".join(found.scopes),
        "key_id": found.key_id,
        "sealed_tokens": found.sealed_tokens,
        "expires_at": found.expires_at,
        "renewed_until": None,
        "installed_at": found.installed_at,
        "uninstalled_at": None,
    }
    statement = insert_into(connection, installation).values(values)
    rest = {name: value for name, value in values.items() if name != "workspace_id"}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["workspace_id"], set_=rest)
    )


async def purge(connection: AsyncConnection, found: Installation, *, now: datetime) -> bool:
    """Delete the tokens of `found`; False when the workspace has others meanwhile, or none."""
    done = await connection.execute(
        sa.update(installation)
        .where(
            installation.c.workspace_id == found.workspace_id,
            installation.c.sealed_tokens == found.sealed_tokens,
        )
        .values(
            sealed_tokens=None, key_id=None, expires_at=None, renewed_until=None, uninstalled_at=now
        )
    )
    return done.rowcount > 0


async def take_renewal(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, before: datetime, now: datetime
) -> bool:
    """Whether the caller may fetch the next token of this workspace: one replica at a time.

    False also when the token already lasts until `before` or longer.
    """
    done = await connection.execute(
        sa.update(installation)
        .where(
            installation.c.workspace_id == workspace_id,
            installation.c.expires_at < before,
            sa.or_(installation.c.renewed_until.is_(None), installation.c.renewed_until <= now),
        )
        .values(renewed_until=now + RENEWAL_TAKES_AT_MOST)
    )
    return done.rowcount > 0


async def end_renewal(connection: AsyncConnection, workspace_id: WorkspaceId) -> None:
    """Let the next caller try, after a renewal that failed."""
    await connection.execute(
        sa.update(installation)
        .where(installation.c.workspace_id == workspace_id)
        .values(renewed_until=None)
    )


async def put_state(
    connection: AsyncConnection, digest: str, *, expires_at: datetime, now: datetime
) -> None:
    """Remember an install that was begun, and forget those that nobody finished in time."""
    await connection.execute(sa.delete(install_state).where(install_state.c.expires_at <= now))
    await connection.execute(sa.insert(install_state).values(digest=digest, expires_at=expires_at))


async def take_state(connection: AsyncConnection, digest: str, *, now: datetime) -> bool:
    """Whether this install was begun in time; true once, for whoever asks first."""
    taken = await connection.execute(
        sa.delete(install_state).where(
            install_state.c.digest == digest, install_state.c.expires_at > now
        )
    )
    return taken.rowcount > 0


def _installation(row: sa.Row[Any]) -> Installation:
    return Installation(
        workspace_id=WorkspaceId(row.workspace_id),
        app_id=row.app_id,
        bot_user_id=row.bot_user_id,
        scopes=tuple(row.scopes.split(",")) if row.scopes else (),
        key_id=row.key_id,
        sealed_tokens=row.sealed_tokens,
        expires_at=row.expires_at,
        installed_at=row.installed_at,
    )
