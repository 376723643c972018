"""A comment from the coordinator's switch to what everybody reads: real Bolt, a real sandbox."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.database import metadata
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from handlers.edge.call import Call
from handlers.pulse.comment_views import COMMENT, NO_HELP, NOTHING
from handlers.pulse.listeners import on_allow_comments, on_comments
from tests.attacks.forensics import rows_of
from tests.support.open_pulse import Pulse, open_pulse
from tests.support.workspace import all_text, texts

WORDS = "More time for <!channel> & less rush"
ESCAPED = "More time for &lt;!channel&gt; &amp; less rush"


@pytest.fixture
async def before(tmp_path: Path) -> AsyncIterator[Pulse]:
    """Three groups of four, before the first pulse."""
    async with open_pulse(tmp_path, mentors=3, mentees=12) as found:
        yield found


async def allow(pulse: Pulse) -> None:
    await pulse.slack.press(pulse.coordinator, "Allow comments")


async def write(pulse: Pulse, mentee: str, words: str) -> dict[str, Any]:
    """Fill in the comment and submit the form; the preview that lies over it then."""
    view, round_ = await pulse.form(mentee), await pulse.round()
    await pulse.slack.submit(mentee, view["id"], {round_.items[0]: "4", COMMENT: words})
    return await pulse.slack.view(mentee)


def read(view: dict[str, Any]) -> list[str]:
    return all_text(view).splitlines()


async def test_comments_are_off_until_a_coordinator_allows_them(before: Pulse) -> None:
    await before.until_it_opens()

    form = await before.form(before.mentees[0])

    assert COMMENT not in [block.get("block_id") for block in form["blocks"]]
    assert "comment" not in all_text(form)


async def test_a_pulse_that_is_open_stays_without_comments(before: Pulse) -> None:
    await before.until_it_opens()

    await allow(before)

    assert "The pulse that is open stays as it is" in all_text(
        await before.slack.home(before.coordinator)
    )
    assert not (await before.round()).comments
    form = await before.form(before.mentees[0])
    assert COMMENT not in [block.get("block_id") for block in form["blocks"]]


async def test_a_comment_is_seen_first_and_then_read_by_all_without_a_name(
    before: Pulse,
) -> None:
    await allow(before)
    await before.until_it_opens()
    bob, eve = before.mentees[:2]
    form = await before.form(bob)
    assert NO_HELP in str(form)
    await before.slack.press(bob, "Who sees this?", modal=True)
    assert "A comment, if you write one" in all_text(await before.slack.view(bob))
    await before.slack.close(bob)

    preview = await write(before, bob, f"  {WORDS}\n")

    assert WORDS in read(preview)
    assert "How you write can give you away" in all_text(preview)
    assert await before.ballots() == 0, "nothing is in the box before its author has seen it"
    assert WORDS not in str(await rows_of(before.slack.cairn.database))
    await before.slack.submit(bob, preview["id"], {})
    assert "It is in the box" in all_text(await before.slack.view(bob))
    await before.slack.close(bob)
    for mentee in before.mentees[1:]:
        await before.answer(mentee)
    assert await before.ballots() == 12

    await before.slack.go_to((await before.round()).closes_at + timedelta(hours=1))

    digest = await before.digest()
    assert "There are comments" in digest["text"]
    for call in await before.calls():
        if not str(call["method"]).startswith("views."):
            assert "less rush" not in str(call), "a comment is read, not sent"
    await before.slack.press(before.coordinator, "Read the comments", message=digest)
    assert WORDS in read(await before.slack.view(before.coordinator))
    result = next(
        one for one in await before.slack.messages(user=eve) if "What the pulse of" in one["text"]
    )
    await before.slack.press(eve, "Read the comments", message=result)
    assert WORDS in read(await before.slack.view(eve))
    await before.slack.close(eve)
    await before.slack.press(eve, "Read the comments")
    assert WORDS in read(await before.slack.view(eve))


async def test_going_back_from_the_preview_puts_nothing_into_the_box(before: Pulse) -> None:
    await allow(before)
    await before.until_it_opens()
    bob = before.mentees[0]

    await write(before, bob, WORDS)
    await before.slack.close(bob)

    assert await before.ballots() == 0


async def test_what_looks_like_a_patients_number_is_pointed_out_in_the_preview(
    before: Pulse,
) -> None:
    await allow(before)
    await before.until_it_opens()

    preview = await write(before, before.mentees[0], "Patient 1234567 was forgotten")

    assert "It seems to hold a record or phone number" in all_text(preview)


async def test_with_nine_answers_nobody_reads_a_comment(before: Pulse) -> None:
    await allow(before)
    await before.until_it_opens()
    preview = await write(before, before.mentees[0], WORDS)
    await before.slack.submit(before.mentees[0], preview["id"], {})
    await before.slack.close(before.mentees[0])
    for mentee in before.mentees[1:9]:
        await before.answer(mentee)

    await before.slack.go_to((await before.round()).closes_at + timedelta(hours=1))

    assert NOTHING in (await before.digest())["text"]
    for mentee in before.mentees:
        said = texts(await before.slack.messages(user=mentee))
        assert any(NOTHING in one for one in said)
    found = await rows_of(before.slack.cairn.database)
    assert set(found) >= {table.name for table in metadata.sorted_tables}
    assert "less rush" not in str(found)


async def test_slack_sees_the_same_calls_with_a_comment_and_without(before: Pulse) -> None:
    await allow(before)
    await before.until_it_opens()
    bob, eve = before.mentees[:2]
    await before.answer(before.mentees[2])  # the first of all asks Slack who the bot is
    seen = []
    for mentee, words in ((bob, WORDS), (eve, "")):
        start = len(await before.calls())
        if words:
            preview = await write(before, mentee, words)
            await before.slack.submit(mentee, preview["id"], {})
            await before.slack.close(mentee)
        else:
            await before.answer(mentee)
        seen.append([call["method"] for call in (await before.calls())[start:]])

    assert seen[0] == seen[1]


async def test_mentors_and_strangers_neither_read_comments_nor_allow_them(before: Pulse) -> None:
    await allow(before)
    await before.until_it_opens()
    for mentee in before.mentees:
        await before.answer(mentee)
    round_ = await before.round()
    await before.slack.go_to(round_.closes_at + timedelta(hours=1))
    services = before.slack.cairn.services

    def call(person: str, value: str, workspace: str = round_.workspace_id) -> Call:
        return Call(
            workspace_id=type(round_.workspace_id)(workspace),
            slack_user_id=SlackUserId(person),
            client=AsyncWebClient(),
            value=value,
        )

    for person in (before.mentor, "U0NOBODY"):
        with pytest.raises(UserFacing):
            await on_comments(call(person, f"{round_.id}:0"), services)
    with pytest.raises(UserFacing):
        await on_comments(call(before.mentees[0], f"{round_.id}:0", "T0OTHER"), services)
    with pytest.raises(UserFacing, match="Only coordinators can do this"):
        await on_allow_comments(call(before.mentor, f"{before.programme_id}:on"), services)
