"""Nothing is posted in a group's channel that others can read, or that Cairn is not in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.channels.test_channels_in_real_life import SHUT, members, shared, told
from tests.edge.test_faults import break_slack, times_in_the_channel
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import buttons

ELSEWHERE, OUTSIDER = "T0ELSE", "U0OUTSIDE"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        workspace = {"id": ELSEWHERE, "name": "Elsewhere", "install": False}
        await control(running, "workspaces", workspace)
        await control(running, "users", {"id": OUTSIDER, "name": "outsider", "team": ELSEWHERE})
        yield running


async def control(here: Running, what: str, body: dict[str, Any]) -> None:
    answer = await here.slack.http.post(f"/_sandbox/{what}", json=body)
    assert answer.status_code == 200, answer.text


async def change(here: Running, what: str, name: str = "") -> None:
    """Let the mentor do something with the group's channel."""
    body = {"user": here.mentor, "channel": await here.channel(), "what": what, "name": name}
    await control(here, "channel", body)
    await here.slack.advance(minutes=1)


async def me(here: Running) -> str:
    """The id of Cairn's own user."""
    client = await here.slack.cairn.services.clients.of(here.slack.cairn.workspace_id)
    assert client
    return str((await client.auth_test())["user_id"])


async def lose(here: Running, *events: str) -> None:
    """Let Slack's news of these kinds never arrive."""
    for event in events:
        await break_slack(here, kind="lose", on=event)


async def open_it(here: Running, how: str) -> None:
    if how == "public":
        await change(here, "public")
    elif how == "shared":
        await change(here, "share", ELSEWHERE)
        await change(here, "add", OUTSIDER)
    else:
        await change(here, "remove", await me(here))


async def close_it(here: Running, how: str) -> None:
    if how == "public":
        await change(here, "private")
    elif how == "shared":
        await change(here, "unshare", ELSEWHERE)
    else:
        await change(here, "add", await me(here))


SAID = {
    "public": "everybody in the workspace can read it",
    "shared": "people of another organisation",
    "taken out": "Cairn was taken out of it",
}


@pytest.mark.parametrize("how", SAID)
async def test_posts_stop_where_others_could_read_them_and_go_on_when_it_is_put_right(
    here: Running, how: str
) -> None:
    await open_it(here, how)
    at_once = len(await told(here, here.coordinator, SAID[how]))
    for words in ("Said first", "Said second"):
        await shared(here, words)
    meanwhile = [await times_in_the_channel(here, one) for one in ("Said first", "Said second")]
    await close_it(here, how)
    if how == "public":  # of that, no event tells
        (news,) = await told(here, here.coordinator, SAID[how])
        await here.slack.press(here.coordinator, "Try again", message=news)
    await here.slack.advance(minutes=1)

    assert at_once == (how == "taken out"), "of the others, a post or the morning tells"
    assert len(await told(here, here.coordinator, SAID[how])) == 1
    assert len(await told(here, here.mentor, SAID[how])) == (how != "taken out")
    assert meanwhile == [0, 0]
    assert await times_in_the_channel(here, "Said first") == 1
    assert await times_in_the_channel(here, "Said second") == 1


@pytest.mark.parametrize("how", SAID)
async def test_the_daily_look_finds_what_no_event_has_told(here: Running, how: str) -> None:
    await lose(here, "channel_*", "member_*", "group_*")
    await open_it(here, how)
    before = len(await told(here, here.coordinator, SHUT))

    await here.slack.advance(days=3)
    found = await told(here, here.coordinator, SAID[how])
    await shared(here, "Said in vain")
    meanwhile = await times_in_the_channel(here, "Said in vain")
    await close_it(here, how)
    await here.slack.advance(days=1)

    assert before == 0
    assert len(found) == 1
    assert meanwhile == 0
    assert await times_in_the_channel(here, "Said in vain") == 1
    assert len(await told(here, here.coordinator, SHUT)) == 1


async def test_all_channels_are_looked_at_while_slack_gives_no_list(here: Running) -> None:
    await lose(here, "group_left")
    await break_slack(here, kind="error", error="internal_error", on="conversations.list")
    await open_it(here, "taken out")

    await here.slack.advance(days=1)

    assert len(await told(here, here.coordinator, SAID["taken out"])) == 1


async def test_what_happens_again_is_told_again(here: Running) -> None:
    for _ in range(2):
        await open_it(here, "taken out")
        await close_it(here, "taken out")

    assert len(await told(here, here.coordinator, SHUT)) == 2


async def test_posts_go_on_in_a_channel_that_is_shared_for_its_members_alone(
    here: Running,
) -> None:
    await change(here, "share", ELSEWHERE)
    await shared(here, "Said among ourselves")

    assert await times_in_the_channel(here, "Said among ourselves") == 1
    assert await told(here, here.coordinator, SHUT) == []


async def test_nothing_is_posted_while_slack_does_not_say_who_can_read_it(here: Running) -> None:
    await break_slack(here, kind="error", error="internal_error", on="conversations.info")
    await shared(here, "Said in the dark")
    meanwhile = await times_in_the_channel(here, "Said in the dark")
    await control(here, "faults", {"clear": True})
    await here.slack.advance(hours=1)

    assert meanwhile == 0
    assert await times_in_the_channel(here, "Said in the dark") == 1


async def test_a_post_outlasts_any_number_of_429s_of_the_look_before_it(here: Running) -> None:
    await break_slack(here, kind="ratelimit", on="conversations.info", retry_after_s=30, count=40)
    await shared(here, "Said in a rush")
    await here.slack.advance(hours=1)

    assert await times_in_the_channel(here, "Said in a rush") == 1
    assert await told(here, here.coordinator, SHUT) == []


async def test_mentors_may_try_again_and_only_coordinators_replace_a_channel(
    here: Running,
) -> None:
    await open_it(here, "shared")
    await here.slack.advance(days=1)
    (to_mentor,) = await told(here, here.mentor, SHUT)
    (to_coordinator,) = await told(here, here.coordinator, SHUT)
    labels = [[one["text"]["text"] for one in buttons(x)] for x in (to_mentor, to_coordinator)]
    before = len(await here.slack.calls("conversations.info"))

    await here.slack.press(here.mentor, "Try again", message=to_mentor)
    await here.slack.advance(minutes=1)

    assert labels == [["Try again"], ["Try again", "Open a new channel"]]
    assert len(await here.slack.calls("conversations.info")) == before + 1
    assert len(await told(here, here.mentor, SAID["shared"])) == 2, "they asked, so they are told"


async def test_a_double_click_opens_one_new_channel(here: Running) -> None:
    await open_it(here, "shared")
    await here.slack.advance(days=1)
    old = await here.channel()
    (news,) = await told(here, here.coordinator, SHUT)
    before = len(await here.slack.calls("conversations.create"))

    await asyncio.gather(
        *(here.slack.press(here.coordinator, "Open a new channel", message=news) for _ in range(3))
    )
    await here.slack.advance(minutes=1)
    await here.slack.press(here.coordinator, "Open a new channel", message=news)
    await here.slack.advance(minutes=1)

    assert await here.channel() != old
    assert len(await here.slack.calls("conversations.create")) == before + 1
    assert {here.bob, here.dana, here.mentor} <= set(await members(here))
    assert OUTSIDER not in await members(here)


async def test_a_channel_in_which_posting_is_restricted_is_replaced_by_another(
    here: Running,
) -> None:
    old = await here.channel()
    await break_slack(
        here, kind="error", error="restricted_action", when="before", on="chat.postMessage", count=1
    )
    await shared(here, "Said where it is restricted")
    (news,) = await told(here, here.coordinator, SHUT)
    await here.slack.advance(days=2)
    meanwhile = await times_in_the_channel(here, "Said where it is restricted")

    await here.slack.press(here.coordinator, "Open a new channel", message=news)
    await here.slack.advance(minutes=1)

    assert meanwhile == 0, "no look tells that it is restricted, so nobody tries by themself"
    assert len(await told(here, here.coordinator, SHUT)) == 1
    assert await here.channel() != old
    assert await times_in_the_channel(here, "Said where it is restricted") == 1
