"""Keep where Cairn is installed, and Slack's tokens under a key that is not in the database.

Tokens are sealed with AES-256-GCM; the vault's key is named by its id.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import put_rows, read_as, rows_of, values_of
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.keys.vault import KEY_BYTES, KeyLost, SealedBoxKeys, Vault
from bot.people.tables import install_state, installation

KEY_PREFIX = "tokens-"
_NONCE_BYTES = 12
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


async def put(connection: AsyncConnection, found: Installation) -> None:
    """Write the installation over what stands there for its workspace."""
    scopes = ",".join(found.scopes)
    values = values_of(found, installation, scopes=scopes, renewed_until=None, uninstalled_at=None)
    await put_rows(connection, installation, [values])


async def purge(connection: AsyncConnection, found: Installation, *, now: datetime) -> bool:
    """Delete the tokens of `found`; False when the workspace has others meanwhile, or none."""
    done = await connection.execute(
        sa.update(installation)
        .where(rows_of(installation, found.workspace_id, sealed_tokens=found.sealed_tokens))
        .values(
            sealed_tokens=None, key_id=None, expires_at=None, renewed_until=None, uninstalled_at=now
        )
    )
    return done.rowcount > 0


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
    """Say whether this install was begun in time; true once, for whoever asks first."""
    taken = await connection.execute(
        sa.delete(install_state).where(
            install_state.c.digest == digest, install_state.c.expires_at > now
        )
    )
    return taken.rowcount > 0


def _installation(row: sa.Row[Any]) -> Installation:
    scopes = tuple(row.scopes.split(",")) if row.scopes else ()
    return read_as(Installation, row, scopes=scopes)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens for one workspace; `refresh` fetches the next where tokens rotate."""

    bot: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class Keyring:
    """The vault's keys for tokens and for the states of installs, each fetched once.

    Of a pair, `private_key` seals tokens and `tag_key` signs states.
    """

    vault: Vault
    _known: dict[str, SealedBoxKeys] = field(default_factory=dict, repr=False)

    async def current(self) -> tuple[str, SealedBoxKeys]:
        """Find the key for what is written now, with its id; made when there is none yet."""
        names = sorted(name for name in await self.vault.names() if name.startswith(KEY_PREFIX))
        if names:
            return names[0], await self.named(names[0])
        key_id = f"{KEY_PREFIX}{secrets.token_hex(4)}"
        keys = SealedBoxKeys(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))
        await self.vault.keep(key_id, keys)
        self._known[key_id] = keys
        return key_id, keys

    async def named(self, key_id: str) -> SealedBoxKeys:
        """Find the key with this id. Raises KeyLost when the vault has it no more."""
        if key_id not in self._known:
            self._known[key_id] = await self.vault.recall(key_id)
        return self._known[key_id]


async def seal(keyring: Keyring, workspace_id: WorkspaceId, tokens: Tokens) -> tuple[str, bytes]:
    """Seal tokens so that they open for this workspace alone; returns the key's id, too."""
    key_id, keys = await keyring.current()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    paper = json.dumps({"bot": tokens.bot, "refresh": tokens.refresh}).encode()
    context = _bound_to(key_id, workspace_id)
    return key_id, nonce + AESGCM(keys.private_key).encrypt(nonce, paper, context)


async def unseal(
    keyring: Keyring, workspace_id: WorkspaceId, key_id: str | None, sealed: bytes
) -> Tokens:
    """Open the tokens that were sealed for this workspace. Raises KeyLost when nobody can."""
    if key_id is None:
        raise OperatorFacing("a sealed token names no key", permanent=True)
    keys = await keyring.named(key_id)
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        paper = AESGCM(keys.private_key).decrypt(nonce, content, _bound_to(key_id, workspace_id))
    except InvalidTag:
        raise KeyLost(f"the token of {workspace_id} does not open with the key {key_id}") from None
    found = json.loads(paper)
    return Tokens(bot=found["bot"], refresh=found["refresh"])


def _bound_to(key_id: str, workspace_id: WorkspaceId) -> bytes:
    return f"cairn tokens 1|{key_id}|{workspace_id}".encode()


async def new_state(keyring: Keyring) -> str:
    """Make a state for an install: random, and signed so that nobody else can make one."""
    key_id, keys = await keyring.current()
    body = f"{key_id.removeprefix(KEY_PREFIX)}.{secrets.token_urlsafe(24)}"
    return f"{body}.{_signature(keys, body)}"


async def is_ours(keyring: Keyring, state: str) -> bool:
    """Say whether `new_state` made this, here or on another replica."""
    body, _, signature = state.rpartition(".")
    key_id = f"{KEY_PREFIX}{body.partition('.')[0]}"
    try:
        keys = await keyring.named(key_id)
    except (KeyLost, ValueError):
        return False
    return hmac.compare_digest(signature.encode(), _signature(keys, body).encode())


def digest_of(state: str) -> str:
    """Reduce a state to what is enough to know it again, and not enough to use it."""
    return hashlib.sha256(state.encode()).hexdigest()


def _signature(keys: SealedBoxKeys, body: str) -> str:
    return hmac.new(keys.tag_key, b"cairn state 1|" + body.encode(), hashlib.sha256).hexdigest()
