"""The bot as it is shipped, in a process of its own, against a Slack that is not the sandbox.

Nothing but its settings says where Slack is.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.kernel.database import open_database
from bot.kernel.ids import WorkspaceId
from bot.keys import keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault
from bot.programme import store as programmes
from bot.schedule.model import Rhythm
from bot.schedule.rules import is_quiet, zone
from config.catalogue import load_catalogue
from runtime.demo.cast import ZONES, made_up_cast, set_up_programme
from slack_sandbox.server import listen
from tests.attacks.knocking import closed_after
from tests.edge.other_stand_in import TEAM, TOKEN, OtherSlack, another_slack
from tests.support.tables import with_all_tables

ROOT = Path(__file__).parents[2]
SECRET = "signing-secret-of-another-slack"
WORDS = "Told to my group <!channel>"
LATER = (datetime.now(UTC).hour + 12) % 24
QUIET = Rhythm(quiet_from=time_of_day(LATER), quiet_until=time_of_day((LATER + 1) % 24))
"""An hour that is far from now, in whatever zone."""


@dataclass(frozen=True, slots=True)
class Bot:
    """The running bot, the Slack that it talks to, and somebody who may check in."""

    slack: OtherSlack
    address: str
    mentee: str

    async def send(self, fields: dict[str, str]) -> httpx.Response:
        """Send a request as Slack signs it."""
        body, now = urlencode(fields), str(int(time.time()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=now, body=body)
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": now,
            "x-slack-signature": str(signature),
        }
        async with httpx.AsyncClient(timeout=10) as http:
            return await http.post(f"{self.address}/slack/events", content=body, headers=headers)

    async def until_asked(self, method: str, words: str) -> dict[str, Any]:
        """The first call of this kind that holds these words, within 30 s."""
        for _ in range(600):
            for arguments in self.slack.asked(method):
                if words in json.dumps(arguments):
                    return arguments
            await asyncio.sleep(0.05)
        raise AssertionError(f"no {method} with {words!r}; refused: {self.slack.refused}")


async def prepared(folder: Path) -> tuple[str, str]:
    """A database with a programme under way; its address and a mentee."""
    address, cast = f"sqlite:///{folder / 'cairn.db'}", made_up_cast(mentors=1, mentees=2)
    await with_all_tables(address)
    words = keyring.Keyring(FileVault(folder / "keys"), keyring.WORDS)
    database = with_keyring(open_database(address), words)
    programme = await set_up_programme(
        database,
        load_catalogue(),
        cast,
        workspace_id=WorkspaceId(TEAM),
        now=datetime.now(UTC),
    )
    async with database.writing() as connection:
        awake = replace(programme, quiet_from=QUIET.quiet_from, quiet_until=QUIET.quiet_until)
        await programmes.put_programme(connection, WorkspaceId(TEAM), awake)
    await database.close()
    return address, cast.mentees[0]


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    database, mentee = await prepared(tmp_path)
    with listen("127.0.0.1", 0) as probe, listen("127.0.0.1", 0) as other:
        port, monitor = (str(one.getsockname()[1]) for one in (probe, other))
    async with another_slack() as (slack, api_url):
        env = os.environ | {
            "SLACK_API_URL": api_url,
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "DATABASE_URL": database,
            "KEY_DIR": str(tmp_path / "keys"),
            "MONITOR_PORT": monitor,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "app.py", "serve", "--http", "--port", port),
            cwd=ROOT,
            env=env,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            await until_ready(f"http://127.0.0.1:{monitor}", process)
            yield Bot(slack, address, mentee)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def until_ready(address: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient() as http:
        for _ in range(600):
            assert process.returncode is None, "the bot stopped before it was ready"
            try:
                if (await http.get(f"{address}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    raise AssertionError("the bot was not ready within 30 s")


@pytest.mark.slow
async def test_serve_closes_half_a_request_after_ten_seconds(bot: Bot) -> None:
    took = await closed_after(bot.address, b"POST /sl", within_s=12)

    assert 9.5 < took < 11


@pytest.mark.slow
async def test_a_check_in_goes_from_command_to_the_groups_channel(bot: Bot) -> None:
    if is_quiet(datetime.now(UTC).astimezone(zone(ZONES[0])), QUIET):
        pytest.skip("the group's channel is quiet on weekends, and this bot lives by real time")
    command = {
        "command": "/checkin",
        "text": "",
        "team_id": TEAM,
        "user_id": bot.mentee,
        "channel_id": "C0ANY",
        "trigger_id": "1.2.three",
    }

    await bot.until_asked("chat.postMessage", "Welcome to the group")
    acked = await bot.send(command)
    opened = await bot.until_asked("views.open", "Who sees this")
    view = opened["view"] if isinstance(opened["view"], dict) else json.loads(opened["view"])
    answered = await bot.send({"payload": json.dumps(submission(view, bot.mentee))})
    posted = await bot.until_asked("chat.postMessage", "shares a check-in with this group")

    assert (acked.status_code, acked.text) == (200, "")
    assert opened["trigger_id"] == "1.2.three"
    assert answered.json()["response_action"] == "update"
    assert WORDS.partition(" <")[0] not in json.dumps(posted)
    assert bot.slack.refused == []


def submission(view: dict[str, Any], user: str) -> dict[str, Any]:
    """What Slack sends when the form is filled in and shared with the group."""
    lens = next(b for b in view["blocks"] if b.get("block_id", "").startswith("lens_"))
    sees = next(b for b in view["blocks"] if b.get("block_id") == "visibility")
    group = next(o for o in sees["element"]["options"] if o["value"] == "group")
    text = {"type": "plain_text_input", "value": WORDS}
    choice = {"type": sees["element"]["type"], "selected_option": group}
    values = {
        lens["block_id"]: {lens["element"]["action_id"]: text},
        "visibility": {sees["element"]["action_id"]: choice},
    }
    return {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "another"},
        "user": {"id": user, "team_id": TEAM},
        "trigger_id": "4.5.six",
        "view": {**view, "id": "V1", "hash": "1", "team_id": TEAM, "state": {"values": values}},
        "response_urls": [],
    }
