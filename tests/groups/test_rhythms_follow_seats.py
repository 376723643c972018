"""What falls due for members: by each of their seats, and by the stage they have reached."""

from dataclasses import replace

import sqlalchemy as sa

from bot.groups.schedule import begin_schedules
from bot.kernel.database import Database
from bot.kernel.ids import GroupId
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme.model import Group, Seat
from bot.schedule import store as schedule
from bot.schedule.model import Due
from bot.stages import store as stages
from bot.stages.model import StageEvent, StageEventKind
from tests.support.cast import ALICE, BOB, ELSEWHERE
from tests.support.cohort import DRAFT, HERE, STARTED, arrive

YEAR = replace(
    DRAFT,
    template=replace(DRAFT.template, checkin_every_weeks_by_stage=(("is", 4), ("knows HOW", 3))),
)


async def seat(database: Database, *seats: Seat) -> None:
    groups = {one.group_id for one in seats}
    async with database.writing() as connection:
        await programmes.put_groups(
            connection,
            HERE,
            YEAR.id,
            [Group(id=g, workspace_id=HERE, programme_id=YEAR.id, name=g) for g in sorted(groups)],
            list(seats),
        )


async def begin(database: Database) -> dict[str, Due]:
    """What is due for Bob, by kind, after the rhythms have begun."""
    async with database.writing() as connection:
        await begin_schedules(connection, YEAR, now=STARTED)
        found = await schedule.upcoming(connection, HERE, subject_ids=[BOB.id])
        assert await schedule.upcoming(connection, ELSEWHERE, subject_ids=[BOB.id]) == []
    return {one.kind: one for one in found}


async def test_a_mentee_who_mentors_another_group_is_asked_and_nudged(database: Database) -> None:
    await arrive(database, programme=YEAR)
    await seat(
        database,
        Seat(GroupId("a"), BOB.id, Role.MENTEE),
        Seat(GroupId("b"), BOB.id, Role.PEER_MENTOR),
        Seat(GroupId("a"), ALICE.id, Role.MENTOR),
    )

    assert set(await begin(database)) == {"checkin_prompt", "mentor_nudge"}


async def test_beginning_again_keeps_the_cadence_of_the_stage_reached_since(
    database: Database,
) -> None:
    await arrive(database, programme=YEAR)
    await seat(database, Seat(GroupId("a"), BOB.id, Role.MENTEE))
    await begin(database)
    moved = StageEvent(
        workspace_id=HERE,
        member_id=BOB.id,
        number=1,
        framework_id=YEAR.framework_id,
        kind=StageEventKind.CONFIRMED,
        from_level="Knows how",
        to_level="Is",
        note="",
        by=ALICE.id,
        at=STARTED,
    )
    async with database.writing() as connection:
        await stages.add(connection, moved)

    before = await rule_of(database)
    await begin(database)

    assert "every 3 " in before
    assert "every 4 " in await rule_of(database)
    assert YEAR.template.checkin_weeks_for("IS ") == 4


async def rule_of(database: Database) -> str:
    """The rule by which Bob is asked."""
    table = schedule.schedule
    async with database.reading() as connection:
        found = await connection.scalar(
            sa.select(table.c.rule).where(
                table.c.subject_id == BOB.id, table.c.kind == "checkin_prompt"
            )
        )
    return str(found)
