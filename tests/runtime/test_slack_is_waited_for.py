"""What passes by itself is told apart from what somebody must correct, in one sentence each."""

import socket
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.kernel.errors import OperatorFacing
from bot.kernel.refusals import DatabaseRefused
from runtime.waiting import SlackIsBusy, ask_slack, until_answered
from tests.support.https_server import file_server
from tests.support.strange_servers import Talk, cut, http, silence, strange_server

IN_SLACKS_PLACE = (
    "and not what Slack says): let the proxy or firewall pass what SLACK_API_URL names, by default "
    "https://slack.com/api/"
)
OUT_OF_ORDER = (
    "Slack, or a proxy before it, is out of order (HTTP 502); status.slack.com says whether it is "
    "Slack"
)
SILENT = (
    "Slack does not answer at all; check that the firewall lets this machine reach it, or set "
    "HTTPS_PROXY"
)
ANSWERS: dict[str, tuple[Talk, str]] = {
    "a page that blocks": (
        http("403 Forbidden", "<html>Blocked by policy</html>"),
        f"Something else answers in Slack's place (HTTP 403, {IN_SLACKS_PLACE}",
    ),
    "a page that asks for a log-in": (
        http("200 OK", "<html>Welcome to the hospital's network</html>"),
        f"Something else answers in Slack's place (HTTP 200, {IN_SLACKS_PLACE}",
    ),
    "a page that is called JSON": (
        http("200 OK", "<html>Blocked</html>", "application/json"),
        f"Something else answers in Slack's place (HTTP 200, {IN_SLACKS_PLACE}",
    ),
    "a plain word": (
        http("200 OK", "Blocked", "text/plain"),
        f"Something else answers in Slack's place (HTTP 200, {IN_SLACKS_PLACE}",
    ),
    "JSON of somebody else": (
        http("200 OK", "[1]", "application/json"),
        f"Something else answers in Slack's place (HTTP 200, {IN_SLACKS_PLACE}",
    ),
    "a proxy that is out of order": (
        http("502 Bad Gateway", "<html>Bad gateway</html>"),
        OUT_OF_ORDER,
    ),
    "silence": (
        silence,
        SILENT,
    ),
    "a line that is cut": (
        cut,
        "The connection to Slack breaks off (closed without an answer); check firewall and proxy",
    ),
}


async def asked(base_url: str, *, proxy: str | None = None) -> OperatorFacing:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        client = AsyncWebClient(
            base_url=base_url, proxy=proxy, session=session, retry_handlers=[], token="xoxb-hush"
        )
        with pytest.raises(OperatorFacing) as caught:
            await ask_slack(client.auth_test(), token="SLACK_BOT_TOKEN", remedy="copy it")
    assert "hush" not in caught.value.reason
    return caught.value


@pytest.mark.parametrize(("talk", "said"), ANSWERS.values(), ids=ANSWERS)
async def test_what_is_no_answer_of_slacks_is_waited_for(talk: Talk, said: str) -> None:
    with strange_server(talk) as server:
        busy = await asked(f"http://127.0.0.1:{server.port}/api/")

    assert busy.reason == said
    assert isinstance(busy, SlackIsBusy)
    assert not busy.permanent


async def test_a_network_that_is_away_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    refused = await asked(f"http://127.0.0.1:{port}/api/")
    unknown = await asked("https://slack.invalid/api/")
    no_proxy = await asked("https://slack.invalid/api/", proxy=f"http://127.0.0.1:{port}")

    assert refused.reason.startswith("127.0.0.1 cannot be reached (Connection refused); check")
    assert unknown.reason.startswith("This machine's name server (DNS) does not know slack.invalid")
    assert no_proxy.reason.startswith(f"The proxy 127.0.0.1:{port} cannot be reached (Connection")
    assert not any(away.permanent for away in (refused, unknown, no_proxy))


async def test_a_proxy_that_asks_for_a_password_and_an_unknown_issuer_must_be_corrected(
    tmp_path: Path,
) -> None:
    with strange_server(http("407 Proxy Authentication Required", "")) as server:
        no_password = await asked(
            "https://slack.invalid/api/", proxy=f"http://127.0.0.1:{server.port}"
        )
    async with file_server(tmp_path) as self_made:
        unknown_issuer = await asked(f"{self_made.url}/api/")

    assert no_password.reason.startswith("The proxy asks for a name and a password (HTTP 407);")
    assert unknown_issuer.reason.startswith("The certificate of localhost could not be verified;")
    assert no_password.permanent
    assert unknown_issuer.permanent


async def test_a_proxy_that_refuses_is_waited_for() -> None:
    with strange_server(http("403 Forbidden", "")) as server:
        refuses = await asked("https://slack.invalid/api/", proxy=f"http://127.0.0.1:{server.port}")

    assert refuses.reason.startswith("The proxy refuses to let Cairn through (HTTP 403); have ")
    assert not refuses.permanent


async def test_a_database_that_restarts_is_waited_for_with_one_line_and_a_wrong_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("runtime.waiting.FIRST_WAIT_S", 0.01)
    restarts = [DatabaseRefused("gone", "It broke off", heals=True)] * 3

    async def ask() -> str:
        if restarts:
            raise restarts.pop()
        return "here"

    async def refuse() -> str:
        raise DatabaseRefused("wrong_password", "It refuses the password")

    with capture_logs() as logs:
        assert await until_answered(ask, who="database", only=DatabaseRefused) == "here"
        with pytest.raises(DatabaseRefused, match="refuses the password"):
            await until_answered(refuse, who="database", only=DatabaseRefused)

    assert [(line["event"], line.get("advice")) for line in logs] == [
        ("waiting", "It broke off"),
        ("waiting_over", None),
    ]
