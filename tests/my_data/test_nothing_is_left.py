"""Whoever is erased is in no table any more, wherever they were named; a search shows it."""

from pathlib import Path

import sqlalchemy as sa

from bot.errands.store import Want
from bot.errands.tables import errand
from bot.flows.erasure import erase_member
from bot.kernel.database import Database
from bot.keys.vault import FileVault
from bot.my_data.search import PersonMarks, SearchedTable, search
from bot.people.model import Member
from handlers.register import CAPABILITIES
from tests.research.agreeing import CATALOGUE, MENTEES, NOW, fill
from tests.support.cast import HERE
from tests.support.named_everywhere import name_everywhere

BOB, BEN, ZOE = MENTEES[1], MENTEES[0], MENTEES[10]
"""The ids of Zoe begin with those of Bob."""


async def searched(database: Database, whom: Member) -> list[SearchedTable]:
    async with database.reading() as connection:
        return await search(connection, HERE, PersonMarks.of(whom))


async def test_of_a_member_who_is_named_in_every_column_nothing_is_left(
    database: Database, tmp_path: Path
) -> None:
    await fill(database)
    columns = await name_everywhere(database, BOB, BEN)
    before = {one.table for one in await searched(database, BOB) if one.by_id}
    of_zoe = await searched(database, ZOE)

    await erase_member(
        database,
        FileVault(tmp_path / "keys"),
        HERE,
        member_id=BOB.id,
        erasers=CAPABILITIES.erasers,
        now=NOW,
        frameworks=CATALOGUE.frameworks,
    )

    assert before >= {one.partition(".")[0] for one in columns}
    assert len(before) > 50
    left = [one for one in await searched(database, BOB) if not one.is_clear]
    async with database.reading() as connection:
        wants = (await connection.execute(sa.select(errand.c.want))).scalars().all()
    assert [(one.table, one.by_id) for one in left] == [("errand", len(wants))]
    assert {*wants} == {Want.OUT}, "to be taken out of the channel, by the bot as it runs"
    after = {one.table: one.by_id for one in await searched(database, ZOE)}
    assert [one.table for one in of_zoe if after[one.table] < one.by_id] == []
