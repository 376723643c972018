"""What a person sees, and what Slack is told, while the database does not answer."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.kernel.database import Database
from runtime.demo.sandbox import SIGNING_SECRET
from runtime.process import listening_on_http
from tests.support.running_programme import Running, running_programme


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


@contextmanager
def away(database: Database) -> Iterator[None]:
    """As when the server restarts: no transaction can begin."""

    def refuse(_connection: sa.Connection) -> None:
        raise OperationalError("BEGIN", None, Exception("the server is starting up"))

    sa.event.listen(database.engine.sync_engine, "begin", refuse)
    try:
        yield
    finally:
        sa.event.remove(database.engine.sync_engine, "begin", refuse)


async def deliver(here: Running, event_id: str, **more: Any) -> int:
    """Deliver an event over HTTP, signed as Slack does; the status that Slack sees."""
    cairn = here.slack.cairn
    body = {
        "type": "event_callback",
        "team_id": cairn.workspace_id,
        "event_id": event_id,
        "event": {"type": "app_home_opened", "user": here.bob, "tab": "messages"},
    } | more
    content, sent_at = json.dumps(body), str(int(time.time()))
    base = f"v0:{sent_at}:{content}".encode()
    signature = hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    async with (
        listening_on_http(cairn, host="127.0.0.1", port=0) as address,
        httpx.AsyncClient(base_url=address) as slack,
    ):
        answer = await slack.post(
            "/slack/events",
            content=content,
            headers={
                "content-type": "application/json",
                "x-slack-request-timestamp": sent_at,
                "x-slack-signature": f"v0={signature}",
            },
        )
    return answer.status_code


async def test_an_event_without_an_id_is_refused_for_good(here: Running) -> None:
    event = {"type": "tokens_revoked", "tokens": {"bot": ["B"]}}

    assert await deliver(here, "", event=event) == 400


async def test_an_event_meanwhile_is_refused_so_that_slack_sends_it_again(here: Running) -> None:
    with away(here.slack.cairn.database):
        assert await deliver(here, "Ev1") == 500

    assert await deliver(here, "Ev1") == 200, "it was not taken for a repetition"


async def test_a_command_meanwhile_gets_one_sentence(here: Running) -> None:
    with away(here.slack.cairn.database):
        await here.slack.http.post(
            "/_sandbox/slash", json={"user": here.bob, "command": "/checkin", "text": ""}
        )
    await here.slack.settle()

    assert "Sorry, something went wrong on our side" in str(
        await here.slack.messages(user=here.bob)
    )
    await here.slack.slash(here.bob)
    assert (await here.slack.view(here.bob))["callback_id"] == "checkin.form"
