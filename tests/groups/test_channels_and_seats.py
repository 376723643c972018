"""Who has a seat in a group is in its channel, and who has none is not, whatever Slack does."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import GroupId
from bot.programme import store as programmes
from handlers.edge.clients import FixedClients
from runtime.commands.queue import look_at_queue
from runtime.demo.sandbox import BOT_TOKEN
from tests.support.draft_programme import Draft, draft_programme

CLOUDED = [
    {"kind": "status", "status": 503, "when": "before"},
    {"kind": "drop", "when": "after"},
    {"kind": "ratelimit", "retry_after_s": 30},
    {"kind": "error", "error": "missing_scope", "when": "before"},
]


@pytest.fixture
async def here(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=2, mentees=6) as draft:
        await draft.approve()
        await draft.slack.advance(days=1, minutes=6)
        yield draft


async def break_slack(here: Draft, **fault: Any) -> None:
    assert (await here.slack.http.post("/_sandbox/faults", json=fault)).status_code == 200


async def private_channels(here: Draft) -> dict[str, list[str]]:
    """Who is in each private channel, by its id."""
    channels = (await here.slack.state())["channels"]
    return {
        one["id"]: one["members"]
        for one in channels
        if one["id"].startswith("C") and one["is_private"]
    }


async def channel_of(here: Draft, mentor: str) -> str:
    return (await here.channels())[f"Group of {here.name(mentor)}"]


async def ask_for_another_mentor(here: Draft, mentee: str) -> tuple[str, str]:
    """Move a mentee to the other group; the channels of the old group and of the new."""
    before = await here.mentor_of(mentee)
    [other] = [one for one in here.cast.mentors if one != before]
    await here.change_roster(other, capacity=4)
    await here.slack.press(mentee, "Ask for another mentor", settings=True)
    await here.slack.submit(mentee, (await here.slack.view(mentee))["id"], {})
    assert await here.mentor_of(mentee) == other
    return await channel_of(here, before), await channel_of(here, other)


@pytest.mark.parametrize("fault", CLOUDED, ids=lambda fault: fault["kind"])
async def test_who_moves_is_taken_out_and_let_in_although_slack_fails_at_first(
    here: Draft, fault: dict[str, Any]
) -> None:
    bob = here.cast.mentees[0]
    await break_slack(here, on="conversations.kick", count=2, **fault)
    await break_slack(here, on="conversations.invite", count=2, **fault)

    old, new = await ask_for_another_mentor(here, bob)
    await here.slack.advance(days=1, minutes=10)

    members = await private_channels(here)
    assert bob not in members[old]
    assert bob in members[new]
    assert len(members) == 2


async def test_who_moves_is_taken_out_although_the_bot_was_stopped_right_after(
    here: Draft,
) -> None:
    bob = here.cast.mentees[0]
    found = here.slack.cairn.services.clients
    assert isinstance(found, FixedClients)
    clients = found.by_workspace
    assert isinstance(clients, dict)
    client = clients.pop(here.workspace_id)  # nothing reaches Slack: as if the process were gone

    old, new = await ask_for_another_mentor(here, bob)
    assert bob in (await private_channels(here))[old]
    clients[here.workspace_id] = client
    await here.slack.advance(days=1, minutes=10)

    members = await private_channels(here)
    assert (bob in members[old], bob in members[new]) == (False, True)


async def test_what_slack_will_never_do_is_told_to_the_operator_and_can_be_tried_again(
    here: Draft,
) -> None:
    bob = here.cast.mentees[0]
    await break_slack(here, kind="error", error="restricted_action", when="before", on="*.kick")
    old, _ = await ask_for_another_mentor(here, bob)
    await here.slack.advance(days=2)
    tried = len(await here.slack.calls("conversations.kick"))

    said = await look_at_queue(here.slack.cairn.options)
    await here.slack.http.post("/_sandbox/faults", json={"clear": True})
    again = await look_at_queue(here.slack.cairn.options, resend="all")
    await here.slack.advance(days=1)

    assert tried == 1
    assert f"take {bob} out of {old}: an administrator has forbidden it" in said
    assert "1 queued again" in again
    assert bob not in (await private_channels(here))[old]
    assert "Not done" not in await look_at_queue(here.slack.cairn.options)


async def rename(here: Draft, channel: str, name: str) -> None:
    answer = await here.slack.http.post(
        "/api/conversations.rename",
        json={"channel": channel, "name": name},
        headers={"Authorization": f"Bearer {BOT_TOKEN}"},
    )
    assert answer.json()["ok"], answer.text


async def test_a_newcomer_gets_into_the_channel_that_the_group_has_renamed(here: Draft) -> None:
    bob = here.cast.mentees[0]
    for channel in (await here.channels()).values():
        await rename(here, channel, f"we-call-it-{channel.lower()}")

    _, new = await ask_for_another_mentor(here, bob)
    await here.slack.advance(days=1, minutes=10)

    members = await private_channels(here)
    assert bob in members[new]
    assert len(members) == 2


async def test_a_channel_whose_id_was_lost_is_found_under_its_new_name(here: Draft) -> None:
    bob = here.cast.mentees[0]
    for channel in (await here.channels()).values():
        await rename(here, channel, f"we-call-it-{channel.lower()}")
    await forget_channels(here)

    await ask_to_move_without_channels(here, bob)
    await here.slack.advance(days=1, minutes=10)

    members = await private_channels(here)
    assert len(members) == 2
    assert bob in members[await channel_of(here, await here.mentor_of(bob))]


async def forget_channels(here: Draft) -> None:
    """As a crash between opening a channel and remembering it does."""
    cairn = here.slack.cairn
    async with cairn.database.writing() as connection:
        for group in await programmes.groups(connection, here.workspace_id, here.programme.id):
            await programmes.set_group_channel(
                connection, here.workspace_id, GroupId(group.id), slack_channel=None
            )


async def ask_to_move_without_channels(here: Draft, mentee: str) -> None:
    for mentor in here.cast.mentors:
        await here.change_roster(mentor, capacity=4)
    await here.slack.press(mentee, "Ask for another mentor", settings=True)
    await here.slack.submit(mentee, (await here.slack.view(mentee))["id"], {})


async def test_a_channel_whose_opening_broke_off_is_not_opened_twice(
    sqlite_template: Path, tmp_path: Path
) -> None:
    async with draft_programme(sqlite_template, tmp_path, mentors=1, mentees=3) as here:
        await break_slack(here, kind="drop", on="conversations.create", count=1)
        await here.approve()
        await here.slack.advance(days=1, minutes=5, seconds=1)
        [opened] = await private_channels(here)
        await rename(here, opened, "we-were-quick")
        await here.slack.advance(days=1, minutes=10)

        members = await private_channels(here)
        assert list(members) == [opened]
        assert set(here.cast.mentees) <= set(members[opened])
        assert list((await here.channels()).values()) == [opened]


async def test_whoever_cannot_be_invited_at_the_opening_is_invited_later(
    sqlite_template: Path, tmp_path: Path
) -> None:
    async with draft_programme(sqlite_template, tmp_path, mentors=1, mentees=3) as here:
        await break_slack(
            here, kind="status", status=503, when="before", on="conversations.invite", count=3
        )
        await here.approve()
        await here.slack.advance(days=1, minutes=20)

        [members] = (await private_channels(here)).values()
        assert set(here.cast.mentees) <= set(members)
