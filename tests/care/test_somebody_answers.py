"""A concern reaches a person, the deputy when it is late, and nobody else; on both engines."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.care import store, use_cases
from bot.care.model import Route
from bot.care.tables import concern as concern_table
from bot.delivery.model import OutboxState
from bot.delivery.tables import outbox
from bot.flows.sealed_words import SEALED, give_up_wishes
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.keys.vault import FileVault
from bot.kinds import ScheduleKind, ToDoKind
from bot.matching import exclusions
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from bot.schedule import store as schedule
from tests.care.people_of_care import (
    MONDAY,
    USUAL,
    arrive,
    change,
    kept,
    looked_after,
    noted,
    raised,
    slack_ids,
)
from tests.support.cast import (
    ALICE,
    BOB,
    CAROL,
    ELSEWHERE,
    HERE,
    MALLORY,
    OKAFOR,
    PARK,
    PROGRAMME,
)
from tests.support.seated import DANA, PETE

DAY = timedelta(days=1)


async def test_the_deputy_is_asked_after_a_working_day_and_then_both_each_day(
    database: Database,
) -> None:
    await arrive(database)
    asked = await raised(database)
    assert asked.due_at == MONDAY + DAY
    assert await noted(database) == slack_ids(OKAFOR)

    await looked_after(database, MONDAY + DAY - timedelta(minutes=1))
    assert await noted(database) == slack_ids(OKAFOR)

    await looked_after(database, MONDAY + DAY)
    assert await noted(database) == slack_ids(OKAFOR, BOB, OKAFOR, PARK)

    await looked_after(database, MONDAY + 2 * DAY)
    assert await noted(database) == slack_ids(OKAFOR, BOB, OKAFOR, PARK, OKAFOR, PARK)


async def test_it_is_looked_after_each_hour_until_somebody_has_it(database: Database) -> None:
    await arrive(database)
    asked = await raised(database)

    async def due() -> list[datetime]:
        async with database.reading() as connection:
            found = await schedule.upcoming(connection, HERE, subject_ids=[ScheduleKind.CARE])
        return [one.due_at for one in found]

    assert await due() == [MONDAY + timedelta(hours=1)]
    await looked_after(database, MONDAY + timedelta(hours=23, minutes=30))
    assert await due() == [MONDAY + DAY]
    async with database.writing() as connection:
        await use_cases.have(connection, OKAFOR, asked.id, now=MONDAY)
    await looked_after(database, MONDAY + DAY)
    assert await due() == [MONDAY + 2 * DAY]
    assert await noted(database) == slack_ids(BOB, OKAFOR)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": MemberState.DEACTIVATED},
        {"state": MemberState.PAUSED},
        {"state": MemberState.PAUSED, "paused_until": MONDAY + DAY},
    ],
)
async def test_somebody_away_is_not_waited_for(
    database: Database, changes: dict[str, object]
) -> None:
    await arrive(database)
    await change(database, OKAFOR, **changes)
    route = USUAL if changes["state"] is not MemberState.DEACTIVATED else Route(PARK.id, None)

    asked = await raised(database, route=route)

    assert PARK.id in asked.addressed
    assert PARK.slack_user_id in await noted(database)


async def test_who_goes_away_later_or_cannot_be_told_is_not_waited_for(
    database: Database,
) -> None:
    await arrive(database)
    await raised(database)
    async with database.writing() as connection:
        failed = {"state": OutboxState.FAILED, "ended_at": MONDAY, "last_error": "user_not_found"}
        await connection.execute(sa.update(outbox).values(failed))

    await looked_after(database, MONDAY + timedelta(hours=1))

    (after,) = await kept(database)
    assert after.addressed == (OKAFOR.id, PARK.id)
    assert await noted(database) == slack_ids(OKAFOR, BOB, OKAFOR, PARK)


async def test_where_nobody_can_be_told_the_member_is_and_a_coordinator_names_others(
    database: Database,
) -> None:
    await arrive(database)
    await change(database, OKAFOR, state=MemberState.PAUSED)
    await change(database, PARK, state=MemberState.PAUSED)
    await change(database, CAROL, roles=CAROL.roles | {Role.MENTOR}, capacity=2)
    await raised(database)

    await looked_after(database, MONDAY + DAY)

    assert await noted(database) == slack_ids(OKAFOR, PARK, BOB)
    async with database.reading() as connection:
        who = (connection, HERE, BOB.slack_user_id)
        found = await use_cases.concerns_of(*who, now=MONDAY + DAY)
        todos = await use_cases.todos(
            connection, CAROL, PROGRAMME, await store.every(connection, HERE), MONDAY
        )
    assert {OKAFOR.id, PARK.id} <= {*found.away}
    assert [one.kind for one in todos] == [ToDoKind.NAME_CONTACT_PEOPLE]


async def test_it_waits_again_when_the_one_who_has_it_leaves(database: Database) -> None:
    await arrive(database)
    asked = await raised(database)
    async with database.writing() as connection:
        await use_cases.have(connection, OKAFOR, asked.id, now=MONDAY)
    await change(database, OKAFOR, state=MemberState.LEFT)

    await looked_after(database, MONDAY + timedelta(hours=2))

    (after,) = await kept(database)
    assert (after.seen_by, after.addressed) == (None, (OKAFOR.id, PARK.id))
    assert (await noted(database))[-1:] == slack_ids(PARK)


async def test_a_mentor_or_somebody_blocked_is_asked_neither_first_nor_later(
    database: Database,
) -> None:
    await arrive(database)
    async with database.writing() as connection:
        await exclusions.set_blocks(connection, HERE, BOB.id, {OKAFOR.id})
        reach = await use_cases.reach_of(connection, HERE, BOB.slack_user_id, now=MONDAY)
        others = await use_cases.reach_of(connection, HERE, DANA.slack_user_id, now=MONDAY)

    assert reach.routes == [Route(PARK.id, None)]
    assert others.routes[0] == USUAL
    with pytest.raises(UserFacing, match="changed meanwhile"):
        await raised(database)  # a form from before
    alone = await raised(database, route=Route(PARK.id, None))
    await looked_after(database, MONDAY + 5 * DAY)
    assert alone.deputy_id is None
    assert OKAFOR.slack_user_id not in await noted(database)


async def test_without_people_a_running_programme_asks_its_coordinators_and_says_so(
    database: Database,
) -> None:
    await arrive(database)
    async with database.writing() as connection:
        bare = replace(PROGRAMME, concern_person=None, concern_deputy=None)
        await programmes.put_programme(connection, HERE, bare)
        reach = await use_cases.reach_of(connection, HERE, BOB.slack_user_id, now=MONDAY)
        todos = await use_cases.todos(
            connection, CAROL, bare, await store.every(connection, HERE), MONDAY
        )

    assert reach.routes == [Route(CAROL.id, None)]
    assert [one.kind for one in todos] == [ToDoKind.NAME_CONTACT_PEOPLE]


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (OKAFOR, "at once"),
        (PARK, "when asked"),
        (ALICE, "never"),  # the mentor
        (PETE, "never"),
        (DANA, "never"),
        (CAROL, "never"),  # the coordinator
        (MALLORY, "never"),  # a coordinator of another workspace
        (replace(OKAFOR, state=MemberState.LEFT), "never"),
        (replace(OKAFOR, state=MemberState.DEACTIVATED), "never"),
        (replace(OKAFOR, state=MemberState.PAUSED), "at once"),
    ],
    ids=lambda one: one if isinstance(one, str) else f"{one.name} {one.state}",
)
async def test_who_may_read_and_answer_it(database: Database, who: Member, may: str) -> None:
    await arrive(database)
    asked = await raised(database)
    async with database.writing() as connection:
        await people.put_members(connection, who.workspace_id, [who])

    async def reads() -> bool:
        async with database.reading() as connection:
            its = (connection, who.workspace_id, who.slack_user_id)
            found = await use_cases.concerns_of(*its, now=MONDAY)
            todos = await use_cases.todos(
                connection, who, None, await store.every(connection, HERE), MONDAY
            )
        assert bool(found.asked) == bool(todos)
        assert found.own == []
        return bool(found.asked)

    async def answers() -> bool:
        with suppress(UserFacing):
            async with database.writing() as connection:
                await use_cases.have(connection, who, asked.id, now=MONDAY)
            return True
        return False

    if may != "at once":
        assert not await reads()
        assert not await answers()
    await looked_after(database, MONDAY + DAY)
    assert await reads() == (may != "never")
    assert await answers() == (may != "never")
    for verb in (use_cases.solve, use_cases.take_back):
        extra = {"now": MONDAY} if verb is use_cases.solve else {}
        async with database.writing() as connection:
            with pytest.raises(UserFacing):
                await verb(connection, who.workspace_id, asked.id, by=who.slack_user_id, **extra)
    (still,) = await kept(database)
    assert still.solved_at is None


async def test_only_one_has_it_and_its_author_reads_who(database: Database) -> None:
    await arrive(database)
    asked = await raised(database)
    await looked_after(database, MONDAY + DAY)
    async with database.writing() as connection:
        await use_cases.have(connection, PARK, asked.id, now=MONDAY)
        await use_cases.have(connection, PARK, asked.id, now=MONDAY)
        with pytest.raises(UserFacing, match="in hand already"):
            await use_cases.have(connection, OKAFOR, asked.id, now=MONDAY)

    (after,) = await kept(database)
    assert after.seen_by == PARK.id


async def test_a_form_sent_twice_asks_once_and_five_are_enough(database: Database) -> None:
    await arrive(database)
    first = await raised(database)
    assert await raised(database) == first
    for number in range(4):
        await raised(database, key=f"form {number}")

    with pytest.raises(UserFacing, match="asked 5 times"):
        await raised(database, key="one more")


async def test_its_author_takes_it_back_or_says_that_it_is_solved(database: Database) -> None:
    await arrive(database)
    first, second = await raised(database), await raised(database, key="second")
    async with database.writing() as connection:
        its = {"by": BOB.slack_user_id}
        await use_cases.take_back(connection, HERE, first.id, **its)
        await use_cases.solve(connection, HERE, second.id, **its, now=MONDAY)

    assert [one.id for one in await kept(database)] == [second.id]
    await looked_after(database, MONDAY + 29 * DAY)
    assert len(await kept(database)) == 1
    await looked_after(database, MONDAY + 30 * DAY)
    assert await kept(database) == []


async def test_after_the_close_it_is_kept_thirty_days_once_somebody_had_it(
    database: Database,
) -> None:
    await arrive(database)
    asked = await raised(database)
    async with database.writing() as connection:
        closed = replace(PROGRAMME, state=ProgrammeState.CLOSED)
        await programmes.put_programme(connection, HERE, closed)
        reach = await use_cases.reach_of(connection, HERE, BOB.slack_user_id, now=MONDAY)
    assert reach.routes[0] == USUAL  # the way stays open after the close

    await looked_after(database, MONDAY + 90 * DAY)
    assert len(await kept(database)) == 1
    async with database.writing() as connection:
        await use_cases.have(connection, OKAFOR, asked.id, now=MONDAY + 90 * DAY)
    await looked_after(database, MONDAY + 119 * DAY)
    assert len(await kept(database)) == 1
    await looked_after(database, MONDAY + 120 * DAY)
    assert await kept(database) == []


async def test_it_goes_with_its_author_and_with_nobody_else(database: Database) -> None:
    await arrive(database)
    await raised(database)
    async with database.writing() as connection:
        await store.erase(connection, DANA, MONDAY)
        await store.erase(connection, OKAFOR, MONDAY)
    assert len(await kept(database)) == 1

    async with database.writing() as connection:
        await store.erase(connection, BOB, MONDAY)
    assert await kept(database) == []


async def test_a_row_names_only_the_people_who_are_asked_and_opens_for_nobody_else(
    database: Database,
) -> None:
    await arrive(database)
    await raised(database)
    async with database.writing() as connection:
        row = (await connection.execute(sa.select(concern_table))).one()
        for secret in (BOB.id, BOB.slack_user_id, "Xylophone"):
            assert secret.encode() not in repr(tuple(row)).encode()
        await connection.execute(sa.update(concern_table).values(to_id=CAROL.id))

    async with database.reading() as connection:
        found = await use_cases.concerns_of(connection, HERE, CAROL.slack_user_id, now=MONDAY)
    assert [(one.by, one.words) for one in found.asked] == [(None, "")]


async def test_without_its_key_it_still_goes_to_the_deputy_and_erasure_waits(
    database: Database,
) -> None:
    await arrive(database)
    await raised(database)
    async with database.writing() as connection:
        await connection.execute(sa.update(concern_table).values(sealed=b"altered"))

    await looked_after(database, MONDAY + DAY)

    (after,) = await kept(database)
    assert (after.words, after.addressed) == ("", (OKAFOR.id, PARK.id))
    async with database.writing() as connection:
        with pytest.raises(OperatorFacing, match="whether it is theirs"):
            await store.erase(connection, BOB, MONDAY)


async def test_an_operator_can_give_up_what_nobody_can_read(
    database: Database, owned: Database, tmp_path: Path
) -> None:
    await arrive(database)
    await raised(database)
    async with database.writing() as connection:
        await connection.execute(sa.update(concern_table).values(sealed=b"altered"))

    assert store.SEALED in SEALED
    assert await give_up_wishes(owned, FileVault(tmp_path / "keys")) == 1
    assert await kept(database) == []


async def test_another_workspace_sees_nothing_of_it(database: Database) -> None:
    await arrive(database)
    await raised(database)
    twin = replace(OKAFOR, workspace_id=ELSEWHERE)
    async with database.writing() as connection:
        await people.put_members(connection, ELSEWHERE, [twin])
        found = await use_cases.concerns_of(connection, ELSEWHERE, OKAFOR.slack_user_id, now=MONDAY)

    assert found.is_empty
