"""What Slack does at its worst, once for each fault of the sandbox: Cairn survives it.

docs/explanation/what-faults-do.md tells the same in words.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from bot.checkins import store as checkins
from bot.checkins.rules import texts
from bot.checkins.tables import checkin
from slack_sandbox.faults import KINDS
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

POSTING = "chat.postMessage"
POST_TIMEOUT_S = 0.5
PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class ShortOfPatience:
    """The bot's HTTP session, which waits less long for the answer to a post.

    Every other call keeps its time: a busy machine may take a second to answer one.
    """

    session: aiohttp.ClientSession

    @property
    def closed(self) -> bool:
        return self.session.closed

    def request(self, verb: str, url: str, **arguments: Any) -> Any:
        if url.endswith(POSTING):
            arguments["timeout"] = aiohttp.ClientTimeout(total=POST_TIMEOUT_S)
        return self.session.request(verb, url, **arguments)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def wait_less_for_posts(here: Running) -> None:
    """Spare a test that makes a post hang the whole time for which the bot would wait."""
    client = await here.slack.cairn.services.clients.of(here.slack.cairn.workspace_id)
    assert client
    assert client.session
    client.session = ShortOfPatience(client.session)  # type: ignore[assignment]


async def break_slack(here: Running, **fault: Any) -> None:
    answer = await here.slack.http.post("/_sandbox/faults", json=fault)
    assert answer.status_code == 200, answer.text


async def struck(here: Running) -> list[str]:
    """The kinds of the faults that have struck so far."""
    return [one["kind"] for one in (await here.slack._get("faults"))["fired"]]


async def calls(here: Running, method: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await here.slack._get("calls", method=method))["calls"]
    return found


async def write(here: Running, words: str, visibility: str = "group") -> dict[str, Any]:
    view = await here.open_form(here.bob)
    lens = next(b["block_id"] for b in view["blocks"] if b.get("block_id", "").startswith("lens_"))
    return await here.slack.submit(
        here.bob, view["id"], {lens: words, "visibility": visibility, "confidence": "5"}
    )


async def times_in_the_channel(here: Running, words: str) -> int:
    """How often the check-in with these words was posted: the post only leads to it."""
    cairn = here.slack.cairn
    async with cairn.database.reading() as connection:
        ids = (await connection.execute(sa.select(checkin.c.id))).scalars().all()
        found = [await checkins.find(connection, cairn.workspace_id, one) for one in ids]
    [checkin_id] = [one.id for one in found if one and words in texts(one.entry)]
    posted = await here.slack.messages(channel=await here.channel())
    return sum(checkin_id in str(message["blocks"]) for message in posted)


async def past(here: Running) -> str:
    """Bob's own check-ins, as he can list them."""
    await here.slack.close(here.bob)
    await here.slack.slash(here.bob, "past")
    shown = all_text(await here.slack.view(here.bob))
    await here.slack.close(here.bob)
    return shown


LOST_ANSWERS: dict[str, dict[str, Any]] = {
    "dropped after taking": {"kind": "drop"},
    "500 after taking": {"kind": "status", "status": 500},
    "503 after taking": {"kind": "status", "status": 503},
    "fatal_error after taking": {"kind": "error", "error": "fatal_error"},
    "internal_error after taking": {"kind": "error", "error": "internal_error"},
    "hang after taking": {"kind": "hang"},
    "answer later than the client waits": {"kind": "delay", "delay_s": 3 * POST_TIMEOUT_S},
}


@pytest.mark.parametrize("fault", LOST_ANSWERS.values(), ids=LOST_ANSWERS.keys())
async def test_a_message_whose_answer_is_lost_is_found_and_not_sent_again(
    here: Running, fault: dict[str, Any]
) -> None:
    await wait_less_for_posts(here)
    await break_slack(here, on=POSTING, count=1, **fault)

    await write(here, "Said once")
    await here.slack.advance(minutes=5)

    assert await struck(here) == [fault["kind"]]
    assert await times_in_the_channel(here, "Said once") == 1
    assert await calls(here, "conversations.history")


LOST_MESSAGES: dict[str, dict[str, Any]] = {
    "dropped before taking": {"kind": "drop", "when": "before"},
    "500 before taking": {"kind": "status", "status": 500, "when": "before"},
    "503 before taking": {"kind": "status", "status": 503, "when": "before"},
    "fatal_error before taking": {"kind": "error", "error": "fatal_error", "when": "before"},
    "hang before taking": {"kind": "hang", "when": "before"},
}


@pytest.mark.parametrize("fault", LOST_MESSAGES.values(), ids=LOST_MESSAGES.keys())
async def test_a_message_that_was_never_taken_is_sent_again(
    here: Running, fault: dict[str, Any]
) -> None:
    await wait_less_for_posts(here)
    await break_slack(here, on=POSTING, count=2, **fault)

    await write(here, "Said in the end")
    await here.slack.advance(minutes=10)

    assert await struck(here) == [fault["kind"]] * 2
    assert await times_in_the_channel(here, "Said in the end") == 1


async def test_a_slow_slack_is_waited_for(here: Running) -> None:
    await break_slack(here, kind="delay", delay_s=0.2, on=POSTING, count=1)

    await write(here, "Said slowly")
    await here.slack.advance(minutes=1)

    assert await times_in_the_channel(here, "Said slowly") == 1
    assert await calls(here, "conversations.history") == []


async def test_while_slack_refuses_the_rate_nothing_is_called_and_nothing_is_lost(
    here: Running,
) -> None:
    await break_slack(here, kind="ratelimit", retry_after_s=60, on=POSTING, count=4)
    before = len(await calls(here, POSTING))

    await write(here, "Said after the storm")
    await here.slack.advance(seconds=59)
    during = len(await calls(here, POSTING)) - before
    await here.slack.advance(minutes=30)

    assert during == 1
    assert await struck(here) == ["ratelimit"] * 4
    assert await times_in_the_channel(here, "Said after the storm") == 1


async def test_a_search_that_fails_too_is_made_again(here: Running) -> None:
    await break_slack(here, kind="drop", on=POSTING, count=1)
    await break_slack(here, kind="status", status=503, on="conversations.history", count=2)

    await write(here, "Said once")
    await here.slack.advance(minutes=10)

    assert await struck(here) == ["drop", "status", "status"]
    assert await times_in_the_channel(here, "Said once") == 1


async def test_a_form_that_arrives_twice_is_saved_once(here: Running) -> None:
    await break_slack(here, kind="duplicate", on="view_submission", count=1)

    await write(here, "Saved once")
    await here.slack.advance(minutes=1)

    assert await struck(here) == ["duplicate"]
    assert (await past(here)).count("Saved once") == 1
    assert await times_in_the_channel(here, "Saved once") == 1


async def test_a_command_that_arrives_twice_opens_one_form_and_no_apology(here: Running) -> None:
    await break_slack(here, kind="duplicate", on="/checkin", count=1)
    before = await here.texts(here.bob)

    await here.slack.slash(here.bob)

    assert await struck(here) == ["duplicate"]
    assert len(await here.slack.views(here.bob)) == 1
    assert await here.texts(here.bob) == before


async def test_a_click_that_arrives_twice_opens_one_form_and_no_apology(here: Running) -> None:
    await write(here, "Mine", visibility="only_me")
    await here.slack.close(here.bob)
    await here.slack.slash(here.bob, "past")
    listed = await here.slack.view(here.bob)
    await break_slack(here, kind="duplicate", on="block_actions", count=1)

    await here.slack.click(here.bob, "checkin.read", view_id=listed["id"])

    assert await struck(here) == ["duplicate"]
    views = await here.slack.views(here.bob)
    assert len(views) == 2
    assert "Mine" in all_text(views[-1])


async def test_an_event_that_arrives_twice_is_worked_on_once(here: Running) -> None:
    await break_slack(here, kind="duplicate", on="app_home_opened", count=1)
    before = len(await calls(here, "views.publish"))

    await here.home_text(here.bob, until="My check-ins")
    await here.slack.settle()

    assert await struck(here) == ["duplicate"]
    assert len(await calls(here, "views.publish")) == before + 1


async def test_two_requests_that_overtake_each_other_are_both_done(here: Running) -> None:
    await break_slack(here, kind="reorder", on="/checkin", count=1)

    await asyncio.gather(here.slack.slash(here.bob), here.slack.slash(here.dana))

    assert await struck(here) == ["reorder"]
    for person in (here.bob, here.dana):
        assert "Who sees this" in all_text(await here.slack.view(person))


async def test_an_event_that_is_lost_is_taken_when_slack_repeats_it(here: Running) -> None:
    await break_slack(here, kind="lose", on="app_home_opened", count=1)

    shown = await here.home_text(here.bob, until="My check-ins")

    assert "lose" in await struck(here)
    assert "My check-ins" in shown


async def test_a_lost_command_is_as_if_it_was_never_typed(here: Running) -> None:
    await break_slack(here, kind="lose", on="/checkin", count=1)

    said = await here.slack.slash(here.bob)
    nothing = await here.slack.views(here.bob)
    await here.slack.slash(here.bob)

    assert "did not respond" in said["error"]
    assert nothing == []
    assert len(await here.slack.views(here.bob)) == 1


async def until_there_are_two_sockets(here: Running) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        (app,) = (await here.slack.state())["apps"]
        if app["connections"] == 2:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the sockets did not come back within {PATIENCE_S} s")


async def test_one_broken_socket_leaves_the_other_at_work(here: Running) -> None:
    await break_slack(here, kind="kill_socket", sockets="one")

    said = await here.slack.slash(here.bob)

    assert said["acked"]
    assert len(await here.slack.views(here.bob)) == 1
    await until_there_are_two_sockets(here)


async def test_broken_sockets_come_back_by_themselves(here: Running) -> None:
    await break_slack(here, kind="kill_socket")

    await until_there_are_two_sockets(here)

    assert (await here.slack.slash(here.bob))["acked"]


async def test_a_refresh_of_every_socket_is_followed_by_a_new_one(here: Running) -> None:
    await break_slack(here, kind="refresh_socket", seconds=0.2)
    await asyncio.sleep(0.3)

    await until_there_are_two_sockets(here)

    assert (await here.slack.slash(here.bob))["acked"]


async def test_with_one_deaf_socket_the_second_try_gets_through(here: Running) -> None:
    await break_slack(here, kind="deaf", sockets="one")

    said = [await here.slack.slash(here.bob, "help") for _ in range(2)]

    assert sorted(one["acked"] for one in said) == [False, True]


async def test_an_event_for_a_deaf_socket_is_taken_when_slack_repeats_it(here: Running) -> None:
    await break_slack(here, kind="deaf", sockets="one")

    for person in (here.bob, here.dana):
        await here.slack._do("home", {"user": person})

    for person in (here.bob, here.dana):
        assert "My check-ins" in await here.home_text(person, until="My check-ins")


async def test_sockets_that_are_all_deaf_hear_again_once_they_are_refreshed(here: Running) -> None:
    await break_slack(here, kind="deaf")

    unheard = await here.slack.slash(here.bob)
    await break_slack(here, kind="refresh_socket", seconds=0.1)
    await asyncio.sleep(0.2)
    await until_there_are_two_sockets(here)

    assert "did not respond" in unheard["error"]
    assert (await here.slack.slash(here.bob))["acked"]


async def test_a_day_of_refreshes_loses_nothing(here: Running) -> None:
    lives = {"refresh_after_s": 18_060, "warning_s": 10}
    await here.slack.http.post("/_sandbox/sockets", json=lives)

    await write(here, "Said before")
    for _ in range(5):
        await here.slack.advance(seconds=18_060)
        await until_there_are_two_sockets(here)
    await write(here, "Said after")
    await here.slack.advance(minutes=1)

    opened = await calls(here, "apps.connections.open")
    assert len(opened) >= 12
    assert await times_in_the_channel(here, "Said before") == 1
    assert await times_in_the_channel(here, "Said after") == 1


@pytest.mark.parametrize("hours", [-3, 3])
async def test_a_clock_that_jumps_sends_nothing_twice(here: Running, hours: int) -> None:
    await write(here, "Said once")
    await break_slack(here, kind="skew", seconds=hours * 3600.0)

    await here.slack.advance(hours=6)
    await write(here, "And this once")
    await here.slack.advance(hours=14)  # past the quiet hours of the group's channel

    assert await times_in_the_channel(here, "Said once") == 1
    assert await times_in_the_channel(here, "And this once") == 1


async def test_a_trigger_that_expires_early_is_explained_and_the_next_works(
    here: Running,
) -> None:
    await break_slack(here, kind="expire_trigger", count=1)

    await here.slack.slash(here.bob)
    explained = (await here.texts(here.bob))[-1]
    await here.slack.slash(here.bob)

    assert "expire_trigger" in await struck(here)
    assert "again" in explained
    assert len(await here.slack.views(here.bob)) == 1


def test_every_fault_of_the_sandbox_has_a_test_here() -> None:
    told = Path(__file__).read_text()

    assert {kind for kind in KINDS if f'kind="{kind}"' in told or f'"kind": "{kind}"' in told} == (
        KINDS - {"hear"}
    )
