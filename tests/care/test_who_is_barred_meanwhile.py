"""Somebody whom the author blocks, or is paired with, hears and reads no more; on both engines."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.care import blocks, use_cases
from bot.care.model import ConcernId, Route
from bot.groups import store as seated
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.matching.tables import wish_table
from bot.people.model import Member, Role
from handlers.care import views
from tests.care.people_of_care import (
    MONDAY,
    USUAL,
    arrive,
    change,
    kept,
    looked_after,
    noted,
    pairing,
    raised,
    slack_ids,
)
from tests.support.cast import BOB, HERE, OKAFOR, PARK, PROGRAMME
from tests.support.seated import DANA

DAY = timedelta(days=1)
Bar = Callable[[Database, Member], Awaitable[None]]


async def blocked(database: Database, whom: Member) -> None:
    async with database.writing() as connection:
        await blocks.block(connection, BOB, whom.slack_user_id, now=MONDAY)


async def paired(database: Database, whom: Member) -> None:
    await change(database, whom, roles=frozenset({Role.MENTOR}), capacity=3)
    async with database.writing() as connection:
        await seated.add_pairings(connection, HERE, [pairing(BOB, whom)])


async def read_by(database: Database, who: Member) -> list[str]:
    async with database.reading() as connection:
        found = await use_cases.concerns_of(connection, HERE, who.slack_user_id, now=MONDAY)
        due = await use_cases.todos(
            connection, who, PROGRAMME, await kept(database), MONDAY + 2 * DAY
        )
    assert bool(due) == bool(found.asked)
    return [one.words for one in found.asked]


async def told_to_the_author(database: Database) -> str:
    async with database.reading() as connection:
        its = (connection, HERE, BOB.slack_user_id)
        found = await use_cases.concerns_of(*its, now=MONDAY + DAY)
    return views.state(found.own[0], found)


@pytest.mark.parametrize("bar", [blocked, paired])
async def test_a_deputy_who_is_barred_meanwhile_is_not_asked_and_the_author_hears_of_it(
    database: Database, bar: Bar
) -> None:
    await arrive(database)
    await raised(database)
    await bar(database, PARK)

    await looked_after(database, MONDAY + DAY)

    assert await noted(database) == slack_ids(OKAFOR) + sorted(slack_ids(BOB, OKAFOR))
    assert await read_by(database, PARK) == []
    assert len(await read_by(database, OKAFOR)) == 1
    said = await told_to_the_author(database)
    assert f"{PARK.name} cannot read this any more" in said
    assert f"{OKAFOR.name} is asked each working day" in said


@pytest.mark.parametrize("bar", [blocked, paired])
async def test_where_who_was_asked_is_barred_the_deputy_is_asked_at_once(
    database: Database, bar: Bar
) -> None:
    await arrive(database)
    await raised(database)
    await bar(database, OKAFOR)

    await looked_after(database, MONDAY + timedelta(hours=1))

    assert await read_by(database, OKAFOR) == []
    assert len(await read_by(database, PARK)) == 1
    assert (await noted(database))[1:] == sorted(slack_ids(BOB, PARK))
    async with database.writing() as connection:
        [one] = await kept(database)
        with pytest.raises(UserFacing, match="not for you"):
            await use_cases.have(connection, OKAFOR, one.id, now=MONDAY)


async def test_with_nobody_left_to_ask_the_author_is_told_each_day(database: Database) -> None:
    await arrive(database)
    await raised(database, route=Route(OKAFOR.id, None))
    await blocked(database, OKAFOR)

    for days in (1, 2):
        await looked_after(database, MONDAY + days * DAY)

    assert await noted(database) == slack_ids(OKAFOR, BOB, BOB)
    assert "Nobody else can be asked" in await told_to_the_author(database)
    assert len(await kept(database)) == 1


async def test_a_concern_in_hand_waits_again_once_who_has_it_is_barred(database: Database) -> None:
    await arrive(database)
    asked = await raised(database)
    async with database.writing() as connection:
        await use_cases.have(connection, OKAFOR, asked.id, now=MONDAY)
    await blocked(database, OKAFOR)

    await looked_after(database, MONDAY + DAY)

    [one] = await kept(database)
    assert one.is_waiting
    assert one.deputy_asked_at == MONDAY + DAY
    assert len(await read_by(database, PARK)) == 1


async def test_a_block_of_one_author_keeps_nobody_from_the_concern_of_another(
    database: Database,
) -> None:
    await arrive(database)
    await raised(database, by=DANA, route=USUAL)
    await blocked(database, OKAFOR)

    assert len(await read_by(database, OKAFOR)) == 1


async def test_no_words_are_shown_while_nobody_knows_who_is_blocked(database: Database) -> None:
    await arrive(database)
    asked = await raised(database)
    await blocked(database, PARK)
    async with database.writing() as connection:
        await connection.execute(sa.update(wish_table).values(sealed=b"altered"))

    await looked_after(database, MONDAY + DAY)

    async with database.writing() as connection:
        its = (connection, HERE, OKAFOR.slack_user_id)
        with pytest.raises(OperatorFacing, match="blocks cannot be read"):
            await use_cases.concerns_of(*its, now=MONDAY + DAY)
        with pytest.raises(OperatorFacing):
            await use_cases.have(connection, OKAFOR, ConcernId(asked.id), now=MONDAY)
    assert OKAFOR.slack_user_id in await noted(database)
