"""After the approval: places are filled, mentors leave, members move, conflicts are told."""

from dataclasses import replace

import pytest

from bot.groups import store as seated
from bot.groups import upkeep
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.matching import exclusions as barriers
from bot.matching.model import (
    WISHES_TO_MOVE,
    Bar,
    Conflict,
    EndReason,
    Method,
    Waiting,
)
from bot.people.model import MemberState, Role
from bot.programme import store as programmes
from bot.programme.groups import count_groups
from bot.schedule import store as schedule
from tests.support.cast import ALICE, BOB
from tests.support.cohort import (
    ALICE_HERE,
    COHORT,
    DRAFT,
    ELSEWHERE,
    HERE,
    MENTEES,
    MIA,
    arrive,
    change,
    mentee,
    mentor,
)
from tests.support.groups_under_way import (
    LATER,
    group_of,
    join,
    lasting,
    reconcile,
    running,
    told,
    waiting,
)


async def test_a_place_that_opens_is_filled_from_the_waitlist(database: Database) -> None:
    await running(database, (*COHORT, mentee("Hal"), mentee("Ida")))
    [left] = await waiting(database)
    gone = next(iter(await lasting(database)))
    await change(database, replace(mentee(gone.removeprefix("member_")), state=MemberState.LEFT))

    done = await reconcile(database)

    assert [one.mentee_id for one in done.moves] == [left]
    pairings = await lasting(database)
    assert pairings[left].method is Method.WAITLIST
    assert gone not in pairings
    assert await waiting(database) == []
    async with database.reading() as connection:
        assert await schedule.upcoming(connection, HERE, subject_ids=[left])
        assert await schedule.upcoming(connection, HERE, subject_ids=[gone]) == []
        every = await seated.pairings(connection, HERE, DRAFT.id, with_ended=True)
        assert await seated.pairings(connection, ELSEWHERE, DRAFT.id, with_ended=True) == []
    [ended] = [one for one in every if one.ended_at]
    assert (ended.mentee_id, ended.end_reason) == (gone, EndReason.MENTEE_LEFT)
    kinds = [kind for kind, _ in await told(database)]
    assert kinds == ["member_joined", "seat_found"]


async def test_reconciling_twice_changes_nothing_more(database: Database) -> None:
    await running(database)
    await change(database, replace(MENTEES[1], state=MemberState.LEFT))
    await reconcile(database)
    once, heard = await lasting(database), await told(database)

    done = await reconcile(database)

    assert done == upkeep.Reconciled()
    assert (await lasting(database), await told(database)) == (once, heard)


async def test_more_capacity_seats_the_longest_waiting_first(database: Database) -> None:
    await running(database, (*COHORT, mentee("Hal"), mentee("Ida"), mentee("Jon")))
    first, second = await waiting(database)
    async with database.writing() as connection:
        await seated.stop_waiting(connection, HERE, DRAFT.id, [MemberId(first)])
        one = Waiting(member_id=MemberId(first), since=LATER, reason="Full.")
        await seated.wait(connection, HERE, DRAFT.id, [one])
    await change(database, replace(ALICE_HERE, capacity=4))

    done = await reconcile(database)

    assert [one.mentee_id for one in done.moves] == [second]
    assert await waiting(database) == [first]


async def test_a_new_mentor_takes_over_the_group_of_one_who_left(database: Database) -> None:
    await running(database)
    before = await lasting(database)
    alices = sorted(m for m, p in before.items() if p.mentor_id == ALICE.id)
    group = await group_of(database, alices[0])
    await change(database, replace(ALICE_HERE, state=MemberState.LEFT))
    await join(database, mentor("Nia", 4))

    await reconcile(database)

    after = await lasting(database)
    assert {after[m].mentor_id for m in alices} == {"member_nia"}
    assert {after[m].group_id for m in alices} == {group}
    assert {m: p for m, p in after.items() if m not in alices} == {
        m: p for m, p in before.items() if m not in alices
    }
    heard = await told(database)
    assert ("group_introduction", f"group:{group}") in heard
    assert ("mentor_left", "U0CAROL") in heard
    async with database.reading() as connection:
        [nudge] = await schedule.upcoming(connection, HERE, subject_ids=["member_nia"])
        assert await schedule.upcoming(connection, HERE, subject_ids=[ALICE.id]) == []
    assert nudge.kind == "mentor_nudge"


async def test_mentees_of_a_mentor_who_left_fill_places_elsewhere(database: Database) -> None:
    await running(database)
    before = await lasting(database)
    alices = sorted(m for m, p in before.items() if p.mentor_id == ALICE.id)
    free = 3 - (5 - len(alices))
    await change(database, replace(ALICE_HERE, state=MemberState.LEFT))

    done = await reconcile(database)

    assert len(done.moves) == free
    after = await lasting(database)
    assert {p.mentor_id for p in after.values()} == {MIA.id}
    still = await waiting(database)
    assert sorted([*still, *(one.mentee_id for one in done.moves)]) == alices
    old = before[alices[0]].group_id
    assert {await group_of(database, m) for m in still} == {old}
    assert all(p == before[m] for m, p in after.items() if m not in alices)


async def test_a_rematch_moves_the_mentee_and_tells_the_mentor_nothing_else(
    database: Database,
) -> None:
    await running(database)
    await change(database, replace(MIA, capacity=4))
    before = await lasting(database)

    found = await upkeep.ask_rematch(database, HERE, DRAFT.id, mentee=BOB.id, now=LATER)

    after = await lasting(database)
    assert found is not None
    assert found.old == before[BOB.id].group_id
    assert (before[BOB.id].mentor_id, after[BOB.id].mentor_id) == (ALICE.id, MIA.id)
    assert after[BOB.id].method is Method.REMATCH
    assert {m: p for m, p in after.items() if m != BOB.id} == {
        m: p for m, p in before.items() if m != BOB.id
    }
    assert await group_of(database, BOB.id) == found.new
    assert await told(database) == [
        ("member_joined", f"group:{found.new}"),
        ("member_moved", "U0ALICE"),
        ("seat_found", "U0BOB"),
    ]


async def test_a_rematch_without_a_place_waits_in_the_old_group(database: Database) -> None:
    await running(database, tuple(m for m in COHORT if m.id != MIA.id))
    group = await group_of(database, BOB.id)

    found = await upkeep.ask_rematch(database, HERE, DRAFT.id, mentee=BOB.id, now=LATER)

    assert found is None
    assert await group_of(database, BOB.id) == group
    assert (await lasting(database))[BOB.id].mentor_id == ALICE.id
    async with database.reading() as connection:
        own = [
            w for w in await seated.waitlist(connection, HERE, DRAFT.id) if w.member_id == BOB.id
        ]
    assert [(w.reason, w.keeps_group) for w in own] == [(WISHES_TO_MOVE, group)]
    assert await told(database) == []
    with pytest.raises(UserFacing, match="already"):
        await upkeep.ask_rematch(database, HERE, DRAFT.id, mentee=BOB.id, now=LATER)


async def test_a_mentee_who_stays_after_all_is_not_moved_later(database: Database) -> None:
    await running(database, tuple(m for m in COHORT if m.id != MIA.id))
    await upkeep.ask_rematch(database, HERE, DRAFT.id, mentee=BOB.id, now=LATER)

    await upkeep.stay(database, HERE, DRAFT.id, mentee=BOB.id)
    await join(database, MIA)
    done = await reconcile(database)

    assert done.of(BOB.id) is None
    assert (await lasting(database))[BOB.id].mentor_id == ALICE.id
    async with database.reading() as connection:
        assert await barriers.forbids(connection, HERE, DRAFT.id) == []


async def test_who_has_no_mentor_cannot_ask_for_another(database: Database) -> None:
    await running(database)

    with pytest.raises(UserFacing, match="no mentor to change"):
        await upkeep.ask_rematch(
            database, HERE, DRAFT.id, mentee=MemberId("member_nobody"), now=LATER
        )


async def test_a_new_conflict_is_told_to_the_coordinator_once(database: Database) -> None:
    await running(database)
    async with database.writing() as connection:
        conflict = Conflict(senior_id=ALICE.id, junior_id=BOB.id, bar=Bar.EVALUATES)
        await barriers.put_conflict(connection, HERE, conflict)

    await reconcile(database)
    assert await told(database) == [("pairing_conflict", "U0CAROL")]
    await reconcile(database)

    assert await told(database) == [("pairing_conflict", "U0CAROL")]


async def test_a_new_mentor_opens_a_group_for_those_who_wait(database: Database) -> None:
    await running(database, (*COHORT, mentee("Hal"), mentee("Ida"), mentee("Jon")))
    left = await waiting(database)
    await join(database, mentor("Nia", 4))

    done = await reconcile(database)

    assert sorted(one.mentee_id for one in done.moves) == sorted(left)
    [group] = {one.new for one in done.moves}
    async with database.reading() as connection:
        found = await programmes.group(connection, HERE, group)
        seats = await programmes.seats(connection, HERE, DRAFT.id, group_id=group)
    assert found is not None
    assert found.name == "Group of Nia"
    assert [s.member_id for s in seats if s.role is Role.MENTOR] == ["member_nia"]
    heard = await told(database)
    assert heard.count(("group_introduction", f"group:{group}")) == 1


async def test_nothing_is_reconciled_before_the_approval(database: Database) -> None:
    await arrive(database)

    assert await reconcile(database) == upkeep.Reconciled()


async def test_a_mentor_who_returns_gets_their_group_back_and_its_mentees_are_told(
    database: Database,
) -> None:
    await running(database)
    before = await lasting(database)
    theirs = sorted(m for m, p in before.items() if p.mentor_id == ALICE.id)
    group = before[theirs[0]].group_id
    async with database.writing() as connection:
        await programmes.set_group_channel(connection, HERE, group, slack_channel="C0ALICES")
    await change(database, replace(MIA, capacity=0))
    await change(database, replace(ALICE_HERE, state=MemberState.DEACTIVATED))

    await reconcile(database)
    assert [kind for kind, _ in await told(database)].count("mentor_missing") == len(theirs)
    assert await waiting(database) == theirs
    await change(database, ALICE_HERE)
    await join(database, mentor("Nia", 4))
    await reconcile(database)

    after = await lasting(database)
    assert {after[m].mentor_id for m in theirs} == {ALICE.id}
    assert {after[m].group_id for m in theirs} == {group}
    assert [kind for kind, _ in await told(database)].count("mentor_found") == len(theirs)
    assert await waiting(database) == []
    async with database.reading() as connection:
        found = await programmes.group(connection, HERE, group)
    assert found is not None
    assert found.slack_channel == "C0ALICES"


async def test_an_empty_group_is_not_counted_and_is_taken_up_again(database: Database) -> None:
    await running(database)
    before = await lasting(database)
    theirs = [m for m, p in before.items() if p.mentor_id == ALICE.id]
    group = before[theirs[0]].group_id
    await change(database, replace(MIA, capacity=9))
    await change(database, replace(ALICE_HERE, state=MemberState.LEFT))
    await reconcile(database)
    async with database.reading() as connection:
        programme = await programmes.programme(connection, HERE, DRAFT.id)
        assert programme is not None
        if await waiting(database):  # the template keeps groups at four
            assert await count_groups(connection, programme) == 2
    for left in await waiting(database):
        gone = mentee(left.removeprefix("member_").capitalize(), state=MemberState.LEFT)
        await change(database, replace(gone, id=MemberId(left)))
    await reconcile(database)
    async with database.reading() as connection:
        assert await count_groups(connection, programme) == 1

    await change(database, ALICE_HERE)
    await join(database, mentee("Zoe"))
    await reconcile(database)

    assert await group_of(database, "member_zoe") == group


async def test_nobody_gets_a_seat_past_a_barrier_that_names_nobody(database: Database) -> None:
    await running(database)
    await change(database, replace(MIA, capacity=4))
    await join(database, mentee("Lena", avoid=("Dr. Somebody",)))

    done = await reconcile(database)

    assert done.moves == ()
    assert await waiting(database) == ["member_lena"]
    await change(database, mentee("Lena", avoid=(MIA.slack_user_id,)))
    await change(database, replace(ALICE_HERE, capacity=4))
    [move] = (await reconcile(database)).moves
    assert (await lasting(database))[move.mentee_id].mentor_id == ALICE.id
