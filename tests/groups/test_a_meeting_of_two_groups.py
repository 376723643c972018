"""A mentor of two groups meets both at once."""

import sqlalchemy as sa

from bot.delivery.tables import outbox
from bot.kernel.database import Database
from bot.meetings import use_cases as meetings
from bot.meetings.use_cases import Attendance
from bot.portfolio.use_cases import letter_of
from bot.programme import store as programmes
from tests.groups.test_a_group_gets_a_mentor import alices_group_waits, give
from tests.support.cohort import DRAFT, HERE, MIA
from tests.support.groups_under_way import LATER, lasting, member


async def test_a_meeting_with_both_groups_counts_once_in_the_letter(database: Database) -> None:
    group, _, _ = await alices_group_waits(database)
    await give(database, group)
    pairings = (await lasting(database)).values()
    met = {
        each: frozenset(one.mentee_id for one in pairings if one.group_id == each)
        for each in {one.group_id for one in pairings}
    }
    assert len(met) == 2
    mia = await member(database, MIA.id)
    async with database.writing() as connection:
        await connection.execute(sa.delete(outbox))
        told = Attendance(held_on=LATER.date(), mentees=met, minutes=60)
        await meetings.record(connection, mia, told, form_key="form", now=LATER)
        programme = await programmes.programme(connection, HERE, DRAFT.id)
        assert programme is not None

        letter = await letter_of(connection, mia, programme, name="Mia", now=LATER)

    assert (letter.groups, letter.meetings, letter.minutes) == (2, 1, 60)
