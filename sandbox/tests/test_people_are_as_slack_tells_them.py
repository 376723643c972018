"""Guests, bots, people from an Enterprise organization, people who left: as users.* gives them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox_support.box import Box, Json


async def person(box: Box, **fields: Any) -> Json:
    await box.control("users", id="U0NEW", name="new", **fields)
    answer = await box.api("users.info", user="U0NEW", include_locale=True)
    assert answer["ok"], answer
    return dict(answer["user"])


@pytest.mark.parametrize(
    "flag", ["is_restricted", "is_ultra_restricted", "is_bot", "is_admin", "is_owner", "deleted"]
)
async def test_what_somebody_is_is_said(inner_box: Box, flag: str) -> None:
    assert (await person(inner_box, **{flag: True}))[flag] is True


async def test_zone_language_and_status_are_said(inner_box: Box) -> None:
    shown = await person(
        inner_box,
        tz="Asia/Kolkata",
        locale="de-DE",
        status_text="On leave",
        status_emoji=":palm_tree:",
        status_expiration=1_900_000_000,
    )

    assert (shown["tz"], shown["tz_offset"], shown["locale"]) == ("Asia/Kolkata", 19800, "de-DE")
    assert shown["profile"]["status_text"] == "On leave"
    assert shown["profile"]["status_expiration"] == 1_900_000_000


async def test_the_language_is_said_only_to_who_asks(inner_box: Box) -> None:
    answer = await inner_box.api("users.info", user="U0ALICE")

    assert "locale" not in answer["user"]


async def test_of_who_left_little_is_said(inner_box: Box) -> None:
    shown = await person(inner_box, deleted=True, email="new@example.org")

    assert not {"tz", "locale", "is_restricted", "is_admin"} & shown.keys()
    assert shown["profile"]["email"] == "new@example.org"


async def test_an_address_finds_who_is_there_in_any_case_and_nobody_who_left(
    inner_box: Box,
) -> None:
    found = await inner_box.api("users.lookupByEmail", email="BOB@Example.org")
    await inner_box.control("user", user="U0BOB", deleted=True)
    gone = await inner_box.api("users.lookupByEmail", email="bob@example.org")

    assert found["user"]["id"] == "U0BOB"
    assert gone["error"] == "users_not_found"


async def test_addresses_are_told_only_with_their_own_scope(inner_box: Box) -> None:
    await inner_box.control("app", scopes=["users:read"])

    people = (await inner_box.api("users.list"))["members"]
    lookup = await inner_box.api("users.lookupByEmail", email="bob@example.org")

    assert not any("email" in one["profile"] for one in people)
    assert (lookup["error"], lookup["needed"]) == ("missing_scope", "users:read.email")


async def test_slackbot_is_listed_and_no_bot_but_nobody_can_be_it(inner_box: Box) -> None:
    people = {one["id"]: one for one in (await inner_box.api("users.list"))["members"]}
    post = await inner_box.api("chat.postMessage", channel="USLACKBOT", text="hello")
    refused = await inner_box.refused("users", id="USLACKBOT", name="x")

    assert people["USLACKBOT"]["is_bot"] is False
    assert post["error"] == "channel_not_found"
    assert refused["field"] == "id"


@pytest.mark.parametrize("user_id", ["W0GRID", "U0PLAIN"])
async def test_a_person_s_id_begins_with_u_or_w(inner_box: Box, user_id: str) -> None:
    await inner_box.control("users", id=user_id, name="one")

    assert (await inner_box.api("chat.postMessage", channel=user_id, text="x"))["ok"]


@pytest.mark.parametrize("user_id", ["alice", "C0PLACE", "u0small", "U 1"])
async def test_other_ids_are_refused(inner_box: Box, user_id: str) -> None:
    assert (await inner_box.refused("users", id=user_id, name="one"))["field"] == "id"
