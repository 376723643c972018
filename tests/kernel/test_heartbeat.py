from datetime import UTC, datetime, timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from bot.kernel.heartbeat import Heartbeat

NOW = datetime(2026, 9, 2, 8, 0, tzinfo=UTC)
URL = "https://monitor.example/ping/secret"


class Monitor:
    """A monitoring service that answers with `status`, or not at all."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.pings = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.pings += 1
        if self.status is None:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(self.status)


@pytest.fixture
def monitor() -> Monitor:
    return Monitor()


async def test_it_pings_once_in_its_interval(monitor: Monitor) -> None:
    heart = Heartbeat(url=URL, transport=httpx.MockTransport(monitor))

    beats = [await heart.beat(now=NOW + timedelta(seconds=s)) for s in (0, 10, 29, 30, 31)]

    assert beats == [True, False, False, True, False]
    assert monitor.pings == 2


async def test_without_an_address_it_does_nothing(monitor: Monitor) -> None:
    heart = Heartbeat(url=None, transport=httpx.MockTransport(monitor))

    assert not await heart.beat(now=NOW)
    assert monitor.pings == 0


@pytest.mark.parametrize("status", [None, 500, 404])
async def test_a_monitor_that_fails_is_logged_once_and_stops_nothing(
    monitor: Monitor, status: int | None
) -> None:
    heart = Heartbeat(url=URL, transport=httpx.MockTransport(monitor))
    monitor.status = status

    with capture_logs() as logs:
        for minute in range(3):
            assert not await heart.beat(now=NOW + timedelta(minutes=minute))
        monitor.status = 200
        assert await heart.beat(now=NOW + timedelta(minutes=9))

    assert [line["event"] for line in logs] == ["heartbeat_failed", "heartbeat_recovered"]
    assert "secret" not in str(logs)


@pytest.mark.reaches_out
async def test_an_address_that_is_none_stops_nothing() -> None:
    assert not await Heartbeat(url="http://[not an address").beat(now=NOW)


async def test_a_clock_set_back_does_not_silence_it(monitor: Monitor) -> None:
    heart = Heartbeat(url=URL, transport=httpx.MockTransport(monitor))
    await heart.beat(now=NOW)

    assert await heart.beat(now=NOW - timedelta(days=1))
