from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.flows.closing import close_programme
from bot.kernel.ids import WorkspaceId
from bot.programme.model import Use
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

WORDS = "I stopped hiding what I do not know"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        await running.begin_now(Use.CLOSING)
        yield running


async def look_back(here: Running, **answers: Any) -> str:
    await here.home_text(here.bob, until="look back in two questions")
    await here.slack.press(here.bob, "Look back")
    form = await here.slack.view(here.bob)
    answer = await here.slack.submit(here.bob, form["id"], answers)
    return str(answer) + all_text(await here.slack.view(here.bob))


async def thank(here: Running, *, giver: str, name: str, text: str) -> str:
    await here.home_text(giver, until="Thank one person")
    await here.slack.press(giver, "Thank one person")
    form = await here.slack.view(giver)
    people = next(b for b in form["blocks"] if b.get("block_id") == "to")["element"]["options"]
    to = next(one["value"] for one in people if one["text"]["text"].startswith(name))
    answer = await here.slack.submit(giver, form["id"], {"to": to, "text": text})
    await here.slack.advance(seconds=10)
    return str(answer)


async def name_of(here: Running, user: str) -> str:
    people = (await here.slack.state())["users"]
    return str(next(one["real_name"] for one in people if one["id"] == user))


async def everything_shown(here: Running, user: str) -> str:
    shown = [await here.slack.messages(user=user), await here.slack.home(user)]
    return str([*shown, await here.slack.views(user)])


async def test_a_look_back_is_its_writers_alone_and_its_to_do_is_gone(here: Running) -> None:
    said = await look_back(here, changed=WORDS, next_network="My old group")

    assert "Saved, for you alone" in said
    shown = await here.home_text(here.bob, until="Read what I wrote")
    assert "look back in two questions" not in shown
    await here.slack.close(here.bob)
    await here.slack.press(here.bob, "Read what I wrote")
    assert WORDS in str(await here.slack.view(here.bob))
    for other in (here.mentor, here.coordinator, here.dana):
        assert WORDS not in await everything_shown(here, other)


async def test_nothing_written_and_what_looks_like_a_patient_are_not_kept(here: Running) -> None:
    assert "Write a few words" in await look_back(here, changed="  ")
    await here.slack.close(here.bob)
    said = await look_back(here, changed="Mr X, MRN 1234567, taught me much")
    assert "Not saved yet, please look again" in said
    form = await here.slack.view(here.bob)
    await here.slack.submit(
        here.bob, form["id"], {"changed": "Room 1234567 was mine", "save_anyway": ["yes"]}
    )
    assert "Saved" in all_text(await here.slack.view(here.bob))


async def test_thanks_reach_one_person_whose_words_stay_out_of_the_message(here: Running) -> None:
    mentor = await name_of(here, here.mentor)

    await thank(here, giver=here.bob, name=mentor, text=WORDS)

    told = (await here.slack.messages(user=here.mentor))[-1]
    assert "wrote you a few words of thanks" in told["text"]
    assert WORDS not in str(told)
    await here.slack.press(here.mentor, "Read it", message=told)
    assert WORDS in all_text(await here.slack.view(here.mentor))
    for other in (here.coordinator, here.dana):
        assert WORDS not in await everything_shown(here, other)
    shown = await here.home_text(here.bob, until="They have read it")
    assert f"You thanked {mentor}" in shown
    assert "Take my thanks back" not in shown


async def test_thanks_are_taken_back_as_long_as_nobody_read_them(here: Running) -> None:
    await thank(here, giver=here.bob, name=await name_of(here, here.mentor), text=WORDS)
    told = (await here.slack.messages(user=here.mentor))[-1]

    await here.home_text(here.bob, until="Take my thanks back")
    await here.slack.press(here.bob, "Take my thanks back")
    await here.slack.press(here.mentor, "Read it", message=told)

    assert "not there any more" in str(await here.slack.messages(user=here.mentor))
    assert WORDS not in await everything_shown(here, here.mentor)
    await here.slack.close(here.bob)
    assert "Thank one person" in await here.home_text(here.bob, until="Thank one person")


async def test_only_one_person_is_thanked(here: Running) -> None:
    await thank(here, giver=here.bob, name=await name_of(here, here.mentor), text=WORDS)
    await here.slack.close(here.bob)

    assert "Thank one person" not in await here.home_text(here.bob, until="You thanked")


async def test_what_was_switched_off_stays_off_once_the_programme_has_closed(
    here: Running,
) -> None:
    cairn, now = here.slack.cairn, here.slack.clock.now()
    await thank(here, giver=here.dana, name=await name_of(here, here.mentor), text=WORDS)
    told = (await here.slack.messages(user=here.mentor))[-1]
    await here.home_text(here.bob, until="Thank one person")
    await here.slack.press(here.bob, "Thank one person")
    form = await here.slack.view(here.bob)
    people = next(one for one in form["blocks"] if one.get("block_id") == "to")
    answers = {"to": people["element"]["options"][0]["value"], "text": WORDS}

    await here.do_without(Use.CLOSING)
    its = (WorkspaceId(cairn.workspace_id), here.programme.id)
    await close_programme(cairn.database, *its, now=now)
    await here.slack.submit(here.bob, form["id"], answers)
    await here.slack.press(here.mentor, "Read it", message=told)

    assert "does not use this" in all_text(await here.slack.view(here.bob))
    assert WORDS not in await everything_shown(here, here.mentor)
