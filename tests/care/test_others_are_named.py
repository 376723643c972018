"""When others hear of concerns, a concern that waits is sent to them by whoever raised it."""

from dataclasses import replace

import pytest

from bot.care import use_cases
from bot.care.model import Route
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from tests.care.people_of_care import MONDAY, USUAL, WORDS, arrive, raised
from tests.support.cast import ALICE, BOB, CAROL, HERE, OKAFOR, PARK, PROGRAMME
from tests.support.seated import DANA


async def named_anew(database: Database, contact: Member, deputy: Member) -> None:
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [contact, deputy])
        again = replace(PROGRAMME, concern_person=contact.id, concern_deputy=deputy.id)
        await programmes.put_programme(connection, HERE, again)


def new_person(name: str) -> Member:
    slack_user_id = SlackUserId(f"U0{name.upper()}")
    return replace(OKAFOR, id=MemberId(f"member_{name}"), slack_user_id=slack_user_id, name=name)


async def test_a_concern_that_waits_is_sent_to_those_who_are_named_anew(database: Database) -> None:
    await arrive(database)
    waiting = await raised(database)
    nora, omar = new_person("nora"), new_person("omar")
    its = (HERE, BOB.slack_user_id)
    async with database.reading() as connection:
        before = await use_cases.concerns_of(connection, *its, now=MONDAY)
    assert before.others(waiting) == []
    await named_anew(database, nora, omar)

    async with database.reading() as connection:
        found = await use_cases.concerns_of(connection, *its, now=MONDAY)
        words = await use_cases.words_for_others(connection, HERE, waiting.id, its[1])
    assert (found.others(waiting), found.are_others_named(waiting)) == (["nora", "omar"], True)
    assert words == WORDS
    async with database.writing() as connection:
        sent, _ = await use_cases.raise_concern(
            connection,
            HERE,
            by=its[1],
            route=Route(nora.id, omar.id),
            words=words,
            form_key="again",
            instead_of=waiting.id,
            now=MONDAY,
        )

    async def asked(reader: Member) -> list[str]:
        async with database.reading() as connection:
            seen = await use_cases.concerns_of(connection, HERE, reader.slack_user_id, now=MONDAY)
        return [one.words for one in seen.asked]

    assert sent.addressed == (nora.id,)
    assert await asked(nora) == [WORDS]
    for one in (OKAFOR, PARK, omar, ALICE, CAROL):
        assert await asked(one) == []


async def test_nobody_sends_on_what_is_anothers_or_in_hand(database: Database) -> None:
    await arrive(database)
    waiting = await raised(database)
    async with database.writing() as connection:
        for who in (DANA, OKAFOR, CAROL):
            with pytest.raises(UserFacing, match="not there any more"):
                await use_cases.words_for_others(connection, HERE, waiting.id, who.slack_user_id)
        with pytest.raises(UserFacing, match="not there any more"):
            await use_cases.raise_concern(
                connection,
                HERE,
                by=DANA.slack_user_id,
                route=USUAL,
                words="",
                form_key="danas",
                instead_of=waiting.id,
                now=MONDAY,
            )
        await connection.rollback()
    async with database.writing() as connection:
        await use_cases.have(connection, OKAFOR, waiting.id, now=MONDAY)
        with pytest.raises(UserFacing, match="in hand"):
            await use_cases.words_for_others(connection, HERE, waiting.id, BOB.slack_user_id)
