"""Clients and permissions of the workspaces in which somebody installed Cairn, from the store."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import is_an_id, one_workspace
from bot.keys.keyring import Keyring
from bot.people import installations
from bot.people.installations import Installation, Tokens
from handlers.edge.clients import Contact, slack_client

log = structlog.get_logger("cairn.workspaces")

KNOWN_FOR_S = 5.0
"""How long a workspace's token is taken for unchanged: other replicas install and uninstall too."""
RENEW_BEFORE = timedelta(hours=2)
"""docs.slack.dev/authentication/using-token-rotation: a token lasts twelve hours."""
ASK_AGAIN_S, ASK_TIMES = 0.2, 10


@dataclass(frozen=True, slots=True)
class App:
    """Cairn as Slack knows it: what it shows to be given tokens."""

    client_id: str
    client_secret: str = field(repr=False)

    async def access(self, client: AsyncWebClient, **given: str) -> AsyncSlackResponse:
        """Ask for a token: docs.slack.dev/reference/methods/oauth.v2.access.

        The SDK's own method leans on what aiohttp is about to drop.
        """
        secrets = {"client_id": self.client_id, "client_secret": self.client_secret}
        return await client.api_call("oauth.v2.access", data=secrets | given)

    async def uninstall(self, client: AsyncWebClient) -> None:
        """Take the app out of the workspace of the client's token, which ends the token.

        docs.slack.dev/reference/methods/apps.uninstall
        """
        secrets = {"client_id": self.client_id, "client_secret": self.client_secret}
        await client.api_call("apps.uninstall", data=secrets)


@dataclass(frozen=True, slots=True)
class Opened:
    """A workspace with its token opened."""

    installation: Installation
    client: AsyncWebClient


@dataclass(slots=True, kw_only=True)
class InstalledClients:
    """A client for each workspace, all on one session; a token that runs out is renewed in time."""

    database: Database
    keyring: Keyring
    session: aiohttp.ClientSession
    api_url: str
    app: App
    clock: Clock
    contact: Contact = field(default_factory=Contact)
    _opened: dict[WorkspaceId, tuple[Opened, float]] = field(default_factory=dict)
    _renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, workspace_id: WorkspaceId) -> AsyncWebClient | None:
        found = await self.opened(workspace_id)
        return None if found is None else found.client

    def forget(self, workspace_id: WorkspaceId) -> None:
        self._opened.pop(workspace_id, None)

    async def is_installed(self, workspace_id: WorkspaceId) -> bool:
        """Say whether a token is on record for the workspace."""
        if not is_an_id(workspace_id):
            return False
        with one_workspace(workspace_id):
            return await self._find(workspace_id) is not None

    async def opened(self, workspace_id: WorkspaceId) -> Opened | None:
        """Open the workspace's token, None where Cairn is not installed.

        While the database is away, what was known last holds. Raises SQLAlchemyError where nothing
        was, and OperatorFacing when the token cannot be opened or renewed.
        """
        if not is_an_id(workspace_id):
            return None
        now_s = asyncio.get_running_loop().time()
        known, until_s = self._opened.get(workspace_id, (None, 0.0))
        if known is not None and now_s < until_s and self._lasts(known.installation):
            return known
        with one_workspace(workspace_id):
            known = await self._looked_up(workspace_id, known)
        if known is None:
            self.forget(workspace_id)
        else:
            self._opened[workspace_id] = (known, now_s + KNOWN_FOR_S)
        return known

    async def _looked_up(self, workspace_id: WorkspaceId, known: Opened | None) -> Opened | None:
        try:
            found = await self._find(workspace_id)
        except (SQLAlchemyError, OSError):
            if known is None:
                raise
            return known
        if found is None:
            return None
        if known is None or known.installation != found or not self._lasts(found):
            return await self._open(await self._lasting(found))
        return known

    async def _find(self, workspace_id: WorkspaceId) -> Installation | None:
        async with self.database.reading_once() as connection:
            found = await installations.find(connection, workspace_id)
        return None if found is None or found.sealed_tokens is None else found

    async def _open(self, found: Installation) -> Opened:
        opened = await installations.unseal(self.keyring, found)
        client = slack_client(self.session, token=opened.bot, api_url=self.api_url)
        client.heard = self.contact.heard_from(found.workspace_id)
        return Opened(found, client)

    async def _lasting(self, found: Installation) -> Installation:
        """The same installation with a token that lasts: renewed here, or by another replica."""
        async with self._renewing:
            for _ in range(ASK_TIMES):
                current = await self._find(found.workspace_id) or found
                if self._lasts(current):
                    return current
                if await self._may_renew(current):
                    return await self._renew(current)
                if self._lasts(current, timedelta()):
                    return current
                await asyncio.sleep(ASK_AGAIN_S)
        raise OperatorFacing("another replica did not renew a token in time")

    def _lasts(self, found: Installation, span: timedelta = RENEW_BEFORE) -> bool:
        return found.expires_at is None or found.expires_at > self.clock.now() + span

    async def _may_renew(self, found: Installation) -> bool:
        now = self.clock.now()
        async with self.database.writing() as connection:
            return await installations.take_renewal(
                connection, found.workspace_id, before=now + RENEW_BEFORE, now=now
            )

    async def _renew(self, found: Installation) -> Installation:
        """Fetch the next token. While the old one still lasts, a failure is only logged."""
        try:
            given, lasts = await self._ask_for_next(await installations.unseal(self.keyring, found))
        except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as failure:
            async with self.database.writing() as connection:
                await installations.end_renewal(connection, found.workspace_id)
            log.warning(
                "token_not_renewed",
                workspace=found.workspace_id,
                failure=type(failure).__name__,
            )
            if not self._lasts(found, timedelta()):
                raise OperatorFacing("a workspace's token ended and was not renewed") from None
            return found
        expires_at = self.clock.now() + lasts
        await installations.renewed(
            self.database, self.keyring, found, given=given, expires_at=expires_at
        )
        return await self._find(found.workspace_id) or replace(found, expires_at=expires_at)

    async def _ask_for_next(self, given: Tokens) -> tuple[Tokens, timedelta]:
        client = slack_client(self.session, token=None, api_url=self.api_url)
        answer = await self.app.access(
            client, grant_type="refresh_token", refresh_token=given.refresh or ""
        )
        following = Tokens(bot=str(answer["access_token"]), refresh=answer.get("refresh_token"))
        return following, timedelta(seconds=int(answer["expires_in"]))
