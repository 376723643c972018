from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.kernel.database import Database
from bot.schedule import store
from bot.schedule.model import Choice, Weekly
from tests.conftest import ELSEWHERE, HERE

NOW = datetime(2026, 9, 2, 8, 0, tzinfo=UTC)  # a Wednesday
MONDAYS = Weekly(weekday=0, at=time(9), anchor=date(2026, 9, 7), every_weeks=2)
THURSDAYS = Choice(every_weeks=1, weekday=3, at=time(14))
BOB: dict[str, Any] = {"kind": "checkin_prompt", "subject_id": "bob"}


async def test_a_choice_goes_before_the_plan_however_often_it_is_planned(
    database: Database,
) -> None:
    async with database.writing() as connection:
        for place in (HERE, ELSEWHERE):
            await store.put(connection, place, **BOB, rule=MONDAYS, tz="UTC", now=NOW)
        chosen = await store.choose(connection, HERE, **BOB, choice=THURSDAYS, now=NOW)
        again = await store.put(connection, HERE, **BOB, rule=MONDAYS, tz="UTC", now=NOW)
        (elsewhere,) = await store.upcoming(connection, ELSEWHERE, subject_ids=["bob"])

    assert chosen == again == datetime(2026, 9, 3, 14, tzinfo=UTC)
    assert elsewhere.due_at == datetime(2026, 9, 7, 9, tzinfo=UTC)


async def test_a_choice_that_is_taken_back_gives_way_to_the_latest_plan(
    database: Database,
) -> None:
    tuesdays = Weekly(weekday=1, at=time(9), anchor=date(2026, 9, 7))
    async with database.writing() as connection:
        await store.put(connection, HERE, **BOB, rule=MONDAYS, tz="UTC", now=NOW)
        await store.choose(connection, HERE, **BOB, choice=THURSDAYS, now=NOW)
        await store.put(connection, HERE, **BOB, rule=tuesdays, tz="UTC", now=NOW)

        planned = await store.choose(connection, HERE, **BOB, choice=None, now=NOW)

    assert planned == datetime(2026, 9, 8, 9, tzinfo=UTC)


async def test_taking_back_a_choice_at_once_gives_the_plan_as_it_was(database: Database) -> None:
    async with database.writing() as connection:
        before = await store.put(connection, HERE, **BOB, rule=MONDAYS, tz="UTC", now=NOW)
        await store.choose(connection, HERE, **BOB, choice=THURSDAYS, now=NOW)

        after = await store.choose(connection, HERE, **BOB, choice=None, now=NOW)

    assert after == before == datetime(2026, 9, 7, 9, tzinfo=UTC)


async def test_a_rest_goes_before_a_choice(database: Database) -> None:
    async with database.writing() as connection:
        await store.put(connection, HERE, **BOB, rule=MONDAYS, tz="UTC", now=NOW)
        until = NOW + timedelta(days=10)
        await store.pause(connection, HERE, subject_id="bob", until=until, now=NOW)

        chosen = await store.choose(connection, HERE, **BOB, choice=THURSDAYS, now=NOW)

    assert chosen == datetime(2026, 9, 17, 14, tzinfo=UTC)
