"""A mentor leaves while a claim and an agreement wait for them: the next mentor has both to do."""

from datetime import timedelta

import sqlalchemy as sa

from bot.agreements import use_cases
from bot.agreements.model import Aspect
from bot.delivery.tables import outbox
from bot.groups import upkeep
from bot.groups.joining import known_groups_of
from bot.kernel.database import Database
from bot.kinds import MessageKind, ToDoKind
from bot.people import store as people
from bot.people.model import Member, MemberState
from bot.programme import store as programmes
from bot.stages import changes, todos
from bot.stages import store as stages
from bot.stages.changes import MenteeStage
from bot.todos import ToDo
from config.catalogue import load_catalogue
from tests.checkins.test_a_new_mentor import (
    CHANGED_AT,
    FINN,
    NOW,
    SHARED_AT,
    arrange,
    change,
    introduced,
    leave,
)
from tests.support.cast import ALICE, BOB, HERE, PROGRAMME
from tests.support.seated import OTHER_GROUP

FRAMEWORK = load_catalogue().frameworks[PROGRAMME.framework_id]
SAID = {
    Aspect.GOALS: "To speak up",
    Aspect.FREQUENCY: "monthly",
    Aspect.CONFIDENTIALITY: "between_us",
    Aspect.ENDING: "either",
}


async def both_wait(database: Database) -> None:
    """Bob has claimed a stage, and has written his side of the agreement with Alice."""
    await arrange(database)
    async with database.writing() as connection:
        mentee = MenteeStage(BOB, PROGRAMME, FRAMEWORK)
        await changes.claim(connection, mentee, to_level="Does", evidence="I did", now=SHARED_AT)
        await use_cases.fill(connection, BOB, ["pair_Bob_Alice"], SAID, now=SHARED_AT)


async def to_do(database: Database, who: Member) -> list[ToDo]:
    """What there is to do for somebody about agreements, and about claims as a mentor."""
    async with database.reading() as connection:
        member = await people.member(connection, HERE, who.id)
        assert member is not None
        groups = await known_groups_of(connection, HERE, who.id)
        theirs = [one for one in groups if who.id in one.mentors]
        ids = {each for one in theirs for each in one.mentees}
        mentees = await people.members(connection, HERE, ids=ids)
        claims = todos.of_mentor(
            member,
            theirs,
            mentees={one.id: one for one in mentees},
            histories=await stages.histories(connection, HERE, member_ids=ids),
            framework_of={PROGRAMME.id: FRAMEWORK},
        )
        found = await use_cases.own_progress(connection, member)
    return [*claims, *use_cases.todos(member, found, NOW)]


async def test_they_go_to_the_mentor_who_takes_over(database: Database) -> None:
    await both_wait(database)
    kinds = {one.kind for one in await to_do(database, ALICE)}
    assert kinds == {ToDoKind.ANSWER_CLAIM, ToDoKind.FILL_AGREEMENT}
    async with database.writing() as connection:
        await programmes.remove_seat(connection, HERE, OTHER_GROUP.id, FINN.id)

    await leave(database)

    finns = {one.kind: one.names for one in await to_do(database, FINN)}
    assert finns == {
        ToDoKind.ANSWER_CLAIM: ("Bob",),
        ToDoKind.FILL_AGREEMENT: ("Bob", "Dana"),
    }
    (bobs,) = await to_do(database, BOB)
    assert (bobs.kind, bobs.names) == (ToDoKind.FILL_AGREEMENT, ("Finn",))
    assert await to_do(database, ALICE) == []
    async with database.reading() as connection:
        found = await use_cases.own_progress(connection, BOB)
        new = next(one for one in found if one.pair.ended_at is None)
        kept = await use_cases.latest_answers(connection, BOB, found, beside=new.pair.pairing_id)
    assert kept == (SAID, "Alice")


async def test_without_another_mentor_the_mentee_is_told_that_they_wait(
    database: Database,
) -> None:
    await both_wait(database)
    await change(database, FINN, capacity=0)
    await change(database, ALICE, state=MemberState.LEFT)

    await upkeep.reconcile(database, HERE, PROGRAMME.id, now=CHANGED_AT)

    async with database.reading() as connection:
        query = sa.select(outbox.c.recipient).where(outbox.c.kind == MessageKind.MENTOR_MISSING)
        told = {*(await connection.execute(query)).scalars()}
    assert BOB.slack_user_id in told
    assert await to_do(database, BOB) == []
    await introduced(database)
    await change(database, FINN, capacity=6)
    await upkeep.reconcile(database, HERE, PROGRAMME.id, now=CHANGED_AT + timedelta(hours=1))
    await introduced(database)
    assert ToDoKind.ANSWER_CLAIM in {one.kind for one in await to_do(database, FINN)}
