"""A term whose coordinator sets it up and then leaves: it goes on, and ends decently."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from runtime.demo.cast import made_up_cast
from tests.e2e.filling import filled
from tests.e2e.story import START, Story, monday
from tests.support.workspace import all_text, slack_workspace, texts

WEEKS, CLOSES_IN = 12, 16
SOMETHING_WAITS = "Something waits for you in Cairn"
OWNER = "U0OWNER"


@pytest.fixture
async def story(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Story]:
    shutil.copy(sqlite_template, tmp_path / "cairn.db")
    cast = made_up_cast(mentors=1, mentees=7)
    async with slack_workspace(
        f"sqlite:///{tmp_path / 'cairn.db'}", tmp_path / "keys", start=START, cast=cast
    ) as slack:
        yield Story(slack, cast)


@pytest.mark.slow
async def test_a_term_ends_decently_without_a_coordinator(story: Story) -> None:
    slack, cast = story.slack, story.cast
    await story.carol_sets_up()
    await story.everybody_accepts_the_code_of_conduct(but="")
    await story.carol_approves_the_proposal()
    await slack.advance(days=1, minutes=10)

    await slack.go_to(monday(3) + timedelta(days=1, hours=3))
    for mentee in cast.mentees[:6]:
        assert (await story.answer_the_pulse(mentee, 4))["error"] is None
    await slack.go_to(monday(4))
    asks_for_a_person = cast.mentees[1]
    await _ask_for_a_person(story, asks_for_a_person)
    await slack.go_to(monday(5) + timedelta(days=2))
    gone = {"user": cast.coordinator, "deleted": True}
    assert (await slack.http.post("/_sandbox/user", json=gone)).status_code == 200
    await slack.go_to(monday(6))
    await _is_in_hand(story)
    for week in range(7, CLOSES_IN + 3):
        await slack.go_to(monday(week))

    await the_pulse_came_back_and_the_next_waits(story)
    await the_two_who_hear_were_asked_on_working_days_alone(story)
    heard = await _said(story, asks_for_a_person, SOMETHING_WAITS)
    assert len(heard) == 3  # the deputy is asked; nobody has answered for long; it is in hand
    await whoever_reads_digests_learns_that_nobody_coordinates(story)
    await the_end_is_said_once_and_nothing_after_it(story)
    await somebody_can_take_over(story)


async def _ask_for_a_person(story: Story, who: str) -> None:
    slack = story.slack
    await slack.press(who, "A concern, or: please contact me")
    view = await slack.view(who)
    answers = filled(view, lambda _box: "Please call me.", {}, day=slack.clock.now().date())
    assert (await slack.submit(who, view["id"], answers))["error"] is None
    await slack.close(who)


async def _is_in_hand(story: Story) -> None:
    (ruth, *_), _ = story.cast.contacts
    await story.slack.press(ruth, "Open")
    await story.slack.press(ruth, "I have it", modal=True)
    await story.slack.close(ruth)


async def _said(story: Story, who: str, words: str) -> list[datetime]:
    return [
        datetime.fromtimestamp(float(one["ts"]), UTC)
        for one in await story.messages(who)
        if words in one["text"]
    ]


async def _digests(story: Story) -> list[str]:
    channel = await story.slack.channel_id("mentoring-coordinators")
    return texts(await story.slack.messages(channel=channel))


async def the_pulse_came_back_and_the_next_waits(story: Story) -> None:
    """Members read what they said; nobody is asked again until somebody answers for it."""
    bob = story.cast.mentees[0]
    heard = texts(await story.messages(bob))
    assert len([one for one in heard if "What the pulse of" in one]) == 1
    assert len([one for one in heard if one.startswith("*A pulse is open.*")]) == 1
    assert len([one for one in await _digests(story) if "is due and waits for you" in one]) == 1


async def the_two_who_hear_were_asked_on_working_days_alone(story: Story) -> None:
    for (who, *_), times in zip(story.cast.contacts, (11, 10), strict=True):
        asked = await _said(story, who, SOMETHING_WAITS)
        days = [one.date() for one in asked]
        assert len(days) == len(set(days)), days
        assert all(one.weekday() < 5 for one in days)
        assert (len(days), days[-1]) == (times, date(2026, 10, 12))


async def whoever_reads_digests_learns_that_nobody_coordinates(story: Story) -> None:
    weekly = [one for one in await _digests(story) if "*Needs help.*" in one]
    lacks = ["Nobody coordinates this programme now" in one for one in weekly]
    assert lacks == [False] * 4 + [True] * (WEEKS - 5)
    pulses = "".join(one.partition("*Next.*")[2] for one in weekly)
    assert "December: A pulse opens" not in pulses


async def the_end_is_said_once_and_nothing_after_it(story: Story) -> None:
    slack, cast = story.slack, story.cast
    async with slack.cairn.database.reading() as connection:
        [its] = await programmes.programmes(connection, slack.cairn.workspace_id)
    assert its.state is ProgrammeState.CLOSED
    assert its.closes_on == date(2026, 12, 27)
    for who in (*cast.mentors, *cast.mentees):
        said = await story.messages(who)
        [goodbye] = [at for at, one in enumerate(said) if "has come to its end" in one["text"]]
        rest = [one for one in texts(said[goodbye + 1 :]) if SOMETHING_WAITS not in one]
        assert rest == []
        last_asked = [story.week_of(one) for one in said if "check-in" in one["text"].lower()]
        assert max(last_asked, default=0) <= WEEKS


async def somebody_can_take_over(story: Story) -> None:
    """Nothing runs by now, so the owner begins anew; and nobody else can."""
    home = all_text(await story.slack.home(OWNER))
    assert "Set up mentoring" in home
    assert "Set up mentoring" not in all_text(await story.slack.home(story.cast.mentors[0]))
