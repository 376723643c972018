"""The control API: people do things in it, and every malformed request is told its field."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import websockets

from sandbox_support.box import Box
from slack_sandbox import persist
from slack_sandbox.seed import populate
from slack_sandbox.server import listen
from slack_sandbox.world import World


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("slash", {}, "user"),
        ("slash", {"user": "U0ALICE"}, "command"),
        ("slash", {"user": "U0NOBODY", "command": "/x"}, "user"),
        ("slash", {"user": "U0ALICE", "command": "x"}, "command"),
        ("slash", {"user": "U0ALICE", "command": "/x", "channel": "C0"}, "channel"),
        ("slash", {"user": "U0ALICE", "command": "/x", "text": 3}, "text"),
        ("slash", {"user": "U0ALICE", "command": "/x", "shout": True}, "shout"),
        ("click", {"user": "U0ALICE", "action_id": "a"}, "ts"),
        ("click", {"user": "U0ALICE", "action_id": "a", "view_id": "V0"}, "view_id"),
        ("click", {"user": "U0ALICE", "action_id": "a", "channel": "#general", "ts": "1"}, "ts"),
        ("submit", {"user": "U0ALICE", "view_id": "V0"}, "view_id"),
        ("submit", {"user": "U0ALICE", "view_id": "V0", "state": []}, "state"),
        ("say", {"user": "U0ALICE", "channel": "#general", "text": ""}, "text"),
        ("join", {"user": "U0ALICE", "channel": "#nowhere"}, "channel"),
        ("leave", {"user": "U0ALICE", "channel": "#general"}, "channel"),
        ("user", {"user": "U0ALICE", "tz": "Mars/Olympus"}, "tz"),
        ("user", {"user": "U0ALICE", "deleted": "yes"}, "deleted"),
        ("user", {"name": "x"}, "user"),
        ("users", {"users": [{"name": "ok"}, {"name": ""}]}, "users[1].name"),
        ("users", {"users": {}}, "users"),
        ("users", {"name": "x", "id": "U0ALICE"}, "id"),
        ("users", {"name": "x", "team": "T0"}, "team"),
        ("channels", {"name": "general"}, "name"),
        ("channels", {"name": "No Way"}, "name"),
        ("channels", {"name": "x", "members": ["U0"]}, "members"),
        ("workspaces", {"name": "x", "id": "T0CAIRN"}, "id"),
        ("app", {"mode": "pigeon"}, "mode"),
        ("app", {"request_url": "slack.com"}, "request_url"),
        ("app", {"commands": [{"command": "x"}]}, "commands[0].command"),
        ("app", {"manifest": 3}, "manifest"),
        ("app", {"colour": "red"}, "colour"),
        ("uninstall", {"team": "T0"}, "app"),
        ("reset", {"seed": "x"}, "seed"),
        ("follow", {"follower": "x", "seen": -1}, "seen"),
        ("follow", {"follower": "x", "wakes_at": "soon"}, "wakes_at"),
    ],
)
async def test_a_malformed_request_names_its_field(
    inner_box: Box, path: str, body: dict[str, Any], field: str
) -> None:
    answer = await inner_box.refused(path, **body)

    assert answer["field"] == field
    assert answer["error"].endswith(".")


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "[" * 100_000])
async def test_what_is_not_a_json_object_is_refused(box: Box, content: str) -> None:
    answer = await box.http.post("/_sandbox/slash", content=content)

    assert answer.status_code == 400
    assert answer.json()["field"] in ("body", "user")


async def test_an_unknown_path_is_refused_in_json(box: Box) -> None:
    answer = await box.http.post("/_sandbox/dance")

    assert (answer.status_code, answer.json()["field"]) == (404, "path")


async def test_an_app_that_answers_nonsense_breaks_nothing(box: Box) -> None:
    url = (await box.api("apps.connections.open", token="xapp-sandbox"))["url"]
    async with websockets.connect(url) as socket:
        await socket.recv()
        for nonsense in ("", "{", "[]", '{"envelope_id": 3}', b"\x00\xff", "x" * 100_000):
            await socket.send(nonsense)
        await asyncio.sleep(0.05)

        assert (await box.read("state"))["apps"][0]["connections"] == 1


async def test_calls_are_logged_with_their_answers_and_without_tokens(box: Box) -> None:
    await box.http.post("/api/auth.test", data={"token": "xoxb-sandbox-T0CAIRN", "x": "1"})

    call = (await box.read("calls", method="auth.test"))["calls"][0]

    assert (call["args"], call["answer"]["ok"], call["status"]) == ({"x": "1"}, True, 200)


async def test_a_manifest_decides_commands_scopes_and_events(box: Box) -> None:
    manifest = {
        "display_information": {"name": "Tiny"},
        "features": {"slash_commands": [{"command": "/tiny", "description": "Do it"}]},
        "oauth_config": {"scopes": {"bot": ["chat:write"]}},
        "settings": {"event_subscriptions": {"bot_events": ["team_join"]}},
    }

    app = (await box.control("app", manifest=manifest))["app"]

    assert app["commands"] == [{"command": "/tiny", "description": "Do it", "usage_hint": ""}]
    assert (app["scopes"], app["events"]) == (["chat:write"], ["team_join"])
    assert (await box.api("users.list"))["error"] == "missing_scope"
    refused = await box.refused("slash", user="U0ALICE", command="/other")
    assert refused["error"] == "/other is not a valid command."


async def test_reset_brings_the_first_world_back(box: Box) -> None:
    before = {one["id"] for one in (await box.read("state"))["channels"]}
    await box.control("channels", name="new")
    await box.control("faults", kind="drop")

    await box.control("reset")

    state = await box.read("state")
    assert {one["id"] for one in state["channels"]} == before
    assert "U0ALICE" not in [one["id"] for one in state["users"]]
    assert state["faults"] == []


async def test_the_world_comes_back_from_its_file(box: Box, tmp_path: Path) -> None:
    await box.api("chat.postMessage", channel="U0ALICE", text="kept")
    place = await box.api("files.getUploadURLExternal", filename="a", length=1)
    await box.http.post(place["upload_url"], content=b"\x00")
    path = tmp_path / "world.json"

    persist.save(box.world, path)
    again = World()
    populate(again)
    persist.load(again, path)

    assert again.users == box.world.users
    assert again.channels == box.world.channels
    assert again.apps == box.world.apps
    assert again.direct == box.world.direct
    assert again.files == box.world.files
    assert again.ids.slack("U") not in again.users


def test_a_busy_port_is_one_sentence_and_exit_code_1() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        run = subprocess.run(
            [sys.executable, "-m", "slack_sandbox", "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert run.returncode == 1
    assert run.stderr == f"The sandbox cannot start on port {port}: Address already in use.\n"
