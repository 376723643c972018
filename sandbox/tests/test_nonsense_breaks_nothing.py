"""Whatever is sent to the sandbox, it answers in JSON and goes on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox_support.box import BOT_TOKEN, Json
from slack_sandbox.api.registry import METHODS
from slack_sandbox.control import reading
from slack_sandbox.seed import populate
from slack_sandbox.server import create_asgi
from slack_sandbox.world import World

FACTS: dict[str, Json] = json.loads(
    (Path(__file__).parent / "reference" / "methods.json").read_text()
)["methods"]
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "t"}, "blocks": []}

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
    "[1, {}]",
    "[" * 3000,
    [],
    [[]],
    [None, 3],
    ["x"],
    {},
    MODAL,
    {"features": 3},
    {"features": {"slash_commands": [3], "app_home": 3}},
    {"oauth_config": {"scopes": {"bot": 3}, "redirect_urls": 3}},
    {"settings": {"event_subscriptions": 3, "interactivity": "x"}},
    {"settings": {"event_subscriptions": {"bot_events": 3}}},
    {"display_information": 3},
    {"id": []},
]
ALICE = {"user": "U0ALICE"}
HERE = {"channel": "#general"}
REQUESTS: dict[str, Json] = {
    "slash": {**ALICE, **HERE, "command": "/x", "text": "x"},
    "click": {**ALICE, **HERE, "action_id": "a", "ts": "1", "block_id": "b", "value": 1},
    "submit": {**ALICE, "view_id": "V", "state": {}},
    "close": {**ALICE, "view_id": "V", "clear": True},
    "home": {**ALICE, "app_id": "A"},
    "messages-tab": {**ALICE, "app_id": "A"},
    "say": {**ALICE, **HERE, "text": "t", "thread_ts": "1"},
    "shortcut": {**ALICE, "callback_id": "c", "app_id": "x"},
    "suggest": {**ALICE, "action_id": "a", "view_id": "v", "value": "x"},
    "join": {**ALICE, **HERE},
    "leave": {**ALICE, **HERE},
    "user": {**ALICE, "name": "alice", "tz": "Etc/UTC", "real_name": "Alice", "deleted": False},
    "direct": {**ALICE, "app_id": "x"},
    "users": {"id": "U9", "name": "n", "team": "T0CAIRN", "tz": "Etc/UTC", "users": []},
    "channels": {"name": "q", "id": "C9", "team": "T0CAIRN", "members": [], "creator": "U"},
    "workspaces": {"name": "w", "id": "T9", "domain": "d", "install": True},
    "edit": {"user": "U0BOB", "channel": "#general", "ts": "1.000000", "text": "x"},
    "delete": {"user": "U0BOB", "channel": "#general", "ts": "1.000000"},
    "channel": {"user": "U0BOB", "channel": "#general", "what": "rename", "name": "x"},
    "workspace": {"team": "T0CAIRN", "enterprise_id": "E0"},
    "usergroup": {"usergroup": "mentors", "users": [], "disabled": False},
    "usergroups": {"handle": "h", "id": "S", "team": "T0CAIRN", "name": "n", "users": []},
    "app": {
        "app_id": "A9",
        "app_token": "xapp-9",
        "signing_secret": "s",
        "team": "T0CAIRN",
        "manifest": {},
        "commands": [],
        "scopes": [],
        "events": [],
        "request_url": "http://x",
        "request_urls": {},
        "redirect_urls": [],
        "shortcuts": [],
        "bot_token": "xoxb-9",
        "mode": "http",
        "home_tab": True,
        "name": "n",
    },
    "install": {"team": "T0CAIRN", "app_id": "x"},
    "uninstall": {"team": "T9", "app_id": "x"},
    "limits": {"on": False, "methods_per_minute": {}},
    "faults": {"kind": "duplicate", "seed": 1, "on": "zzz", "script": [], "count": 1},
    "clock": {"rate": 0, "advance_s": 1, "to": "x", "next": True, "step": True, "wait_s": 0.01},
}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    world = World()
    populate(world)
    world.limits.on = False
    transport = httpx.ASGITransport(create_asgi(world), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        await client.post("/_sandbox/users", json={"id": "U0ALICE", "name": "alice"})
        yield client
    await world.clock.stop()


@pytest.mark.parametrize("path", sorted(REQUESTS))
async def test_the_control_api_answers_nonsense(http: httpx.AsyncClient, path: str) -> None:
    request = REQUESTS[path]

    for name in request:
        for value in JUNK:
            for body in ({**request, name: value}, {name: value}):
                answer = await http.post(f"/_sandbox/{path}", content=json.dumps(body))
                assert answer.status_code in (200, 400), body
                assert answer.status_code == 200 or answer.json()["field"], body

    for known in ("state", "calls", "faults", "limits", "messages?user=U0ALICE"):
        assert (await http.get(f"/_sandbox/{known}")).json()["ok"]


@pytest.mark.parametrize("method", sorted(set(FACTS) - {"auth.revoke", "apps.uninstall"}))
async def test_the_web_api_answers_nonsense(http: httpx.AsyncClient, method: str) -> None:
    token = "xapp-sandbox" if METHODS[method].takes == "app" else BOT_TOKEN
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    names = [*FACTS[method]["required"], *FACTS[method]["optional"]]
    sound: Json = {**HERE, **ALICE, "text": "x", "users": "U0ALICE", "ts": "1.0", "view": MODAL}

    for name in names:
        for value in JUNK:
            args = {one: sound[one] for one in sound if one in names} | {name: value}
            content = json.dumps(args)
            answer = await http.post(f"/api/{method}", content=content, headers=headers)
            assert answer.status_code == 200, args
            assert "ok" in answer.json()

    assert (await http.get("/_sandbox/messages?user=U0ALICE")).json()["ok"]


@pytest.mark.parametrize("path", sorted(reading._READ))
async def test_reading_answers_nonsense(http: httpx.AsyncClient, path: str) -> None:
    for query in ({"user": "x"}, {"channel": "x"}, {"limit": "x"}, {"since": "-1"}, {"x": "y"}):
        answer = await http.get(f"/_sandbox{path}", params=query)
        assert answer.status_code == 400
        assert answer.json()["field"]
