"""Groups under way in Slack: moves, places that open, mentors who leave, conflicts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.draft_programme import Draft, draft_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path
) -> AsyncIterator[Draft]:
    size = getattr(request, "param", {"mentors": 2, "mentees": 6})
    async with draft_programme(sqlite_template, tmp_path, **size) as draft:
        yield draft


async def test_a_rematch_needs_no_reason_and_says_nothing_about_the_mentor(here: Draft) -> None:
    await here.approve()
    await here.slack.advance(days=1, minutes=6)
    bob = here.cast.mentees[0]
    before = await here.mentor_of(bob)
    for mentor in here.cast.mentors:
        await here.change_roster(mentor, capacity=4)

    await here.slack.press(bob, "Ask for another mentor", settings=True)
    form = await here.slack.view(bob)
    assert "Nobody asks for a reason, and none is kept" in all_text(form)
    await here.slack.submit(bob, form["id"], {})
    await here.slack.advance(minutes=1)

    assert await here.mentor_of(bob) != before
    assert any("You have a seat in" in m["text"] for m in await here.slack.messages(user=bob))
    [told] = [
        m["text"]
        for m in await here.slack.messages(user=before)
        if "another mentoring group" in m["text"]
    ]
    assert here.name(bob) in told
    assert "asked" not in told
    assert "reason" not in told


async def test_a_mentee_without_a_place_reads_why_and_gets_the_next_one(here: Draft) -> None:
    await here.change_roster(here.cast.mentors[0], capacity=2)
    proposal = all_text(await here.propose())
    assert "5 of 6 mentees have a mentor" in proposal
    assert "What would help" in proposal
    await here.slack.press(here.carol, "Approve…", modal=True)
    await here.slack.press(here.carol, "Approve", modal=True)
    await here.slack.advance(days=1, minutes=6)
    notices = {
        one: [m["text"] for m in await here.slack.messages(user=one) if "waitlist" in m["text"]]
        for one in here.cast.mentees
    }
    [left] = [one for one, said in notices.items() if said]
    assert "It says nothing about you" in notices[left][0]
    assert "You are on the waitlist" in all_text(await here.slack.home(left))

    await here.change_roster(here.cast.mentors[0], capacity=3)
    await here.slack.advance(days=5)  # over a weekend, on which nobody is disturbed

    assert await here.mentor_of(left) == here.cast.mentors[0]
    assert any("You have a seat in" in m["text"] for m in await here.slack.messages(user=left))
    channels = await here.channels()
    assert len(channels) == 2
    joined = [
        m["text"]
        for channel in channels.values()
        for m in await here.slack.messages(channel=channel)
        if "joins" in m["text"]
    ]
    assert any(here.name(left) in text for text in joined)


async def test_who_is_moved_in_the_morning_leaves_the_old_channel(here: Draft) -> None:
    await here.approve()
    await here.slack.advance(days=1, minutes=6)
    bob = here.cast.mentees[0]
    before = await here.mentor_of(bob)
    [other] = [one for one in here.cast.mentors if one != before]
    old = (await here.channels())[f"Group of {here.name(before)}"]
    await here.slack.press(bob, "Ask for another mentor", settings=True)
    await here.slack.submit(bob, (await here.slack.view(bob))["id"], {})
    assert await here.mentor_of(bob) == before

    await here.change_roster(other, capacity=4)
    await here.slack.advance(days=1)

    assert await here.mentor_of(bob) == other
    kicked = [call["args"] for call in await here.slack.calls("conversations.kick")]
    assert [(one["channel"], one["user"]) for one in kicked] == [(old, bob)]


async def test_a_mentor_leaves_and_their_mentees_have_another(here: Draft) -> None:
    await here.approve()
    await here.slack.advance(days=1, minutes=6)
    gone, staying = here.cast.mentors
    theirs = [one for one in here.cast.mentees if await here.mentor_of(one) == gone]
    await here.change_roster(staying, capacity=8)

    await here.slack.press(gone, "Leave the programme", settings=True)
    await here.slack.advance(minutes=1)

    assert theirs
    assert {await here.mentor_of(one) for one in theirs} == {staying}
    [told] = [
        m["text"]
        for m in await here.slack.messages(user=here.carol)
        if "no longer takes part as a mentor" in m["text"]
    ]
    assert all(here.name(one) in told for one in theirs)
    assert not any("no longer" in m["text"] for m in await here.slack.messages(user=gone))


async def test_a_group_without_a_mentor_is_given_to_somebody_who_has_one(here: Draft) -> None:
    await here.approve()
    await here.slack.advance(days=1, minutes=6)
    gone, staying = here.cast.mentors
    theirs = [one for one in here.cast.mentees if await here.mentor_of(one) == gone]
    await here.change_roster(staying, capacity=len(here.cast.mentees) - len(theirs))
    await here.slack.press(gone, "Leave the programme", settings=True)
    await here.slack.advance(minutes=1)
    [told] = [
        m
        for m in await here.slack.messages(user=here.carol)
        if "no longer takes part as a mentor" in m["text"]
    ]
    await here.slack.close(here.carol)

    await here.slack.press(here.carol, "Give the group a mentor", message=told)
    form = await here.slack.view(here.carol)
    nobody = await here.slack.submit(here.carol, form["id"], {"mentor": theirs[0]})
    unasked = await here.slack.submit(here.carol, form["id"], {"mentor": staying})
    agreed = {"mentor": staying, "agreed": ["yes"]}
    await here.slack.submit(here.carol, form["id"], agreed)

    assert "takes part as a mentor" in nobody["response"]["errors"]["mentor"]
    assert "said they can take 3 mentees and has 3" in unasked["response"]["errors"]["agreed"]
    assert "mentors the group from now on" in all_text(await here.slack.view(here.carol))
    assert {await here.mentor_of(one) for one in here.cast.mentees} == {staying}
    await here.slack.advance(minutes=1)
    for one in theirs:
        heard = [m["text"] for m in await here.slack.messages(user=one)]
        assert any(here.name(staying) in text and "mentor" in text for text in heard[-2:])
    home = all_text(await here.slack.home(staying))
    assert f"Group of {here.name(gone)}" in home
    assert f"Group of {here.name(staying)}" in home
    await here.slack.close(here.carol)
    assert "Give the group a mentor" not in all_text(await here.slack.home(here.carol))
    await here.slack.press(here.carol, "Give the group a mentor", message=told)
    assert "Every group has a mentor" in (await here.slack.messages(user=here.carol))[-1]["text"]


async def test_a_group_that_changes_hands_in_its_private_day_is_introduced_once(
    here: Draft,
) -> None:
    await here.approve()
    await here.slack.advance(minutes=6)
    gone, staying = here.cast.mentors
    await here.slack.press(gone, "Leave the programme", settings=True)
    await here.slack.advance(minutes=1)
    await here.slack.close(here.carol)

    await here.slack.press(here.carol, "Give the group a mentor")
    form = await here.slack.view(here.carol)
    await here.slack.submit(here.carol, form["id"], {"mentor": staying, "agreed": ["yes"]})
    await here.slack.advance(days=1, minutes=10)

    channels = await here.channels()
    assert len(channels) == 2
    for channel in channels.values():
        [welcome] = [m["text"] for m in await here.slack.messages(channel=channel)]
        assert f"Your mentor is {here.name(staying)}" in welcome


async def test_a_conflict_of_a_new_rotation_is_told_and_mended(here: Draft) -> None:
    await here.approve()
    await here.slack.advance(days=1, minutes=6)
    await here.slack.close(here.carol)
    bob = here.cast.mentees[0]
    before = await here.mentor_of(bob)
    for mentor in here.cast.mentors:
        await here.change_roster(mentor, capacity=4)

    await here.slack.press(here.carol, "Record a conflict")
    form = await here.slack.view(here.carol)
    answers = {"senior": before, "kind": "evaluates", "junior": bob, "starts": "2026-09-01"}
    await here.slack.submit(here.carol, form["id"], answers)
    saved = all_text(await here.slack.view(here.carol))
    assert "They are in one group now: Home shows how to find another seat." in saved
    await here.slack.advance(minutes=1)
    [told] = [m for m in await here.slack.messages(user=here.carol) if "should not be" in m["text"]]
    await here.slack.press(here.carol, f"Find another seat for {here.name(bob)}", message=told)
    assert await here.mentor_of(bob) == before
    await here.slack.submit(here.carol, (await here.slack.view(here.carol))["id"], {})

    assert await here.mentor_of(bob) != before


async def test_a_conflict_that_cannot_be_is_refused_with_what_to_mend(here: Draft) -> None:
    bob, alice = here.cast.mentees[0], here.cast.mentors[0]
    await here.slack.press(here.carol, "Record a conflict")
    form = await here.slack.view(here.carol)
    wrong = {"senior": alice, "kind": "manages", "junior": bob}

    for answers, sentence in (
        (wrong | {"senior": bob}, "two different people"),
        (wrong | {"starts": "2026-10-02", "ends": "2026-10-01"}, "The last day is before"),
    ):
        answer = await here.slack.submit(here.carol, form["id"], answers)
        assert sentence in str(answer)


async def test_a_coordinator_moves_a_mentee_without_saying_why(here: Draft) -> None:
    await here.approve()
    await here.slack.advance(days=1, minutes=6)
    await here.slack.close(here.carol)
    bob = here.cast.mentees[0]
    before = await here.mentor_of(bob)
    for mentor in here.cast.mentors:
        await here.change_roster(mentor, capacity=4)

    await here.slack.press(here.carol, "Move a mentee")
    form = await here.slack.view(here.carol)
    refused = await here.slack.submit(here.carol, form["id"], {"mentee": here.carol})
    theirs = {"mentee": bob, "to": await here.group_of(bob)}
    same = await here.slack.submit(here.carol, form["id"], theirs)
    assert "They are in that group already." in str(same)
    await here.slack.submit(here.carol, form["id"], {"mentee": bob, "to": None})

    assert "takes part as a mentee" in str(refused)
    seen = await here.slack.view(here.carol)
    assert "Whom they leave reads that they moved, not why." in all_text(seen)
    assert await here.mentor_of(bob) == before
    await here.slack.submit(here.carol, seen["id"], {})
    assert await here.mentor_of(bob) != before

    await here.slack.press(here.carol, "Undo", modal=True)

    assert await here.mentor_of(bob) == before
