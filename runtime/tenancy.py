"""A process's options, and what it makes of them: its Slack clients, one or many, and its vault."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import yaml
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.keys.hashicorp import HashiCorpVault, VaultAccess
from bot.keys.vault import FileVault, Vault
from bot.people import installations
from bot.people.installations import Keyring
from bot.pulse import ballots
from handlers.edge.clients import Clients, FixedClients, slack_client
from handlers.install.flow import Installing, installing
from handlers.install.workspace_clients import App, InstalledClients

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
    heartbeat_url: str | None = None
    vault: VaultAccess | None = None
    """HashiCorp Vault, instead of `key_folder`."""


async def who_we_are(client: AsyncWebClient) -> WorkspaceId:
    """Ask Slack whose token it is. Raises OperatorFacing when it is refused or out of reach."""
    try:
        answer = await client.auth_test()
    except SlackApiError as failure:
        reason = failure.response.get("error", "unknown")
        raise OperatorFacing(
            f"Slack refused SLACK_BOT_TOKEN ({reason}); copy the Bot User OAuth Token from your "
            "app's OAuth page",
            permanent=True,
        ) from None
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise OperatorFacing(
            "Slack cannot be reached; check SLACK_API_URL and this machine's network"
        ) from None
    return WorkspaceId(str(answer["team_id"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenancy:
    """The workspaces of this process. `client` is the one that Bolt copies for each request.

    `workspace_id` is the token's own, None where workspaces come and go by OAuth.
    """

    client: AsyncWebClient
    clients: Clients
    workspace_id: WorkspaceId | None = None
    installing: Installing | None = None


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
) -> Tenancy:
    """Make the clients. Raises OperatorFacing for unclear settings or a bad token."""
    several = is_for_several(options)
    client = slack_client(session, token=options.bot_token, api_url=options.api_url)
    if not several:
        workspace_id = await who_we_are(client)
        async with database.writing() as connection:  # OAuth may have uninstalled it before
            await installations.resume(connection, workspace_id, now=clock.now())
        clients = FixedClients({workspace_id: client})
        return Tenancy(client=client, clients=clients, workspace_id=workspace_id)
    installed = InstalledClients(
        database=database,
        keyring=Keyring(vault),
        session=session,
        api_url=options.api_url,
        app=App(options.client_id or "", options.client_secret or ""),
        clock=clock,
    )
    asked = needed_scopes() | optional_scopes()
    flow = installing(installed, client=client, scopes=asked, wake=wake)
    return Tenancy(client=client, clients=installed, installing=flow)


MANIFEST = Path(__file__).parents[1] / "config" / "slack-manifest.yaml"
HISTORY_SCOPES = frozenset({"im:history", "groups:history"})
"""Needed only to find out whether a message arrived when the connection broke."""


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
    server = HashiCorpVault(options.vault)
    try:
        yield server
    finally:
        await server.close()


async def require_our_vault(database: Database, vault: Vault) -> None:
    """Raise OperatorFacing unless the keys of this database's pulses are, or can be, kept there."""
    async with database.reading() as connection:
        await ballots.refuse_another(connection, vault)
    await vault.set_up()
