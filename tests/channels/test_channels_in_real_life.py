"""Channels are archived, deleted and left, and guests cannot be let in; nothing is lost by it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.errands import store as errands
from bot.kernel.ids import WorkspaceId
from tests.edge.test_events_are_not_lost import change
from tests.edge.test_faults import break_slack, times_in_the_channel, write
from tests.support.draft_programme import draft_programme
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text, buttons

SHUT, HELD = "I post nothing in the channel of", "is not in its channel"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def do(here: Running, what: str) -> None:
    """Let the mentor do something with the group's channel."""
    body = {"user": here.mentor, "channel": await here.channel(), "what": what}
    answer = await here.slack.http.post("/_sandbox/channel", json=body)
    assert answer.status_code == 200, answer.text
    await here.slack.advance(minutes=1)


async def told(here: Running, user: str, words: str) -> list[dict[str, Any]]:
    return [one for one in await here.slack.messages(user=user) if words in one["text"]]


async def members(here: Running) -> list[str]:
    channels = {one["id"]: one for one in (await here.slack.state())["channels"]}
    found: list[str] = channels[await here.channel()]["members"]
    return found


async def shared(here: Running, words: str) -> None:
    await write(here, words)
    await here.slack.advance(minutes=1)
    await here.slack.close(here.bob)


REFUSALS = (
    "is_archived",
    "channel_not_found",
    "not_in_channel",
    "restricted_action",
    "restricted_action_read_only_channel",
)


@pytest.mark.parametrize("reason", REFUSALS)
async def test_author_and_coordinator_learn_once_that_a_channel_takes_no_posts(
    here: Running, reason: str
) -> None:
    await break_slack(
        here, kind="error", error=reason, when="before", on="chat.postMessage", count=1
    )

    await shared(here, "Said to a shut channel")

    assert len(await told(here, here.coordinator, SHUT)) == 1
    assert len(await told(here, here.bob, HELD)) == 1
    assert "Said to a shut" not in str(await told(here, here.coordinator, SHUT))


async def test_what_was_shared_with_an_archived_channel_is_posted_once_it_is_back(
    here: Running,
) -> None:
    await do(here, "archive")
    for words in ("Said first", "Said second"):
        await shared(here, words)
    meanwhile = await told(here, here.coordinator, SHUT)
    await do(here, "unarchive")
    await here.slack.advance(minutes=1)

    assert len(meanwhile) == 1
    assert len(await told(here, here.bob, HELD)) == 2, "once for each that was shared"
    for words in ("Said first", "Said second"):
        assert await times_in_the_channel(here, words) == 1


async def test_a_deleted_channel_is_replaced_by_a_press_and_nothing_is_lost(here: Running) -> None:
    old = await here.channel()
    await do(here, "delete")
    await shared(here, "Said to nobody yet")
    (news,) = await told(here, here.coordinator, SHUT)

    await here.slack.press(here.coordinator, "Open a new channel", message=news)
    await here.slack.advance(minutes=1)

    assert await told(here, here.coordinator, "A new channel is being opened")
    assert await here.channel() != old
    assert {here.bob, here.dana, here.mentor} <= set(await members(here))
    assert await times_in_the_channel(here, "Said to nobody yet") == 1


async def test_an_archived_channel_can_be_replaced_although_it_keeps_its_name(
    here: Running,
) -> None:
    old = await here.channel()
    await do(here, "archive")
    (news,) = await told(here, here.coordinator, SHUT)

    for _ in range(2):
        await here.slack.press(here.coordinator, "Open a new channel", message=news)
        await here.slack.close(here.coordinator)

    assert await here.channel() != old
    assert here.bob in await members(here)


async def test_nobody_but_a_coordinator_opens_another_channel(here: Running) -> None:
    old = await here.channel()
    await do(here, "archive")
    (news,) = await told(here, here.coordinator, SHUT)
    value = next(one["value"] for one in buttons(news) if one["action_id"] == "channel.reopen")
    await here.slack.click(
        here.coordinator, "channel.retry", channel=news["channel"], ts=news["ts"]
    )
    view = await here.slack.home(here.bob)

    await here.slack.http.post(
        "/_sandbox/click",
        json={
            "user": here.bob,
            "action_id": "channel.reopen",
            "view_id": view["id"],
            "value": value,
        },
    )
    await here.slack.settle()

    assert await here.channel() == old


async def leave(here: Running, user: str) -> None:
    body = {"user": user, "channel": await here.channel()}
    assert (await here.slack.http.post("/_sandbox/leave", json=body)).status_code == 200
    await here.slack.advance(minutes=1)


async def test_who_leaves_the_channel_is_not_brought_back_and_the_coordinator_knows(
    here: Running,
) -> None:
    await leave(here, here.bob)
    await here.slack.advance(days=2)

    (news,) = await told(here, here.coordinator, "left the channel")
    assert here.bob not in await members(here)
    await here.slack.press(here.coordinator, "Invite them again", message=news)
    await here.slack.advance(minutes=1)
    assert here.bob in await members(here)


async def test_who_leaves_twice_is_told_twice(here: Running) -> None:
    for _ in range(2):
        await leave(here, here.bob)
        (*_, news) = await told(here, here.coordinator, "left the channel")
        await here.slack.press(here.coordinator, "Invite them again", message=news)
        await here.slack.advance(minutes=1)

    assert len(await told(here, here.coordinator, "left the channel")) == 2


BARRED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "ura_max_channels": ({"is_ultra_restricted": True}, {"is_ultra_restricted": False})
} | {
    reason: ({"invite_error": reason}, {"invite_error": ""})
    for reason in (
        "cant_invite",
        "user_is_restricted",
        "no_external_invite_permission",
        "no_permission",
        "invitee_cant_see_channel",
        "app_cannot_join_channel",
    )
}


@pytest.mark.parametrize("reason", BARRED)
async def test_who_cannot_be_invited_is_told_once_and_not_tried_for_ever(
    here: Running, reason: str
) -> None:
    barred, let_in = BARRED[reason]
    await leave(here, here.bob)
    (news,) = await told(here, here.coordinator, "left the channel")
    await change(here, here.bob, **barred)
    before = len(await here.slack.calls("conversations.invite"))

    await here.slack.press(here.coordinator, "Invite them again", message=news)
    await here.slack.advance(days=3)

    assert len(await here.slack.calls("conversations.invite")) == before + 1
    (refusal,) = await told(here, here.coordinator, "I could not invite")
    assert "then press Invite again" in refusal["text"]
    home = all_text(await here.slack.home(here.coordinator))
    assert "is not in the channel of" in home

    await change(here, here.bob, **let_in)
    await here.slack.press(here.coordinator, "Invite again", message=refusal)
    await here.slack.advance(minutes=1)
    assert here.bob in await members(here)
    async with here.slack.cairn.database.reading() as connection:
        assert await errands.owed(connection, WorkspaceId(here.slack.cairn.workspace_id)) == []


async def test_a_guest_who_cannot_be_invited_at_the_opening_keeps_nobody_else_out(
    sqlite_template: Path, tmp_path: Path
) -> None:
    async with draft_programme(sqlite_template, tmp_path, mentors=1, mentees=3) as draft:
        guest, *others = draft.cast.mentees
        barred = {"user": guest, "invite_error": "user_is_restricted"}
        assert (await draft.slack.http.post("/_sandbox/user", json=barred)).status_code == 200

        await draft.approve()
        await draft.slack.advance(days=2)

        (channel,) = (await draft.channels()).values()
        here = {one["id"]: one["members"] for one in (await draft.slack.state())["channels"]}
        assert set(others) <= set(here[channel])
        assert guest not in here[channel]
        news = await draft.slack.messages(user=draft.cast.coordinator)
        assert sum("I could not invite" in one["text"] for one in news) == 1
        assert len(await draft.slack.calls("conversations.invite")) <= 1 + len(draft.cast.mentees)
