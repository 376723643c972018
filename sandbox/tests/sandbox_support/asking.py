"""The page over HTTP, asked as one person."""

from __future__ import annotations

from typing import Any

from sandbox_support.box import Box
from slack_sandbox import modals

TEAM = "T0CAIRN"


async def page(box: Box, user: str, place: str, team: str = TEAM) -> str:
    answer = await box.http.get(f"/client/{team}/{user}/{place}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def do(box: Box, user: str, place: str, deed: str, **body: Any) -> dict[str, Any]:
    answer = await box.http.post(f"/client/{TEAM}/{user}/{place}/{deed}", json=body)
    return dict(answer.json())


def channel(box: Box, name: str) -> str:
    return box.world.channel_names[TEAM, name]


def text(body: str) -> dict[str, str]:
    return {"type": "plain_text", "text": body}


def open_modal(box: Box, user: str = "U0BOB") -> str:
    element = {"type": "plain_text_input", "action_id": "a", "min_length": 3}
    payload = {
        "type": "modal",
        "title": text("Check-in"),
        "submit": text("Share"),
        "blocks": [
            {"type": "input", "block_id": "b", "label": text("How was it?"), "element": element}
        ],
    }
    app = next(iter(box.world.apps))
    return modals.open_view(box.world, user=user, team_id=TEAM, app_id=app, payload=payload).id
