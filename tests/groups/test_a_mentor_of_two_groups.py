"""What giving a group to somebody who mentors another one must not break."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.delivery.model import OutboxState
from bot.delivery.tables import ENTRY, entry_from, outbox
from bot.flows.pulse_people import mentees_to_ask
from bot.groups import upkeep
from bot.groups.joining import hold_back
from bot.groups.messages import INTRODUCTION, PRIVATE_FOR, news, tell
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId
from bot.matching import exclusions
from bot.people.model import MemberState, Role
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState, Seat
from tests.groups.test_a_group_gets_a_mentor import GONE, alices_group_waits, give
from tests.groups.test_wishes_in_confidence import approved
from tests.support.cast import ALICE, CAROL
from tests.support.cohort import DRAFT, HERE, MIA, NOW, STARTED, change, mentee, mentor
from tests.support.groups_under_way import (
    LATER,
    join,
    lasting,
    member,
    reconcile,
    running,
    told,
    waiting,
)


@pytest.mark.parametrize("by_hand", [True, False], ids=["given by hand", "a free mentor"])
async def test_who_is_never_matched_with_a_mentor_is_not_while_on_a_break(
    database: Database, by_hand: bool
) -> None:
    group, theirs, _ = await alices_group_waits(database)
    heir = MIA if by_hand else mentor("Nia", 8)
    async with database.writing() as connection:
        pair = (MemberId(theirs[0]), heir.id)
        await exclusions.forbid(connection, HERE, DRAFT.id, pair, by=CAROL.id, now=LATER)
    await change(database, replace(await member(database, theirs[0]), state=MemberState.PAUSED))

    if by_hand:
        with pytest.raises(UserFacing, match="cannot mentor that group"):
            await give(database, group)
    else:
        await join(database, heir)
        await reconcile(database)

    assert theirs[0] in await waiting(database)


async def test_a_wish_between_mentees_outlives_a_change_of_mentor_before_they_meet(
    database: Database,
) -> None:
    await approved(database)
    theirs = [m for m, p in (await lasting(database)).items() if p.mentor_id == ALICE.id]
    owner, other = MemberId(theirs[0]), MemberId(theirs[1])
    async with database.writing() as connection:
        await exclusions.set_vetoes(connection, HERE, owner, [other])
    later = NOW + timedelta(hours=3)
    nia = mentor("Nia", 4)
    await change(database, nia)
    await change(database, GONE)
    await upkeep.reconcile(database, HERE, DRAFT.id, now=later)
    assert {(await lasting(database))[one].mentor_id for one in theirs} == {nia.id}

    at = later + PRIVATE_FOR
    async with database.writing() as connection:
        is_due = (outbox.c.not_before <= at) & (outbox.c.state == str(OutboxState.QUEUED))
        rows = await connection.execute(sa.select(*ENTRY).where(is_due))
        await hold_back(connection, HERE, [entry_from(row) for row in rows], at)

    assert owner not in await lasting(database)
    assert other in await lasting(database)
    assert owner in await waiting(database)


async def test_a_mentor_of_another_programme_gets_no_group(database: Database) -> None:
    group, _, _ = await alices_group_waits(database)
    nia = mentor("Nia")
    other = replace(DRAFT, id=ProgrammeId("programme_other"), state=ProgrammeState.RUNNING)
    await change(database, nia)
    async with database.writing() as connection:
        await programmes.put_programme(connection, HERE, other)
        await programmes.enrol(connection, HERE, other.id, [nia.id])

    with pytest.raises(UserFacing, match="not a mentor of this programme"):
        await give(database, group, to=nia)


@pytest.mark.parametrize("what", ["give", "move", "move into", "rematch"])
async def test_a_closed_programme_says_so_and_stays_as_it_was(
    database: Database, what: str
) -> None:
    group, _, _ = await alices_group_waits(database)
    mias, pairing = next(iter((await lasting(database)).items()))
    async with database.writing() as connection:
        programme = await programmes.programme(connection, HERE, DRAFT.id)
        assert programme is not None
        closed = replace(programme, state=ProgrammeState.CLOSED)
        await programmes.put_programme(connection, HERE, closed)
    before = await waiting(database)
    its = (database, HERE, DRAFT.id)
    asking, by = MemberId(mias), CAROL.id

    with pytest.raises(UserFacing, match="closed"):
        if what == "give":
            await give(database, group)
        elif what == "rematch":
            await upkeep.ask_rematch(*its, mentee=asking, now=LATER)
        else:
            to = group if what == "move into" else None
            await upkeep.move(*its, mentee=asking, to=to, by=by, now=LATER)

    assert await waiting(database) == before
    assert (await lasting(database))[mias] == pairing


async def test_a_mentor_of_two_groups_who_returns_finds_both_as_they_were(
    database: Database,
) -> None:
    group, theirs, mias = await alices_group_waits(database)
    await give(database, group)
    before = {m: (p.group_id, p.mentor_id) for m, p in (await lasting(database)).items()}
    mia = await member(database, MIA.id)
    await change(database, replace(mia, state=MemberState.LEFT))
    await reconcile(database)
    assert len(await waiting(database)) == mias + len(theirs)

    await change(database, mia)
    await reconcile(database)

    after = {m: (p.group_id, p.mentor_id) for m, p in (await lasting(database)).items()}
    assert after == before
    assert await waiting(database) == []


async def test_a_mentor_who_returns_gets_no_more_than_they_can_take(database: Database) -> None:
    group, theirs, mias = await alices_group_waits(database)
    await give(database, group)
    mia = await member(database, MIA.id)
    await change(database, replace(mia, state=MemberState.LEFT))
    await reconcile(database)

    await change(database, replace(mia, capacity=mias + len(theirs) - 1))
    await reconcile(database)

    assert len(await lasting(database)) <= mias + len(theirs) - 1


async def test_a_mentee_moves_between_two_groups_of_a_mentor_who_has_as_many_as_they_can_take(
    database: Database,
) -> None:
    group, theirs, _ = await alices_group_waits(database)
    await give(database, group)
    other = next(p.group_id for p in (await lasting(database)).values() if p.group_id != group)

    moved = MemberId(theirs[0])
    await upkeep.move(database, HERE, DRAFT.id, mentee=moved, to=other, by=CAROL.id, now=LATER)

    assert (await lasting(database))[moved].group_id == other
    kinds = [kind for kind, _ in await told(database)]
    assert "seat_found" in kinds
    assert "member_moved" not in kinds, "the mentor stays theirs"


async def test_a_larger_group_takes_somebody_where_the_smaller_one_cannot(
    database: Database,
) -> None:
    """Nia mentors the larger group beside Mia, and can take more; Mia alone cannot."""
    group, _, _ = await alices_group_waits(database)
    larger = next(one.group_id for one in (await lasting(database)).values())
    nia = mentor("Nia")
    await join(database, nia)
    async with database.writing() as connection:
        every = await programmes.groups(connection, HERE, DRAFT.id)
        its = [one for one in every if one.id == larger]
        seats = [Seat(larger, nia.id, Role.MENTOR)]
        await programmes.put_groups(connection, HERE, DRAFT.id, its, seats)
    await give(database, group)
    hal = mentee("Hal")
    await join(database, hal)

    await reconcile(database)

    assert (await lasting(database))[hal.id].group_id == larger


@pytest.mark.parametrize("why", ["break", "code"])
async def test_a_group_of_whom_nobody_is_there_is_not_refused_as_if_something_were_on_record(
    database: Database, why: str
) -> None:
    group, theirs, _ = await alices_group_waits(database)
    for one in theirs:
        here = await member(database, one)
        away = replace(here, state=MemberState.PAUSED)
        await change(database, away if why == "break" else replace(here, conduct_accepted_at=None))

    await give(database, group)

    assert {(await lasting(database))[one].mentor_id for one in theirs} == {MIA.id}


async def test_who_must_not_be_in_the_smaller_group_gets_a_seat_in_the_larger_one(
    database: Database,
) -> None:
    group, theirs, _ = await alices_group_waits(database)
    await give(database, group)
    mia = await member(database, MIA.id)
    await change(database, replace(mia, capacity=mia.capacity + 1))
    other = await member(database, theirs[0])
    hal = mentee("Hal", avoid=(other.slack_user_id,))
    await join(database, hal)

    await reconcile(database)

    found = (await lasting(database))[hal.id]
    assert (found.mentor_id, found.group_id == group) == (MIA.id, False)
    assert (await reconcile(database)).moves == ()


async def test_a_group_that_knows_each_other_is_asked_before_its_new_mentor_is_introduced(
    database: Database,
) -> None:
    await running(database)
    groups = {one.group_id for one in (await lasting(database)).values()}
    async with database.writing() as connection:
        sent = [news(INTRODUCTION, one, f"group:{one}", now=STARTED) for one in groups]
        await tell(connection, HERE, sent, now=STARTED)
        at = STARTED + timedelta(days=1)
        await connection.execute(sa.update(outbox).values(state=OutboxState.SENT, ended_at=at))
    group, theirs, _ = await alices_group_waits(database, begins=False)
    before = await asked(database)
    await give(database, group)
    newcomer = mentee("Hal")
    await join(database, newcomer)
    await change(database, replace(await member(database, MIA.id), capacity=9))
    await reconcile(database)

    after = await asked(database)

    assert {*theirs} <= after == before
    assert newcomer.id in await lasting(database)


async def asked(database: Database) -> set[str]:
    async with database.reading() as connection:
        [programme] = await programmes.programmes(connection, HERE)
        return {one.member_id for one in await mentees_to_ask(connection, programme, now=LATER)}
