"""A mentor's "I have read this" and word back: their writer alone sees either."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import replies, store, use_cases
from bot.checkins.replies import note_seen, replies_to, reply
from bot.checkins.rules import CheckIn, CheckInId, Reply, Visibility
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from handlers.checkins import reply_views
from tests.checkins.test_reading import write
from tests.checkins.test_rights_about_checkins import LATER, MENTORS, PEOPLE, arrange
from tests.support.cast import ALICE, BOB
from tests.support.golden import Golden
from tests.support.limits import problems_of
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

WORDS = "I was afraid, too, the first time"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def of(connection: AsyncConnection, one: CheckIn) -> list[Reply]:
    return await replies_to(connection, one)


@pytest.mark.parametrize("who", PEOPLE)
async def test_only_a_mentor_with_whom_it_is_shared_writes_back(
    database: Database, who: str
) -> None:
    one = await arrange(database)
    async with database.writing() as connection:
        if who in MENTORS:
            await reply(connection, PEOPLE[who], one.id, text=WORDS, now=LATER)
        else:
            with pytest.raises(UserFacing):
                await reply(connection, PEOPLE[who], one.id, text=WORDS, now=LATER)

    async with database.reading() as connection:
        assert [each.text for each in await of(connection, one)] == [WORDS] * (who in MENTORS)


async def test_what_is_taken_back_is_not_answered_any_more(database: Database) -> None:
    one = await arrange(database)
    async with database.writing() as connection:
        await use_cases.narrow(connection, BOB, one.id, to=Visibility.ONLY_ME, now=LATER)
        with pytest.raises(UserFacing, match="nothing to answer"):
            await reply(connection, ALICE, one.id, text=WORDS, now=LATER)


async def test_a_word_back_is_changed_until_it_was_read_and_only_by_its_writer(
    database: Database,
) -> None:
    one = await arrange(database)
    async with database.writing() as connection:
        await reply(connection, ALICE, one.id, text="", now=LATER)
        await reply(connection, ALICE, one.id, text="First", now=LATER)
        await reply(connection, ALICE, one.id, text=WORDS, now=LATER)
        await reply(connection, ALICE, one.id, text="", now=LATER)
        assert [each.text for each in await of(connection, one)] == [WORDS]
        with pytest.raises(UserFacing):
            await note_seen(connection, ALICE, one.id, now=LATER)

        await note_seen(connection, BOB, one.id, now=LATER)

        with pytest.raises(UserFacing, match="read it by now"):
            await reply(connection, ALICE, one.id, text="Changed", now=LATER)
        with pytest.raises(UserFacing, match="under 1,000"):
            await reply(connection, ALICE, one.id, text="x" * 1001, now=LATER)


@pytest.mark.parametrize("gone", ["check-in", "mentor"])
async def test_words_back_go_with_the_check_in_and_with_the_mentor(
    database: Database, gone: str
) -> None:
    one = await arrange(database)
    async with database.writing() as connection:
        await reply(connection, ALICE, one.id, text=WORDS, now=LATER)
        if gone == "mentor":
            assert await replies.erase(connection, ALICE, LATER) == 1
        else:
            await store.remove(connection, one.workspace_id, one.id)
        assert await of(connection, one) == []


def test_how_a_word_back_is_said(golden: Golden) -> None:
    at = datetime(2026, 10, 5, 8).astimezone()
    read = Reply(
        workspace_id=ALICE.workspace_id,
        checkin_id=CheckInId("checkin_1"),
        member_id=ALICE.id,
        noted_at=at,
    )
    longest = replace(read, text="&" * 1000)
    shown = reply_views.replies_blocks([("Alice <b>", read), ("A" * 300, longest)], tz="UTC")
    page = {"type": "modal", "title": "x", "blocks": shown}

    golden("checkin_reply_form", reply_views.reply_form("checkin_1", "", name="Bob"))
    golden("checkin_replied", reply_views.replied_to("Alice <b>", "checkin_1", "5 October"))
    assert "Alice &lt;b&gt; tells you that they have read it" in str(page)
    assert len(str(shown)) > 3000
    assert problems_of({"text": "x", "blocks": shown}) == []


async def test_a_word_back_reaches_its_reader_in_a_form(here: Running) -> None:
    form = await here.open_form(here.bob)
    lens = next(b["block_id"] for b in form["blocks"] if b.get("block_id", "").startswith("lens"))
    await here.slack.submit(here.bob, form["id"], {lens: "I led it", "visibility": "mentor"})
    await here.slack.close(here.bob)
    await here.slack.advance(minutes=5)
    await here.home_text(here.mentor, until="Shared with you")
    await here.slack.press(here.mentor, "Read")
    await here.slack.press(here.mentor, "Write back", modal=True)
    answer = await here.slack.view(here.mentor)
    await here.slack.submit(here.mentor, answer["id"], {"text": WORDS})
    await here.slack.advance(seconds=10)

    told = (await here.slack.messages(user=here.bob))[-1]
    assert "wrote back to your check-in" in told["text"]
    assert WORDS not in str(told)
    await here.slack.press(here.bob, "Read it", message=told)
    assert WORDS in all_text(await here.slack.view(here.bob))
    for other in (here.coordinator, here.dana):
        assert WORDS not in str(await here.slack.messages(user=other))


async def test_a_mentor_who_has_read_one_goes_on_to_the_next(here: Running) -> None:
    for who, words in ((here.bob, "The first"), (here.dana, "The second")):
        await write(here, who, words, "mentor")
    await here.home_text(here.mentor, until="Shared with you")
    await here.slack.press(here.mentor, "Read")

    await here.slack.press(here.mentor, "I have read this", modal=True)

    page = all_text(await here.slack.view(here.mentor))
    assert "The first" in page
    assert "They see that you have read it." in page
    await here.slack.press(here.mentor, "Next", modal=True)
    assert "The second" in all_text(await here.slack.view(here.mentor))
