"""Who hears of a claim, who may answer it, and who may read its evidence: one table of roles."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.groups import store as seated
from bot.groups.joining import known_groups_of
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.kinds import ToDoKind
from bot.matching.model import EndReason, Method, Pairing
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.people.permissions import may_read_shared
from bot.programme import store as programmes
from bot.programme.model import Seat
from bot.stages import changes, store, todos
from bot.stages.changes import MenteeStage
from bot.stages.model import Framework, Level, StageEvent, subject
from bot.stages.tables import stage_event
from bot.todos import ToDo
from handlers.stages.listeners import readers_of
from tests.support.cast import ALICE, BOB, CAROL, GROUP, HERE, MALLORY, PROGRAMME
from tests.support.seated import DANA, OTHER_GROUP, PETE, seat_everybody
from tests.support.transactions import write

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
FRAMEWORK = Framework(
    id="miller_is",
    name="Small",
    about="",
    levels=tuple(
        Level(name=name, summary="", lenses=(), mentor_questions=(), exit_criteria=("I ask.",))
        for name in ("Knows", "Knows how", "Shows how")
    ),
)
BOBS = MenteeStage(BOB, PROGRAMME, FRAMEWORK)
EVIDENCE = "Three visits, and I led one."


def mentor(name: str) -> Member:
    slack_user_id = SlackUserId(f"U0{name.upper()}")
    its_id = MemberId(f"member_{name}")
    return replace(ALICE, id=its_id, slack_user_id=slack_user_id, name=name.title())


COLIN, OLIVIA, HEIR = mentor("colin"), mentor("olivia"), mentor("heir")
"""A co-mentor, the mentor of the other group, and one who comes later."""
SEATS = [
    Seat(GROUP.id, ALICE.id, Role.MENTOR),
    Seat(GROUP.id, COLIN.id, Role.MENTOR),
    Seat(GROUP.id, BOB.id, Role.MENTEE),
    Seat(GROUP.id, DANA.id, Role.MENTEE),
    Seat(GROUP.id, PETE.id, Role.PEER_MENTOR),
    Seat(OTHER_GROUP.id, OLIVIA.id, Role.MENTOR),
]
EVERYBODY = (ALICE, BOB, CAROL, DANA, PETE, COLIN, OLIVIA, HEIR)


def paired(who: Member, group_id: str = GROUP.id, since: datetime = NOW) -> Pairing:
    return Pairing(
        id=f"pairing_{who.id}_{group_id}",
        workspace_id=HERE,
        programme_id=PROGRAMME.id,
        group_id=group_id,  # type: ignore[arg-type]
        mentee_id=BOB.id,
        mentor_id=who.id,
        method=Method.PROPOSED,
        score=1.0,
        reason="",
        started_at=since,
    )


@pytest.fixture
async def made(database: Database) -> StageEvent:
    await seat_everybody(database, seats=SEATS, members=EVERYBODY)
    async with database.writing() as connection:
        await seated.add_pairings(connection, HERE, [paired(ALICE), paired(COLIN)])
        return await changes.claim(
            connection,
            BOBS,
            to_level="Shows how",
            evidence=EVIDENCE,
            met=["I ask.", "made up"],
            now=NOW,
        )


async def change(database: Database, *members: Member) -> None:
    async with database.writing() as connection:
        await people.put_members(connection, HERE, members)


async def move(database: Database, group_id: str, *mentors: Member) -> None:
    """Let Bob sit in this group from now on, with these mentors."""
    async with database.writing() as connection:
        lasting = [one.id for one in await seated.pairings(connection, HERE, PROGRAMME.id)]
        later = NOW + timedelta(days=2)
        why = EndReason.REMATCH
        await seated.end_pairings(connection, HERE, lasting, why=why, now=later)
        for who in (BOB, *(m for m in (ALICE, COLIN) if m not in mentors)):
            await programmes.remove_seat(connection, HERE, GROUP.id, who.id)
        group = GROUP if group_id == GROUP.id else OTHER_GROUP
        seats = [Seat(group.id, BOB.id, Role.MENTEE)]
        seats += [Seat(group.id, one.id, Role.MENTOR) for one in mentors]
        await programmes.put_groups(connection, HERE, PROGRAMME.id, [group], seats)
        again = [paired(one, group.id, later) for one in mentors]
        await seated.add_pairings(connection, HERE, again)


async def has_to_do(database: Database, who: Member) -> bool:
    async with database.reading() as connection:
        groups = await known_groups_of(connection, who.workspace_id, who.id)
        ids = {each for group in groups for each in group.mentees}
        mentees = await people.members(connection, who.workspace_id, ids=ids) if ids else []
        running = await programmes.running_programmes(connection, who.workspace_id)
        found = todos.of_mentor(
            who,
            groups,
            mentees={one.id: one for one in mentees},
            histories=await store.histories(connection, who.workspace_id, member_ids=ids),
            framework_of={one.id: FRAMEWORK for one in running},
        )
    assert EVIDENCE not in str(found)
    assert all(one.kind == ToDoKind.ANSWER_CLAIM for one in found)
    assert all(one.names == ("Bob",) for one in found)
    return bool(found)


async def reads(database: Database, who: Member, made: StageEvent) -> bool:
    async with database.reading() as connection:
        mentors = await changes.mentors_of(connection, HERE, BOB.id)
        addressed = await readers_of(connection, BOBS, made)
    sits = who.id in mentors and who.workspace_id == HERE
    return may_read_shared(who, sits_there=sits, was_addressed=who.id in addressed)


async def answers(database: Database, who: Member, made: StageEvent) -> bool:
    try:
        await write(
            database,
            changes.answer,
            replace(BOBS, member=replace(BOB, workspace_id=who.workspace_id)),
            claim_number=made.number,
            confirm=False,
            note="",
            by=who.id,
            now=NOW,
        )
    except UserFacing:
        return False
    return True


LEFT, PAUSED = MemberState.LEFT, MemberState.PAUSED
TABLE = {
    "their mentor": (ALICE, True, True, True),
    "a co-mentor": (COLIN, True, True, True),
    "their mentor on a break": (replace(ALICE, state=PAUSED), True, True, True),
    "a peer-mentor beside a mentor": (PETE, False, False, False),
    "the claimant": (BOB, False, False, False),
    "another mentee of the group": (DANA, False, False, False),
    "the mentor of another group": (OLIVIA, False, False, False),
    "a mentor without a group": (HEIR, False, False, False),
    "a coordinator": (CAROL, False, False, False),
    "somebody of another workspace": (MALLORY, False, False, False),
}


async def test_who_hears_of_a_claim_reads_its_evidence_and_answers_it(
    database: Database, made: StageEvent
) -> None:
    seen = {}
    for whose, (who, *_) in TABLE.items():
        seen[whose] = (
            who,
            await has_to_do(database, who),
            await reads(database, who, made),
            await answers(database, who, made),
        )
        async with database.writing() as connection:  # as if nobody had answered yet
            query = sa.delete(stage_event).where(stage_event.c.number > made.number)
            await connection.execute(query)

    assert seen == TABLE


@pytest.mark.parametrize(
    ("group_id", "mentors"),
    [(GROUP.id, [HEIR]), (OTHER_GROUP.id, [OLIVIA])],
    ids=["another mentor", "another group"],
)
async def test_a_claim_goes_along_to_a_new_mentor_and_its_evidence_once_it_is_shared_again(
    database: Database, made: StageEvent, group_id: str, mentors: Sequence[Member]
) -> None:
    (new,) = mentors
    await move(database, group_id, new)

    assert not await has_to_do(database, ALICE)
    assert await has_to_do(database, new)
    assert not await reads(database, ALICE, made)
    assert not await reads(database, new, made)
    assert not await answers(database, ALICE, made)
    later = NOW + timedelta(days=3)
    again = await write(database, changes.share_again, BOBS, claim_number=made.number, now=later)
    assert await reads(database, new, again)
    assert (again.note, again.met) == (EVIDENCE, ("I ask.",))
    assert await answers(database, new, again)


async def of_coordinator(database: Database, who: Member, now: datetime) -> list[ToDo]:
    async with database.reading() as connection:
        return await todos.of_coordinator(connection, who, PROGRAMME, framework=FRAMEWORK, now=now)


async def test_a_coordinator_hears_of_a_claim_only_while_all_its_mentors_are_away_for_a_week(
    database: Database, made: StageEvent
) -> None:
    week = NOW + timedelta(days=7)
    await change(database, replace(ALICE, state=PAUSED))
    assert await of_coordinator(database, CAROL, week) == []
    await change(database, replace(COLIN, state=PAUSED))

    assert await of_coordinator(database, CAROL, week - timedelta(minutes=1)) == []
    (told,) = await of_coordinator(database, CAROL, week)
    assert told.names == ("Bob", "Alice")
    assert EVIDENCE not in str(told)
    assert "Shows how" not in str(told)
    for who in (ALICE, BOB, DANA, PETE, OLIVIA, MALLORY, replace(CAROL, state=LEFT)):
        assert await of_coordinator(database, who, week) == []
    assert await answers(database, ALICE, made)
    assert await of_coordinator(database, CAROL, week) == []


async def test_a_claim_to_be_talked_about_waits_with_its_author_until_it_is_sent_again(
    database: Database, made: StageEvent
) -> None:
    def of_mentee(history: Sequence[StageEvent], **changed: object) -> list[ToDo]:
        bob = replace(BOB, **changed)  # type: ignore[arg-type]
        return todos.of_mentee(replace(BOBS, member=bob, history=history), now=NOW)

    async with database.reading() as connection:
        assert of_mentee(await store.history(connection, HERE, BOB.id)) == []
    assert await answers(database, ALICE, made)
    assert not await has_to_do(database, ALICE)
    async with database.reading() as connection:
        history = await store.history(connection, HERE, BOB.id)
    (told,) = of_mentee(history)
    assert (told.kind, told.about) == (ToDoKind.TALK_ABOUT_CLAIM, subject(history[-1]))
    assert of_mentee(history, state=PAUSED) == []

    again = await write(
        database, changes.claim, BOBS, to_level="Shows how", evidence="Less.", now=NOW
    )

    assert await has_to_do(database, ALICE)
    assert not await answers(database, ALICE, made)
    assert await answers(database, ALICE, again)
    async with database.reading() as connection:
        kinds = [one.kind.value for one in await store.history(connection, HERE, BOB.id)]
    assert kinds == ["claimed", "talk_first", "claimed", "talk_first"]


async def test_evidence_lies_sealed_and_opens_only_as_its_own_line(
    database: Database, made: StageEvent
) -> None:
    async with database.reading() as connection:
        (row,) = await connection.execute(sa.select(stage_event))
        (kept,) = await store.history(connection, HERE, BOB.id)
        lines = await store.histories(connection, HERE, member_ids=[BOB.id])
    assert "visits" not in str(row)
    assert "I ask" not in str(row)
    assert kept == made
    assert [one.note for one in lines[BOB.id]] == [""]

    async with database.writing() as connection:  # moved to another, it does not open
        await connection.execute(sa.update(stage_event).values(member_id=DANA.id))
    async with database.reading() as connection:
        (moved,) = await store.history(connection, HERE, DANA.id)
    assert (moved.is_readable, moved.note, moved.met) == (False, "", ())
