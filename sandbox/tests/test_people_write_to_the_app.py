"""The Messages tab: people write, change and delete, and the app hears of each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox_support.asking import channel, do, page
from sandbox_support.box import Box
from sandbox_support.listening import Ear, listening


@pytest.fixture
async def ear(box: Box) -> AsyncIterator[Ear]:
    async with listening(box) as made:
        yield made


async def tab(box: Box, user: str = "U0ALICE") -> str:
    return str((await box.control("direct", user=user))["channel"]["id"])


async def test_what_is_written_to_the_app_is_heard(box: Box, ear: Ear) -> None:
    place = await tab(box)

    await box.control("say", user="U0ALICE", channel=place, text="I need help & <rest>")

    heard = await ear.event("message")
    assert (heard["channel_type"], heard["user"], heard["channel"]) == ("im", "U0ALICE", place)
    assert heard["text"] == "I need help &amp; &lt;rest&gt;"
    assert "bot_id" not in heard


async def test_a_change_is_heard_with_what_it_was(box: Box, ear: Ear) -> None:
    place = await tab(box)
    said = await box.control("say", user="U0ALICE", channel=place, text="first")
    ts = said["message"]["ts"]

    await box.control("edit", user="U0ALICE", channel=place, ts=ts, text="second")

    heard = await ear.event("message_changed")
    assert heard["message"]["text"] == "second"
    assert heard["message"]["edited"]["user"] == "U0ALICE"
    assert heard["previous_message"]["text"] == "first"
    assert (heard["message"]["ts"], heard["channel_type"]) == (ts, "im")


async def test_a_change_of_nothing_is_no_change(box: Box, ear: Ear) -> None:
    place = await tab(box)
    said = await box.control("say", user="U0ALICE", channel=place, text="same")
    again = {"user": "U0ALICE", "channel": place, "ts": said["message"]["ts"], "text": "same"}

    answer = await box.control("edit", **again)

    assert "edited" not in answer["message"]
    assert ear.of("message_changed") == []


async def test_a_deletion_is_heard_with_what_was_deleted(box: Box, ear: Ear) -> None:
    place = await tab(box)
    said = await box.control("say", user="U0ALICE", channel=place, text="gone soon")
    ts = said["message"]["ts"]

    await box.control("delete", user="U0ALICE", channel=place, ts=ts)

    heard = await ear.event("message_deleted")
    assert (heard["deleted_ts"], heard["previous_message"]["text"]) == (ts, "gone soon")
    assert (await box.api("conversations.history", channel=place))["messages"] == []


async def test_only_who_wrote_it_changes_it_and_an_administrator_deletes(box: Box) -> None:
    said = await box.control("say", user="U0ALICE", channel="#general", text="mine")
    message = {"channel": "#general", "ts": said["message"]["ts"]}

    edited = await box.refused("edit", user="owner", text="yours", **message)
    deleted = await box.refused("delete", user="bob", **message)
    await box.control("delete", user="owner", **message)

    assert (edited["field"], deleted["field"]) == ("ts", "ts")


@pytest.mark.parametrize("closed", [{"messages_tab": False}, {"messages_tab_read_only": True}])
async def test_a_closed_messages_tab_takes_nothing_from_people(
    box: Box, closed: dict[str, bool]
) -> None:
    place = await tab(box)
    await box.control("app", **closed)

    refused = await box.refused("say", user="U0ALICE", channel=place, text="hello")

    assert refused["error"] == "Sending messages to this app has been turned off."


async def test_without_its_scope_the_app_hears_nothing(box: Box, ear: Ear) -> None:
    await box.control("app", scopes=["chat:write"], events=["message.im", "app_home_opened"])
    place = await tab(box)

    await box.control("say", user="U0ALICE", channel=place, text="hello")
    await box.control("home", user="U0ALICE")

    await ear.event("app_home_opened")
    assert ear.of("message") == []


async def test_one_s_own_words_are_offered_for_a_change_on_the_page(box: Box) -> None:
    place = channel(box, "general")
    said = await box.control("say", user="U0ALICE", channel=place, text='a "word" & <b> @here')
    ts = said["message"]["ts"]

    own = await page(box, "U0ALICE", place)
    other = await page(box, "U0BOB", place)
    await do(box, "U0ALICE", place, "edit", ts=ts, text="something new @here")
    changed = await page(box, "U0BOB", place)
    await do(box, "U0ALICE", place, "delete", ts=ts)
    gone = await page(box, "U0BOB", place)

    assert 'data-edit="a &#34;word&#34; &amp; &lt;b&gt; @here"' in own
    assert "data-edit" not in other
    assert "something new" in changed
    assert "something new" not in gone
