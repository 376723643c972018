"""The mentor who is given a group, in Slack."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.draft_programme import Draft, draft_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=2, mentees=6) as draft:
        yield draft


async def given(here: Draft) -> tuple[str, str, list[str]]:
    """One mentor leaves; the other agrees to take the group: both, and the group's mentees."""
    await here.approve()
    await here.slack.advance(days=1, minutes=6)
    gone, staying = here.cast.mentors
    theirs = [one for one in here.cast.mentees if await here.mentor_of(one) == gone]
    await here.change_roster(staying, capacity=len(here.cast.mentees) - len(theirs))
    await here.slack.press(gone, "Leave the programme", settings=True)
    await here.slack.advance(minutes=1)
    await here.slack.close(here.carol)
    await here.slack.press(here.carol, "Give the group a mentor")
    form = await here.slack.view(here.carol)
    agreed = {"mentor": staying, "agreed": ["yes"]}
    await here.slack.submit(here.carol, form["id"], agreed)
    await here.slack.close(here.carol)
    return gone, staying, theirs


async def test_the_new_mentor_is_let_into_the_groups_channel_once_it_knows(here: Draft) -> None:
    gone, staying, _ = await given(here)
    channel = (await here.channels())[f"Group of {here.name(gone)}"]

    async def invited() -> int:
        calls = [one["args"] for one in await here.slack.calls("conversations.invite")]
        return sum(one["channel"] == channel and staying in one["users"] for one in calls)

    assert await invited() == 0, "for a day the mentees can ask for another group"
    await here.slack.advance(days=1, minutes=10)

    assert await invited() == 1
    said = [one["text"] for one in await here.slack.messages(channel=channel)]
    assert any(f"Your mentor is {here.name(staying)}" in one for one in said)


async def test_a_group_whose_mentees_all_asked_for_another_mentor_gets_one(here: Draft) -> None:
    await here.approve()
    await here.slack.advance(days=1, minutes=6)
    gone, staying = here.cast.mentors
    theirs = [one for one in here.cast.mentees if await here.mentor_of(one) == gone]
    await here.change_roster(staying, capacity=len(here.cast.mentees) - len(theirs))
    for one in theirs:
        await here.slack.press(one, "Ask for another mentor", settings=True)
        await here.slack.submit(one, (await here.slack.view(one))["id"], {})
    await here.slack.press(gone, "Leave the programme", settings=True)
    await here.slack.advance(minutes=1)
    await here.slack.close(here.carol)
    [told] = [
        one
        for one in await here.slack.messages(user=here.carol)
        if "no longer takes part as a mentor" in one["text"]
    ]

    await here.slack.press(here.carol, "Give the group a mentor", message=told)

    form = await here.slack.view(here.carol)
    assert f"Group of {here.name(gone)} ({len(theirs)} mentees)" in all_text(form)


async def test_the_new_mentor_is_told_alone_a_day_before_the_group(here: Draft) -> None:
    gone, staying, theirs = await given(here)

    await here.slack.advance(minutes=1)

    told = (await here.slack.messages(user=staying))[-1]["text"]
    assert f"You mentor in *the group of {here.name(gone)}*" in told
    assert "say so before then" in told
    assert not any(here.name(one) in told for one in theirs)
