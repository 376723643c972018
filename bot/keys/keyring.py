"""Seal with long-lived keys of the vault, each known by its id.

The newest seals what is new, with AES-256-GCM. It opens under the same terms alone: what was moved
to another row or altered does not.
"""

import asyncio
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.kernel.errors import OperatorFacing
from bot.keys.vault import KEY_BYTES, KeyLost, SealedBoxKeys, Vault

_MADE_AT = re.compile(r"[a-z]+-k([0-9]{11})-[0-9a-f]+", re.ASCII)
TOKENS, WORDS = "tokens", "words"
NONCE_BYTES = 12
LOOK_FOR_S = 0.5
KNOWN_FOR_S = 60.0
"""So long a process takes its newest key for the newest; `keys --rotate` may have made another."""


@dataclass(slots=True)
class Keyring:
    """The vault's keys of one kind, each fetched once.

    Of a pair, `private_key` seals and `tag_key` signs.
    """

    vault: Vault
    kind: str = TOKENS
    _known: dict[str, SealedBoxKeys] = field(default_factory=dict, repr=False)
    _current: str | None = None
    _look_again_at_s: float = 0.0

    async def names(self) -> list[str]:
        """Find the ids of the keys of this kind, the newest last."""
        return sorted(one for one in await self.vault.names() if one.startswith(f"{self.kind}-"))

    async def current(self) -> tuple[str, SealedBoxKeys]:
        """Find the key for what is written now, with its id; made when there is none yet.

        One that is known goes on being used while the vault cannot be asked.
        """
        if self._current is None:
            names = await self.names()
            self._take(names[-1] if names else await self._make(0))
        elif time.monotonic() > self._look_again_at_s:
            self._take(self._current)  # whoever comes meanwhile does not ask as well
            with suppress(OperatorFacing, TimeoutError):
                async with asyncio.timeout(LOOK_FOR_S):
                    self._take((await self.names() or [self._current])[-1])
        assert self._current is not None
        return self._current, await self.named(self._current)

    async def rotate(self, *, now: datetime) -> str:
        """Make a key that is the newest from now on, also after a clock was set back; its id."""
        latest_s = max(map(made_at_s, await self.names()), default=0)
        made = await self._make(max(int(now.timestamp()), latest_s + 1))
        self._take(made)
        return made

    async def named(self, key_id: str) -> SealedBoxKeys:
        """Find the key with this id. Raises KeyLost when the vault has it no more."""
        if key_id not in self._known:
            self._known[key_id] = await self.vault.recall(key_id)
        return self._known[key_id]

    async def seal(self, content: bytes, terms: str) -> tuple[str, bytes]:
        """Seal so that it opens under these terms alone; returns the key's id, too."""
        key_id, keys = await self.current()
        nonce = secrets.token_bytes(NONCE_BYTES)
        bound_to = self._bound_to(key_id, terms)
        return key_id, nonce + AESGCM(keys.private_key).encrypt(nonce, content, bound_to)

    async def open(self, key_id: str, sealed: bytes, terms: str) -> bytes:
        """Open what was sealed under these terms. Raises KeyLost when nobody can."""
        keys = await self.named(key_id)
        nonce, content = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            bound_to = self._bound_to(key_id, terms)
            return AESGCM(keys.private_key).decrypt(nonce, content, bound_to)
        except (InvalidTag, ValueError):
            raise KeyLost(f"something sealed does not open with the key {key_id}") from None

    def _bound_to(self, key_id: str, terms: str) -> bytes:
        return f"cairn {self.kind} 1|{key_id}|{terms}".encode()

    def _take(self, key_id: str) -> None:
        self._current, self._look_again_at_s = key_id, time.monotonic() + KNOWN_FOR_S

    async def _make(self, at_s: int) -> str:
        """Make a key whose id sorts by the time, and after the ids of before keys had times."""
        key_id = f"{self.kind}-k{at_s:011}-{secrets.token_hex(4)}"
        keys = SealedBoxKeys(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))
        await self.vault.set_up()
        await self.vault.keep(key_id, keys)
        self._known[key_id] = keys
        return key_id


def made_at_s(key_id: str) -> int:
    """Read from a key's id when it was made; 0 for the first, and for ids from before times."""
    made = _MADE_AT.fullmatch(key_id)
    return int(made[1]) if made else 0
