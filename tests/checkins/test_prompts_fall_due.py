from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.schedule import prompt_when_due
from bot.delivery.tables import outbox
from bot.kernel.database import Database
from bot.people import store as people
from bot.people.model import Member, MemberState
from bot.schedule import claims
from bot.schedule.model import Due
from bot.stages.changes import plan_prompts
from config.catalogue import load_catalogue
from tests.support.cast import BOB, HERE, PROGRAMME
from tests.support.seated import seat_everybody

FRAMEWORKS = load_catalogue().frameworks
NOW = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)


async def queued(database: Database) -> list[tuple[str, str, str, str]]:
    async with database.reading() as connection:
        columns = (outbox.c.kind, outbox.c.subject_id, outbox.c.recipient, outbox.c.state)
        return [tuple(row) for row in await connection.execute(sa.select(*columns))]


async def remember(database: Database, who: Member) -> None:
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [who])


def due(at: datetime = NOW) -> Due:
    return Due(
        workspace_id=HERE,
        kind="checkin_prompt",
        subject_id=BOB.id,
        due_at=at,
        first_due_at=at,
        tz="UTC",
    )


async def test_a_prompt_falls_due_once_for_each_time(database: Database) -> None:
    await seat_everybody(database)

    async with database.writing() as connection:
        for at in (NOW, NOW, NOW + timedelta(weeks=2)):
            await prompt_when_due(connection, due(at), at, frameworks=FRAMEWORKS)

    assert await queued(database) == [("checkin_prompt", BOB.id, "U0BOB", "queued")] * 2


@pytest.mark.parametrize(
    "who",
    [
        replace(BOB, state=MemberState.PAUSED),
        replace(BOB, state=MemberState.PAUSED, paused_until=NOW + timedelta(days=1)),
        replace(BOB, state=MemberState.LEFT),
        replace(BOB, state=MemberState.DEACTIVATED),
    ],
)
async def test_a_paused_member_receives_nothing(database: Database, who: Member) -> None:
    await seat_everybody(database)
    await remember(database, who)

    async with database.writing() as connection:
        await prompt_when_due(connection, due(), NOW, frameworks=FRAMEWORKS)

    assert await queued(database) == []


async def plan(connection: AsyncConnection, stage: str, now: datetime) -> datetime | None:
    found = await plan_prompts(connection, PROGRAMME, {BOB: stage}, now=now)
    return found[BOB.id]


async def test_prompts_are_planned_by_stage_in_the_mentees_own_zone(database: Database) -> None:
    await seat_everybody(database)
    start = datetime(2026, 9, 7, tzinfo=UTC)

    async with database.writing() as connection:
        first = await plan(connection, "Does", start)
        await claims.claim_due(connection, now=first or start, limit=1)
        later = await plan(connection, "Does", datetime(2026, 9, 15, tzinfo=UTC))
        weekly = await plan(connection, "Knows", datetime(2026, 9, 15, tzinfo=UTC))

    assert first == datetime(2026, 9, 14, 13, tzinfo=UTC)
    assert later == datetime(2026, 9, 28, 13, tzinfo=UTC)
    assert weekly == datetime(2026, 9, 21, 13, tzinfo=UTC)
