"""Twelve weeks of a programme, from the roster to the last digest, as everybody in it sees them."""

import csv
import io
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery.model import OutboxState
from bot.delivery.tables import outbox
from runtime.demo.cast import made_up_cast
from tests.e2e.story import CONCERN, CRISIS, HOSTILE, START, Group, Story, monday
from tests.support.workspace import all_text, slack_workspace, texts

LATE = 5
"""Of the mentees in the order of the roster, the one who has not accepted the code of conduct."""


@pytest.fixture
async def story(database_address: str, tmp_path: Path) -> AsyncIterator[Story]:
    """One with Slack's requests over HTTP and one over sockets, each on an engine of its own."""
    cast, over_http = made_up_cast(), database_address.startswith("sqlite")
    async with slack_workspace(
        database_address, tmp_path, start=START, cast=cast, over_http=over_http
    ) as slack:
        yield Story(slack, cast)


@pytest.mark.slow
async def test_twelve_weeks_from_roster_to_digest(story: Story) -> None:
    slack, cast = story.slack, story.cast
    bob, late = cast.mentees[0], cast.mentees[LATE]

    await story.carol_sets_up()
    await story.everybody_accepts_the_code_of_conduct(but=late)
    proposal = await story.carol_approves_the_proposal()
    await slack.advance(days=1, minutes=10)

    await the_proposal_says_why(proposal)
    groups = await story.groups()
    nobody_sits_with_somebody_who_supervises_them(story, groups)
    await everybody_was_introduced_once(story, groups, late=late)

    await slack.go_to(monday(2))
    bobs_group = next(group for group in groups if bob in group.members)
    bobs_mentor = next(one for one in bobs_group.members if one in cast.mentors)
    await everybody_but_one_was_asked_for_a_check_in(story, late=late)
    await story.check_in(bob, "For the mentor: " + HOSTILE, visibility="mentor")
    await story.check_in(bob, "For nobody: the night shift", visibility="only_me")
    await story.check_in(bob, "For the group: " + HOSTILE, visibility="group")
    await slack.advance(minutes=5)

    await slack.go_to(monday(3))
    await what_was_shared_reached_those_it_was_meant_for(story, bobs_group.name, bobs_mentor)
    await story.accept(late)

    await slack.advance(days=1, hours=3)
    six = [one for one in bobs_group.members if one in cast.mentees]
    for person in six:
        assert (await story.answer_the_pulse(person, 5))["error"] is None
    assert (await story.answer_the_pulse(six[0], 1))["error"] is None
    await slack.go_to(monday(4) + timedelta(hours=2))
    await the_digest_says_bands_and_nothing_else(story, bobs_group.title)
    await the_latecomer_found_a_place(story, late)
    await story.carol_tells_what_was_done("We moved the meetings to lunch time.")

    for week in range(5, 13):
        await slack.go_to(monday(week))
    await slack.advance(days=6)

    await every_mentor_had_one_nudge_a_week(story)
    await a_second_round_was_opened_after_the_first_was_answered_for(story)
    await nothing_was_lost_or_doubled(story)
    await everybody_can_see_whom_to_turn_to(story)


async def the_proposal_says_why(proposal: str) -> None:
    assert "*35 of 36 mentees have a mentor.*" in proposal
    assert "No better grouping exists: that is proven." in proposal
    assert "They have not accepted the code of conduct." in proposal
    assert "first choice" in proposal


def nobody_sits_with_somebody_who_supervises_them(story: Story, groups: list[Group]) -> None:
    rows = csv.DictReader(io.StringIO(story.cast.roster))
    bosses = {row["slack_id"]: row["supervised_by"] for row in rows if row["supervised_by"]}
    together = [
        (one, bosses[one])
        for group in groups
        for one in group.members
        if bosses.get(one) in group.members
    ]
    assert bosses
    assert together == []


async def everybody_was_introduced_once(story: Story, groups: list[Group], *, late: str) -> None:
    assert len(groups) == len(story.cast.mentors)
    seated = [one for group in groups for one in group.members if one in story.cast.mentees]
    assert sorted(seated) == sorted(set(story.cast.mentees) - {late})
    for group in groups:
        assert len(await story.slack.messages(channel=group.channel)) == 1
    [*_, told] = texts(await story.slack.messages(user=late))
    assert "Your seat waits until you have accepted the code of conduct" in told


async def everybody_but_one_was_asked_for_a_check_in(story: Story, *, late: str) -> None:
    asked = [
        one
        for one in story.cast.mentees
        if any("time for a check-in" in line for line in texts(await story.messages(one)))
    ]
    assert sorted(asked) == sorted(set(story.cast.mentees) - {late})


async def what_was_shared_reached_those_it_was_meant_for(
    story: Story, group: str, mentor: str
) -> None:
    said = await story.everything_said()

    def readers_of(words: str) -> set[str]:
        return {who for who, lines in said.items() if any(words in line for line in lines)}

    escaped = "Tell &lt;!channel&gt; &amp; &lt;@U0CAROL&gt; that &lt;b&gt;5 &gt; 3&lt;/b&gt;"
    for words in ("For nobody", "For the mentor", "For the group", "<!channel>"):
        assert readers_of(words) == set()
    assert group in readers_of("shares a check-in with this group")
    told = [one for one in await story.messages(mentor) if "shared with you" in one["text"]]
    await story.slack.press(mentor, "Read", message=told[-1])
    first = all_text(await story.slack.view(mentor))
    await story.slack.press(mentor, "Next", modal=True)
    second = all_text(await story.slack.view(mentor))
    await story.slack.close(mentor)
    assert {f"For the mentor: {escaped}" in one for one in (first, second)} == {True, False}
    assert {f"For the group: {escaped}" in one for one in (first, second)} == {True, False}
    assert "For nobody" not in first + second


async def the_digest_says_bands_and_nothing_else(story: Story, answered: str) -> None:
    channel = await story.slack.channel_id("mentoring-coordinators")
    every = texts(await story.slack.messages(channel=channel))
    [digest] = [one for one in every if "has closed" in one]
    weekly = [one for one in every if "*Next.*" in one]
    assert weekly
    assert not any(person in one for one in weekly for person in story.cast.mentees)
    lines = digest.splitlines()
    own = next(line for line in lines if line.startswith(answered))
    assert "5 or more responses" in own
    assert "High" in own
    others = [line for line in lines if "no result of its own this time" in line]
    assert len(others) == len(story.cast.mentors) - 1
    for person in story.cast.mentees:
        assert person not in digest
    [table] = [
        block
        for message in await story.slack.messages(channel=channel)
        for block in message["blocks"]
        if block["type"] == "table"
    ]
    assert table["rows"]


async def the_latecomer_found_a_place(story: Story, late: str) -> None:
    groups = [group for group in await story.groups() if late in group.members]
    assert len(groups) == 1
    own = groups[0].title.casefold()
    assert any(own in line.casefold() for line in texts(await story.messages(late)))


async def every_mentor_had_one_nudge_a_week(story: Story) -> None:
    for mentor in story.cast.mentors:
        weeks = [
            story.week_of(message)
            for message in await story.messages(mentor)
            if message["text"].startswith("Your mentoring week")
        ]
        assert weeks == list(range(1, 13))


async def a_second_round_was_opened_after_the_first_was_answered_for(story: Story) -> None:
    channel = await story.slack.channel_id("mentoring-coordinators")
    lines = texts(await story.slack.messages(channel=channel))
    assert sum("has closed" in line for line in lines) >= 2
    heard = texts(await story.messages(story.cast.mentees[0]))
    assert any("We moved the meetings to lunch time." in line for line in heard)


async def nothing_was_lost_or_doubled(story: Story) -> None:
    calls = await story.slack.calls("chat.postMessage")
    sends = Counter(
        call["args"]["metadata"]["event_payload"]["send_id"]
        for call in calls
        if call["answer"]["ok"] and call["args"].get("metadata")
    )
    assert sends
    assert max(sends.values()) == 1
    async with story.slack.cairn.database.reading() as connection:
        counted = await connection.execute(
            sa.select(outbox.c.state, sa.func.count())
            .where(outbox.c.workspace_id == story.slack.cairn.workspace_id)
            .group_by(outbox.c.state)
        )
        ended = {OutboxState(state): count for state, count in counted}
    for state in (OutboxState.FAILED, OutboxState.UNKNOWN, OutboxState.SENDING):
        assert state not in ended
    assert ended[OutboxState.SENT] == sends.total()


async def everybody_can_see_whom_to_turn_to(story: Story) -> None:
    for person in (story.cast.coordinator, story.cast.mentors[0], story.cast.mentees[0]):
        home = all_text(await story.slack.home(person))
        assert CRISIS in home
        assert CONCERN in home
