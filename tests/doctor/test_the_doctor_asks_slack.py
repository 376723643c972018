"""What the doctor finds out about Slack: each thing amiss is one sentence, said once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.kernel.database import open_database
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from handlers.edge.clients import open_session
from runtime.doctor import slack
from runtime.doctor.examination import examine
from runtime.doctor.findings import Finding, Group, Level
from runtime.tenancy import Options
from slack_sandbox.apps import add_app
from slack_sandbox.world import World
from tests.support.cast import HERE, PROGRAMME

BOT, APP = "xoxb-sandbox-T0CAIRN", "xapp-sandbox"


def said(found: list[Finding], level: Level, group: Group = Group.SLACK) -> list[str]:
    return [one.sentence for one in found if one.level is level and one.group is group]


@dataclass(frozen=True, slots=True)
class ClockThatIsOff:
    by: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


async def test_where_all_is_well_it_says_so(options: Options, world: World) -> None:
    found = await examine(options)

    assert [one for one in found if one.level is Level.FIX] == []
    well = " ".join(said(found, Level.WELL))
    for words in (
        "Slack knows the bot token, in workspace T0CAIRN",
        "clock agrees with Slack's",
        "every permission of the manifest, and no other",
        "Slack knows the app token",
        "A socket opens; besides this one Slack holds none for the app",
    ):
        assert words in well
    assert world.sockets.connections == [], "it is closed again"
    assert {"chat.postMessage", "views.publish"}.isdisjoint(one.method for one in world.calls)


def app_token_unknown(world: World, options: Options) -> Options:
    return replace(options, app_token="xapp-wrong")


def app_token_is_the_bots(world: World, options: Options) -> Options:
    return replace(options, app_token=BOT)


def app_token_without_connections(world: World, options: Options) -> Options:
    world.tokens[APP].scopes = frozenset()
    return options


def app_token_of_another_app(world: World, options: Options) -> Options:
    add_app(world, app_id="A0OTHER", name="Other", app_token="xapp-other", secret="s" * 16)
    return replace(options, app_token="xapp-other")


def no_app_token_and_no_secret(world: World, options: Options) -> Options:
    return replace(options, app_token=None, signing_secret=None)


def bot_token_unknown(world: World, options: Options) -> Options:
    return replace(options, bot_token="xoxb-wrong")


def no_bot_token(world: World, options: Options) -> Options:
    return replace(options, bot_token=None)


def both_modes(world: World, options: Options) -> Options:
    return replace(options, client_id="1.2", client_secret="hush")


def slack_down(world: World, options: Options) -> Options:
    world.faults.add({"kind": "status", "on": "auth.test", "status": 503})
    return options


def slack_elsewhere(world: World, options: Options) -> Options:
    return replace(options, api_url="http://127.0.0.1:1/api/")


def scope_missing(world: World, options: Options) -> Options:
    world.tokens[BOT].scopes = (world.tokens[BOT].scopes or frozenset()) - {"im:write"}
    return options


def scope_too_many(world: World, options: Options) -> Options:
    more = {"admin", "channels:history"}
    world.tokens[BOT].scopes = (world.tokens[BOT].scopes or frozenset()) | more
    return options


FAULTS: list[tuple[Callable[[World, Options], Options], list[str]]] = [
    (app_token_unknown, ["Slack refused SLACK_APP_TOKEN (invalid_auth); make an app-level token"]),
    (app_token_is_the_bots, ["Slack refused SLACK_APP_TOKEN (not_allowed_token_type); make an"]),
    (app_token_without_connections, ["Slack refused SLACK_APP_TOKEN (missing_scope); make an"]),
    (app_token_of_another_app, ["SLACK_APP_TOKEN is of the app A0OTHER and SLACK_BOT_TOKEN of "]),
    (no_app_token_and_no_secret, ["SLACK_APP_TOKEN is not set, which Socket Mode needs"]),
    (bot_token_unknown, ["Slack refused SLACK_BOT_TOKEN (invalid_auth); copy the Bot User"]),
    (no_bot_token, ["SLACK_BOT_TOKEN is not set; see docs"]),
    (both_modes, ["SLACK_BOT_TOKEN is for one workspace"]),
    (slack_down, ["Slack is out of order (internal_error); status.slack.com"]),
    (slack_elsewhere, ["127.0.0.1 cannot be reached"]),
    (scope_missing, ["The app lacks im:write; reinstall it from the manifest"]),
    (scope_too_many, ["The app has admin, channels:history, which Cairn never uses; remove it"]),
]


@pytest.mark.parametrize(("go_wrong", "sentences"), FAULTS, ids=[one.__name__ for one, _ in FAULTS])
async def test_what_is_amiss_in_slack_is_one_sentence_said_once(
    options: Options,
    world: World,
    go_wrong: Callable[[World, Options], Options],
    sentences: list[str],
) -> None:
    found = await examine(go_wrong(world, options))

    wrong = said(found, Level.FIX)
    assert len(wrong) == len(sentences), wrong
    for sentence, begins in zip(wrong, sentences, strict=True):
        assert sentence.startswith(begins)
        assert "\n" not in sentence
    assert [one for one in found if not one.is_well and one.group is not Group.SLACK] == []


async def test_a_clock_that_is_off_is_told_before_requests_are_refused(options: Options) -> None:
    for seconds, words in ((-400, "s behind"), (75, "s ahead of"), (20, None)):
        found = await examine(options, clock=ClockThatIsOff(timedelta(seconds=seconds)))
        wrong = said(found, Level.FIX)
        assert [words in one for one in wrong if words] == ([True] if words else []), wrong


async def test_a_socket_that_is_refused_or_does_not_open_in_time_is_said_to_be_blocked(
    options: Options, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_session() as session:
        too_late = await slack.app_token(options, session, ours=None, within_s=0.0)
        monkeypatch.setattr(type(world.sockets), "use_ticket", lambda *_: None)
        by_a_proxy = await slack.app_token(options, session, ours=None)

    assert "No socket to 127.0.0.1 opened within 0 s (nothing came); let" in too_late[-1].sentence
    assert "Instead of a socket, 127.0.0.1 answered with status 403; let" in by_a_proxy[-1].sentence


async def test_an_app_token_that_slack_has_no_time_for_is_not_said_to_be_wrong(
    options: Options, world: World
) -> None:
    world.faults.add({"kind": "ratelimit", "on": "apps.connections.open"})

    found = await examine(options)

    assert said(found, Level.FIX) == []
    assert any(
        "SLACK_APP_TOKEN was not tried: Slack is asked too much" in one.sentence for one in found
    )


async def test_the_channel_for_digests_is_looked_into(options: Options, world: World) -> None:
    (channel,) = (one for one in world.channels.values() if one.name == "mentoring-coordinators")
    bot = next(one for one in world.users.values() if one.is_bot)
    running = replace(PROGRAMME, state=ProgrammeState.RUNNING, coordinator_channel=channel.id)
    database = open_database(options.database_url)
    async with database.writing() as connection:
        await programmes.put_programme(connection, HERE, running)
    await database.close()

    async def wrong() -> str:
        return " ".join(said(await examine(options), Level.FIX))

    assert f"do not go to {channel.id}: It is public" in await wrong()
    channel.is_private = True
    assert await wrong() == ""
    channel.shared_with.append("T0OTHER")
    assert "shared with another organization" in await wrong()
    del channel.members[bot.id]
    assert "Cairn is not in it; invite Cairn there, or let" in await wrong()
