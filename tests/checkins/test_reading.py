"""What a member shares is read from the database, by whoever may read it at that moment."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.model import MemberState
from runtime.demo.sandbox import BOT_TOKEN
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.succession import succeed
from tests.support.workspace import all_text, buttons

MONDAY = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
SECRET = "I should not have said that"
KEPT = "This may stay"
GONE = "nothing to read"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def write(here: Running, user: str, words: str, visibility: str) -> None:
    view = await here.open_form(user)
    lens = next(b["block_id"] for b in view["blocks"] if b.get("block_id", "").startswith("lens_"))
    await here.slack.submit(user, view["id"], {lens: words, "visibility": visibility})
    await here.slack.close(user)
    await here.slack.advance(seconds=1)


async def let_into_channel(here: Running, user: str) -> None:
    """Let somebody invite this person to the group's channel, as people can in Slack."""
    answer = await here.slack.http.post(
        "/api/conversations.invite",
        json={"channel": await here.channel(), "users": user},
        headers={"Authorization": f"Bearer {BOT_TOKEN}"},
    )
    assert answer.json()["ok"], answer.json()


async def open_past(here: Running, user: str) -> dict[str, Any]:
    """Open this person's latest check-in among their past ones."""
    await here.slack.slash(user, "past")
    listed = await here.slack.view(user)
    await here.slack.click(user, "checkin.read", view_id=listed["id"])
    return await here.slack.view(user)


async def change(here: Running, action_id: str, user: str = "") -> str:
    """Change somebody's latest check-in, Bob's if nobody is named; what they are told."""
    whose = user or here.bob
    one = await open_past(here, whose)
    await here.slack.click(whose, action_id, view_id=one["id"])
    said = all_text(await here.slack.view(whose))
    await here.slack.close(whose)
    return said


async def read(here: Running, user: str, message: dict[str, Any]) -> str:
    await here.slack.press(user, "Read", message=message)
    return all_text(await here.slack.view(user))


async def nudge(here: Running) -> dict[str, Any]:
    found = await here.slack.messages(user=here.mentor)
    return [one for one in found if one["text"].startswith("Your mentoring week")][-1]


async def post(here: Running) -> dict[str, Any]:
    return (await here.posted())[-1]


@pytest.mark.parametrize("action_id", ["checkin.narrow:only_me", "checkin.delete"])
async def test_what_is_taken_back_is_not_read_in_the_channel_any_more(
    here: Running, action_id: str
) -> None:
    await write(here, here.bob, SECRET, "group")
    posted = await post(here)
    assert SECRET in await read(here, here.dana, posted)
    await here.slack.close(here.dana)

    await change(here, action_id)

    for reader in (here.dana, here.mentor):
        assert GONE in await read(here, reader, posted)
        assert SECRET not in str(await here.slack.views(reader))
    assert await here.slack.calls("chat.update") == []
    assert await here.slack.calls("chat.delete") == []


async def test_its_writer_finds_among_their_own_what_they_open_in_the_channel(
    here: Running,
) -> None:
    await write(here, here.bob, SECRET, "group")
    posted = await post(here)

    shown = await read(here, here.bob, posted)
    offered = [one["text"]["text"] for one in buttons(await here.slack.view(here.bob))]
    await here.slack.press(here.bob, "Show to nobody else", modal=True)

    assert SECRET in shown
    assert "Shared with you" not in shown
    assert "The members of your mentoring group can read it" in shown
    assert {"Show to my mentor only", "Delete"} <= set(offered)
    assert GONE in await read(here, here.mentor, posted)


@pytest.mark.parametrize("action_id", ["checkin.narrow:only_me", "checkin.delete"])
async def test_of_a_week_what_was_taken_back_is_gone_and_the_others_stay(
    here: Running, action_id: str
) -> None:
    await write(here, here.dana, KEPT, "mentor")
    await write(here, here.bob, SECRET, "mentor")
    await here.slack.go_to(MONDAY)

    await change(here, action_id)
    shown = await read(here, here.mentor, await nudge(here))

    assert KEPT in shown
    assert f"{GONE} any more of 1 other check-in" in shown
    left = {one["action_id"] for one in buttons(await here.slack.view(here.mentor))}
    assert left == {"checkin.noted", "checkin.reply"}
    await here.slack.close(here.mentor)
    await change(here, action_id, here.dana)
    assert GONE in await read(here, here.mentor, await nudge(here))


async def test_what_is_taken_back_while_a_week_is_read_is_passed_over(here: Running) -> None:
    for words in ("First", SECRET, "Third"):
        await write(here, here.dana if words == "Third" else here.bob, words, "mentor")
    await here.slack.go_to(MONDAY)
    assert "First" in await read(here, here.mentor, await nudge(here))

    await change(here, "checkin.delete")
    await here.slack.press(here.mentor, "Next", modal=True)
    third = all_text(await here.slack.view(here.mentor))
    await here.slack.press(here.mentor, "Back", modal=True)
    first = all_text(await here.slack.view(here.mentor))

    assert "Third" in third
    assert SECRET not in third + first
    assert "First" in first


async def test_two_quick_presses_turn_one_page_and_break_nothing(here: Running) -> None:
    for words in ("First", "Second", "Third"):
        await write(here, here.bob, words, "mentor")
    await here.slack.go_to(MONDAY)
    await read(here, here.mentor, await nudge(here))
    await here.slack.http.post(
        "/_sandbox/faults",
        json={
            "kind": "error", "error": "hash_conflict", "on": "views.update",
            "when": "before", "count": 1,
        },
    )  # fmt: skip

    await here.slack.press(here.mentor, "Next", modal=True)

    assert "Second" in all_text(await here.slack.view(here.mentor))
    assert "hash" in (await here.slack.calls("views.update"))[-2]["args"]
    assert not (await here.slack.calls("views.update"))[-1]["args"].get("hash")


async def test_a_channel_that_others_were_let_into_shows_them_nothing(here: Running) -> None:
    await write(here, here.bob, SECRET, "group")
    posted = await post(here)

    for user in (here.coordinator, STRANGER):
        await let_into_channel(here, user)
        where = {"channel": posted["channel"], "ts": posted["ts"]}
        await here.slack.click(user, "checkin.shared", **where)
        assert SECRET not in str(await here.slack.views(user))
        assert SECRET not in str(await here.slack.messages(user=user))


async def test_an_heir_reads_nothing_of_before_until_it_is_shared_again(here: Running) -> None:
    await write(here, here.bob, "For the group", "group")
    posted = await post(here)
    await here.slack.advance(minutes=5)
    await write(here, here.bob, SECRET, "mentor")
    await here.slack.advance(minutes=5)

    await succeed(here)
    nothing = await here.home_text(STRANGER, until="Nobody has shared a check-in")
    await let_into_channel(here, STRANGER)
    before = await read(here, STRANGER, posted)
    await here.slack.close(STRANGER)
    offered = all_text(await open_past(here, here.bob))
    await here.slack.close(here.bob)
    await change(here, "checkin.share_again")
    await here.slack.advance(minutes=5)
    assert "Shared with you:* Bob" in await here.home_text(STRANGER, until="Shared with you:*")
    await here.slack.press(STRANGER, "Read")
    after = all_text(await here.slack.view(STRANGER))
    only = [one["text"]["text"] for one in buttons(await here.slack.view(STRANGER))]
    await here.slack.close(STRANGER)

    assert "Nobody has shared a check-in" in nothing
    assert GONE in before
    assert only == ["I have read this", "Write back"]
    assert "Only you can read it now" in offered
    assert SECRET in after
    assert GONE in await read(here, here.mentor, posted)


async def test_who_has_left_opens_their_past_check_ins_by_a_button(here: Running) -> None:
    await write(here, here.bob, KEPT, "only_me")
    cairn = here.slack.cairn
    workspace_id, bob = WorkspaceId(cairn.workspace_id), SlackUserId(here.bob)
    async with cairn.database.writing() as connection:
        member = await people.member_by_slack_id(connection, workspace_id, bob)
        assert member is not None
        gone = replace(member, state=MemberState.LEFT)
        await people.put_members(connection, workspace_id, [gone])

    await here.slack.slash(here.bob)
    said = (await here.slack.messages(user=here.bob))[-1]
    await here.slack.press(here.bob, "My past check-ins", message=said)

    assert "no longer in the programme" in said["text"]
    assert KEPT in all_text(await here.slack.view(here.bob))


async def test_the_help_has_the_buttons_that_it_names(here: Running) -> None:
    await write(here, here.bob, KEPT, "only_me")
    await here.slack.slash(here.bob, "help")

    for label in ("My past check-ins", "Check in"):
        said = (await here.slack.messages(user=here.bob))[-1]
        await here.slack.press(here.bob, label, message=said)
        shown = all_text(await here.slack.view(here.bob))
        assert (KEPT in shown) is (label == "My past check-ins")
        await here.slack.close(here.bob)
