"""Slack's tokens under a key that never enters the database: AES-256-GCM, the key by its id."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.keys.vault import KEY_BYTES, KeyLost, SealedBoxKeys, Vault

KEY_PREFIX = "tokens-"
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Tokens:
    """What lets Cairn act in one workspace; `refresh` fetches the next where tokens rotate."""

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
        """The key for what is written now, with its id; made when there is none yet."""
        names = sorted(name for name in await self.vault.names() if name.startswith(KEY_PREFIX))
        if names:
            return names[0], await self.named(names[0])
        key_id = f"{KEY_PREFIX}{secrets.token_hex(4)}"
        keys = SealedBoxKeys(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))
        await self.vault.keep(key_id, keys)
        self._known[key_id] = keys
        return key_id, keys

    async def named(self, key_id: str) -> SealedBoxKeys:
        """The key with this id. Raises KeyLost when the vault has it no more."""
        if key_id not in self._known:
            self._known[key_id] = await self.vault.recall(key_id)
        return self._known[key_id]


async def seal(keyring: Keyring, workspace_id: WorkspaceId, tokens: Tokens) -> tuple[str, bytes]:
    """The key's id and the sealed tokens, which open for this workspace alone."""
    key_id, keys = await keyring.current()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    paper = json.dumps({"bot": tokens.bot, "refresh": tokens.refresh}).encode()
    place = _place(key_id, workspace_id)
    return key_id, nonce + AESGCM(keys.private_key).encrypt(nonce, paper, place)


async def unseal(
    keyring: Keyring, workspace_id: WorkspaceId, key_id: str | None, sealed: bytes
) -> Tokens:
    """The tokens that were sealed for this workspace. Raises KeyLost when nobody can open them."""
    if key_id is None:
        raise OperatorFacing("a sealed token names no key", permanent=True)
    keys = await keyring.named(key_id)
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        paper = AESGCM(keys.private_key).decrypt(nonce, content, _place(key_id, workspace_id))
    except InvalidTag:
        raise KeyLost(f"the token of {workspace_id} does not open with the key {key_id}") from None
    found = json.loads(paper)
    return Tokens(bot=found["bot"], refresh=found["refresh"])


def _place(key_id: str, workspace_id: WorkspaceId) -> bytes:
    return f"cairn tokens 1|{key_id}|{workspace_id}".encode()


async def new_state(keyring: Keyring) -> str:
    """A fresh state for an install: random, and signed so that nobody else can make one."""
    key_id, keys = await keyring.current()
    body = f"{key_id.removeprefix(KEY_PREFIX)}.{secrets.token_urlsafe(24)}"
    return f"{body}.{_signature(keys, body)}"


async def is_ours(keyring: Keyring, state: str) -> bool:
    """Whether `new_state` made this, here or on another replica."""
    body, _, signature = state.rpartition(".")
    key_id = f"{KEY_PREFIX}{body.partition('.')[0]}"
    try:
        keys = await keyring.named(key_id)
    except (KeyLost, ValueError):
        return False
    return hmac.compare_digest(signature.encode(), _signature(keys, body).encode())


def digest_of(state: str) -> str:
    """What is kept of a state: enough to know it again, and not enough to use it."""
    return hashlib.sha256(state.encode()).hexdigest()


def _signature(keys: SealedBoxKeys, body: str) -> str:
    return hmac.new(keys.tag_key, b"cairn state 1|" + body.encode(), hashlib.sha256).hexdigest()
