"""User groups: made, changed and read, with who is in them."""

from __future__ import annotations

from sandbox_support.box import Box


async def test_users_and_counts_are_told_to_who_asks(inner_box: Box) -> None:
    await inner_box.control("usergroups", handle="mentors", users=["U0ALICE", "U0BOB"])

    plain = (await inner_box.api("usergroups.list"))["usergroups"][0]
    whole = (await inner_box.api("usergroups.list", include_users=True, include_count=True))[
        "usergroups"
    ][0]

    assert not {"users", "user_count"} & plain.keys()
    assert (whole["users"], whole["user_count"]) == (["U0ALICE", "U0BOB"], 2)


async def test_a_disabled_group_is_left_out_unless_asked_for(inner_box: Box) -> None:
    await inner_box.control("usergroups", handle="mentors", id="S0M", users=["U0ALICE"])
    await inner_box.control("usergroup", usergroup="@mentors", disabled=True)

    listed = await inner_box.api("usergroups.list")
    with_disabled = await inner_box.api("usergroups.list", include_disabled=True)
    users = await inner_box.api("usergroups.users.list", usergroup="S0M")
    also = await inner_box.api("usergroups.users.list", usergroup="S0M", include_disabled=True)

    assert listed["usergroups"] == []
    assert with_disabled["usergroups"][0]["date_delete"] > 0
    assert users["error"] == "no_such_subteam"
    assert also["users"] == ["U0ALICE"]


async def test_a_change_of_members_is_read_and_refused_for_nobody(inner_box: Box) -> None:
    await inner_box.control("usergroups", handle="mentors", id="S0M", users=["U0ALICE"])

    changed = await inner_box.control("usergroup", usergroup="S0M", users=["bob", "U0BOB"])
    unknown = await inner_box.refused("usergroup", usergroup="S0M", users=["nobody"])
    no_group = await inner_box.refused("usergroup", usergroup="S0X", users=[])
    twice = await inner_box.refused("usergroups", handle="mentors")

    assert changed["usergroup"]["users"] == ["U0BOB"]
    assert (unknown["field"], no_group["field"], twice["field"]) == ("users", "usergroup", "handle")


async def test_a_group_needs_its_scope(inner_box: Box) -> None:
    await inner_box.control("app", scopes=["users:read"])

    answer = await inner_box.api("usergroups.list")

    assert (answer["error"], answer["needed"]) == ("missing_scope", "usergroups:read")
