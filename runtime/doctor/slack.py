"""Look at Slack from here: tokens, scopes, the clock, a socket, and the channels for digests."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.kernel.network import Network
from bot.kernel.scope import one_workspace
from bot.programme import store as programmes
from bot.programme.digest_channel import NEVER, against, facts_in
from bot.programme.model import Programme
from handlers.edge.clients import CALL_FAILURES, reason_of, slack_client
from handlers.programme.channel_views import SAID
from handlers.sending.digest_channel import read_facts
from runtime.doctor.findings import Finding, fix, note, well
from runtime.tenancy import (
    HISTORY_SCOPES,
    Options,
    needed_scopes,
    optional_scopes,
)
from runtime.waiting import SlackIsBusy, ask_slack

CLOCK = "This machine's clock"
CLOCK_MAY_BE_OFF = timedelta(seconds=60)
"""Slack's requests are refused when they look older than five minutes."""
OPEN_WITHIN_S = 10.0
BLOCKED = (
    "let this machine (or HTTPS_PROXY) open wss:// to *.slack.com on port 443, or run "
    "`python app.py serve --http`"
)


async def app_token(
    options: Options,
    session: aiohttp.ClientSession,
    *,
    ours: str | None,
    within_s: float = OPEN_WITHIN_S,
) -> list[Finding]:
    """Try the app token, and open a socket with it and close it again.

    `ours` is the id of the bot token's app, where that is known.
    """
    if options.app_token is None:
        return [
            fix("SLACK_APP_TOKEN is not set, which Socket Mode needs; set it or run `serve --http`")
            if options.signing_secret is None
            else note("Without SLACK_APP_TOKEN Cairn runs over HTTP alone, with `serve --http`.")
        ]
    client = slack_client(session, token=None, api_url=options.api_url, network=options.network)
    try:
        answer = await ask_slack(
            client.apps_connections_open(app_token=options.app_token),
            token="SLACK_APP_TOKEN",  # noqa: S106 - the name of a setting
            remedy="make an app-level token with connections:write in Basic Information",
        )
    except SlackIsBusy as busy:
        return [note(f"SLACK_APP_TOKEN was not tried: {busy.reason}")]
    return [
        well("Slack knows the app token."),
        await _socket(session, str(answer["url"]), options.network, ours=ours, within_s=within_s),
    ]


async def _socket(
    session: aiohttp.ClientSession,
    url: str,
    network: Network,
    *,
    ours: str | None,
    within_s: float,
) -> Finding:
    """Open one socket, read Slack's greeting, and close it before anything else comes."""
    host = urlsplit(url).hostname
    try:
        async with (
            asyncio.timeout(within_s),
            session.ws_connect(
                url, proxy=network.proxy_for(url), timeout=_soon(within_s)
            ) as socket,
        ):
            hello = json.loads((await socket.receive()).data or "{}")
    except aiohttp.WSServerHandshakeError as refused:
        return fix(f"Instead of a socket, {host} answered with status {refused.status}; {BLOCKED}")
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError, TypeError) as failure:
        kind = "nothing came" if isinstance(failure, TimeoutError) else type(failure).__name__
        return fix(f"No socket to {host} opened within {within_s:g} s ({kind}); {BLOCKED}")
    return _greeting(hello, ours)


def _soon(within_s: float) -> aiohttp.ClientWSTimeout:
    return aiohttp.ClientWSTimeout(ws_close=within_s)


def _greeting(hello: Mapping[str, object], ours: str | None) -> Finding:
    if hello.get("type") != "hello":
        why = hello.get("reason", "no greeting")
        return fix(f"Slack gave no socket ({why}); stop what else uses SLACK_APP_TOKEN")
    about = hello.get("connection_info")
    theirs = about.get("app_id") if isinstance(about, Mapping) else None
    if ours and theirs and ours != theirs:
        return fix(
            f"SLACK_APP_TOKEN is of the app {theirs} and SLACK_BOT_TOKEN of {ours}; copy both from "
            "the same app"
        )
    others = int(str(hello.get("num_connections", 1))) - 1
    return well(
        f"A socket opens; besides this one Slack holds {others or 'none'} for the app (a bot that "
        "runs has two)."
    )


def clock_against(headers: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    """Compare this machine's clock with the time at which Slack answered."""
    named = {name.lower(): value for name, value in headers.items()}
    try:
        theirs = parsedate_to_datetime(named["date"])
    except (KeyError, ValueError):
        return
    off = now - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))
    if abs(off) <= CLOCK_MAY_BE_OFF:
        yield well(f"{CLOCK} agrees with Slack's.")
        return
    how = "ahead of" if off > timedelta() else "behind"
    yield fix(
        f"{CLOCK} is {abs(off).total_seconds():.0f} s {how} Slack's; let it be set "
        "over the network (`timedatectl set-ntp true`), since messages come at wrong times, and "
        "from 5 minutes on whatever Slack sends over HTTP is refused"
    )


def scopes(headers: Mapping[str, str]) -> Iterator[Finding]:
    """Compare the scopes of a token, which Slack names in its answer, with the manifest."""
    named = {name.lower(): value for name, value in headers.items()}
    granted = frozenset(filter(None, map(str.strip, named.get("x-oauth-scopes", "").split(","))))
    if not granted:
        return
    missing, optional = needed_scopes() - granted, optional_scopes() - granted
    if needed := sorted(missing - HISTORY_SCOPES):
        yield fix(f"The app lacks {', '.join(needed)}; reinstall it from the manifest")
    if missing & HISTORY_SCOPES:
        yield note(
            "Without im:history and groups:history a message whose answer was lost cannot be "
            "looked up; Cairn then does not send nudges a second time. Without im:history "
            "nobody who writes to Cairn is answered."
        )
    if optional:
        yield note(
            f"The app does without {', '.join(sorted(optional))}, which Cairn asks for where it "
            "needs it; docs/how-to/install-in-slack.md says what works only with it."
        )
    if excess := sorted(granted - needed_scopes() - optional_scopes()):
        yield fix(
            f"The app has {', '.join(excess)}, which Cairn never uses; remove it under OAuth & "
            "Permissions, and reinstall the app"
        )
    if granted == needed_scopes() | optional_scopes():
        yield well("The app has every permission of the manifest, and no other.")


async def app_of(client: AsyncWebClient, who: AsyncSlackResponse) -> str | None:
    """Find the id of the app whose bot this is, None where Slack does not say."""
    try:
        bot = (await client.bots_info(bot=who.get("bot_id")))["bot"]
    except CALL_FAILURES:
        return None
    return bot.get("app_id") if isinstance(bot, Mapping) else None


async def digest_channels(
    client: AsyncWebClient, database: Database, workspace_id: WorkspaceId
) -> list[Finding]:
    """Look into the channels to which the digests of running programmes go."""
    with one_workspace(workspace_id):
        async with database.reading() as connection:
            running = await programmes.running_programmes(connection, workspace_id)
    return [await _digest_channel(client, one) for one in running]


async def _digest_channel(client: AsyncWebClient, programme: Programme) -> Finding:
    channel = programme.coordinator_channel
    if not channel:
        return note(
            f"The digests of {programme.id} have no channel; its coordinator can choose one under "
            "Settings on Home."
        )
    try:
        problem = against(await read_facts(client, channel), facts_in(programme.channel_confirmed))
    except SlackApiError as failure:
        return note(f"Slack told nothing of the channel {channel} ({reason_of(failure)}).")
    except CALL_FAILURES as failure:
        return note(f"Slack told nothing of the channel {channel} ({type(failure).__name__}).")
    if not problem:
        return well(f"The digests of {programme.id} go to {channel}, where nothing is against it.")
    said = " ".join(SAID[fact] for fact in SAID if fact in problem)
    what = (
        "invite Cairn there, or let its coordinator choose another"
        if problem & NEVER
        else "let its coordinator confirm that, or choose another"
    )
    return fix(f"The digests of {programme.id} do not go to {channel}: {said.rstrip('.')}; {what}")


def said_of(workspace_id: WorkspaceId, finding: Finding) -> Finding:
    """Say of a finding which workspace it is about; the clock is of none."""
    if finding.sentence.startswith(CLOCK):
        return finding
    return replace(finding, sentence=f"{workspace_id}: {finding.sentence}")
