"""conversations.invite: guests, people who left, and whom Slack refuses for reasons of its own."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox_support.box import Box, Json

PLACE = "#mentoring-coordinators"


async def invite(box: Box, *users: str, channel: str = PLACE, **more: Any) -> Json:
    return await box.api("conversations.invite", channel=channel, users=",".join(users), **more)


async def members(box: Box, channel: str = PLACE) -> set[str]:
    return set((await box.api("conversations.members", channel=channel))["members"])


async def test_a_single_channel_guest_gets_one_channel_and_no_second(inner_box: Box) -> None:
    await inner_box.control("users", id="U0GUEST", name="guest", is_ultra_restricted=True)
    bot = (await inner_box.api("auth.test"))["user_id"]
    await inner_box.control("channels", name="other", members=[bot])

    first = await invite(inner_box, "U0GUEST")
    second = await invite(inner_box, "U0GUEST", channel="#other")

    assert first["ok"]
    assert second["error"] == "ura_max_channels"
    assert second["errors"] == [{"user": "U0GUEST", "ok": False, "error": "ura_max_channels"}]


async def test_a_guest_of_several_channels_joins_where_guests_may(inner_box: Box) -> None:
    await inner_box.control("users", id="U0GUEST", name="guest", is_restricted=True)
    bot = (await inner_box.api("auth.test"))["user_id"]
    await inner_box.control("channels", name="staff-only", members=[bot], guests=False)

    assert (await invite(inner_box, "U0GUEST"))["ok"]
    refused = await invite(inner_box, "U0GUEST", channel="#staff-only")
    assert refused["error"] == "user_is_restricted"


@pytest.mark.parametrize("kind", ["is_restricted", "is_ultra_restricted"])
async def test_a_guest_is_not_in_general_from_the_start(inner_box: Box, kind: str) -> None:
    await inner_box.control("users", id="U0GUEST", name="guest", **{kind: True})

    shown = (await inner_box.api("users.info", user="U0GUEST"))["user"]

    assert "U0GUEST" not in await members(inner_box, "#general")
    assert shown["is_restricted"]


@pytest.mark.parametrize(
    "error",
    [
        "app_cannot_join_channel",
        "cant_invite",
        "invitee_cant_see_channel",
        "no_external_invite_permission",
        "no_permission",
        "user_is_restricted",
    ],
)
async def test_slack_s_other_refusals_can_be_told_by_person(inner_box: Box, error: str) -> None:
    await inner_box.control("user", user="U0BOB", invite_error=error)

    assert (await invite(inner_box, "U0BOB"))["error"] == error
    assert (await invite(inner_box, "U0ALICE"))["ok"]


async def test_one_who_cannot_be_invited_keeps_everybody_out_unless_forced(inner_box: Box) -> None:
    await inner_box.control("users", id="U0GONE", name="gone", deleted=True)

    refused = await invite(inner_box, "U0ALICE", "U0GONE")
    before = await members(inner_box)
    forced = await invite(inner_box, "U0ALICE", "U0GONE", force=True)
    nobody = await invite(inner_box, "U0GONE", force=True)

    assert refused["error"] == "cant_invite"
    assert "U0ALICE" not in before
    assert forced["ok"]
    assert forced["errors"] == [{"user": "U0GONE", "ok": False, "error": "cant_invite"}]
    assert "U0ALICE" in await members(inner_box)
    assert nobody["error"] == "cant_invite"


async def test_an_error_that_slack_does_not_know_is_refused(inner_box: Box) -> None:
    refused = await inner_box.refused("user", user="U0BOB", invite_error="no_such_thing")

    assert refused["field"] == "invite_error"
