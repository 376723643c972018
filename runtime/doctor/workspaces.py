"""Ask Slack about the one workspace of the settings, or about all that have installed Cairn."""

from dataclasses import dataclass
from functools import partial

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import everywhere
from bot.keys.keyring import Keyring
from bot.keys.vault import KeyLost
from bot.people import installations
from bot.people.installations import Installation
from handlers.edge.clients import slack_client
from handlers.install.permission import who_may_install
from runtime.doctor import slack
from runtime.doctor.findings import Finding, Group, findings_of, fix, note, well
from runtime.tenancy import Options, is_for_several, opened_vault
from runtime.waiting import ask_slack

BOT_TOKEN, ITS_TOKEN = "SLACK_BOT_TOKEN", "its token"
COPY_IT = "copy the Bot User OAuth Token from your app's OAuth page"
AGAIN = "install Cairn again there"


@dataclass(frozen=True, slots=True)
class Asking:
    """All that is needed to ask Slack; `database` is None where it cannot be asked itself."""

    options: Options
    session: aiohttp.ClientSession
    database: Database | None
    clock: Clock

    def client(self, token: str) -> AsyncWebClient:
        given = self.options
        return slack_client(self.session, token=token, api_url=given.api_url, network=given.network)


async def ask(asking: Asking) -> list[Finding]:
    """Ask about every workspace there is. Raises OperatorFacing for unclear settings."""
    if not is_for_several(asking.options):
        return await _only_workspace(asking)
    if asking.database is None:
        return [note("Slack was not asked: the database knows which workspaces there are.")]
    with everywhere():
        async with asking.database.reading() as connection:
            present = await installations.present(connection)
    found = await findings_of(partial(_who_may_install, asking.options), Group.SLACK)
    if not present:
        found.append(fix("No workspace has installed Cairn yet; open /slack/install"))
    for one in present:
        about = await findings_of(partial(_installed, asking, one), Group.SLACK)
        found += [slack.said_of(one.workspace_id, finding) for finding in about]
    return found


def _who_may_install(options: Options) -> list[Finding]:
    return [well(who_may_install(options.allowed_workspaces))]


async def _only_workspace(asking: Asking) -> list[Finding]:
    found = [fix("SLACK_BOT_TOKEN is not set; see docs/how-to/install-in-slack.md")]
    app: str | None = None
    if asking.options.bot_token is not None:
        client = asking.client(asking.options.bot_token)
        try:
            who = await ask_slack(client.auth_test(), token=BOT_TOKEN, remedy=COPY_IT)
        except OperatorFacing as problem:
            found = [fix(problem.reason)]
        else:
            app = await slack.app_of(client, who)
            found = await _known(asking, client, who)
    asked = partial(slack.app_token, asking.options, asking.session, ours=app)
    return found + await findings_of(asked, Group.SLACK)


async def _installed(asking: Asking, one: Installation) -> list[Finding]:
    try:
        async with opened_vault(asking.options) as vault:
            tokens = await installations.unseal(Keyring(vault), one)
    except KeyLost:
        return [fix("The key to its token is gone; install Cairn again there")]
    client = asking.client(tokens.bot)
    return await _known(
        asking, client, await ask_slack(client.auth_test(), token=ITS_TOKEN, remedy=AGAIN)
    )


async def _known(asking: Asking, client: AsyncWebClient, who: AsyncSlackResponse) -> list[Finding]:
    """Look at what a token that Slack knows leads to."""
    here = WorkspaceId(str(who["team_id"]))
    found = [
        well(f"Slack knows the bot token, in workspace {here}."),
        *slack.clock_against(who.headers, asking.clock.now()),
        *slack.scopes(who.headers),
    ]
    if asking.database is not None:
        found += await slack.digest_channels(client, asking.database, here)
    return found
