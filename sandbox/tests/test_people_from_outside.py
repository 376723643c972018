"""Slack Connect channels, people of other workspaces in them, and Enterprise organizations."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox_support.box import Box
from sandbox_support.listening import listening


@pytest.fixture
async def shared(box: Box) -> str:
    """A channel of T0CAIRN that T0ELSE shares, with Alice, the app and Mallory in it."""
    await box.control("workspaces", id="T0ELSE", name="Elsewhere", install=False)
    for number in (1, 2, 3):
        await box.control("users", id=f"U0MALL{number}", name=f"mallory{number}", team="T0ELSE")
    bot = (await box.api("auth.test"))["user_id"]
    made = await box.control(
        "channels",
        name="partners",
        shared_with=["T0ELSE"],
        members=["U0ALICE", bot, "U0MALL1"],
    )
    return str(made["channel"]["id"])


async def test_a_shared_channel_says_so_and_lists_who_is_from_outside(
    box: Box, shared: str
) -> None:
    info = (await box.api("conversations.info", channel=shared, include_num_members=True))[
        "channel"
    ]
    own = (await box.api("conversations.info", channel="#general"))["channel"]
    members = (await box.api("conversations.members", channel=shared))["members"]

    assert (info["is_ext_shared"], info["is_shared"], info["num_members"]) == (True, True, 3)
    assert info["connected_team_ids"] == ["T0ELSE"]
    assert own["is_ext_shared"] is False
    assert "U0MALL1" in members


async def test_who_is_met_in_a_channel_is_known_and_others_are_not(box: Box, shared: str) -> None:
    await box.control("channels", name="far", shared_with=["T0ELSE"], members=["U0MALL2"])

    met = (await box.api("users.info", user="U0MALL1"))["user"]
    stranger = (await box.api("users.info", user="U0MALL2"))["user"]
    unknown = await box.api("users.info", user="U0MALL3")
    listed = [one["id"] for one in (await box.api("users.list"))["members"]]

    assert (met["team_id"], met["is_stranger"]) == ("T0ELSE", False)
    assert stranger["is_stranger"] is True
    assert "email" not in met["profile"]
    assert unknown["error"] == "user_not_visible"
    assert "U0MALL1" not in listed


async def test_the_app_writes_to_whom_it_shares_a_channel_with(box: Box, shared: str) -> None:
    met = await box.api("chat.postMessage", channel="U0MALL1", text="hello")
    unknown = await box.api("chat.postMessage", channel="U0MALL3", text="hello")
    page = await box.http.get(f"/client/T0ELSE/U0MALL1/{met['channel']}")
    answer = await box.control("say", user="U0MALL1", channel=met["channel"], text="hi")

    assert ">hello<" in page.text
    assert answer["message"]["user_team"] == "T0ELSE"
    assert unknown["error"] == "channel_not_found"


async def test_somebody_from_outside_is_invited_only_where_it_is_shared(
    box: Box, shared: str
) -> None:
    fine = await box.api("conversations.invite", channel=shared, users="U0MALL2")
    elsewhere = await box.api(
        "conversations.invite", channel="#mentoring-coordinators", users="U0MALL1"
    )

    assert fine["ok"]
    assert elsewhere["error"] == "no_external_invite_permission"


async def test_what_they_write_and_press_reaches_the_app_with_their_team(
    box: Box, shared: str
) -> None:
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "A"}}
    blocks = [{"type": "actions", "elements": [button]}]
    ts = (await box.api("chat.postMessage", channel=shared, text="x", blocks=blocks))["ts"]
    async with listening(box) as ear:
        await box.control("say", user="U0MALL1", channel=shared, text="hello")
        await ear.event("message")
        pressed = {"user": "U0MALL1", "channel": shared, "ts": ts, "action_id": "a"}
        result = await box.control("click", **pressed)

        envelope = ear.envelopes[0]
        payload = ear.interactions[0]
    assert result["acked"]
    assert (envelope["team_id"], envelope["is_ext_shared_channel"]) == ("T0CAIRN", True)
    assert envelope["event"]["user_team"] == "T0ELSE"
    assert (payload["team"]["id"], payload["user"]["team_id"]) == ("T0CAIRN", "T0ELSE")


async def test_they_fill_in_a_form_that_says_where_the_app_is_installed(
    box: Box, shared: str
) -> None:
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "A"}}
    blocks = [{"type": "actions", "elements": [button]}]
    ts = (await box.api("chat.postMessage", channel=shared, text="x", blocks=blocks))["ts"]
    title = {"type": "plain_text", "text": "T"}
    async with listening(box) as ear:
        await box.control("click", user="U0MALL1", channel=shared, ts=ts, action_id="a")
        trigger = ear.interactions[0]["trigger_id"]
        form = {"type": "modal", "title": title, "submit": title, "blocks": []}
        view = (await box.api("views.open", trigger_id=trigger, view=form))["view"]
        page = await box.http.get(f"/client/T0ELSE/U0MALL1/{shared}")
        await box.control("submit", user="U0MALL1", view_id=view["id"])
        submitted = ear.interactions[1]

    assert view["id"] in page.text
    assert submitted["team"]["id"] == "T0ELSE"
    assert submitted["view"]["app_installed_team_id"] == "T0CAIRN"


async def test_they_see_the_shared_channel_alone(box: Box, shared: str) -> None:
    page = await box.http.get(f"/client/T0ELSE/U0MALL1/{shared}")
    general = box.world.channel_names["T0CAIRN", "general"]
    other = await box.http.get(f"/client/T0ELSE/U0MALL1/{general}")

    assert page.status_code == 200
    assert other.status_code == 404


async def test_an_organization_is_named_wherever_slack_names_it(box: Box) -> None:
    await box.control("workspace", team="T0CAIRN", enterprise_id="E0ORG", enterprise_name="Org")
    await box.control("users", id="W0GRID", name="grid")
    await box.control("workspaces", id="T0SISTER", name="Sister", enterprise_id="E0ORG")
    await box.control("users", id="W0OTHER", name="other", team="T0SISTER")
    async with listening(box) as ear:
        await box.control("slash", user="W0GRID", command="/x")
        await box.control("home", user="W0GRID")
        await ear.event("app_home_opened")
        command, envelope = ear.commands[0], ear.envelopes[0]
    user = (await box.api("users.info", user="W0GRID"))["user"]
    general = "#mentoring-coordinators"
    sister = await box.api("conversations.invite", channel=general, users="W0OTHER")

    assert (command["enterprise_id"], command["enterprise_name"]) == ("E0ORG", "Org")
    assert envelope["authorizations"][0]["enterprise_id"] == "E0ORG"
    assert (await box.api("auth.test"))["enterprise_id"] == "E0ORG"
    assert user["enterprise_user"]["enterprise_id"] == "E0ORG"
    assert sister["error"] == "org_user_not_in_team"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("channels", {"name": "x", "shared_with": ["T0NO"]}, "shared_with"),
        ("channels", {"name": "x", "members": ["U0MALL1"]}, "members"),
        ("workspace", {"team": "T0CAIRN", "enterprise_id": "T0X"}, "enterprise_id"),
        ("workspace", {"team": "T0NO"}, "team"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    box: Box, shared: str, path: str, body: dict[str, Any], field: str
) -> None:
    assert (await box.refused(path, **body))["field"] == field
