"""A concern from the first button to the end, as each of those concerned sees it in Slack."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.flows.closing import close_programme
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import use_cases as members
from bot.programme.model import Use
from runtime.commands.queue import look_at_queue
from runtime.demo.cast import CONTACTS
from tests.support.members import as_member
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text, buttons

RUTH, OWEN = CONTACTS[0][0], CONTACTS[1][0]
CARE = "A concern, or: please contact me"
WORDS = "Xylophone-47: I am afraid of the meetings"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        await running.do_without(Use.AGREEMENTS, Use.COMMUNITY, Use.COMPASS, Use.GOALS)
        yield running


def holding(folder: Path, content: bytes) -> list[str]:
    """The files under `folder` in which this stands, the database's own among them."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if content in path.read_bytes()]


async def form_of(here: Running, user: str) -> dict[str, Any]:
    await here.slack.press(user, CARE)
    return await here.slack.view(user)


async def raise_concern(here: Running, user: str, *, words: str = WORDS, number: int = 0) -> str:
    """Fill in the form; what the member reads then."""
    form = await form_of(here, user)
    ways = form["blocks"][0]["element"]["options"]
    answers = {"to": ways[number]["value"], "words": words}
    await here.slack.submit(user, form["id"], answers)
    said = all_text(await here.slack.view(user))
    await here.slack.close(user)
    await here.slack.settle()
    return said


async def opened(here: Running, user: str) -> str:
    await here.slack.press(user, "Open")
    return all_text(await here.slack.view(user))


async def test_from_the_button_to_the_end(here: Running) -> None:
    said = await raise_concern(here, here.bob)
    assert "Ruth Amsel is asked to get in touch with you" in said
    assert "Tuesday 8 September, 12:00 UTC> that they have it, Owen Park is asked, too" in said
    assert str(here.programme.crisis_contact) in said

    (note,) = await here.slack.messages(user=RUTH)
    await here.slack.press(RUTH, "Open", message=note)
    assert WORDS in all_text(await here.slack.view(RUTH))
    await here.slack.press(RUTH, "I have it", modal=True)
    assert "You have it" in all_text(await here.slack.view(RUTH))
    await here.slack.settle()

    assert (await here.texts(here.bob))[-1] == note["text"]
    assert "Ruth Amsel has seen this" in await here.home_text(here.bob, until="has seen this")
    await here.slack.press(here.bob, "Open")
    await here.slack.press(here.bob, "It is solved", modal=True)
    assert "You said that it is solved" in all_text(await here.slack.view(here.bob))


async def test_without_an_answer_the_deputy_is_asked_and_the_member_reads_it(
    here: Running,
) -> None:
    await raise_concern(here, here.bob, words="")
    assert await here.texts(OWEN) == []

    await here.slack.advance(hours=25)

    assert len(await here.texts(OWEN)) == 1
    mine = await opened(here, here.bob)
    assert "Ruth Amsel has not answered, so Owen Park was asked" in mine
    theirs = await opened(here, OWEN)
    assert f"<@{here.bob}> would like to hear from you" in theirs
    assert "They wrote nothing more" in theirs


async def test_it_can_go_to_the_deputy_alone(here: Running) -> None:
    said = await raise_concern(here, here.bob, number=2)
    await here.slack.advance(days=8)

    assert "Owen Park is asked to get in touch" in said
    assert "Ruth" not in said
    assert await here.texts(RUTH) == []


@pytest.mark.usefixtures("as_in_production")
async def test_nobody_else_can_tell_that_it_exists(
    here: Running, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither words, nor who raised one: in messages, Home, logs, queue, files."""
    others = [here.coordinator, here.mentor, here.dana]
    before = {who: all_text(await here.slack.home(who)) for who in others}
    await raise_concern(here, here.bob)
    await here.slack.advance(hours=25)
    await here.slack.press(OWEN, "Open")
    await here.slack.press(OWEN, "I have it", modal=True)
    await here.slack.settle()

    for who in others:
        after = all_text(await here.slack.home(who))
        assert "For you alone" not in after
        assert "Xylophone" not in after
        assert before[who].count("concern") == after.count("concern")
    texts = {who: await here.texts(who) for who in (here.bob, RUTH, OWEN)}
    notes = {one for found in texts.values() for one in found if "waits for you in Cairn" in one}
    assert len(notes) == 1  # the same words to all, so that a copy of a DM tells nothing
    every = [m for c in await _channels(here) for m in await here.slack.messages(channel=c)]
    assert not any("Xylophone" in str(one) for one in every)
    with_notes = [one for one in every if one["text"] in notes]
    assert with_notes
    assert not any(here.bob in str(one["blocks"]) or RUTH in str(one) for one in with_notes)
    values = {button.get("value") for one in with_notes for button in buttons(one)}
    assert values == {None}  # nothing in it leads from one to another
    queue = await look_at_queue(here.slack.cairn.options)
    said = capfd.readouterr()
    for text in (queue, said.out + said.err):
        assert "Xylophone" not in text
        assert "concern" not in text.lower()
        assert "care." not in text  # no button, and so nobody who pressed one
    assert "personal_note" not in said.err  # nor that anybody was told anything
    assert holding(tmp_path, b"personal_note")
    assert holding(tmp_path, b"Xylophone") == []


async def _channels(here: Running) -> list[str]:
    return [one["id"] for one in (await here.slack.state())["channels"]]


@pytest.mark.parametrize("verb", [members.leave, members.pause])
async def test_the_way_is_there_on_a_break_and_after_leaving(here: Running, verb: Any) -> None:
    cairn, now = here.slack.cairn, here.slack.clock.now()
    more = {"until": None} if verb is members.pause else {}
    async with cairn.database.writing() as connection:
        await as_member(
            connection,
            verb,
            WorkspaceId(cairn.workspace_id),
            slack_user_id=SlackUserId(here.bob),
            now=now,
            **more,
        )

    await raise_concern(here, here.bob)
    await here.slack.press(RUTH, "Open", message=(await here.slack.messages(user=RUTH))[0])
    await here.slack.press(RUTH, "I have it", modal=True)
    await here.slack.settle()

    assert "waits for you in Cairn" in (await here.texts(here.bob))[-1]
    assert "Ruth Amsel has seen this" in await opened(here, here.bob)


async def test_the_way_and_the_contacts_are_there_after_the_close(here: Running) -> None:
    cairn, now = here.slack.cairn, here.slack.clock.now()
    workspace_id = WorkspaceId(cairn.workspace_id)
    await close_programme(cairn.database, workspace_id, here.programme.id, now=now)

    said = await raise_concern(here, here.bob)
    home = await here.home_text(here.bob, until="has ended")

    assert "Ruth Amsel is asked" in said
    assert str(here.programme.crisis_contact) in home
    assert WORDS in await opened(here, RUTH)


async def test_taken_back_it_is_gone_for_everybody(here: Running) -> None:
    await raise_concern(here, here.bob)
    await here.slack.press(here.bob, "Open")
    await here.slack.press(here.bob, "Take it back", modal=True)

    assert "Nobody can read it any more" in all_text(await here.slack.view(here.bob))
    (note,) = await here.slack.messages(user=RUTH)
    await here.slack.press(RUTH, "Open", message=note)
    assert "Nothing waits for you" in all_text(await here.slack.view(RUTH))


async def test_a_form_from_before_the_people_changed_asks_nobody(here: Running) -> None:
    form = await form_of(here, here.bob)
    cairn = here.slack.cairn
    async with cairn.database.writing() as connection:
        workspace_id = WorkspaceId(cairn.workspace_id)
        ruth = await members.the_member(connection, workspace_id, SlackUserId(RUTH))
        await members.leave(connection, ruth, now=here.slack.clock.now())
    ways = form["blocks"][0]["element"]["options"]

    answer = await here.slack.submit(here.bob, form["id"], {"to": ways[0]["value"], "words": WORDS})

    assert "has changed meanwhile" in str(answer)
    assert await here.texts(RUTH) == []


async def test_somebody_is_blocked_and_only_their_blocker_knows(here: Running) -> None:
    await here.slack.press(here.bob, "Block somebody", settings=True)
    form = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, form["id"], {"person": here.mentor})
    done = all_text(await here.slack.view(here.bob))
    await here.slack.close(here.bob)
    await here.slack.advance(minutes=1)

    assert "coordinators are asked to part you" in done
    (asked,) = [one for one in await here.texts(here.coordinator) if "should not be" in one]
    assert "The reason may be confidential" in asked
    assert "block" not in asked.lower()
    mentors = await here.texts(here.mentor)
    assert not [one for one in mentors if "block" in one.lower() or "should not be" in one]
    await here.slack.press(here.bob, "Block somebody", settings=True)
    await here.slack.press(here.bob, "Take it back", modal=True)
    assert "Taken back" in all_text(await here.slack.view(here.bob))
