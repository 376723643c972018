"""A programme asks in its own words: a yes to others counts no more, and Cairn's lines stay."""

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.kernel.errors import UserFacing
from bot.people import store as people
from bot.programme import store as programmes
from bot.programme.model import Use
from bot.research import store
from bot.research.use_cases import make_export, write_text
from config.catalogue import load_catalogue
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

ASKS = "May research use what you noted"
OWN = "Dr Amsel studies how mentoring helps <doctors>; the ethics committee agreed (41/26)."
USUAL = load_catalogue().consent


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    uses = {Use.RESEARCH, Use.CHECKINS}
    async with running_programme(tmp_path, mentees=6, uses=uses) as running:
        await running.begin_now(Use.RESEARCH)
        await running.do_without(*(set(Use) - uses))
        yield running


async def say_yes(here: Running, user: str) -> None:
    await here.home_text(user, until=ASKS)
    await here.slack.press(user, "Read and decide")
    await here.slack.press(user, "Yes, without my name", modal=True)
    await here.slack.close(user)


async def write(here: Running, words: str, **more: object) -> dict[str, object]:
    await here.slack.close(here.coordinator)
    await here.slack.press(here.coordinator, "Tools")
    await here.slack.press(here.coordinator, "Texts", modal=True)
    shown = await here.slack.view(here.coordinator)
    value, view_id = here.programme.id, shown["id"]
    await here.slack.click(here.coordinator, "research.text", value=value, view_id=view_id)
    form = await here.slack.view(here.coordinator)
    assert "Your answers in the pulse." in all_text(form)
    return await here.slack.submit(here.coordinator, form["id"], {"introduction": words, **more})


async def test_who_said_yes_is_asked_again_and_nobody_is_written_to(here: Running) -> None:
    assert "Tick the box" in str(await write(here, OWN))
    before = all_text(await here.slack.view(here.coordinator))
    await say_yes(here, here.bob)
    await write(here, OWN)
    assert all_text(await here.slack.view(here.coordinator)) == before
    sent = await here.slack.messages(user=here.bob)

    await write(here, OWN, sure=["yes"])

    assert "a yes to others counts no more" in all_text(await here.slack.view(here.coordinator))
    assert await here.slack.messages(user=here.bob) == sent
    await here.home_text(here.bob, until=ASKS)
    await here.slack.press(here.bob, "Read and decide")
    question = all_text(await here.slack.view(here.bob))
    assert "studies how mentoring helps &lt;doctors&gt;" in question
    assert "You said" not in question
    await here.slack.press(here.bob, "Yes, without my name", modal=True)
    assert ASKS not in await here.home_text(here.bob, until="In a crisis")


async def test_too_few_words_are_a_sentence(here: Running) -> None:
    assert "Write 40 to 1,500 characters" in str(await write(here, "A study."))


async def test_an_export_holds_only_who_said_yes_to_these_words(here: Running) -> None:
    for user in here.mentees:
        await say_yes(here, user)
    database, ids = here.slack.cairn.database, (here.programme.workspace_id, here.programme.id)
    now = here.slack.clock.now()
    async with database.writing() as connection:
        programme = await programmes.programme(connection, *ids)
        assert programme
        await write_text(connection, programme, OWN, USUAL, now=now)
    frameworks = here.slack.cairn.services.catalogue.frameworks

    with pytest.raises(UserFacing, match="Fewer than 5"):
        await make_export(
            database, *ids, io.BytesIO(), frameworks=frameworks, usual=USUAL, by=None, now=now
        )


async def test_words_no_longer_hold_once_what_is_given_has_changed(here: Running) -> None:
    database, ids = here.slack.cairn.database, (here.programme.workspace_id, here.programme.id)
    now = here.slack.clock.now()
    newer = replace(USUAL, version=USUAL.version + 1, given=(*USUAL.given, "Where you live."))
    async with database.writing() as connection:
        programme = await programmes.programme(connection, *ids)
        assert programme
        await write_text(connection, programme, OWN, USUAL, now=now)
        programme = await programmes.programme(connection, *ids)
        own = await store.consent_of(connection, programme, USUAL)
        later = await store.consent_of(connection, programme, newer)
        everybody = await people.members(connection, here.programme.workspace_id)
        await store.add_answer(connection, everybody[0], own, is_yes=True, now=now)
        said = await store.last_answer(connection, everybody[0])

    assert own.introduction == OWN
    assert own.version == 1001
    assert later == newer
    assert said
    assert (said.is_to(own), said.is_to(newer), said.is_to(USUAL)) == (True, False, False)


async def test_the_usual_words_lead_back_to_the_usual_text(here: Running) -> None:
    await write(here, OWN, sure=["yes"])

    await write(here, USUAL.introduction, sure=["yes"])

    async with here.slack.cairn.database.reading() as connection:
        programme = await programmes.programme(
            connection, here.programme.workspace_id, here.programme.id
        )
    assert programme
    assert programme.consent_text is None
