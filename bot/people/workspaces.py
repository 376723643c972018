"""Install, uninstall and resume workspaces that come by OAuth."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import paces
from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.people import installations
from bot.people.installations import Installation, Keyring, Tokens
from bot.schedule import store as schedules

STATE_LASTS = timedelta(minutes=10)
"""How long somebody may think about the permissions on Slack's page."""
UNINSTALLED = "app_uninstalled"


async def begin_install(database: Database, keyring: Keyring, *, now: datetime) -> str:
    """Make the state that comes back from Slack when the install is done, within STATE_LASTS."""
    state = await installations.new_state(keyring)
    async with database.writing() as connection:
        await installations.put_state(
            connection, installations.digest_of(state), expires_at=now + STATE_LASTS, now=now
        )
    return state


async def was_begun_here(
    database: Database, keyring: Keyring, state: str, *, now: datetime
) -> bool:
    """Say whether a state is ours, in time, and comes for the first time."""
    if not await installations.is_ours(keyring, state):
        return False
    async with database.writing() as connection:
        return await installations.take_state(connection, installations.digest_of(state), now=now)


async def install(
    database: Database,
    keyring: Keyring,
    found: Installation,
    *,
    given: Tokens,
    now: datetime,
) -> None:
    """Keep the workspace's sealed tokens, and resume what was paused there.

    What came due while the app was uninstalled is not caught up.
    """
    key_id, sealed = await installations.seal(keyring, found.workspace_id, given)
    async with database.writing() as connection:
        await installations.put(connection, replace(found, key_id=key_id, sealed_tokens=sealed))
        await resume(connection, found.workspace_id, now=now)


async def uninstall(database: Database, found: Installation, *, now: datetime) -> bool:
    """Destroy the workspace's tokens and pause everything there; its people stay known.

    False, and nothing is changed, when the workspace has other tokens than `found` by now.
    """
    async with database.writing() as connection:
        purged = await installations.purge(connection, found, now=now)
        if purged:
            await schedules.pause_workspace(connection, found.workspace_id, reason=UNINSTALLED)
            await paces.pause(connection, found.workspace_id, reason=UNINSTALLED, now=now)
        return purged


async def resume(connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime) -> None:
    """Resume a workspace that was paused because the app was uninstalled, and no other."""
    await schedules.resume_workspace(connection, workspace_id, reason=UNINSTALLED, now=now)
    await paces.resume(connection, workspace_id, reason=UNINSTALLED, now=now)


async def renewed(
    database: Database,
    keyring: Keyring,
    found: Installation,
    *,
    given: Tokens,
    expires_at: datetime,
) -> None:
    """Keep the next tokens of an installation that rotates them, unless it is gone meanwhile."""
    key_id, sealed = await installations.seal(keyring, found.workspace_id, given)
    async with database.writing() as connection:
        current = await installations.find(connection, found.workspace_id, hold=True)
        if (
            current is None
            or current.sealed_tokens is None
            or current.installed_at != found.installed_at
        ):
            return
        after = replace(current, key_id=key_id, sealed_tokens=sealed, expires_at=expires_at)
        await installations.put(connection, after)
