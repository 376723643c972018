"""A coordinator decides on groups in Slack: propose, change, approve, undo."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.matching import exclusions, store
from bot.matching import proposals as proposing
from bot.people.model import Role
from tests.support.draft_programme import Draft, draft_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path
) -> AsyncIterator[Draft]:
    size = getattr(request, "param", {"mentors": 2, "mentees": 6})
    async with draft_programme(sqlite_template, tmp_path, **size) as draft:
        yield draft


async def test_a_coordinator_goes_from_a_roster_to_groups_that_meet(here: Draft) -> None:
    shown = all_text(await here.propose())
    assert "6 of 6 mentees have a mentor" in shown
    assert "No better grouping exists: that is proven." in shown
    assert "choice" in shown
    assert "Who sees this: coordinators" in shown

    await here.slack.press(here.carol, "Approve…", modal=True)
    await here.slack.press(here.carol, "Approve", modal=True)

    assert "The groups are approved" in all_text(await here.slack.view(here.carol))
    assert await here.channels() == {}
    await here.slack.advance(days=1, minutes=6)
    channels = await here.channels()
    assert channels
    for name, channel in channels.items():
        [welcome] = [
            m for m in await here.slack.messages(channel=channel) if "Welcome to" in m["text"]
        ]
        assert name.removeprefix("Group of ") in welcome["text"]
        body = all_text(welcome["blocks"])
        assert "48 hours" in body
        assert "For your first meeting" in body
        assert "Dial 5555" in body
    bob = here.cast.mentees[0]
    home = all_text(await here.slack.home(bob))
    assert f"<@{await here.mentor_of(bob)}>" in home
    assert "Settings" in home
    assert f"<@{bob}>" in all_text(await here.slack.home(await here.mentor_of(bob)))


async def test_an_approval_is_undone_before_anybody_is_told(here: Draft) -> None:
    await here.approve()

    await here.slack.press(here.carol, "Undo the approval", modal=True)
    await here.slack.advance(hours=1)

    assert "6 of 6 mentees have a mentor" in all_text(await here.slack.view(here.carol))
    assert await here.channels() == {}
    for one in (*here.cast.mentors, *here.cast.mentees):
        assert "Welcome to" not in str(await here.slack.messages(user=one))
    assert "not approved yet" in all_text(await here.slack.home(here.carol))


async def test_members_are_told_at_once_when_the_coordinator_says_so(here: Draft) -> None:
    bob = here.cast.mentees[0]
    await here.approve()

    await here.slack.press(here.carol, "Tell them now", modal=True)
    await here.slack.advance(minutes=1)

    [told] = [m for m in await here.slack.messages(user=bob) if "Your seat is" in m["text"]]
    assert here.name(await here.mentor_of(bob)) in told["text"]
    assert await here.channels() == {}
    assert "Undo" not in all_text(await here.slack.home(here.carol))


async def test_two_mentees_are_swapped_row_by_row_and_totals_compare(here: Draft) -> None:
    view = await here.propose()
    rows = [b for b in view["blocks"] if b.get("accessory", {}).get("type") == "overflow"]
    first = here.cast.mentees[0]
    own = next(all_text(b) for b in rows if all_text(b).startswith(f"*{here.name(first)}*"))
    other = next(
        one
        for one in here.cast.mentees[1:]
        if all(
            here.name(mentor) not in own
            for mentor in here.cast.mentors
            if any(
                all_text(b).startswith(f"*{here.name(one)}* with *{here.name(mentor)}*")
                for b in rows
            )
        )
    )

    choosing = await here.row(first, "swap")
    assert "Choose who changes seats" in all_text(choosing)
    swapped = all_text(await here.row(other, "press"))

    assert "version 2" in swapped
    assert "Version 1: 6 seated" in swapped
    assert swapped.count("· locked") == 2
    await here.slack.press(here.carol, "Propose again, keep what I locked", modal=True)
    again = all_text(await here.slack.view(here.carol))
    assert "version 3" in again
    assert again.count("· locked") == 2


async def test_a_match_is_locked_unlocked_and_forbidden(here: Draft) -> None:
    await here.propose()
    bob = here.cast.mentees[0]

    assert "· locked" in all_text(await here.row(bob, "lock"))
    assert "· locked" not in all_text(await here.row(bob, "unlock"))
    assert "forbidden, gone at the next run" in all_text(await here.row(bob, "forbid"))


async def test_a_coordinator_takes_back_what_keeps_two_apart(here: Draft) -> None:
    bob, alice = here.cast.mentees[0], here.cast.mentors[0]
    await here.propose()
    await here.row(bob, "forbid")
    await here.slack.close(here.carol)
    await here.slack.press(here.carol, "Record a conflict")
    form = await here.slack.view(here.carol)
    assert "never matched in" in all_text(form)
    clash = {"senior": alice, "kind": "manages", "junior": bob}
    await here.slack.submit(here.carol, form["id"], clash)
    await here.slack.close(here.carol)

    await here.slack.press(here.carol, "Record a conflict")
    both = await here.slack.view(here.carol)
    lift = [b["accessory"] for b in both["blocks"] if "pairing.lift" in str(b)]
    for value in [one["value"] for one in lift]:
        await here.slack.click(here.carol, "pairing.lift", view_id=both["id"], value=value)

    assert "is the line manager of" in all_text(both)
    assert "On record" not in all_text(await here.slack.view(here.carol))
    async with here.slack.cairn.database.reading() as connection:
        assert await exclusions.conflicts(connection, here.workspace_id) == []
        assert await exclusions.forbids(connection, here.workspace_id, here.programme.id) == []


async def test_a_proposal_that_the_facts_left_behind_is_matched_again(here: Draft) -> None:
    await here.propose()
    bob = here.cast.mentees[0]

    changed = await here.row(bob, "forbid")

    assert "who must not be matched" in all_text(changed)
    assert "group.before_approval" not in str(changed)
    await here.slack.press(here.carol, "Match again", modal=True)
    again = await here.slack.view(here.carol)
    assert "Something changed" not in all_text(again)
    assert "group.before_approval" in str(again)


async def test_nobody_but_a_coordinator_decides(here: Draft) -> None:
    await here.propose()
    home = await here.slack.home(here.cast.mentees[0])

    assert "pairing.propose" not in str(home)
    view = await here.slack.view(here.carol)
    await here.change_roster(here.carol, roles=frozenset({Role.MENTEE}))
    approve = next(
        e
        for b in view["blocks"]
        if b["type"] == "actions"
        for e in b["elements"]
        if e["action_id"] == "group.before_approval"
    )
    await here.slack.click(here.carol, approve["action_id"], view_id=view["id"])

    assert "Only coordinators" in all_text(await here.slack.view(here.carol))
    assert await here.channels() == {}


@pytest.mark.parametrize("here", [{"mentors": 20, "mentees": 120}], indirect=True)
async def test_a_proposal_of_120_is_shown_page_by_page(here: Draft) -> None:
    first = await here.propose()
    assert len(first["blocks"]) <= 100
    seen = {all_text(b) for b in first["blocks"] if b.get("accessory", {}).get("options")}

    for _ in range(2):
        await here.slack.press(here.carol, "Next page", modal=True)
        page = await here.slack.view(here.carol)
        seen |= {all_text(b) for b in page["blocks"] if b.get("accessory", {}).get("options")}

    assert len(seen) == 120
    assert "Page 3 of 3" in all_text(page)


async def test_a_wish_is_kept_for_its_author_and_looks_like_asking_for_another_mentor(
    here: Draft,
) -> None:
    bob, dan, *_ = here.cast.mentees
    await here.approve()
    await here.slack.press(here.carol, "Tell them now", modal=True)
    await here.slack.advance(minutes=1)
    before = await here.mentor_of(bob)

    [told] = [m for m in await here.slack.messages(user=bob) if "Your seat is" in m["text"]]
    await here.slack.press(bob, "Rather not with…", message=told)
    form = await here.slack.view(bob)
    assert "Who sees this:* you alone" in all_text(form)
    await here.slack.submit(bob, form["id"], {"people": [bob]})
    assert "There is nobody you would rather not" in all_text(await here.slack.view(bob))
    await here.slack.close(bob)
    await here.slack.press(bob, "Rather not with…", message=told)
    await here.slack.submit(bob, (await here.slack.view(bob))["id"], {"people": [before]})
    assert "You will not be introduced to them" in all_text(await here.slack.view(bob))
    await here.slack.close(bob)
    await here.slack.press(dan, "Ask for another mentor", settings=True)
    form = await here.slack.view(dan)
    assert "Who sees this:* nobody" in all_text(form)
    await here.slack.submit(dan, form["id"], {})
    assert "You are not introduced" in all_text(await here.slack.view(dan))
    assert "Waiting" not in all_text(await here.slack.home(here.carol))
    await here.slack.advance(days=1)

    shown = all_text(await here.slack.home(here.carol))
    for one in (bob, dan):
        assert f"*{here.name(one)}*: Another group is being looked for." in shown
        welcomed = str(
            [await here.slack.messages(channel=c) for c in (await here.channels()).values()]
        )
        assert one not in welcomed
        assert "You are on the waitlist" in all_text(await here.slack.home(one))
    assert "confidence" not in str(await here.slack.messages(user=here.carol))


async def test_a_proposal_replaced_meanwhile_is_not_approved(here: Draft) -> None:
    await here.propose()
    async with here.slack.cairn.database.reading() as connection:
        kept = await store.current_proposal(connection, here.workspace_id, here.programme.id)
    assert kept
    await proposing.run_again(
        here.slack.cairn.database,
        here.workspace_id,
        kept.id,
        by=kept.made_by,
        now=here.slack.clock.now(),
    )

    await here.slack.press(here.carol, "Approve…", modal=True)

    assert "newer version" in all_text(await here.slack.view(here.carol))
    assert await here.channels() == {}
