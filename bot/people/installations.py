"""Install Cairn in workspaces by OAuth, and keep Slack's tokens under a key outside the database.

Tokens are sealed with the vault's keys of their own kind, see bot/keys/keyring.py.
"""

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import paces, recovery
from bot.delivery.reasons import WORKSPACE_SHUT
from bot.errands import store as errands
from bot.kernel.database import Database, insert_into, put_rows, read_as, rows_of, values_of
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import everywhere, one_workspace
from bot.keys.keyring import TOKENS, Keyring
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost, SealedBoxKeys
from bot.people.tables import install_state, installation
from bot.schedule import store as schedule

log = structlog.get_logger("cairn.workspaces")

KEY_PREFIX = f"{TOKENS}-"
SEALED = SealedRows(installation, ("workspace_id",), kind=TOKENS, column="sealed_tokens")
STATE_LASTS = timedelta(minutes=10)
"""How long somebody may think about the permissions on Slack's page."""
_STATE = re.compile(
    r"(?P<key>(?:k[0-9]{11}-)?[0-9a-f]{8})\.(?P<end_s>[0-9]{1,11})\.[\w-]{32}", re.ASCII
)
UNINSTALLED = "app_uninstalled"
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
    uninstalled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens for one workspace; `refresh` fetches the next where tokens rotate."""

    bot: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)


async def begin_install(keyring: Keyring, *, now: datetime) -> str:
    """Make the state that comes back from Slack when the install is done, within STATE_LASTS.

    Nothing is kept of it, so that nobody fills the database by opening a page: it says itself how
    long it counts, and is signed so that nobody else can make one.
    """
    key_id, keys = await keyring.current()
    end_s = int((now + STATE_LASTS).timestamp())
    body = f"{key_id.removeprefix(KEY_PREFIX)}.{end_s}.{secrets.token_urlsafe(24)}"
    return f"{body}.{_signature(keys, body)}"


async def was_begun_here(
    database: Database, keyring: Keyring, state: str, *, now: datetime
) -> bool:
    """Say whether a state is ours, in time, and of no install that is done."""
    body, _, signature = state.rpartition(".")
    found = _STATE.fullmatch(body)
    if found is None:
        return False
    try:
        keys = await keyring.named(f"{KEY_PREFIX}{found['key']}")
    except KeyLost:
        return False
    if not hmac.compare_digest(signature.encode(), _signature(keys, body).encode()):
        return False
    if _end_of(found) <= now:
        return False
    used = sa.select(install_state).where(install_state.c.digest == _digest_of(state))
    with everywhere():
        async with database.reading() as connection:
            return (await connection.execute(used)).first() is None


async def use_up(database: Database, state: str, *, now: datetime) -> bool:
    """Note that Slack has answered an install; False if it did so before, here or to a replica."""
    row = {"digest": _digest_of(state), "expires_at": now + STATE_LASTS}
    ended = sa.delete(install_state).where(install_state.c.expires_at <= now)
    with everywhere():
        async with database.writing() as connection:
            await connection.execute(ended)
            insert = insert_into(connection, install_state).values(row).on_conflict_do_nothing()
            made = await connection.execute(insert.returning(install_state.c.digest))
            return made.first() is not None


async def install(
    database: Database, keyring: Keyring, found: Installation, *, given: Tokens, now: datetime
) -> None:
    """Keep the workspace's sealed tokens, and resume what was paused there.

    What came due while the app was uninstalled is not caught up.
    """
    key_id, sealed = await _seal(keyring, found.workspace_id, given)
    with one_workspace(found.workspace_id):
        async with database.writing() as connection:
            await _put(connection, replace(found, key_id=key_id, sealed_tokens=sealed))
            await resume(connection, found.workspace_id, now=now)
    log.info("workspace_installed", workspace=found.workspace_id)


async def uninstall(database: Database, found: Installation, *, now: datetime) -> bool:
    """Destroy the workspace's tokens and pause everything there; its people stay known.

    False, and nothing is changed, when the workspace has other tokens than `found` by now.
    """
    async with database.writing() as connection:
        its = rows_of(installation, found.workspace_id, sealed_tokens=found.sealed_tokens)
        cleared: dict[str, Any] = dict.fromkeys(
            ("sealed_tokens", "key_id", "expires_at", "renewed_until")
        )
        done = await connection.execute(
            sa.update(installation).where(its).values(uninstalled_at=now, **cleared)
        )
        if done.rowcount:
            await schedule.pause_workspace(connection, found.workspace_id, reason=UNINSTALLED)
            await paces.pause(connection, found.workspace_id, reason=UNINSTALLED, now=now)
    if done.rowcount:
        log.info("workspace_uninstalled", workspace=found.workspace_id)
    return done.rowcount > 0


async def resume(connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime) -> None:
    """Resume a workspace that was paused because the app was uninstalled or its token refused."""
    await schedule.resume_workspace(connection, workspace_id, reason=UNINSTALLED, now=now)
    await paces.resume(connection, workspace_id, reason=UNINSTALLED, now=now)
    await go_on(connection, workspace_id, now=now)


async def go_on(connection: AsyncConnection, workspace_id: WorkspaceId, *, now: datetime) -> bool:
    """Do at once what waits because Slack refused the token; False where it did not."""
    if not await recovery.accept(connection, workspace_id, now=now):
        return False
    await errands.try_again(connection, workspace_id, failed_by=WORKSPACE_SHUT)
    return True


async def renewed(
    database: Database,
    keyring: Keyring,
    found: Installation,
    *,
    given: Tokens,
    expires_at: datetime,
) -> None:
    """Keep the next tokens of an installation that rotates them, unless it is gone meanwhile."""
    key_id, sealed = await _seal(keyring, found.workspace_id, given)
    async with database.writing() as connection:
        current = await find(connection, found.workspace_id, hold=True)
        if current is None or current.sealed_tokens is None:
            return
        if current.installed_at != found.installed_at:
            return
        after = replace(current, key_id=key_id, sealed_tokens=sealed, expires_at=expires_at)
        await _put(connection, after)


async def find(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, hold: bool = False
) -> Installation | None:
    """Find the installation in this workspace, uninstalled or not; None if there never was one."""
    query = sa.select(installation).where(installation.c.workspace_id == workspace_id)
    query = query.with_for_update() if hold else query
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _installation(row)


async def present(connection: AsyncConnection) -> list[Installation]:
    """Find every workspace in which Cairn is installed now, by id."""
    query = (
        sa.select(installation)
        .where(installation.c.sealed_tokens.is_not(None))
        .order_by(installation.c.workspace_id)
    )
    return [_installation(row) for row in await connection.execute(query)]


async def every(connection: AsyncConnection) -> list[Installation]:
    """Find every workspace that ever installed Cairn, by id."""
    query = sa.select(installation).order_by(installation.c.workspace_id)
    return [_installation(row) for row in await connection.execute(query)]


async def _put(connection: AsyncConnection, found: Installation) -> None:
    """Write the installation over what stands there for its workspace."""
    scopes = ",".join(found.scopes)
    values = values_of(found, installation, scopes=scopes, renewed_until=None, uninstalled_at=None)
    await put_rows(connection, installation, [values])


async def take_renewal(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, before: datetime, now: datetime
) -> bool:
    """Say whether the caller may fetch the next token of this workspace: one replica at a time.

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
        .where(rows_of(installation, workspace_id))
        .values(renewed_until=None)
    )


def _installation(row: sa.Row[Any]) -> Installation:
    scopes = tuple(row.scopes.split(",")) if row.scopes else ()
    return read_as(Installation, row, scopes=scopes)


async def _seal(keyring: Keyring, workspace_id: WorkspaceId, tokens: Tokens) -> tuple[str, bytes]:
    """Seal tokens so that they open for this workspace alone; returns the key's id, too."""
    paper = json.dumps({"bot": tokens.bot, "refresh": tokens.refresh}).encode()
    return await keyring.seal(paper, workspace_id)


async def unseal(keyring: Keyring, found: Installation) -> Tokens:
    """Open the tokens that were sealed for a workspace. Raises KeyLost when nobody can."""
    if found.key_id is None:
        raise OperatorFacing("a sealed token names no key", permanent=True)
    sealed = found.sealed_tokens or b""
    return Tokens(**json.loads(await keyring.open(found.key_id, sealed, found.workspace_id)))


def _end_of(state: re.Match[str]) -> datetime:
    return datetime.fromtimestamp(int(state["end_s"]), UTC)


def _digest_of(state: str) -> str:
    """Reduce a state to what is enough to know it again, and not enough to use it."""
    return hashlib.sha256(state.encode()).hexdigest()


def _signature(keys: SealedBoxKeys, body: str) -> str:
    return hmac.new(keys.tag_key, b"cairn state 1|" + body.encode(), hashlib.sha256).hexdigest()
