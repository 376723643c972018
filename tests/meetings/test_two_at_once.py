"""Two people decide about one meeting at the same moment: the first counts, the second is told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.meetings import plans, store, use_cases
from bot.meetings.model import PlannedMeeting, PlanState
from bot.meetings.use_cases import Attendance
from bot.people.model import Role
from bot.programme.model import Seat
from tests.meetings.test_plans_are_kept import (
    EVE,
    LONDON,
    NOW,
    OVER,
    TIMES,
    fixed,
    found,
    offered,
    waiting,
)
from tests.support.cast import ALICE, BOB, CAROL, GROUP, HERE
from tests.support.seated import DANA, PETE, seat_everybody, seats_in
from tests.support.transactions import write


async def both_seated(database: Database) -> None:
    """Alice and Eve mentor one group."""
    seats = [*seats_in(GROUP), Seat(GROUP.id, EVE.id, Role.MENTOR)]
    await seat_everybody(database, seats=seats, members=(ALICE, BOB, CAROL, DANA, PETE, EVE))


async def at_once(database: Database, *verbs: Callable[[Any], Any]) -> list[object]:
    """Do all of these in transactions of their own that have begun before any of them ends."""
    begun = asyncio.Barrier(len(verbs))

    async def one(verb: Callable[[Any], Any]) -> object:
        try:
            async with database.writing() as connection:
                if not database.is_sqlite:  # where writers take turns
                    await begun.wait()
                return await verb(connection)
        except UserFacing as refused:
            return refused.sentence

    return await asyncio.gather(*(one(verb) for verb in verbs))


def refusals(found: list[object]) -> list[str]:
    return [one for one in found if isinstance(one, str)]


async def test_two_mentors_who_fix_two_times_at_once_fix_one(database: Database) -> None:
    await both_seated(database)
    plan = await offered(database)

    done = await at_once(
        database,
        lambda c: plans.fix(c, ALICE, plan.id, 0, hours=LONDON, now=NOW),
        lambda c: plans.fix(c, EVE, plan.id, 1, hours=LONDON, now=NOW),
    )

    (fixed_one,) = [one for one in done if isinstance(one, PlannedMeeting)]
    assert refusals(done) == [plans.NOT_OPEN]
    assert (await found(database, plan)).starts_at == fixed_one.starts_at
    assert len(await waiting(database)) == 1


async def test_two_mentors_who_offer_times_at_once_leave_one_offer_open(
    database: Database,
) -> None:
    await both_seated(database)

    done = await at_once(
        database,
        *(
            lambda c, by=by: plans.offer(c, by, GROUP.id, TIMES, minutes=45, now=NOW)
            for by in (ALICE, EVE)
        ),
    )

    assert refusals(done) == []
    async with database.reading() as connection:
        (left,) = await store.plans(connection, HERE, states=[PlanState.OFFERED])
    assert left in done
    assert len(await waiting(database)) == 2


async def test_an_answer_and_a_fixed_time_at_once_leave_no_answer_to_what_is_closed(
    database: Database,
) -> None:
    await both_seated(database)
    plan = await offered(database)

    done = await at_once(
        database,
        lambda c: _then(plans.fix(c, ALICE, plan.id, 0, hours=LONDON, now=NOW), asyncio.sleep(0.4)),
        lambda c: _then(asyncio.sleep(0.1), plans.answer(c, BOB, plan.id, {1: True}, now=NOW)),
    )

    assert refusals(done) == [plans.NOT_OPEN]


async def _then(first: Awaitable[Any], second: Awaitable[Any]) -> object:
    await first
    return await second


async def test_of_two_words_on_a_planned_meeting_at_once_one_counts(database: Database) -> None:
    await both_seated(database)
    plan = await fixed(database)
    told = Attendance(held_on=OVER.date(), mentees={GROUP.id: frozenset({BOB.id})}, plan_id=plan.id)

    done = await at_once(
        database,
        lambda c: use_cases.record(c, ALICE, told, form_key="V1", now=OVER),
        lambda c: use_cases.record(c, EVE, told, form_key="V2", now=OVER),
        lambda c: plans.did_not_happen(c, ALICE, plan.id, now=OVER),
    )

    assert len(refusals(done)) >= 1
    async with database.reading() as connection:
        held = await store.meetings(connection, HERE)
    assert len(held) <= 1
    assert (await found(database, plan)).state is (PlanState.HELD if held else PlanState.MISSED)


async def test_two_mentors_note_one_meeting_once(database: Database) -> None:
    await both_seated(database)
    told = Attendance(held_on=NOW.date(), mentees={GROUP.id: frozenset({BOB.id})})
    others = replace(told, mentees={GROUP.id: frozenset({DANA.id})})

    done = await at_once(
        database,
        lambda c: use_cases.record(c, ALICE, told, form_key="V1", now=NOW),
        lambda c: use_cases.record(c, EVE, told, form_key="V2", now=NOW),
    )
    await write(database, use_cases.record, EVE, others, form_key="V3", now=NOW)

    assert refusals(done) == [use_cases.NOTED_ALREADY]
    async with database.reading() as connection:
        assert len(await store.meetings(connection, HERE)) == 2


async def test_a_record_that_is_deleted_and_corrected_at_once_does_not_come_back(
    database: Database,
) -> None:
    await both_seated(database)
    told = Attendance(held_on=NOW.date(), mentees={GROUP.id: frozenset({BOB.id})})
    (held,) = await write(database, use_cases.record, ALICE, told, form_key="V1", now=NOW)

    done = await at_once(
        database,
        lambda c: _then(use_cases.delete(c, ALICE, held.id, now=NOW), asyncio.sleep(0.3)),
        lambda c: _then(asyncio.sleep(0.1), use_cases.correct(c, EVE, held.id, told, now=NOW)),
        lambda c: _then(asyncio.sleep(0.1), use_cases.object_to(c, BOB, held.id, now=NOW)),
    )

    assert refusals(done) == [use_cases.GONE] * 2
    async with database.reading() as connection:
        assert await store.meetings(connection, HERE) == []
