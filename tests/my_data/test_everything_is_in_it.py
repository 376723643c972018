"""A member's file has all that is kept about them, and no word that is not theirs to read."""

import json
from typing import Any

import sqlalchemy as sa

from bot.kernel.database import Database, all_tables
from bot.matching import exclusions
from bot.matching.tables import forbid_table
from bot.my_data.holdings import HOLDINGS, LEFT_OUT
from bot.my_data.page import as_page
from bot.my_data.reading import gather
from bot.people.model import Member
from bot.pulse.tables import ballot_table
from handlers.register import CAPABILITIES
from tests.research.agreeing import MENTEES, MENTORS, NOW, STUDY, fill
from tests.support.cast import HERE
from tests.support.transactions import write

BOB, ALICE = MENTEES[0], MENTORS[0]


async def data_of(database: Database, member: Member) -> dict[str, Any]:
    async with database.reading() as connection:
        return await gather(connection, member)


def test_every_table_is_in_the_file_or_left_out_with_a_reason() -> None:
    tables = set(all_tables().tables)
    held = {one.table.name for one in HOLDINGS}

    missing = tables - held - LEFT_OUT.keys()
    assert missing == set(), "say in bot/my_data/holdings.py whose they are"
    assert held & LEFT_OUT.keys() == set()
    assert LEFT_OUT.keys() - tables == set()
    assert all(LEFT_OUT.values())


def test_whatever_names_a_member_has_an_eraser_or_goes_with_them() -> None:
    assert len(CAPABILITIES.erasers) >= 20


async def test_every_table_that_names_a_member_anywhere_gives_them_their_rows(
    database: Database,
) -> None:
    await fill(database)
    data = await data_of(database, BOB)
    given = {one.table.name for one in HOLDINGS if data["data"][one.title]}

    named = set()
    async with database.reading() as connection:
        for table in all_tables().sorted_tables:
            for row in await connection.execute(sa.select(table)):
                if BOB.id in str(row) or BOB.slack_user_id in str(row):
                    named.add(table.name)
    assert named - given - LEFT_OUT.keys() == set()
    assert len(given) >= 18


async def test_their_own_words_are_whole(database: Database) -> None:
    await fill(database)

    found = (await data_of(database, BOB))["data"]

    assert len(found["Check-ins"]) == 3
    assert found["Check-ins"][0]["words"]["wellbeing"] == 2
    assert {one["words"]["title"] for one in found["Goals"]} == {"zebra goal"}
    assert found["Notes on goals"][0]["words"]["step_done"] == "zebra"
    assert "zebra principle" in str(found["Compass"])
    assert found["Claims and stages, with the words to them"][0]["words"]["note"]
    assert found["Pairings"][0]["mentor_id"] == ALICE.name
    assert [one["side"] for one in found["What you expect of mentoring, as a mentee"]] == ["mentee"]
    assert found["What you said to research"][0]["is_yes"] is True
    json.dumps(found)


async def test_what_others_said_of_them_in_confidence_is_not_in_it(database: Database) -> None:
    await fill(database)
    wishes: Any = {"member": MENTEES[1].id, "avoided": [BOB.slack_user_id]}
    await write(database, exclusions.wish_apart, HERE, **wishes)
    await write(database, exclusions.set_blocks, HERE, ALICE.id, {BOB.id})
    pair = (BOB.id, ALICE.id)
    await write(database, exclusions.forbid, HERE, STUDY.id, pair, by=None, now=NOW)

    whole = await data_of(database, BOB)

    assert whole["data"]["Wishes not to meet somebody, and people you blocked"] == []
    assert MENTEES[1].name not in str(whole)
    assert forbid_table.name in whole["left_out"]
    assert ballot_table.name in whole["left_out"]
    assert len(whole["data"]["Answers about mentoring"]) == 1
    assert "monthly" not in str(whole["data"]["What you expect of mentoring, as a mentee"])
    assert "reason" not in whole["data"]["Pairings"][0]
    mentors = await data_of(database, ALICE)
    assert mentors["data"]["Thanks to you"][0]["words"]
    assert mentors["data"]["Check-ins"] == mentors["data"]["Compass"] == []
    assert "evidence" not in str(mentors["data"])


async def test_their_own_wishes_are(database: Database) -> None:
    await fill(database)
    wishes: Any = {"member": BOB.id, "avoided": [MENTEES[1].slack_user_id]}
    await write(database, exclusions.wish_apart, HERE, **wishes)
    await write(database, exclusions.set_blocks, HERE, BOB.id, {MENTEES[2].id})

    found = (await data_of(database, BOB))["data"]

    assert found["Wishes not to meet somebody, and people you blocked"] == [
        {"who": MENTEES[1].name, "blocked": False},
        {"who": MENTEES[2].name, "blocked": True},
    ]


async def test_no_word_becomes_a_mark_on_the_page(database: Database) -> None:
    data = {
        "about": "<b>Bob</b>",
        "notes": ["1 < 2"],
        "data": {"Goals": [{"words": {"title": "<script>alert(1)</script>"}}], "Compass": []},
        "left_out": {"pulse_ballot": "why"},
    }

    page = as_page(data)

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert '<html lang="en">' in page
