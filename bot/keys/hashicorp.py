"""Keep keys in a HashiCorp Vault (or OpenBao): its KV version 2 engine, over HTTP.

https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
https://developer.hashicorp.com/vault/api-docs/auth/approle
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.kernel.errors import OperatorFacing
from bot.kernel.network import DIRECT, Network
from bot.keys.vault import KEY_BYTES, MARK, KeyLost, KeyTaken, SealedBoxKeys, refuse_odd_name

FOLDER = "cairn/pulse-keys"
AUTHENTICATED = "2"
"""The `version` of keys whose rounds must carry codes; earlier keys have none."""
TIMEOUT_S = 5.0
NOT_VERSION_2 = "Vault has no KV version 2 engine at VAULT_MOUNT; enable one there"


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultAccess:
    """The server's address and our credentials: a token, or an AppRole's two ids."""

    address: str
    mount: str = "secret"
    token: str | None = field(default=None, repr=False)
    role_id: str | None = field(default=None, repr=False)
    secret_id: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class HashiCorpVault:
    """One secret per open round, under `cairn/pulse-keys` in the mount.

    What is destroyed goes with all its versions and its metadata. A server that cannot be asked,
    is sealed or refuses us is never taken for a lost key: only its own "no such secret" is, since
    a lost key ends a round.
    """

    access: VaultAccess
    network: Network = DIRECT
    _client: httpx.AsyncClient | None = None
    _token: str | None = field(default=None, repr=False)

    @property
    def location(self) -> str:
        return f"Vault at {self.access.address}, {self.access.mount}/{FOLDER}"

    async def mark(self) -> str | None:
        answer = await self._ask("GET", self._path(MARK))
        if _is_missing(answer):
            return None
        _refuse(answer)
        try:
            return str(answer.json()["data"]["data"]["mark"])
        except (ValueError, KeyError, TypeError):
            return None

    async def set_up(self) -> str:
        found = await self.mark()
        if found is None:
            await self._put(MARK, {"mark": secrets.token_hex(16)})
            found = await self.mark()  # another replica may have been faster
        if found is None:
            raise OperatorFacing(f"{self.location} does not keep what it is given", permanent=True)
        return found

    async def keep(self, name: str, keys: SealedBoxKeys) -> None:
        content = {
            "private_key": base64.b64encode(keys.private_key).decode(),
            "tag_key": base64.b64encode(keys.tag_key).decode(),
        }
        if keys.authenticates:
            content["version"] = AUTHENTICATED
        if not await self._put(name, content):
            raise KeyTaken

    async def _put(self, name: str, content: Mapping[str, str]) -> bool:
        """Write a secret; False, and nothing is changed, if there is one of that name."""
        answer = await self._ask("POST", self._path(name), {"options": {"cas": 0}, "data": content})
        if answer.status_code == httpx.codes.BAD_REQUEST and "check-and-set" in answer.text:
            return False
        _refuse(answer)
        if answer.status_code == httpx.codes.NO_CONTENT:  # version 1 would never destroy it
            await self._ask("DELETE", self._path(name))
            raise OperatorFacing(NOT_VERSION_2, permanent=True)
        return True

    async def recall(self, name: str) -> SealedBoxKeys:
        answer = await self._ask("GET", self._path(name))
        if _is_missing(answer):
            raise KeyLost(f"no key is kept as {name} in Vault")
        _refuse(answer)
        try:
            content = answer.json()["data"]["data"]
            private = base64.b64decode(content["private_key"], validate=True)
            tag = base64.b64decode(content["tag_key"], validate=True)
            authenticates = content.get("version") == AUTHENTICATED
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeyLost(f"the key {name} in Vault is damaged") from None
        if (len(private), len(tag)) != (KEY_BYTES, KEY_BYTES):
            raise KeyLost(f"the key {name} in Vault is damaged")
        return SealedBoxKeys(private, tag, authenticates)

    async def destroy(self, name: str) -> None:
        answer = await self._ask("DELETE", self._path(name, "metadata"))
        if not _is_missing(answer):
            _refuse(answer)

    async def names(self) -> frozenset[str]:
        answer = await self._ask("GET", f"{self.access.mount}/metadata/{FOLDER}?list=true")
        if _is_missing(answer):
            return frozenset()
        _refuse(answer)
        return frozenset(str(name) for name in answer.json()["data"]["keys"]) - {MARK}

    async def close(self) -> None:
        """Give the connections back."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _path(self, name: str, kind: str = "data") -> str:
        refuse_odd_name(name)
        return f"{self.access.mount}/{kind}/{FOLDER}/{name}"

    async def _ask(
        self, method: str, path: str, content: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """Make one request; an AppRole's token that has run out is fetched anew, once."""
        if self._token is None:
            self._token = self.access.token or await self._log_in()
        answer = await self._send(method, path, content, token=self._token)
        if answer.status_code == httpx.codes.FORBIDDEN and self.access.token is None:
            self._token = await self._log_in()
            answer = await self._send(method, path, content, token=self._token)
        return answer

    async def _log_in(self) -> str:
        ids = {"role_id": self.access.role_id, "secret_id": self.access.secret_id}
        answer = await self._send("POST", "auth/approle/login", ids, token=None)
        if answer.status_code == httpx.codes.BAD_REQUEST:
            raise OperatorFacing(
                "Vault refused VAULT_ROLE_ID and VAULT_SECRET_ID; make a new secret id",
                permanent=True,
            )
        _refuse(answer)
        return str(answer.json()["auth"]["client_token"])

    async def _send(
        self, method: str, path: str, content: Mapping[str, Any] | None, *, token: str | None
    ) -> httpx.Response:
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=TIMEOUT_S,
                trust_env=False,
                verify=self.network.trusts,
                proxy=self.network.proxy_for(self.access.address),
            )
        url = f"{self.access.address.rstrip('/')}/v1/{path}"
        headers = {"X-Vault-Request": "true", **({"X-Vault-Token": token} if token else {})}
        try:
            return await self._client.request(method, url, json=content, headers=headers)
        except httpx.HTTPError as failure:
            raise OperatorFacing(
                f"Vault cannot be reached ({type(failure).__name__}); check VAULT_ADDR"
            ) from None


def _is_missing(answer: httpx.Response) -> bool:
    """Say whether Vault says that there is no such secret, and not that there is no such mount."""
    if answer.status_code != httpx.codes.NOT_FOUND:
        return False
    try:
        told = answer.json()
    except ValueError:
        return False  # some other server's page
    return isinstance(told, dict) and (told.get("errors") == [] or "data" in told)


def _refuse(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    reasons = {
        403: f"Vault refused Cairn's token; it needs create, read, delete and list under {FOLDER}",
        404: NOT_VERSION_2,
        503: "Vault is sealed or in standby; unseal it",
    }
    code = answer.status_code
    raise OperatorFacing(reasons.get(code, f"Vault answered with status {code}"))
