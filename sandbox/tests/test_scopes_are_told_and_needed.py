"""What a token may do: told with every answer, and asked for at every call."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox_support.box import BOT_TOKEN, Box

MANIFEST = {
    "display_information": {"name": "Tiny"},
    "oauth_config": {"scopes": {"bot": ["chat:write", "users:read"], "bot_optional": ["im:write"]}},
}


async def headers(box: Box, method: str, token: str = BOT_TOKEN, **args: Any) -> dict[str, str]:
    answer = await box.http.post(
        f"/api/{method}", json=args, headers={"Authorization": f"Bearer {token}"}
    )
    return dict(answer.headers)


async def test_an_answer_says_what_was_granted_and_what_is_needed(inner_box: Box) -> None:
    await inner_box.control("app", manifest=MANIFEST)

    fine = await headers(inner_box, "users.list")
    refused = await headers(inner_box, "usergroups.list")
    nothing_needed = await headers(inner_box, "auth.test")

    assert fine["x-oauth-scopes"] == "chat:write,im:write,users:read"
    assert fine["x-accepted-oauth-scopes"] == "users:read"
    assert refused["x-oauth-scopes"] == "chat:write,im:write,users:read"
    assert refused["x-accepted-oauth-scopes"] == "usergroups:read"
    assert nothing_needed["x-accepted-oauth-scopes"] == ""


async def test_without_a_manifest_everything_is_granted(inner_box: Box) -> None:
    granted = (await headers(inner_box, "auth.test"))["x-oauth-scopes"].split(",")

    assert {"users:read.email", "usergroups:read", "im:history", "files:write"} <= set(granted)


async def test_what_was_declined_at_the_installation_is_missing(inner_box: Box) -> None:
    await inner_box.control("app", manifest=MANIFEST, scopes=["chat:write"])

    said = await headers(inner_box, "auth.test")
    answer = await inner_box.api("users.list")

    assert said["x-oauth-scopes"] == "chat:write"
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "users:read",
        "chat:write",
    )


async def test_an_app_token_has_its_own_scope(inner_box: Box) -> None:
    said = await headers(inner_box, "apps.connections.open", token="xapp-sandbox")

    assert said["x-oauth-scopes"] == "connections:write"


async def test_a_token_that_nobody_knows_is_told_nothing(inner_box: Box) -> None:
    said = await headers(inner_box, "auth.test", token="xoxb-nobody")

    assert "x-oauth-scopes" not in said


async def test_slack_s_own_client_reads_them(box: Box) -> None:
    await box.control("app", manifest=MANIFEST)
    client = AsyncWebClient(token=BOT_TOKEN, base_url=f"{box.base}/api/")

    answer = await client.auth_test()

    told = {key.lower(): value for key, value in answer.headers.items()}
    assert told["x-oauth-scopes"] == "chat:write,im:write,users:read"


@pytest.mark.parametrize("method", ["conversations.list", "users.conversations"])
@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("public_channel", "channels:read"),
        ("private_channel", "groups:read"),
        ("im", "im:read"),
        ("mpim", "mpim:read"),
    ],
)
async def test_each_type_of_conversation_needs_its_own_scope(
    inner_box: Box, method: str, kind: str, scope: str
) -> None:
    every = {"channels:read", "groups:read", "im:read", "mpim:read"}
    await inner_box.control("app", scopes=sorted(every - {scope}))
    refused = await inner_box.api(method, types=kind)
    await inner_box.control("app", scopes=[scope])
    fine = await inner_box.api(method, types=kind)

    assert (refused["error"], refused["needed"]) == ("missing_scope", scope)
    assert fine["ok"]
