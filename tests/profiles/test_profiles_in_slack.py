"""From the to-do before the matching to what the people of a group read of each other."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.draft_programme import Draft, draft_programme
from tests.support.workspace import all_text

ABOUT = "Ich bin Bob 🩺 & <!channel> أنا بوب\nzweite Zeile"
SECRET = "quokka"
"""Stands in a profile: no message may hold it."""


@pytest.fixture
async def here(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=2, mentees=4) as draft:
        yield draft


async def write(here: Draft, who: str, **answers: str) -> str:
    """Fill in the profile from Home; what is shown then."""
    await here.slack.press(who, "My profile", settings=True)
    form = await here.slack.view(who)
    await here.slack.submit(who, form["id"], answers)
    return all_text(await here.slack.view(who))


async def choose(here: Draft, who: str, *people: str) -> str:
    await here.slack.close(who)
    await here.slack.press(who, "Whom I would like", settings=True)
    form = await here.slack.view(who)
    await here.slack.submit(who, form["id"], ranked(*people))
    return all_text(await here.slack.view(who))


def ranked(*people: str) -> dict[str, str]:
    return dict(zip(("first", "second", "third"), people, strict=False))


async def in_groups(here: Draft) -> None:
    """Approve the proposal, and let the day in private pass."""
    await here.approve()
    await here.slack.close(here.carol)
    await here.slack.advance(days=1, minutes=6)


async def introduction(here: Draft, who: str) -> dict[str, Any]:
    """The message that opened the channel of this mentee's group."""
    mentor = here.name(await here.mentor_of(who))
    (channel,) = [its for name, its in (await here.channels()).items() if mentor in name]
    (found,) = [m for m in await here.slack.messages(channel=channel) if "Welcome" in m["text"]]
    return found


async def everything_sent(here: Draft) -> str:
    calls = [await here.slack.calls(f"chat.{one}") for one in ("postMessage", "postEphemeral")]
    assert calls[0]
    return str(calls)


async def test_a_profile_is_asked_for_before_the_matching_and_read_by_the_group_alone(
    here: Draft,
) -> None:
    bob, alice = here.cast.mentees[0], here.cast.mentors[0]
    assert "Say a few words about yourself" in all_text(await here.slack.home(bob))
    assert "0 of 6 mentees and mentors" in all_text(await here.slack.home(here.carol))

    shown = await write(here, bob, about=ABOUT, hope=SECRET, interests="Poetry, poetry,  Tea ")
    assert "Saved" in shown
    assert "&lt;!channel&gt; أنا بوب" in shown
    assert "Poetry and Tea" in shown
    assert "whom you would like to be with" in shown
    assert "Say a few words" not in all_text(await here.slack.home(bob))
    carols = all_text(await here.slack.home(here.carol))
    assert "1 of 6 mentees and mentors" in carols
    assert SECRET not in carols

    await write(here, alice, offer="Time", capacity="4")
    await in_groups(here)
    mentor = await here.mentor_of(bob)
    welcome = await introduction(here, bob)
    assert "Press Who is in my group" in welcome["text"]
    await here.slack.press(mentor, "Who is in my group", message=welcome)
    read = all_text(await here.slack.view(mentor))
    assert SECRET in read
    assert "&lt;!channel&gt; أنا بوب" in read
    assert "Has not written anything yet" not in read.split(f"<@{bob}>")[1].split("<@")[0]

    await here.slack.close(bob)
    await here.slack.press(bob, "Who is in my group")
    assert f"<@{mentor}>" in all_text(await here.slack.view(bob))
    assert SECRET not in await everything_sent(here)
    await here.slack.close(bob)
    assert "whom you would like to be with" not in await write(here, bob, about="Changed")


async def test_what_is_wrong_is_said_beside_its_question_and_nothing_is_kept(here: Draft) -> None:
    alice = here.cast.mentors[0]
    await here.slack.press(alice, "My profile", settings=True)
    form = await here.slack.view(alice)

    for block, said, problem in (
        ("capacity", "-1", "from 0 to 20"),
        ("capacity", "99", "from 0 to 20"),
        ("capacity", "x", "from 0 to 20"),
        ("interests", ",".join(map(str, range(13))), "12 at most"),
        ("languages", "x" * 61, "60 characters"),
    ):
        answers = {"about": "kept?", "capacity": "3", "interests": "Tea"} | {block: said}
        answer = await here.slack.submit(alice, form["id"], answers)
        assert problem in answer["response"]["errors"][block], (block, said)
    assert "0 of 6" in all_text(await here.slack.home(here.carol))

    await here.slack.submit(alice, form["id"], {"capacity": "0", "languages": ""})
    assert "1 of 6" in all_text(await here.slack.home(here.carol))


async def test_what_members_say_is_what_the_matching_reads(here: Draft) -> None:
    (alice, other), bob = here.cast.mentors, here.cast.mentees[0]
    await write(here, alice, capacity="0", interests="")
    await write(here, other, capacity="4", interests="Quilting", languages="Welsh")
    await write(here, bob, interests="quilting; tea", languages="welsh")

    shown = all_text(await here.propose())

    row = next(line for line in shown.splitlines() if f"*{here.name(bob)}*" in line)
    assert here.name(other) in row
    assert "shared interest in quilting" in shown
    assert "both speak welsh" in shown
    assert here.name(alice) not in shown


async def test_who_is_asked_for_the_code_of_conduct_is_led_to_their_profile(here: Draft) -> None:
    bob = here.cast.mentees[0]
    await here.change_roster(bob, conduct_accepted_at=None)
    assert "Say a few words" not in all_text(await here.slack.home(bob))

    await here.slack.press(here.carol, "Ask them")
    preview = await here.slack.view(here.carol)
    assert "say a few words about yourself" in all_text(preview)
    await here.slack.submit(here.carol, preview["id"], {})
    await here.slack.advance(minutes=1)

    asked = (await here.slack.messages(user=bob))[-1]
    assert "say a few words about yourself" in asked["text"]
    await here.slack.press(bob, "My profile", message=asked)
    assert "About me" in all_text(await here.slack.view(bob))


async def test_a_wish_names_people_who_can_be_matched(here: Draft) -> None:
    bob, (alice, other) = here.cast.mentees[0], here.cast.mentors
    await here.slack.press(bob, "Whom I would like", settings=True)
    form = await here.slack.view(bob)

    for people, problem in (
        ([bob], "yourself"),
        ([here.cast.mentees[1]], "is no mentor here"),
        ([here.carol], "is no mentor here"),
        ([alice, "U0ELSEWHERE"], "takes no part"),
    ):
        answer = await here.slack.submit(bob, form["id"], ranked(*people))
        assert problem in answer["response"]["errors"]["first"], people

    shown = await choose(here, bob, other, alice)
    assert shown.index(f"1. <@{other}>") < shown.index(f"2. <@{alice}>")
    assert "when groups are proposed" in shown


async def test_a_wish_after_the_proposal_makes_it_stale_and_names_nobody(here: Draft) -> None:
    bob = here.cast.mentees[0]
    wished = here.cast.mentors[1]
    await choose(here, bob, here.cast.mentors[0])
    await here.propose()
    await here.slack.close(here.carol)
    before = all_text(await here.slack.home(here.carol))

    await choose(here, bob, wished)

    after = all_text(await here.slack.home(here.carol))
    assert "wishes have changed" not in before
    assert "profiles or wishes have changed since it was made" in after
    now = after.partition("wishes have changed")[0]
    assert here.name(bob) not in now.rpartition("A proposal of groups")[2]
    await here.slack.press(here.carol, "Review and approve")
    review = await here.slack.view(here.carol)
    assert "Match again" in all_text(review)
    await here.slack.press(here.carol, "Match again", modal=True)
    await here.slack.press(here.carol, "Approve…", modal=True)
    await here.slack.press(here.carol, "Approve", modal=True)
    assert "The groups are approved" in all_text(await here.slack.view(here.carol))
    assert "wishes have changed" not in all_text(await here.slack.home(here.carol))
    assert await here.mentor_of(bob) == wished
    assert "The groups stand already" in await choose(here, bob, here.cast.mentors[0])


async def test_a_wish_in_confidence_changes_nothing_of_a_proposal(here: Draft) -> None:
    bob, alice = here.cast.mentees[0], here.cast.mentors[0]
    await here.propose()
    await here.slack.close(here.carol)
    before = all_text(await here.slack.home(here.carol))

    await here.slack.press(bob, "Whom I would like", settings=True)
    await here.slack.press(bob, "Rather not with…", modal=True)
    form = await here.slack.view(bob)
    assert form["callback_id"] == "pairing.wishes_form"
    assert await here.slack.calls("views.push"), "the choices stay open beneath it"
    await here.slack.submit(bob, form["id"], {"people": [alice]})

    assert "Saved" in all_text(await here.slack.view(bob))
    assert all_text(await here.slack.home(here.carol)) == before


async def test_what_looks_like_a_patients_is_pointed_out_before_it_is_saved(here: Draft) -> None:
    bob = here.cast.mentees[0]
    telling = {"about": "Met MRN 12345678 today", "interests": "Tea"}

    again = await write(here, bob, **telling)
    form = await here.slack.view(bob)
    assert "Not saved yet" in again
    assert "MRN 12345678" in str(form)
    assert "0 of 6" in all_text(await here.slack.home(here.carol))

    await here.slack.submit(bob, form["id"], {**telling, "save_anyway": ["yes"]})
    assert "1 of 6" in all_text(await here.slack.home(here.carol))
