"""What people do with channels, as apps hear of it and find it afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox_support.box import Box
from sandbox_support.listening import Ear, listening


@pytest.fixture
async def ear(box: Box) -> AsyncIterator[Ear]:
    async with listening(box) as made:
        yield made


async def ward(box: Box, **more: Any) -> str:
    bot = (await box.api("auth.test"))["user_id"]
    made = await box.control("channels", name="ward", members=["U0ALICE", bot], **more)
    return str(made["channel"]["id"])


async def change(box: Box, place: str, what: str, **more: str) -> None:
    await box.control("channel", user="U0ALICE", channel=place, what=what, **more)


@pytest.mark.parametrize(("private", "kind"), [(False, "channel"), (True, "group")])
async def test_each_change_is_told_by_its_event(
    box: Box, ear: Ear, private: bool, kind: str
) -> None:
    place = await ward(box, is_private=private)

    await change(box, place, "rename", name="ward-2")
    await change(box, place, "archive")
    await change(box, place, "unarchive")
    await change(box, place, "delete")

    assert (await ear.event(f"{kind}_rename"))["channel"]["name"] == "ward-2"
    archived = await ear.event(f"{kind}_archive")
    assert (archived["channel"], archived["user"]) == (place, "U0ALICE")
    assert (await ear.event(f"{kind}_unarchive"))["channel"] == place
    assert (await ear.event(f"{kind}_deleted"))["channel"] == place


async def test_an_archived_channel_takes_and_changes_nothing(box: Box) -> None:
    place = await ward(box)
    ts = (await box.api("chat.postMessage", channel=place, text="before"))["ts"]
    await change(box, place, "archive")

    post = await box.api("chat.postMessage", channel=place, text="after")
    update = await box.api("chat.update", channel=place, ts=ts, text="after")
    said = await box.refused("say", user="U0ALICE", channel=place, text="after")

    assert (post["error"], update["error"]) == ("is_archived", "is_inactive")
    assert said["error"] == "This channel is archived."


async def test_a_deleted_channel_is_found_no_more(box: Box) -> None:
    place = await ward(box)
    ts = (await box.api("chat.postMessage", channel=place, text="before"))["ts"]
    await change(box, place, "delete")

    for method, args in [
        ("chat.postMessage", {"text": "x"}),
        ("chat.update", {"ts": ts, "text": "x"}),
        ("conversations.info", {}),
        ("conversations.members", {}),
        ("conversations.invite", {"users": "U0BOB"}),
    ]:
        assert (await box.api(method, channel=place, **args))["error"] == "channel_not_found"
    assert (await box.http.get(f"/client/T0CAIRN/U0ALICE/{place}")).status_code == 404


async def test_a_channel_made_private_is_hidden_from_who_is_not_in_it(box: Box, ear: Ear) -> None:
    place = await ward(box)

    await change(box, place, "private")

    heard = await ear.event("channel_convert_to_private")
    info = await box.api("conversations.info", channel=place)
    outsider = await box.refused("join", user="U0BOB", channel=place)
    assert heard["channel_type"] == "group"
    assert info["channel"]["is_private"] is True
    assert outsider["field"] == "channel"


async def test_what_makes_no_sense_is_refused(box: Box) -> None:
    place = await ward(box)
    await box.control("users", id="U0GUEST", name="guest", is_restricted=True)
    await box.api("conversations.invite", channel=place, users="U0GUEST")
    ask = {"user": "U0ALICE", "channel": place, "what": "archive"}

    for body, field in [
        ({**ask, "what": "paint"}, "what"),
        ({**ask, "what": "rename", "name": "general"}, "name"),
        ({**ask, "what": "rename", "name": "Big Name"}, "name"),
        ({**ask, "what": "unarchive"}, "channel"),
        ({**ask, "channel": "#general"}, "channel"),
        ({**ask, "user": "U0GUEST"}, "user"),
    ]:
        assert (await box.refused("channel", **body))["field"] == field


async def test_an_update_takes_four_thousand_bytes_and_a_post_forty_thousand(box: Box) -> None:
    ts = (await box.api("chat.postMessage", channel="#general", text="x" * 50_000))["ts"]
    place = box.world.channel_names["T0CAIRN", "general"]

    kept = (await box.api("conversations.history", channel=place))["messages"][0]["text"]
    fits = await box.api("chat.update", channel=place, ts=ts, text="ä" * 2000)

    assert len(kept) == 40_000
    assert fits["ok"]


async def test_an_unlisted_app_reads_fifteen_messages_once_a_minute(box: Box) -> None:
    place = box.world.channel_names["T0CAIRN", "general"]
    for number in range(20):
        await box.control("say", user="U0ALICE", channel=place, text=str(number))
    await box.control("limits", unlisted=True)

    first = await box.api("conversations.history", channel=place, limit=100)
    second = await box.api("conversations.history", channel=place, limit=100)
    await box.control("clock", advance_s=60)
    third = await box.api("conversations.history", channel=place, limit=100)
    await box.control("limits", unlisted=False)
    listed = await box.api("conversations.history", channel=place, limit=100)

    assert (len(first["messages"]), first["has_more"]) == (15, True)
    assert second["error"] == "ratelimited"
    assert third["ok"]
    assert len(listed["messages"]) == 20


async def test_an_app_that_is_taken_out_hears_that_alone_and_its_return(box: Box, ear: Ear) -> None:
    place = await ward(box, is_private=True)
    bot = (await box.api("auth.test"))["user_id"]

    await change(box, place, "remove", name=bot)
    post = await box.api("chat.postMessage", channel=place, text="x")
    await change(box, place, "add", name=bot)

    assert (await ear.event("group_left"))["channel"] == place
    assert post["error"] == "channel_not_found"
    joined = await ear.event("member_joined_channel")
    assert (joined["user"], joined["inviter"]) == (bot, "U0ALICE")


async def test_sharing_is_told_and_its_end_takes_the_others_out(box: Box, ear: Ear) -> None:
    await box.control("workspaces", id="T0ELSE", name="Elsewhere", install=False)
    await box.control("users", id="U0MALL1", name="mallory", team="T0ELSE")
    place = await ward(box, is_private=True)

    await change(box, place, "share", name="T0ELSE")
    await change(box, place, "add", name="U0MALL1")
    shared = (await box.api("conversations.info", channel=place))["channel"]
    await change(box, place, "unshare", name="T0ELSE")
    own = (await box.api("conversations.info", channel=place))["channel"]

    assert (await ear.event("channel_shared"))["connected_team_id"] == "T0ELSE"
    assert (await ear.event("channel_unshared"))["is_ext_shared"] is False
    assert (shared["is_ext_shared"], own["is_ext_shared"]) == (True, False)
    assert "U0MALL1" not in (await box.api("conversations.members", channel=place))["members"]
