"""Somebody is invited into a channel when a message may come, whenever the channel is opened."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.people.model import MemberState
from runtime.demo.cast import made_up_cast
from tests.channels.test_channels_in_real_life import leave, members, told
from tests.support.draft_programme import Draft, draft_programme, set_up
from tests.support.running_programme import running_programme
from tests.support.workspace import slack_workspace

AUCKLAND = "Pacific/Auckland"
"""Where it is 20:05, five minutes into the quiet hours, when the channels open at 08:05 UTC."""


@pytest.fixture
async def here(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=1, mentees=3) as draft:
        yield draft


async def in_channel(here: Draft) -> set[str]:
    (channel,) = (await here.channels()).values()
    channels = {one["id"]: one["members"] for one in (await here.slack.state())["channels"]}
    return set(channels[channel])


async def test_who_sleeps_when_the_channel_opens_is_invited_in_the_morning(here: Draft) -> None:
    sleeper, *others = here.cast.mentees
    await here.change_roster(sleeper, timezone=AUCKLAND)
    for one in (*others, *here.cast.mentors):
        await here.change_roster(one, timezone="Europe/London")

    await here.approve()
    await here.slack.advance(days=1, minutes=10)
    at_once = await in_channel(here)
    await here.slack.go_to(datetime(2026, 9, 10, 19, 59, tzinfo=UTC))
    at_night = await in_channel(here)
    await here.slack.advance(minutes=2)

    assert {*others, *here.cast.mentors} <= at_once
    assert sleeper not in at_once | at_night
    assert sleeper in await in_channel(here)


async def test_who_has_a_break_when_the_channel_opens_is_invited_after_it(here: Draft) -> None:
    resting = here.cast.mentees[0]
    await here.approve()
    await here.change_roster(
        resting,
        state=MemberState.PAUSED,
        paused_until=datetime(2026, 9, 16, 8, 0, tzinfo=UTC),
    )
    await here.slack.advance(days=3)
    meanwhile = await in_channel(here)
    await here.slack.advance(days=7)

    assert resting not in meanwhile
    assert set(here.cast.mentees) <= await in_channel(here)


async def test_an_invitation_by_hand_waits_for_the_morning_and_says_so(tmp_path: Path) -> None:
    async with running_programme(tmp_path) as running:
        await leave(running, running.bob)
        (news,) = await told(running, running.coordinator, "left the channel")
        await running.slack.go_to(datetime(2026, 9, 8, 2, 0, tzinfo=UTC))

        await running.slack.press(running.coordinator, "Invite them again", message=news)
        await running.slack.advance(minutes=1)
        at_night = await members(running)
        await running.slack.advance(hours=12)

        assert await told(running, running.coordinator, "as soon as it does not disturb them")
        assert running.bob not in at_night
        assert running.bob in await members(running)


async def test_people_of_an_enterprise_grid_are_in_their_channels(
    sqlite_template: Path, tmp_path: Path
) -> None:
    made = made_up_cast(mentors=1, mentees=3)
    ids = {one: f"W{one[1:]}" for one, *_ in made.people}
    roster = made.roster
    for old, new in ids.items():
        roster = roster.replace(old, new)
    cast = replace(
        made,
        people=tuple((ids[one[0]], *one[1:]) for one in made.people),
        roster=roster,
        mentors=tuple(ids[one] for one in made.mentors),
        mentees=tuple(ids[one] for one in made.mentees),
        coordinator=ids[made.coordinator],
    )
    database = tmp_path / "cairn.db"
    shutil.copy(sqlite_template, database)
    start = datetime(2026, 9, 9, 8, 0, tzinfo=UTC)
    async with slack_workspace(
        f"sqlite:///{database}", tmp_path / "keys", start=start, cast=cast
    ) as slack:
        body = {"team": slack.cairn.workspace_id, "enterprise_id": "E0ORG"}
        assert (await slack.http.post("/_sandbox/workspace", json=body)).status_code == 200
        draft = Draft(slack, cast, await set_up(slack, cast))

        await draft.approve()
        await slack.advance(days=1, minutes=6)
        inside = await in_channel(draft)
        (channel,) = (await draft.channels()).values()
        gone = {"user": cast.mentees[0], "channel": channel}
        assert (await slack.http.post("/_sandbox/leave", json=gone)).status_code == 200
        await slack.advance(hours=1)

        assert {*cast.mentors, *cast.mentees} <= inside
        news = await slack.messages(user=cast.coordinator)
        assert sum("left the channel" in one["text"] for one in news) == 1
