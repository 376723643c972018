"""The bot's sockets are replaced before they fail, and when they bring nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from runtime.sockets import Renewal, Sockets, open_sockets
from sandbox_support.box import BOT_TOKEN, Box, small_workspace
from tests.support.strange_servers import Talk, cut, http, silence, slack, strange_server

QUICK = Renewal(
    renew_after_s=3600,
    outdone_by=4,
    lost_after_s=3600,
    pause_s=0.01,
    look_every_s=0.01,
    finish_within_s=0.05,
)
WITHIN_S = 30
Listen = Callable[[Renewal], AbstractAsyncContextManager[Sockets]]


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with small_workspace() as made:
        yield made


@pytest.fixture
def listen(box: Box) -> Listen:
    """Sockets of a real Bolt app that answers `/echo`."""
    client = AsyncWebClient(token=BOT_TOKEN, base_url=f"{box.base}/api/", retry_handlers=[])
    app = AsyncApp(client=client, request_verification_enabled=False)

    @app.command("/echo")
    async def echo(ack: Any) -> None:
        await ack("heard")

    return lambda renewal: open_sockets(app, "xapp-sandbox", renewal=renewal)


async def echo(box: Box) -> bool:
    said = await box.control("slash", user="U0ALICE", channel="#general", command="/echo")
    return bool(said["acked"])


async def eventually(look: Callable[[], Awaitable[bool]]) -> None:
    until_s = time.monotonic() + WITHIN_S
    while not await look():
        assert time.monotonic() < until_s, f"it did not happen within {WITHIN_S} s"
        await asyncio.sleep(0.02)


def numbers(box: Box) -> list[int]:
    """Which connections are open, counted from the first that ever was."""
    return [one.number for one in box.world.sockets.connections]


async def test_sockets_that_have_all_gone_deaf_for_good_are_replaced_in_time(
    box: Box, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slack_sandbox.socket_mode.ACK_WITHIN_S", 0.5)
    async with listen(
        Renewal(renew_after_s=1.0, pause_s=0.01, look_every_s=0.01, finish_within_s=0)
    ):
        await box.control("faults", kind="deaf")

        assert not await echo(box)
        await eventually(lambda: echo(box))


async def test_a_deaf_socket_is_replaced_once_the_other_has_brought_enough(
    box: Box, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slack_sandbox.socket_mode.ACK_WITHIN_S", 0.5)
    async with listen(QUICK):
        await box.control("faults", kind="deaf", sockets="one")

        heard = [await echo(box) for _ in range(2 * QUICK.outdone_by)]

        async def is_replaced() -> bool:
            return numbers(box) == [2, 3]

        await eventually(is_replaced)
        assert 1 <= heard.count(False) <= QUICK.outdone_by
        assert all([await echo(box) for _ in range(4)])


async def test_sockets_that_both_bring_something_are_left_alone(box: Box, listen: Listen) -> None:
    async with listen(QUICK):
        heard = [await echo(box) for _ in range(4 * QUICK.outdone_by)]

        assert all(heard)
        assert numbers(box) == [1, 2]


async def test_while_sockets_are_renewed_no_command_is_lost(box: Box, listen: Listen) -> None:
    fewest = 2
    async with listen(Renewal(renew_after_s=0.2, pause_s=0.01, look_every_s=0.01)):
        heard = []
        while numbers(box)[-1] < 8:
            heard.append(await echo(box))
            fewest = min(fewest, len(numbers(box)))

    assert all(heard)
    assert fewest == 2
    assert len(heard) > 8


async def test_the_two_sockets_are_never_renewed_together(box: Box, listen: Listen) -> None:
    async with listen(Renewal(renew_after_s=4, pause_s=0.01, look_every_s=0.01, finish_within_s=0)):

        async def one_was_renewed() -> bool:
            return len(numbers(box)) == 2 and max(numbers(box)) == 3

        await eventually(one_was_renewed)
        left, came = numbers(box)

    assert (left, came) == (1, 3)


async def test_sockets_that_were_replaced_are_half_a_life_apart(box: Box, listen: Listen) -> None:
    renewal = Renewal(renew_after_s=2, pause_s=0.01, look_every_s=0.01, finish_within_s=0)
    async with listen(renewal) as sockets:

        async def both_are_new() -> bool:
            return min(numbers(box), default=0) > 2

        await eventually(both_are_new)
        first_s, second_s = sorted(socket.opened_s for socket in sockets.open)

    assert second_s - first_s == pytest.approx(1.0, abs=0.001)


async def test_a_client_that_finds_no_way_back_is_replaced(box: Box, listen: Listen) -> None:
    async with listen(Renewal(lost_after_s=0.2, pause_s=0.01, look_every_s=0.01)):
        await box.control("faults", kind="kill_socket", sockets="one")

        async def are_two_again() -> bool:
            return numbers(box) == [2, 3]

        # Slack's client looks every 10 s whether it is still connected.
        started_s = time.monotonic()
        await eventually(are_two_again)

    assert time.monotonic() - started_s < 10


async def test_a_socket_is_kept_while_slack_gives_no_other(box: Box, listen: Listen) -> None:
    renewal = Renewal(renew_after_s=0.2, pause_s=0.01, look_every_s=0.01, connect_within_s=0.2)
    async with listen(renewal):
        await box.control("faults", kind="hang", on="apps.connections.open")
        await asyncio.sleep(1.5)

        assert numbers(box) == [1, 2]
        assert await echo(box)


BLOCKS: dict[str, Talk] = {
    "no answer within 0.5 s": silence,
    "HTTP 403": http("403 Forbidden", "<html>Blocked by policy</html>"),
    "closed without an answer": cut,
}


@pytest.mark.parametrize("because", BLOCKS)
async def test_a_web_socket_that_is_blocked_is_named_once_and_tried_again_until_it_opens(
    box: Box, because: str, caplog: pytest.LogCaptureFixture
) -> None:
    renewal = Renewal(connect_within_s=0.5, again_after_s=0.05, look_every_s=0.01, pause_s=0.05)
    opens = {"ok": True, "url": ""}
    with (
        strange_server(BLOCKS[because]) as blocked,
        strange_server(slack({"apps.connections.open": opens})) as api,
        capture_logs() as logs,
    ):
        opens["url"] = f"ws://127.0.0.1:{blocked.port}/link"
        client = AsyncWebClient(
            token=BOT_TOKEN, base_url=f"http://127.0.0.1:{api.port}/", retry_handlers=[]
        )
        app = AsyncApp(client=client, request_verification_enabled=False)
        async with open_sockets(app, "xapp-sandbox", renewal=renewal) as sockets:
            assert not sockets.is_listening
            await asyncio.sleep(0.2)
            opens["url"] = (await box.api("apps.connections.open", token="xapp-sandbox"))["url"]

            async def is_listening() -> bool:
                return sockets.is_listening

            await eventually(is_listening)

    told, over = (line for line in logs if line["event"].startswith("waiting"))
    assert told["advice"] == (
        f"The web socket of 127.0.0.1 does not open ({because}), so no command or click reaches "
        "Cairn: let firewall and proxy pass web sockets (wss, port 443) to 127.0.0.1 and the other "
        "wss- hosts of slack.com"
    )
    assert (over["event"], over["kind"]) == ("waiting_over", "sockets")
    assert caplog.messages == [], "Slack's client says it again each time"


async def test_a_proxy_that_lets_no_web_socket_through_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opens = {"ok": True, "url": "wss://wss-primary.slack.invalid/link"}
    with (
        strange_server(http("403 Forbidden", "")) as proxy,
        strange_server(slack({"apps.connections.open": opens})) as api,
        capture_logs() as logs,
    ):
        client = AsyncWebClient(
            token=BOT_TOKEN, base_url=f"http://127.0.0.1:{api.port}/", retry_handlers=[]
        )
        app = AsyncApp(client=client, request_verification_enabled=False)
        monkeypatch.setenv("HTTPS_PROXY", f"http://cairn:hush@127.0.0.1:{proxy.port}")
        async with open_sockets(app, "xapp-sandbox", renewal=Renewal(connect_within_s=5)):
            pass

    (told,) = (line["advice"] for line in logs)
    assert told.startswith(
        "The web socket of wss-primary.slack.invalid does not open (the proxy answers HTTP 403), so"
    )
    assert "hush" not in told
