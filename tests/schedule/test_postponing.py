from datetime import UTC, date, datetime, time, timedelta

from bot.kernel.database import Database
from bot.schedule import claims
from bot.schedule import store as schedule
from bot.schedule.model import Due, Once, Rule, Weekly
from tests.conftest import HERE

MONDAY = datetime(2026, 9, 7, 7, 0, tzinfo=UTC)
SOON = timedelta(minutes=5)
WEEKLY = Weekly(weekday=0, at=time(9), anchor=date(2026, 9, 7))


async def claim(database: Database, at: datetime, *, again_at: datetime | None = None) -> list[Due]:
    async with database.writing() as connection:
        claimed = await claims.claim_due(connection, now=at, limit=10)
        if again_at is not None:
            for due in claimed:
                await claims.postpone(connection, due, until=again_at)
    return claimed


async def keep(database: Database, rule: Rule) -> None:
    async with database.writing() as connection:
        await schedule.put(
            connection,
            HERE,
            kind="nudge",
            subject_id="m_1",
            rule=rule,
            tz="Europe/Berlin",
            now=MONDAY - timedelta(days=3),
        )


async def test_what_could_not_be_done_falls_due_again(database: Database) -> None:
    await keep(database, WEEKLY)

    first = await claim(database, MONDAY, again_at=MONDAY + SOON)
    too_early = await claim(database, MONDAY + SOON / 2)
    again = await claim(database, MONDAY + SOON)

    assert (len(first), len(too_early), len(again)) == (1, 0, 1)


async def test_the_next_week_comes_as_before(database: Database) -> None:
    await keep(database, WEEKLY)
    await claim(database, MONDAY, again_at=MONDAY + SOON)
    await claim(database, MONDAY + SOON)

    async with database.reading() as connection:
        next_at = await claims.next_due_at(connection)

    assert next_at == MONDAY + timedelta(weeks=1)


async def test_something_that_comes_once_is_not_lost(database: Database) -> None:
    await keep(database, Once(MONDAY))

    await claim(database, MONDAY, again_at=MONDAY + SOON)
    again = await claim(database, MONDAY + SOON)
    nothing = await claim(database, MONDAY + timedelta(weeks=4))

    assert [due.kind for due in again] == ["nudge"]
    assert nothing == []
