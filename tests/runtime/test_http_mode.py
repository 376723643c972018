"""What the open port answers to those who are not Slack, and to monitoring."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from runtime.process import listening_on_http
from tests.support.running_programme import running_programme


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        running_programme(tmp_path) as running,
        listening_on_http(running.slack.cairn, host="127.0.0.1", port=0) as address,
        httpx.AsyncClient(base_url=address) as http,
    ):
        yield http


async def test_what_slack_has_not_signed_is_refused(port: httpx.AsyncClient) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    unsigned = {**form, "x-slack-request-timestamp": "1790000000"}
    odd = {"x-slack-request-timestamp": "1790000000", "content-type": "text/plain; charset=odd"}

    answers = [
        await port.post("/slack/events", content=content, headers=headers)
        for content, headers in (
            (b"command=/checkin", unsigned),
            (b"command=/checkin", form),
            (b"command=/checkin", {**form, "x-slack-request-timestamp": "yesterday"}),
            (b"\xff\xfe", unsigned),
            (b"command=/checkin", odd),
        )
    ]

    assert [answer.status_code for answer in answers] == [401] * 5


async def test_more_than_slack_ever_sends_is_not_read(port: httpx.AsyncClient) -> None:
    headers = {"x-slack-request-timestamp": "1790000000"}

    answer = await port.post("/slack/events", content=b"x" * 3_000_001, headers=headers)

    assert answer.status_code == 413


async def test_monitoring_is_answered(port: httpx.AsyncClient) -> None:
    alive, ready = await port.get("/healthz"), await port.get("/readyz")
    metrics = await port.get("/metrics")

    assert (alive.text, ready.text) == ("alive", "ready")
    assert metrics.headers["content-type"].startswith("text/plain; version=")
    assert "process_cpu_seconds_total" in metrics.text
