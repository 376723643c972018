"""What the two open ports answer: one to Slack and to browsers, another to monitoring."""

import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import httpx
import pytest

from bot.kernel.errors import OperatorFacing
from bot.kernel.figures import Figure
from runtime.http_mode import listening_to_slack
from runtime.limits import Limits
from runtime.monitoring import listening_to_monitors
from runtime.process import Cairn, listening_on_http
from runtime.scrape import Registry
from runtime.serving import watch_over
from runtime.watch import Watch
from tests.attacks.knocking import answered, closed_after, request, status
from tests.edge.test_the_database_is_away import away
from tests.support.running_programme import running_programme

MONITORED = ("/healthz", "/readyz", "/metrics")


@pytest.fixture
async def cairn(tmp_path: Path) -> AsyncIterator[Cairn]:
    async with running_programme(tmp_path) as running:
        yield running.slack.cairn


@pytest.fixture
async def monitor(cairn: Cairn) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        listening_to_monitors(*watched(cairn), host="127.0.0.1", port=0) as address,
        httpx.AsyncClient(base_url=address) as http,
    ):
        yield http


def watched(cairn: Cairn) -> tuple[Callable[[], Watch], Registry]:
    watch = watch_over(cairn, sockets=None)
    return lambda: watch, Registry("sqlite", "http")


async def test_monitoring_is_answered_on_a_port_of_its_own(
    cairn: Cairn, monitor: httpx.AsyncClient
) -> None:
    alive, ready, metrics = [await monitor.get(path) for path in MONITORED]
    async with (
        listening_on_http(cairn, host="127.0.0.1", port=0) as address,
        httpx.AsyncClient(base_url=address) as public,
    ):
        elsewhere = [(await public.get(path)).status_code for path in (*MONITORED, "/")]

    assert (alive.text, ready.text) == ("alive", "ready")
    assert metrics.headers["content-type"].startswith("text/plain; version=")
    assert "process_cpu_seconds_total" in metrics.text
    assert elsewhere == [404] * 4
    assert (await monitor.get("/slack/events")).status_code == 404


async def test_a_database_that_is_away_shows_where_monitoring_asks(
    cairn: Cairn, monitor: httpx.AsyncClient
) -> None:
    with away(cairn.database):
        answer = await monitor.get("/readyz")

    assert answer.status_code == 503
    assert answer.text.startswith("The database does not answer; look")


async def test_while_cairn_starts_it_is_alive_and_not_ready() -> None:
    async with (
        listening_to_monitors(
            lambda: None, Registry("sqlite", "http"), host="127.0.0.1", port=0
        ) as address,
        httpx.AsyncClient(base_url=address) as http,
    ):
        answers = [await http.get(path) for path in MONITORED]

    assert [one.status_code for one in answers] == [200, 503, 503]
    assert answers[1].text == "Cairn is starting; its log says what it waits for."


async def test_the_port_of_monitoring_is_guarded_too(monitor: httpx.AsyncClient) -> None:
    address = str(monitor.base_url).rstrip("/")

    assert status(await answered(address, b"\x16\x03\x01\r\n\r\n")) == 400
    assert b"aiohttp" not in await answered(address, request(line="GET /healthz HTTP/1.1"))
    assert await closed_after(address, request(b"x" * 2_000_000)) < 3


async def test_a_busy_port_is_told_in_a_sentence(cairn: Cairn) -> None:
    async with listening_to_monitors(*watched(cairn), host="127.0.0.1", port=0) as address:
        port = int(address.rpartition(":")[2])

        with pytest.raises(OperatorFacing, match=f"Port {port} is in use.*with MONITOR_PORT"):
            await listening_to_monitors(*watched(cairn), host="127.0.0.1", port=port).__aenter__()


def test_a_request_has_ten_seconds_to_be_whole_unless_told_otherwise() -> None:
    assert Limits().whole_within_s == 10


class Counted:
    """A ledger that keeps what was added."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, ...]] = []

    def add(self, figure: Figure, *labels: str, amount: float = 1) -> None:
        self.seen.append((figure, *labels))

    def observe(self, figure: Figure, seconds: float, *labels: str) -> None:
        self.add(figure, *labels)


async def test_a_signature_by_another_secret_is_counted_apart_from_none(cairn: Cairn) -> None:
    figures = Counted()
    signed = {
        "X-Slack-Request-Timestamp": str(int(time.time())),
        "X-Slack-Signature": f"v0={'0' * 64}",
    }
    async with (
        listening_to_slack(
            cairn.bolt,
            "a secret of ours",
            files=partial(cairn.capabilities.file, cairn.services),
            host="127.0.0.1",
            port=0,
            limits=Limits(),
            figures=figures,
        ) as address,
        httpx.AsyncClient(base_url=address) as http,
    ):
        for headers in ({}, signed):
            answer = await http.post("/slack/events", content=b"command=x", headers=headers)
            assert answer.status_code == 401

    assert figures.seen == [(Figure.REFUSED, "unsigned"), (Figure.REFUSED, "wrong_signature")]
