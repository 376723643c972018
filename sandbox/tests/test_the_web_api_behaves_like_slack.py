"""What single methods do beyond their errors: forms, threads, metadata, views, files, OAuth."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from sandbox_support.box import BOT_TOKEN, Box, Json
from slack_sandbox.interactions import new_response_url, new_trigger

HEADERS = {"Authorization": f"Bearer {BOT_TOKEN}"}
BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}}]
ENTRY = {
    "type": "input",
    "block_id": "b",
    "label": {"type": "plain_text", "text": "L"},
    "element": {"type": "plain_text_input", "action_id": "a"},
}
MODAL: Json = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "T"},
    "submit": {"type": "plain_text", "text": "S"},
    "blocks": [ENTRY],
}


def trigger(box: Box, user: str = "U0ALICE") -> str:
    world = box.world
    return new_trigger(world, world.app_in("T0CAIRN"), world.users[user])


async def opened(box: Box, **more: Any) -> Json:
    answer = await box.api("views.open", trigger_id=trigger(box), view={**MODAL, **more})
    assert answer["ok"], answer
    return dict(answer["view"])


async def posted(box: Box, channel: str = "#general", **more: Any) -> Json:
    answer = await box.api("chat.postMessage", channel=channel, text="x", **more)
    assert answer["ok"], answer
    return answer


@pytest.mark.parametrize("way", ["json", "form", "multipart", "query", "get"])
async def test_arguments_come_in_every_way_that_slack_takes(box: Box, way: str) -> None:
    args = {"channel": "#general", "text": "hi", "blocks": json.dumps(BLOCKS)}
    url = "/api/chat.postMessage"
    ways: dict[str, Any] = {
        "json": lambda: box.http.post(url, json={**args, "blocks": BLOCKS}, headers=HEADERS),
        "form": lambda: box.http.post(url, data={**args, "token": BOT_TOKEN}),
        "multipart": lambda: box.http.post(
            url, files={key: (None, value) for key, value in args.items()}, headers=HEADERS
        ),
        "query": lambda: box.http.post(url, params=args, headers=HEADERS),
        "get": lambda: box.http.get(url, params={**args, "token": BOT_TOKEN}),
    }

    answer = (await ways[way]()).json()

    assert answer["ok"], answer
    assert answer["message"]["blocks"][0]["text"]["text"] == "Hello"


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, "not_authed"),
        ({"Authorization": "Bearer xoxb-wrong"}, "invalid_auth"),
        ({"Authorization": "Bearer xapp-sandbox"}, "not_allowed_token_type"),
    ],
)
async def test_a_wrong_token_is_refused(box: Box, headers: dict[str, str], error: str) -> None:
    answer = (await box.http.post("/api/users.list", headers=headers)).json()

    assert answer == {"ok": False, "error": error}


async def test_an_unknown_method_and_broken_json_are_refused(box: Box) -> None:
    unknown = await box.api("chat.shout")
    broken = await box.http.post(
        "/api/auth.test", content="{", headers={**HEADERS, "Content-Type": "application/json"}
    )

    assert unknown["error"] == "unknown_method"
    assert broken.json()["error"] == "invalid_json"


async def test_timestamps_grow_even_when_the_clock_is_paused(box: Box) -> None:
    await box.control("clock", rate=0)

    stamps = [(await posted(box))["ts"] for _ in range(3)]

    assert stamps == sorted(set(stamps))


async def test_posting_to_a_person_opens_their_dm(box: Box) -> None:
    first = await posted(box, "U0ALICE")
    second = await box.api("conversations.open", users="U0ALICE")

    assert first["channel"] == second["channel"]["id"]
    assert second["already_open"]


async def test_a_message_to_somebody_deactivated_is_taken(box: Box) -> None:
    await posted(box, "U0ALICE")
    for user in ("U0ALICE", "U0BOB"):
        await box.control("user", user=user, deleted=True)

    for user in ("U0ALICE", "U0BOB"):
        assert (await box.api("chat.postMessage", channel=user, text="x"))["ok"]
    assert (await box.api("conversations.open", users="U0BOB"))["error"] == "user_disabled"


async def test_the_messages_tab_switched_off_refuses_dms(box: Box) -> None:
    await box.control("app", messages_tab=False)

    answer = await box.api("chat.postMessage", channel="U0ALICE", text="x")

    assert answer["error"] == "messages_tab_disabled"


async def test_metadata_is_read_back_only_when_all_of_it_is_asked_for(box: Box) -> None:
    metadata = {"event_type": "sent", "event_payload": {"id": "42"}}
    await posted(box, metadata=metadata)

    without = await box.api("conversations.history", channel="#general")
    with_all = await box.api("conversations.history", channel="#general", include_all_metadata=True)

    assert "metadata" not in without["messages"][0]
    assert with_all["messages"][0]["metadata"] == metadata


async def test_history_pages_from_the_newest(box: Box) -> None:
    await box.control("limits", on=False)
    stamps = [(await posted(box))["ts"] for _ in range(5)]

    first = await box.api("conversations.history", channel="#general", limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    second = await box.api("conversations.history", channel="#general", limit=3, cursor=cursor)
    since = await box.api("conversations.history", channel="#general", oldest=stamps[2])

    assert [one["ts"] for one in first["messages"]] == stamps[:1:-1]
    assert [one["ts"] for one in second["messages"]] == stamps[1::-1]
    assert not second["has_more"]
    assert [one["ts"] for one in since["messages"]] == stamps[:2:-1]


async def test_a_thread_is_read_with_replies_and_kept_out_of_history(box: Box) -> None:
    parent = (await posted(box))["ts"]
    reply = (await posted(box, thread_ts=parent))["ts"]

    thread = await box.api("conversations.replies", channel="#general", ts=parent)
    history = await box.api("conversations.history", channel="#general")

    assert [one["ts"] for one in thread["messages"]] == [parent, reply]
    assert thread["messages"][0]["reply_count"] == 1
    assert [one["ts"] for one in history["messages"]] == [parent]


async def test_an_update_replaces_text_and_blocks_and_marks_the_message(box: Box) -> None:
    ts = (await posted(box, blocks=BLOCKS))["ts"]

    await box.api("chat.update", channel="#general", ts=ts, text="new")

    message = (await box.read("messages", channel="#general"))["messages"][-1]
    assert (message["text"], "blocks" in message, "edited" in message) == ("new", False, True)


async def test_an_ephemeral_message_is_seen_by_one_and_is_not_in_history(box: Box) -> None:
    await box.api("chat.postEphemeral", channel="#general", user="U0ALICE", text="psst")

    alice = (await box.read("messages", channel="#general", user="U0ALICE"))["messages"]
    bob = (await box.read("messages", channel="#general", user="U0BOB"))["messages"]
    history = await box.api("conversations.history", channel="#general")
    assert [len(alice), len(bob), len(history["messages"])] == [1, 0, 0]


async def test_what_people_type_is_escaped_as_slack_does(box: Box) -> None:
    text = "<!channel> a & b <@U0BOB> <@U0FAKE> @alice mail@example.org"

    said = await box.control("say", user="U0ALICE", channel="#general", text=text)

    assert said["message"]["text"] == (
        "&lt;!channel&gt; a &amp; b <@U0BOB> &lt;@U0FAKE&gt; <@U0ALICE> mail@example.org"
    )


async def test_a_group_dm_holds_eight_besides_the_app(box: Box) -> None:
    people = [f"U0P{number}" for number in range(8)]
    await box.control("users", users=[{"id": one, "name": one.lower()} for one in people])

    answer = await box.api("conversations.open", users=",".join(people), return_im=True)

    assert answer["channel"]["is_mpim"]


async def test_a_private_channel_is_hidden_from_those_outside(box: Box) -> None:
    await box.control("channels", name="secret", is_private=True, members=["U0ALICE"])

    listed = await box.api("conversations.list", types="public_channel,private_channel")
    refused = await box.refused("say", user="U0BOB", channel="#secret", text="x")

    assert "secret" not in [one["name"] for one in listed["channels"]]
    assert refused["field"] == "channel"


async def test_a_trigger_opens_once(box: Box) -> None:
    value = trigger(box)
    await box.api("views.open", trigger_id=value, view=MODAL)

    again = await box.api("views.open", trigger_id=value, view=MODAL)

    assert again["error"] == "exchanged_trigger_id"


async def test_a_trigger_outlives_a_jump_of_the_clock_but_not_three_seconds(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumped, late = trigger(box), trigger(box)
    await box.control("clock", advance_s=60)
    assert (await box.api("views.open", trigger_id=jumped, view=MODAL))["ok"]

    box.world.triggers[late].real_until_s -= 4

    answer = await box.api("views.open", trigger_id=late, view=MODAL)
    assert answer["error"] == "expired_trigger_id"


async def test_a_stale_hash_is_a_conflict(box: Box) -> None:
    view = await opened(box)
    fresh = await box.api("views.update", view_id=view["id"], hash=view["hash"], view=MODAL)

    stale = await box.api("views.update", view_id=view["id"], hash=view["hash"], view=MODAL)

    assert fresh["ok"]
    assert stale["error"] == "hash_conflict"


async def test_an_update_keeps_what_was_entered(box: Box) -> None:
    view = await opened(box)
    await box.control("click", user="U0ALICE", view_id=view["id"], action_id="a", value="typed")

    answer = await box.api("views.update", view_id=view["id"], view={**MODAL, "blocks": [ENTRY]})

    assert answer["view"]["state"]["values"]["b"]["a"]["value"] == "typed"


async def test_three_views_stack_and_a_fourth_does_not(box: Box) -> None:
    await opened(box)
    answers = [await box.api("views.push", trigger_id=trigger(box), view=MODAL) for _ in range(3)]

    assert [one.get("error") for one in answers] == [None, None, "push_limit_reached"]


async def test_an_external_id_is_taken_once_and_finds_its_view(box: Box) -> None:
    await opened(box, external_id="mine")

    again = await box.api(
        "views.open", trigger_id=trigger(box), view={**MODAL, "external_id": "mine"}
    )
    found = await box.api("views.update", external_id="mine", view=MODAL)

    assert again["error"] == "duplicate_external_id"
    assert found["ok"]


async def test_a_response_url_takes_five_answers(box: Box) -> None:
    world = box.world
    place = world.need_channel("#general", team_id="T0CAIRN")
    url = new_response_url(world, world.app_in("T0CAIRN"), world.users["U0ALICE"], place)

    statuses = [(await box.http.post(url, json={"text": "x"})).status_code for _ in range(6)]

    assert statuses == [200, 200, 200, 200, 200, 404]


async def test_a_response_url_lasts_thirty_minutes(box: Box) -> None:
    world = box.world
    place = world.need_channel("#general", team_id="T0CAIRN")
    url = new_response_url(world, world.app_in("T0CAIRN"), world.users["U0ALICE"], place)
    await box.control("clock", advance_s=1801)

    answer = await box.http.post(url, json={"text": "x"})

    assert (answer.status_code, answer.json()["error"]) == (404, "expired_url")


async def test_a_file_is_uploaded_shared_and_downloaded(box: Box) -> None:
    place = await box.api("files.getUploadURLExternal", filename="notes.txt", length=5)
    await box.http.post(place["upload_url"], files={"file": ("notes.txt", b"hello")})
    general = box.world.need_channel("#general", team_id="T0CAIRN").id
    await box.api(
        "files.completeUploadExternal", files=[{"id": place["file_id"]}], channel_id=general
    )

    info = (await box.api("files.info", file=place["file_id"]))["file"]
    content = await box.http.get(info["url_private"], headers=HEADERS)
    outside = await box.http.get(info["url_private"])

    assert content.content == b"hello"
    assert b"hello" not in outside.content
    message = (await box.read("messages", channel="#general"))["messages"][-1]
    assert message["files"][0]["id"] == place["file_id"]


async def test_user_groups_are_listed(box: Box) -> None:
    group = (await box.control("usergroups", handle="mentors", users=["U0ALICE"]))["usergroup"]

    listed = await box.api("usergroups.list", include_users=True)
    users = await box.api("usergroups.users.list", usergroup=group["id"])

    assert listed["usergroups"][0]["handle"] == "mentors"
    assert users["users"] == ["U0ALICE"]


async def test_one_workspace_sees_nothing_of_another(box: Box) -> None:
    made = await box.control("workspaces", id="T0ELSE", name="Elsewhere")
    await box.control("users", id="U0MALLORY", name="mallory", team="T0ELSE")
    general = box.world.need_channel("#general", team_id="T0CAIRN").id

    people = await box.api("users.list", token=made["bot_token"])
    refused = await box.api("chat.postMessage", token=made["bot_token"], channel=general, text="x")
    alice = await box.api("chat.postMessage", token=made["bot_token"], channel="U0ALICE", text="x")

    assert "U0ALICE" not in [one["id"] for one in people["members"]]
    assert refused["error"] == alice["error"] == "channel_not_found"


async def test_an_app_is_installed_by_oauth(box: Box) -> None:
    await box.control("workspaces", id="T0ELSE", name="Elsewhere", install=False)
    app = (await box.read("state"))["apps"][0]
    ask = {"client_id": app["client_id"], "state": "s1", "redirect_uri": "http://x.test/done"}

    allowed = await box.http.get("/oauth/v2/authorize", params={**ask, "team": "T0ELSE"})
    back = parse_qs(urlparse(allowed.headers["location"]).query)
    secrets = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    form = {**secrets, "code": back["code"][0]}
    granted = (await box.http.post("/api/oauth.v2.access", data=form)).json()
    again = (await box.http.post("/api/oauth.v2.access", data=form)).json()

    assert back["state"] == ["s1"]
    assert granted["team"] == {"id": "T0ELSE", "name": "Elsewhere"}
    assert (await box.api("auth.test", token=granted["access_token"]))["team_id"] == "T0ELSE"
    assert again["error"] == "invalid_code"


async def test_the_client_secret_may_come_as_basic_authentication(box: Box) -> None:
    app = box.world.app_in("T0CAIRN")

    async def refused(secret: str) -> object:
        answer = await box.http.post(
            "/api/oauth.v2.access", data={"code": "none"}, auth=(app.client_id, secret)
        )
        return answer.json()["error"]

    assert await refused(app.client_secret) == "invalid_code"
    assert await refused("wrong") == "bad_client_secret"


async def test_tokens_rotate_and_expire(box: Box) -> None:
    await box.control("app", token_rotation=True)
    app = box.world.app_in("T0CAIRN")
    box.world.oauth_codes["c"] = {
        "app_id": app.app_id,
        "team_id": "T0CAIRN",
        "user_id": "U0ALICE",
        "redirect_uri": "",
        "until_s": box.world.clock.time() + 60,
    }
    secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
    first = (await box.http.post("/api/oauth.v2.access", data={**secrets, "code": "c"})).json()
    await box.control("clock", advance_s=43_300)

    late = await box.api("auth.test", token=first["access_token"])
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = (await box.http.post("/api/oauth.v2.access", data={**secrets, **refresh})).json()

    assert late["error"] == "token_expired"
    assert (await box.api("auth.test", token=second["access_token"]))["ok"]


async def test_an_uninstalled_app_s_token_is_revoked(box: Box) -> None:
    await box.control("uninstall", team="T0CAIRN")

    assert (await box.api("auth.test"))["error"] == "token_revoked"
