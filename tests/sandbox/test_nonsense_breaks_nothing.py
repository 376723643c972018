"""Whatever is sent to the sandbox, it answers in JSON and goes on."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from sandbox.api.registry import METHODS
from sandbox.control import acting, reading, setting
from tests.sandbox.conftest import BOT_TOKEN, Box

JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    "",
    "x",
    "#general",
    "U0ALICE",
    "\ud800",
    "[" * 50_000,
    "[1, {}]",
    "{}",
    [],
    [[]],
    [None, 3],
    {},
    {"type": "modal"},
    {"features": 3, "settings": []},
    {"features": {"slash_commands": [3]}, "oauth_config": {"scopes": 3}},
    {"settings": {"event_subscriptions": 3, "interactivity": "x"}},
    {"id": []},
]
# Words that the Web API knows as arguments, and the control API as fields.
NAMES = """
attachments blocks channel channels cursor email external_id file files filename hash
length limit markdown_text message_ts metadata name oldest text thread_ts timestamp
trigger_id ts types user user_id username usergroup users view view_id
"""
FIELDS = """
action_id advance_s app_id block_id callback_id channel clear command commands count
delay_s deleted events faults follower handle id is_private kind limits manifest members
mode name on rate redirect_urls request_url request_urls scopes script seed seen shortcuts
state step team text thread_ts to ts tz user users value view_id wait_s wakes_at
"""


def junk(dice: random.Random, names: str) -> dict[str, Any]:
    return {name: dice.choice(JUNK) for name in dice.sample(names.split(), dice.randint(1, 6))}


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_the_web_api_answers_nonsense(box: Box, method: str) -> None:
    await box.control("limits", on=False)
    dice = random.Random(method)
    headers = {"Authorization": f"Bearer {BOT_TOKEN}", "Content-Type": "application/json"}

    for _ in range(15):
        content = json.dumps(junk(dice, NAMES))
        answer = await box.http.post(f"/api/{method}", content=content, headers=headers)
        assert answer.status_code == 200, answer.text
        assert "ok" in answer.json()
        if method in ("auth.revoke", "apps.uninstall"):
            break


@pytest.mark.parametrize("path", sorted({**acting._WRITE, **setting._WRITE}))
async def test_the_control_api_answers_nonsense(box: Box, path: str) -> None:
    dice = random.Random(path)

    for _ in range(40):
        body = junk(dice, FIELDS)
        if dice.random() < 0.7:
            body["user"] = "U0ALICE"
        answer = await box.http.post(f"/_sandbox{path}", content=json.dumps(body))
        assert answer.status_code in (200, 400), answer.text
        assert "ok" in answer.json()


@pytest.mark.parametrize("body", [{"advance_s": one} for one in JUNK] + [{"to": 3}, {"next": 3}])
async def test_the_clock_answers_nonsense(box: Box, body: dict[str, Any]) -> None:
    content = json.dumps({**body, "wait_s": 0.1})
    answer = await box.http.post("/_sandbox/clock", content=content)

    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("path", sorted(reading._READ))
async def test_reading_answers_nonsense(box: Box, path: str) -> None:
    for query in ({"user": "x"}, {"channel": "x"}, {"limit": "x"}, {"since": "-1"}, {"x": "y"}):
        answer = await box.http.get(f"/_sandbox{path}", params=query)
        assert answer.status_code == 400
        assert answer.json()["field"]
