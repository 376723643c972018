"""A process's options, and what it makes of them: its Slack clients, one or many, and its vault."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp
import yaml
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.network import DIRECT, Network
from bot.kernel.scope import everywhere, is_an_id, one_workspace
from bot.keys.hashicorp import HashiCorpVault, VaultAccess
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault, Vault
from bot.people import installations
from bot.pulse import ballots
from handlers.edge.clients import Clients, Contact, FixedClients, SlackClient, slack_client
from handlers.install.authorization import FixedAuthorize, StoredAuthorize
from handlers.install.flow import install_flow
from handlers.install.workspace_clients import App, InstalledClients
from runtime.waiting import ask_slack, until_answered

BOTH = (
    "SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are for "
    "several; set one or the other"
)
NEEDS_HTTP = (
    "Several workspaces need HTTP, because Slack sends people back to a web page after the "
    "install; run `python app.py serve --http`, or set SLACK_BOT_TOKEN for one workspace"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The settings of a process as plain values; app.py makes them from the settings."""

    bot_token: str | None
    app_token: str | None
    signing_secret: str | None
    api_url: str
    database_url: str
    key_folder: Path
    config_folder: Path | None = None
    """An operator's own frameworks, instruments, programmes and weights."""
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    """For several workspaces, instead of `bot_token`."""
    allowed_workspaces: frozenset[str] = frozenset()
    """The ids of workspaces and organisations that may install Cairn; `*` for every one."""
    heartbeat_url: str | None = None
    network: Network = DIRECT
    vault: VaultAccess | None = None
    """HashiCorp Vault, instead of `key_folder`."""
    monitor: tuple[str, int] | None = None
    """The address and port on which monitoring is answered, if it is."""
    is_throwaway: bool = False
    """Whether the database, a file, is gone at the end: then it need not be kept safe."""
    keep_departed: timedelta = timedelta(days=365)
    keep_uninstalled: timedelta = timedelta(days=90)
    """How long people who left, and workspaces that took Cairn out, are kept."""
    public_url: str | None = None
    """The address at which Slack and calendars reach this process over HTTP."""


async def who_we_are(client: AsyncWebClient) -> AuthorizeResult:
    """Ask Slack whose token it is. Raises as `ask_slack` does."""
    answer = await ask_slack(
        client.auth_test(),
        token="SLACK_BOT_TOKEN",  # noqa: S106 - the name of a setting
        remedy="copy the Bot User OAuth Token from your app's OAuth page",
    )
    return AuthorizeResult(
        enterprise_id=answer.get("enterprise_id"),
        team_id=str(answer["team_id"]),
        bot_user_id=answer.get("user_id"),
        bot_id=answer.get("bot_id"),
        bot_token=client.token,
    )


def workspace_of(who: AuthorizeResult) -> WorkspaceId:
    """Name the workspace that a token is for."""
    return WorkspaceId(who.team_id or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenancy:
    """The workspaces of this process. `client` is the one that Bolt copies for each request.

    `authorize` tells Bolt the token of a request's workspace. `workspace_id` is the token's own,
    None where workspaces come and go by OAuth, and then `flow` installs Cairn there.
    """

    client: AsyncWebClient
    clients: Clients
    authorize: AsyncAuthorize
    workspace_id: WorkspaceId | None = None
    flow: AsyncOAuthFlow | None = None


def named_workspace(given: str) -> WorkspaceId:
    """Take a workspace's id from the command line. Raises OperatorFacing for what is none."""
    if not is_an_id(given):
        raise OperatorFacing(
            "--workspace takes a Slack team id, such as T0123ABCD; Slack shows it in the address "
            "of the workspace in a browser",
            permanent=True,
        )
    return WorkspaceId(given)


def is_for_several(options: Options) -> bool:
    """Find whether workspaces install Cairn by themselves. Raises OperatorFacing if unclear."""
    if options.bot_token and options.client_id:
        raise OperatorFacing(BOTH, permanent=True)
    return options.client_id is not None


async def tenancy(
    options: Options,
    session: aiohttp.ClientSession,
    database: Database,
    *,
    vault: Vault,
    clock: Clock,
    wake: Callable[[], None],
    contact: Contact | None = None,
) -> Tenancy:
    """Make the clients, after Slack has been asked once whose token that of the settings is.

    While Slack does not answer it is asked again. Raises OperatorFacing for unclear settings or a
    bad token.
    """
    contact = contact or Contact()
    several = is_for_several(options)

    def client_for(token: str | None) -> SlackClient:
        return slack_client(session, token=token, api_url=options.api_url, network=options.network)

    without_token = client_for(None)
    if not several:
        client = client_for(options.bot_token)
        who = await until_answered(partial(who_we_are, client), who="slack")
        workspace_id = workspace_of(who)
        client.heard = contact.heard_from(workspace_id)
        client.heard(None)
        with one_workspace(workspace_id):
            async with database.writing() as connection:  # OAuth may have uninstalled it before
                await installations.resume(connection, workspace_id, now=clock.now())
        return Tenancy(
            client=without_token,
            clients=FixedClients({workspace_id: client}),
            authorize=FixedAuthorize(who),
            workspace_id=workspace_id,
        )
    keyring = Keyring(vault)
    await keyring.current()  # made now if there is none, and not when a stranger opens a page
    installed = InstalledClients(
        database=database,
        keyring=keyring,
        session=session,
        api_url=options.api_url,
        app=App(options.client_id or "", options.client_secret or ""),
        clock=clock,
        contact=contact,
    )
    asked = needed_scopes() | optional_scopes()
    flow = install_flow(
        installed,
        client=without_token,
        scopes=asked,
        allowed=options.allowed_workspaces,
        wake=wake,
    )
    return Tenancy(
        client=without_token, clients=installed, authorize=StoredAuthorize(installed), flow=flow
    )


MANIFEST = Path(__file__).parents[1] / "config" / "slack-manifest.yaml"
HISTORY_SCOPES = frozenset({"im:history", "groups:history"})
"""Needed to find out whether a message arrived when the connection broke, and `im:history` to
answer whoever writes to Cairn."""


def needed_scopes() -> frozenset[str]:
    """Read the bot scopes from the manifest."""
    return _scopes("bot")


def optional_scopes() -> frozenset[str]:
    """Read the bot scopes without which Cairn works, too: docs.slack.dev/changelog/2026/03/16."""
    return _scopes("bot_optional")


def _scopes(kind: str) -> frozenset[str]:
    manifest = yaml.safe_load(MANIFEST.read_text())
    return frozenset(manifest["oauth_config"]["scopes"][kind])


@asynccontextmanager
async def opened_vault(options: Options) -> AsyncIterator[Vault]:
    """Reach the vault of the settings. Nothing is asked of it and nothing made yet."""
    if options.vault is None:
        yield FileVault(options.key_folder)
        return
    server = HashiCorpVault(options.vault, network=options.network)
    try:
        yield server
    finally:
        await server.close()


async def with_words_keys(database: Database, vault: Vault) -> Database:
    """Give the database the keys of members' words, the first of which is made here.

    From then on this is the vault of the database: raises OperatorFacing if another is.
    """
    keyring = Keyring(vault, WORDS)
    with everywhere():
        async with database.writing() as connection:
            await ballots.move_in(connection, vault)
    await keyring.current()
    return with_keyring(database, keyring)


async def require_our_vault(database: Database, vault: Vault) -> None:
    """Raise OperatorFacing unless the keys of this database are, or can be, kept there."""
    with everywhere():
        async with database.reading() as connection:
            await ballots.refuse_another(connection, vault)
    await vault.set_up()
