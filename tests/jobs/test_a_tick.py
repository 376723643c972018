from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import jobs
from bot.kernel.database import Database
from bot.schedule import store as schedule
from bot.schedule.claims import AfterCommit
from bot.schedule.model import Due, Once
from tests.conftest import HERE

NOW = datetime(2026, 9, 7, 7, 0, tzinfo=UTC)


async def test_what_fails_after_the_commit_keeps_nothing_else_from_being_done(
    database: Database,
) -> None:
    async with database.writing() as connection:
        for minutes, subject in enumerate(["first", "second"]):
            await schedule.put(
                connection,
                HERE,
                kind="round",
                subject_id=subject,
                rule=Once(NOW + timedelta(minutes=minutes)),
                tz="UTC",
                now=NOW,
            )
    done: list[str] = []

    async def duty(_connection: AsyncConnection, due: Due, _now: datetime) -> AfterCommit:
        async def after() -> None:
            if due.subject_id == "first":
                raise ConnectionError
            done.append(due.subject_id)

        return after

    count = await jobs.tick(database, {"round": duty}, now=NOW + timedelta(hours=1))

    assert count == 2
    assert done == ["second"]
