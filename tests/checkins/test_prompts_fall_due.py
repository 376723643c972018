from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.prompts import QUESTIONS, Circumstance, digest
from bot.checkins.schedule import prompt_when_due
from bot.checkins.store import writer_of
from bot.delivery.tables import outbox
from bot.kernel.database import Database
from bot.people import store as people
from bot.people.model import Member, MemberState
from bot.people.use_cases import pause, resume
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


async def first_question(
    database: Database, week: int, *, missed_at: datetime | None = None
) -> Circumstance | None:
    """Let the prompt of a week fall due; the circumstance that it asks about first, if any."""

    async def missed(_connection: AsyncConnection, _member: Member) -> datetime | None:
        return missed_at

    at = NOW + timedelta(weeks=week)
    async with database.writing() as connection:
        await prompt_when_due(connection, due(at), at, frameworks=FRAMEWORKS, missed=missed)
        who = await writer_of(connection, HERE, BOB.slack_user_id)
    assert who is not None
    asked = who.asks[-1].prompts[0]
    about = [
        kind for kind, questions in QUESTIONS.items() if asked in {digest(one) for one in questions}
    ]
    return about[0] if about else None


async def test_a_rotation_a_missed_meeting_and_a_return_change_the_next_prompt_once(
    database: Database,
) -> None:
    await seat_everybody(database)
    await remember(database, replace(BOB, department="Surgery", site="South"))
    moved = replace(BOB, department="Paediatrics", site="South")

    asked = [await first_question(database, 0)]
    await remember(database, moved)
    asked += [await first_question(database, 1), await first_question(database, 2)]
    asked.append(await first_question(database, 3, missed_at=NOW + timedelta(weeks=2, days=1)))
    asked.append(await first_question(database, 4, missed_at=NOW + timedelta(weeks=2, days=1)))
    async with database.writing() as connection:
        left_at = NOW + timedelta(weeks=4, days=1)
        paused = await pause(connection, moved, until=None, now=left_at)
        await resume(connection, paused, now=left_at + timedelta(weeks=3))
    asked += [await first_question(database, 8), await first_question(database, 9)]

    rotation, meeting = Circumstance.ROTATION, Circumstance.MISSED_MEETING
    assert asked == [None, rotation, None, meeting, None, Circumstance.RETURN, None]


async def test_an_absence_of_a_day_is_no_return(database: Database) -> None:
    await seat_everybody(database)

    asked = [await first_question(database, 0)]
    async with database.writing() as connection:
        paused = await pause(connection, BOB, until=None, now=NOW + timedelta(days=1))
        await resume(connection, paused, now=NOW + timedelta(days=2))
    asked.append(await first_question(database, 1))

    assert asked == [None, None]
