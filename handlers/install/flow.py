"""Installing Cairn into a workspace: Bolt's OAuth flow over our own stores and pages."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import aiohttp
import structlog
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation as SlackInstallation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.people import installations
from bot.people.installations import Installation, Tokens
from handlers.edge.clients import CALL_FAILURES, reason_of, slack_client
from handlers.install import pages
from handlers.install.permission import may_install
from handlers.install.workspace_clients import App, InstalledClients

log = structlog.get_logger("cairn.workspaces")

AUTHORIZE_PATH = "/oauth/v2/authorize"
EXPIRES_IN = "expires_in_s"
REDIRECT_PATH = "/slack/oauth_redirect"
NOT_ALLOWED = "not_allowed"
AT_ONCE = 4
"""Questions to Slack for a token: a stranger can cause any number, and members' forms share the
connections."""


class InstallRefused(Exception):
    """Slack does not give a token, or Cairn does not take it. `reason` is Slack's word or ours."""

    def __init__(self, reason: str, workspace_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.workspace_id = workspace_id


def install_flow(
    clients: InstalledClients,
    *,
    client: AsyncWebClient,
    scopes: Iterable[str],
    allowed: frozenset[str],
    wake: Callable[[], None],
) -> "InstallFlow":
    """Make the flow behind `/slack/install` and `/slack/oauth_redirect`.

    `allowed` has the ids of the workspaces and organisations that may install Cairn, or ANY.
    `wake` is called after an install: what was paused in the workspace may go on.
    """
    states = States(clients)
    settings = AsyncOAuthSettings(
        client_id=clients.app.client_id,
        client_secret=clients.app.client_secret,
        scopes=sorted(scopes),
        user_scopes=[],
        authorization_url=urljoin(clients.api_url, AUTHORIZE_PATH),
        install_path=pages.INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
        installation_store=Installations(clients, wake),
        state_store=states,
        state_expiration_seconds=int(installations.STATE_LASTS.total_seconds()),
        callback_options=AsyncCallbackOptions(success=_succeeded, failure=_failed),
        logger=logging.getLogger("slack_bolt"),
    )
    return InstallFlow(states, allowed, client=client, settings=settings)


class InstallFlow(AsyncOAuthFlow):
    """Bolt's flow, which here says what went wrong, and asks Slack only for the token."""

    def __init__(
        self,
        states: "States",
        allowed: frozenset[str],
        *,
        client: AsyncWebClient,
        settings: AsyncOAuthSettings,
    ) -> None:
        super().__init__(client=client, settings=settings)
        self.states = states
        self.allowed = allowed
        self.turns = asyncio.Semaphore(AT_ONCE)

    async def handle_installation(self, request: AsyncBoltRequest) -> BoltResponse:
        if not self.allowed:
            return _page(pages.not_allowed(), 403, self.settings)
        try:
            return await super().handle_installation(request)
        except (SQLAlchemyError, OSError, OperatorFacing) as failure:
            return self._problem("out_of_reach", 503, failure)

    async def handle_callback(self, request: AsyncBoltRequest) -> BoltResponse:
        try:
            return await super().handle_callback(request)
        except InstallRefused as refusal:
            if refusal.reason == NOT_ALLOWED:
                return _page(pages.not_allowed(refusal.workspace_id), 403, self.settings)
            return self._problem(refusal.reason, 400, refusal)
        except (SQLAlchemyError, OSError, OperatorFacing, aiohttp.ClientError) as failure:
            return self._problem("out_of_reach", 503, failure)

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:
        return pages.begin(url, list(self.settings.scopes or []))

    async def append_set_cookie_headers(
        self, headers: dict[str, Any], set_cookie_value: str | None
    ) -> dict[str, Any]:
        cookie = {"Set-Cookie": [set_cookie_value]} if set_cookie_value else {}
        return {**headers, **pages.HEADERS, **cookie}

    async def run_installation(self, code: str) -> SlackInstallation:
        """Exchange the code for a token. Raises InstallRefused with Slack's reason, or our own."""
        if self.turns.locked():
            raise InstallRefused("busy")
        try:
            app = App(self.settings.client_id, self.settings.client_secret)
            async with self.turns:
                answer = await app.access(self.client, code=code)
        except SlackApiError as failure:
            raise InstallRefused(reason_of(failure) or "out_of_reach") from None
        team, person = answer.get("team") or {}, answer["authed_user"] or {}
        await self._refuse_strangers(answer, app, team_id=str(team.get("id") or ""))
        found = SlackInstallation(
            app_id=answer["app_id"],
            team_id=team["id"],
            team_name=team.get("name"),
            user_id=person.get("id") or "",
            bot_token=answer["access_token"],
            bot_user_id=answer["bot_user_id"],
            bot_scopes=answer.get("scope") or "",
            bot_refresh_token=answer.get("refresh_token"),
        )
        # The SDK would count from its own clock, which need not be the one that Cairn lives by.
        found.set_custom_value(EXPIRES_IN, answer.get("expires_in"))
        return found

    async def _refuse_strangers(
        self, answer: AsyncSlackResponse, app: App, *, team_id: str
    ) -> None:
        """Raise InstallRefused for a workspace that is not to have Cairn, and take it out there."""
        enterprise_id = str((answer.get("enterprise") or {}).get("id") or "")
        if answer.get("is_enterprise_install"):
            reason = "enterprise_install"
        elif may_install(self.allowed, team_id=team_id, enterprise_id=enterprise_id):
            return
        else:
            reason = NOT_ALLOWED
        log.warning("install_refused", workspace=team_id or enterprise_id, reason=reason)
        if not await self.states.clients.is_installed(WorkspaceId(team_id)):
            await self._take_out(app, token=str(answer["access_token"]))
        raise InstallRefused(reason, team_id)

    async def _take_out(self, app: App, *, token: str) -> None:
        """Uninstall the app where it has just been installed, which ends its token."""
        clients = self.states.clients
        client = slack_client(clients.session, token=token, api_url=clients.api_url)
        try:
            await app.uninstall(client)
        except CALL_FAILURES as failure:
            log.warning("install_not_taken_back", failure=type(failure).__name__)

    async def store_installation(
        self, request: AsyncBoltRequest, installation: SlackInstallation
    ) -> None:
        """Keep the token, and that this install is done: the first that is written of it."""
        await self.states.use_up(request.query["state"][0])
        await super().store_installation(request, installation)

    def _problem(self, reason: str, status: int, failure: Exception) -> BoltResponse:
        if reason not in pages.OF_WHOEVER_INSTALLS:  # who may be a stranger, and come often
            log.warning("install_failed", reason=reason, failure=type(failure).__name__)
        return _page(pages.problem(reason), status, self.settings)


@dataclass(frozen=True, slots=True)
class States(AsyncOAuthStateStore):
    """The states of installs: signed, so that any replica may be asked back."""

    clients: InstalledClients

    async def async_issue(self, *_args: object, **_kwargs: object) -> str:
        return await installations.begin_install(self.clients.keyring, now=self.clients.clock.now())

    async def async_consume(self, state: str) -> bool:
        at = self.clients
        return await installations.was_begun_here(
            at.database, at.keyring, state, now=at.clock.now()
        )

    async def use_up(self, state: str) -> None:
        """Note that the install is done. Raises InstallRefused where it was done before."""
        at = self.clients
        if not await installations.use_up(at.database, state, now=at.clock.now()):
            raise InstallRefused("invalid_state")


@dataclass(frozen=True, slots=True)
class Installations(AsyncInstallationStore):
    """Where Bolt leaves what it was given. What it asks for, `StoredAuthorize` answers."""

    clients: InstalledClients
    wake: Callable[[], None]

    async def async_save(self, installation: SlackInstallation) -> None:
        at, now = self.clients, self.clients.clock.now()
        workspace_id = WorkspaceId(installation.team_id or "")
        given = Tokens(bot=installation.bot_token or "", refresh=installation.bot_refresh_token)
        found = Installation(
            workspace_id=workspace_id,
            app_id=installation.app_id or "",
            bot_user_id=installation.bot_user_id or "",
            scopes=tuple(installation.bot_scopes or ()),
            key_id=None,
            sealed_tokens=None,
            expires_at=_end(installation, now) if given.refresh else None,
            installed_at=now,
        )
        await installations.install(at.database, at.keyring, found, given=given, now=now)
        at.forget(workspace_id)
        self.wake()


def _end(installation: SlackInstallation, now: datetime) -> datetime | None:
    lasts_s = installation.get_custom_value(EXPIRES_IN)
    return None if lasts_s is None else now + timedelta(seconds=int(lasts_s))


async def _succeeded(args: AsyncSuccessArgs) -> BoltResponse:
    found = args.installation
    content = pages.done(
        found.team_name or "your workspace",
        app_id=found.app_id or "",
        workspace_id=found.team_id or "",
    )
    return _page(content, 200, args.settings)


async def _failed(args: AsyncFailureArgs) -> BoltResponse:
    return _page(pages.problem(args.reason), args.suggested_status_code, args.settings)


def _page(content: str, status: int, settings: AsyncOAuthSettings) -> BoltResponse:
    cookie = settings.state_utils.build_set_cookie_for_deletion()
    return BoltResponse(
        status=status, body=content, headers={**pages.HEADERS, "Set-Cookie": [cookie]}
    )
