import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.delivery.tables import outbox
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.nudges import use_cases
from bot.nudges.rules import Sending
from bot.nudges.tables import nudge
from bot.nudges.use_cases import nudge_when_due, snooze_until_next_week, snooze_until_tomorrow
from bot.people import store as people
from bot.people.model import MemberState
from bot.schedule.model import Due
from config.catalogue import load_catalogue
from tests.support.cast import ALICE, BOB, ELSEWHERE, HERE, elsewhere
from tests.support.seated import DANA, seat_everybody
from tests.support.transactions import write

MONDAY = datetime(2026, 10, 5, 8, tzinfo=UTC)
"""09:00 in London, where Alice is."""
NINE = time(9)
WEEK = timedelta(days=7)
FRAMEWORKS = load_catalogue().frameworks


async def fall_due(
    database: Database, at: datetime = MONDAY, who: MemberId = ALICE.id, tz: str = "Europe/London"
) -> None:
    due = Due(
        workspace_id=HERE, kind="mentor_nudge", subject_id=who, due_at=at, first_due_at=at, tz=tz
    )
    async with database.writing() as connection:
        await nudge_when_due(connection, due, at, frameworks=FRAMEWORKS)


async def queued(database: Database) -> list[tuple[str, datetime]]:
    async with database.reading() as connection:
        query = sa.select(outbox.c.recipient, outbox.c.not_before).order_by(outbox.c.not_before)
        return [tuple(row) for row in await connection.execute(query)]


async def latest(database: Database) -> Sending:
    async with database.reading() as connection:
        assert await use_cases.latest(connection, ELSEWHERE, ALICE.id) is None
        found = await use_cases.latest(connection, HERE, ALICE.id)
    assert found is not None
    return found


async def deliver(database: Database, state: str = "sent") -> None:
    async with database.writing() as connection:
        await connection.execute(outbox.update().values(state=state))


async def test_a_mentor_gets_one_nudge_a_week(database: Database) -> None:
    await seat_everybody(database)

    await fall_due(database)
    await fall_due(database)
    await fall_due(database, MONDAY + timedelta(days=2), tz="Asia/Tokyo")
    await fall_due(database, MONDAY + WEEK)

    assert await queued(database) == [("U0ALICE", MONDAY), ("U0ALICE", MONDAY + WEEK)]


async def test_who_mentors_nobody_gets_nothing(database: Database) -> None:
    await seat_everybody(database)

    for who in (BOB.id, MemberId("member_nobody")):
        await fall_due(database, who=who)

    assert await queued(database) == []


async def test_a_paused_mentor_gets_nothing(database: Database) -> None:
    await seat_everybody(database)
    async with database.writing() as connection:
        paused = replace(ALICE, state=MemberState.PAUSED)
        await people.put_members(connection, HERE, [paused])

    await fall_due(database)

    assert await queued(database) == []


async def test_each_nudge_tells_what_came_since_the_last(database: Database) -> None:
    await seat_everybody(database)

    await fall_due(database)
    assert (await latest(database)).shared_since is None
    await deliver(database)
    await fall_due(database, MONDAY + WEEK)

    assert (await latest(database)).shared_since == MONDAY


@pytest.mark.parametrize("state", ["expired", "failed", "withdrawn", "queued"])
async def test_what_an_unsent_nudge_would_have_told_is_told_by_the_next(
    database: Database, state: str
) -> None:
    await seat_everybody(database)
    await fall_due(database)
    await deliver(database)
    await fall_due(database, MONDAY + WEEK)
    await deliver(database, state)

    await fall_due(database, MONDAY + 2 * WEEK)

    assert (await latest(database)).shared_since == MONDAY


async def test_a_nudge_snoozed_until_tomorrow_comes_again_then(database: Database) -> None:
    await seat_everybody(database)
    await fall_due(database)
    nudge = await latest(database)

    for _ in range(2):
        comes_at = await write(
            database,
            snooze_until_tomorrow,
            HERE,
            mentor=ALICE,
            nudge_id=nudge.id,
            at=NINE,
            now=MONDAY + timedelta(hours=2),
        )

    assert comes_at == MONDAY + timedelta(days=1)
    assert await queued(database) == [("U0ALICE", MONDAY), ("U0ALICE", comes_at)]


async def snooze(database: Database) -> datetime:
    comes_at = await write(
        database,
        snooze_until_tomorrow,
        HERE,
        mentor=ALICE,
        nudge_id=(await latest(database)).id,
        at=NINE,
        now=MONDAY + timedelta(hours=2),
    )
    assert comes_at is not None
    return comes_at


async def waiting(database: Database) -> list[datetime]:
    async with database.reading() as connection:
        query = sa.select(outbox.c.not_before).where(outbox.c.state == "queued")
        return [*(await connection.execute(query.order_by(outbox.c.not_before))).scalars()]


async def tomorrow(database: Database, now: datetime, at: time = NINE) -> datetime | None:
    nudge_id = (await latest(database)).id
    comes_at: datetime | None = await write(
        database, snooze_until_tomorrow, HERE, mentor=ALICE, nudge_id=nudge_id, at=at, now=now
    )
    return comes_at


async def test_one_nudge_waits_however_often_and_when_it_is_snoozed(database: Database) -> None:
    await seat_everybody(database)
    await fall_due(database)
    await deliver(database)

    after_midnight = MONDAY + timedelta(hours=16)
    for now in (MONDAY, MONDAY + timedelta(hours=1), after_midnight, after_midnight):
        comes_at = await tomorrow(database, now)

    assert comes_at == MONDAY + timedelta(days=2)
    assert await waiting(database) == [comes_at]


async def test_a_nudge_snoozed_back_to_an_earlier_choice_waits_again(database: Database) -> None:
    await seat_everybody(database)
    await fall_due(database)
    await deliver(database)

    for minutes, hour in enumerate((9, 11, 9)):
        comes_at = await tomorrow(database, MONDAY + timedelta(minutes=minutes), time(hour))
        assert await waiting(database) == [comes_at]
    await write(
        database,
        snooze_until_next_week,
        HERE,
        mentor_id=ALICE.id,
        nudge_id=(await latest(database)).id,
        now=MONDAY,
    )
    assert await waiting(database) == []
    comes_at = await tomorrow(database, MONDAY + timedelta(hours=1))

    assert await waiting(database) == [comes_at]
    assert not (await latest(database)).put_off


async def test_a_nudge_that_waits_gives_way_to_the_next_weeks(database: Database) -> None:
    await seat_everybody(database)
    await fall_due(database)
    await deliver(database)
    thursday = MONDAY + timedelta(days=3)
    assert await tomorrow(database, thursday) == MONDAY + timedelta(days=4)

    comes_at = await tomorrow(database, thursday + timedelta(hours=16))

    assert comes_at is None
    assert await waiting(database) == []


async def test_two_at_once_snooze_once(database: Database) -> None:
    await seat_everybody(database)
    await fall_due(database)
    await deliver(database)

    found = await asyncio.gather(*(tomorrow(database, MONDAY) for _ in range(4)))

    assert len(set(found)) == 1
    assert await waiting(database) == [found[0]]


async def test_after_a_snoozed_nudge_the_next_tells_what_came_since_that(
    database: Database,
) -> None:
    await seat_everybody(database)
    await fall_due(database)
    await deliver(database)
    comes_at = await snooze(database)
    await deliver(database)

    await fall_due(database, MONDAY + WEEK)

    assert (await latest(database)).shared_since == comes_at


@pytest.mark.parametrize("state", ["expired", "failed", "withdrawn", "queued"])
async def test_what_a_snoozed_nudge_that_never_came_would_have_told_is_told_by_the_next(
    database: Database, state: str
) -> None:
    await seat_everybody(database)
    await fall_due(database)
    await deliver(database)
    comes_at = await snooze(database)
    async with database.writing() as connection:
        second = sa.update(outbox).where(outbox.c.not_before == comes_at)
        await connection.execute(second.values(state=state))

    await fall_due(database, MONDAY + WEEK)

    assert (await latest(database)).shared_since is None
    async with database.reading() as connection:
        waiting = sa.select(outbox.c.not_before).where(outbox.c.state == "queued")
        assert (await connection.execute(waiting)).scalars().all() == [MONDAY + WEEK]


async def test_on_a_sunday_tomorrow_is_the_next_nudge(database: Database) -> None:
    await seat_everybody(database)
    await fall_due(database)
    await deliver(database)
    nudge = await latest(database)

    comes_at = await write(
        database,
        snooze_until_tomorrow,
        HERE,
        mentor=ALICE,
        nudge_id=nudge.id,
        at=NINE,
        now=MONDAY + timedelta(days=6),
    )
    await fall_due(database, MONDAY + WEEK)

    assert comes_at is None
    assert len(await queued(database)) == 2
    assert (await latest(database)).shared_since is None


async def test_a_nudge_put_off_for_a_week_loses_nothing(database: Database) -> None:
    await seat_everybody(database)
    await fall_due(database)
    await deliver(database)
    nudge = await latest(database)

    await write(
        database, snooze_until_next_week, HERE, mentor_id=ALICE.id, nudge_id=nudge.id, now=MONDAY
    )
    await fall_due(database, MONDAY + WEEK)

    assert (await latest(database)).shared_since == nudge.shared_since


async def test_nobody_snoozes_anothers_nudge_or_an_old_one(database: Database) -> None:
    await seat_everybody(database)
    await fall_due(database)
    old = await latest(database)
    await fall_due(database, MONDAY + WEEK)

    for who in (ALICE.id, BOB.id):
        with pytest.raises(UserFacing, match="earlier week"):
            await write(
                database,
                snooze_until_next_week,
                HERE,
                mentor_id=who,
                nudge_id=old.id,
                now=MONDAY + WEEK,
            )


async def test_a_forgotten_mentors_nudges_are_gone(database: Database) -> None:
    await seat_everybody(database)
    await fall_due(database)

    async with database.writing() as connection:
        assert await use_cases.erase(connection, elsewhere(ALICE), MONDAY) == 0
        assert await use_cases.erase(connection, ALICE, MONDAY) == 1


async def test_no_question_comes_again_within_eight_weeks(database: Database) -> None:
    await seat_everybody(database)

    for week in range(20):
        await fall_due(database, MONDAY + week * WEEK)

    query = sa.select(nudge.c.asked_about, nudge.c.question).order_by(nudge.c.week_on)
    async with database.reading() as connection:
        asked = [tuple(row) for row in await connection.execute(query)]
    texts = [text for _, text in asked]
    assert {who for who, _ in asked} == {BOB.id, DANA.id}
    for at, text in enumerate(texts):
        assert text
        assert texts[at - 1] != text or at == 0
