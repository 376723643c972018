"""A coordinator gives somebody a break, another capacity, takes them out and back in."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.course import people as persons
from bot.course.people import PersonAhead, PersonChange
from bot.groups import upkeep
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId
from bot.matching import exclusions as barriers
from bot.matching.proposals import WEIGHTS
from bot.people import store as people
from bot.people.model import Member, MemberState
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers
from handlers.course import people_views
from tests.support.cast import ALICE, BOB, CAROL
from tests.support.cohort import ALICE_HERE, DRAFT, HERE, MIA
from tests.support.golden import Golden
from tests.support.groups_under_way import (
    LATER,
    group_of,
    lasting,
    member,
    reconcile,
    running,
    waiting,
)
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

OUT = PersonChange(kind="out", member_id=BOB.id)
BACK = PersonChange(kind="back", member_id=BOB.id)


async def look(database: Database, change: PersonChange) -> PersonAhead:
    async with database.reading() as connection:
        programme = await programmes.programme(connection, HERE, DRAFT.id)
    assert programme is not None
    who = await member(database, change.member_id)
    return await persons.person_ahead(
        database, programme, who, change, framework=None, weights=WEIGHTS, now=LATER
    )


async def do_as_seen(database: Database, looked: PersonChange) -> PersonAhead:
    """Make a change that was looked at, and reconcile; where they sit then."""
    async with database.writing() as connection:
        programme = await programmes.programme(connection, HERE, DRAFT.id)
        its = (connection, HERE, looked)
        changed = await persons.change_person(*its, programme=programme, now=LATER)
    assert programme is not None
    return await persons.reconcile_after(
        database,
        programme,
        changed,
        looked,
        by=CAROL.id,
        framework=None,
        weights=WEIGHTS,
        now=LATER,
    )


def seen_in(found: PersonAhead) -> PersonChange:
    assert found.change is not None
    return found.change


async def takes_more(database: Database, who: Member, capacity: int) -> None:
    async with database.writing() as connection:
        known = await people.member(connection, HERE, who.id)
        assert known is not None
        await people.put_members(connection, HERE, [replace(known, capacity=capacity)])


async def name_of(database: Database, group_id: GroupId) -> str:
    async with database.reading() as connection:
        every = await programmes.groups(connection, HERE, DRAFT.id)
    return next(one.name for one in every if one.id == group_id)


async def test_who_comes_back_gets_the_seat_they_had_while_it_is_free(database: Database) -> None:
    await running(database)
    await takes_more(database, MIA, 9)
    seat = await group_of(database, BOB.id)
    await do_as_seen(database, seen_in(await look(database, OUT)))
    await takes_more(database, MIA, 9)

    found = await look(database, BACK)
    back = await do_as_seen(database, seen_in(found))

    assert (found.gets, found.lost) == ((await name_of(database, seat),), "")
    assert back.seat == seat
    assert f"They get a seat in *{found.gets[0]}*." in people_views.consequences(found, BACK)


async def test_a_seat_that_is_taken_by_now_is_not_given_back_and_that_is_said(
    database: Database,
) -> None:
    await running(database)
    seat = await group_of(database, BOB.id)
    await do_as_seen(database, seen_in(await look(database, OUT)))
    beside = [p for p in (await lasting(database)).values() if p.group_id == seat]
    await takes_more(database, ALICE, len(beside))

    found = await look(database, BACK)
    back = await do_as_seen(database, seen_in(found))

    assert found.lost == await name_of(database, seat)
    assert back.seat != seat
    said = people_views.consequences(found, BACK)
    assert f"Their seat in *{found.lost}* cannot be theirs again at present." in " ".join(said)


async def test_a_barrier_that_came_meanwhile_keeps_a_seat_and_nobody_reads_why(
    database: Database,
) -> None:
    await running(database)
    seat = await group_of(database, BOB.id)
    await do_as_seen(database, seen_in(await look(database, OUT)))
    async with database.writing() as connection:
        pair = (BOB.id, ALICE.id)
        await barriers.forbid(connection, HERE, DRAFT.id, pair, by=None, now=LATER)

    found = await look(database, BACK)
    back = await do_as_seen(database, seen_in(found))

    assert found.lost == await name_of(database, seat)
    assert back.seat != seat


async def test_a_move_is_seen_made_and_undone(database: Database) -> None:
    await running(database)
    await takes_more(database, MIA, 9)
    old = await group_of(database, BOB.id)
    mias = next(p.group_id for p in (await lasting(database)).values() if p.mentor_id == MIA.id)
    move = PersonChange(kind="move", member_id=BOB.id, to=mias)

    found = await look(database, move)
    assert await group_of(database, BOB.id) == old
    moved = await do_as_seen(database, seen_in(found))

    assert found.gets == (await name_of(database, mias),)
    assert moved.seat == mias
    undo = persons.opposite(found.member, seen_in(found), moved.member, seat=moved.seat)
    assert undo is not None
    assert (await do_as_seen(database, undo)).seat == old


async def test_a_move_to_wherever_there_is_a_seat_is_taken_back_while_they_wait(
    database: Database,
) -> None:
    await running(database)
    await takes_more(database, MIA, 0)
    old = await group_of(database, BOB.id)
    move = PersonChange(kind="move", member_id=BOB.id)

    found = await look(database, move)
    assert await waiting(database) == []
    waits = await do_as_seen(database, seen_in(found))

    assert (found.gets, waits.seat, await waiting(database)) == ((), old, [BOB.id])
    undo = persons.opposite(found.member, seen_in(found), waits.member, seat=waits.seat)
    assert undo is not None
    assert (await do_as_seen(database, undo)).seat == old
    assert await waiting(database) == []
    async with database.reading() as connection:
        assert await barriers.forbids(connection, HERE, DRAFT.id) == []


async def asks_for_another_mentor(database: Database) -> None:
    """Let Bob ask for another mentor while nobody else takes anybody."""
    await running(database)
    await takes_more(database, MIA, 0)
    its = (database, HERE, DRAFT.id)
    assert await upkeep.ask_rematch(*its, mentee=BOB.id, now=LATER) is None
    assert await waiting(database) == [BOB.id]


async def test_undo_takes_nothing_back_that_the_mentee_asked_for(database: Database) -> None:
    await asks_for_another_mentor(database)
    move = PersonChange(kind="move", member_id=BOB.id)
    found = await look(database, move)
    waits = await do_as_seen(database, seen_in(found))

    undo = persons.opposite(found.member, seen_in(found), waits.member, seat=waits.seat)
    if undo is not None:
        await do_as_seen(database, undo)

    assert await waiting(database) == [BOB.id]
    async with database.reading() as connection:
        assert (BOB.id, ALICE.id) in await barriers.forbids(connection, HERE, DRAFT.id)


async def test_undo_leads_nobody_back_to_a_mentor_whom_they_asked_to_leave(
    database: Database,
) -> None:
    await asks_for_another_mentor(database)
    old = await group_of(database, BOB.id)
    await takes_more(database, MIA, 9)
    mias = next(p.group_id for p in (await lasting(database)).values() if p.mentor_id == MIA.id)
    found = await look(database, PersonChange(kind="move", member_id=BOB.id, to=mias))
    moved = await do_as_seen(database, seen_in(found))
    assert moved.seat == mias != old

    undo = persons.opposite(found.member, seen_in(found), moved.member, seat=moved.seat)
    if undo is not None:
        with pytest.raises(UserFacing):
            await look(database, undo)
        with pytest.raises(UserFacing):
            await do_as_seen(database, undo)

    assert await group_of(database, BOB.id) == mias
    async with database.reading() as connection:
        assert (BOB.id, ALICE.id) in await barriers.forbids(connection, HERE, DRAFT.id)


async def test_of_two_who_move_somebody_at_once_the_second_is_told(database: Database) -> None:
    await running(database)
    await takes_more(database, MIA, 9)
    mias = next(p.group_id for p in (await lasting(database)).values() if p.mentor_id == MIA.id)
    mine = seen_in(await look(database, PersonChange(kind="move", member_id=BOB.id)))
    theirs = await look(database, PersonChange(kind="move", member_id=BOB.id, to=mias))
    await do_as_seen(database, seen_in(theirs))

    with pytest.raises(UserFacing, match="changed after you had looked"):
        await do_as_seen(database, mine)

    assert await group_of(database, BOB.id) == mias


async def do(database: Database, change: PersonChange) -> tuple[Member, upkeep.Reconciled]:
    """Make a change of a member as they are now, and reconcile as the edge does."""
    seen = persons.as_seen(await member(database, change.member_id), change)
    async with database.writing() as connection:
        changed = await persons.change_person(connection, HERE, seen, now=LATER)
    return changed, await reconcile(database)


async def test_what_is_said_of_taking_a_mentor_out_is_what_happens(database: Database) -> None:
    await running(database)
    out = PersonChange(kind="out", member_id=ALICE.id)

    found = await look(database, out)
    assert (await member(database, ALICE.id)).state is MemberState.ACTIVE
    _, done = await do(database, out)

    assert found.freed == 1
    assert found.moved == sum(one.old is not None for one in done.moves)
    assert found.alone == len(await waiting(database))
    assert found.moved + found.alone > 0


async def test_a_lower_capacity_moves_nobody(database: Database) -> None:
    await running(database)
    change = PersonChange(kind="capacity", member_id=ALICE.id, capacity=0)

    found = await look(database, change)
    changed, done = await do(database, change)

    assert (found.freed, found.moved, found.alone) == (0, 0, 0)
    assert changed.capacity == 0
    assert done.moves == ()
    undo = persons.opposite(ALICE_HERE, change, changed)
    assert undo is not None
    assert (await do(database, undo))[0].capacity == ALICE_HERE.capacity


async def test_a_break_keeps_the_seat_and_is_ended_by_undo(database: Database) -> None:
    await running(database)
    seat = await group_of(database, BOB.id)
    until = LATER.date() + timedelta(days=10)
    change = PersonChange(kind="pause", member_id=BOB.id, until=until)
    before = await member(database, BOB.id)

    found = await look(database, change)
    paused, _ = await do(database, change)

    assert (found.freed, paused.state) == (0, MemberState.PAUSED)
    assert await group_of(database, BOB.id) == seat
    undo = persons.opposite(before, change, paused)
    assert undo is not None
    assert (await do(database, undo))[0].state is MemberState.ACTIVE


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (PersonChange(kind="pause", member_id=BOB.id, until=date(2026, 1, 1)), "day after today"),
        (PersonChange(kind="resume", member_id=BOB.id), "not on a break"),
        (PersonChange(kind="capacity", member_id=BOB.id, capacity=3), "Only mentors"),
        (BACK, "take part already"),
        (PersonChange(kind="move", member_id=ALICE.id), "Only mentees move"),
    ],
)
async def test_what_cannot_be_is_a_sentence(
    database: Database, change: PersonChange, sentence: str
) -> None:
    await running(database)
    before = await member(database, BOB.id)

    with pytest.raises(UserFacing, match=sentence):
        await do(database, change)

    assert await member(database, BOB.id) == before


async def test_who_was_changed_meanwhile_is_not_changed_again(database: Database) -> None:
    await running(database)
    change = PersonChange(kind="capacity", member_id=ALICE.id, capacity=5)
    seen = persons.as_seen(await member(database, ALICE.id), change)
    await do(database, replace(change, capacity=2))

    with pytest.raises(UserFacing, match="changed after you had looked"):
        async with database.writing() as connection:
            await persons.change_person(connection, HERE, seen, now=LATER)

    assert (await member(database, ALICE.id)).capacity == 2


def test_what_no_button_carries_is_no_change() -> None:
    for made_up in ("", "{}", "[]", '{"kind":"erase","member_id":"m"}'):
        with pytest.raises(ValueError, match=r"."):
            persons.person_from_snapshot(made_up)


def test_one_person_in_pictures(golden: Golden) -> None:
    alice = PersonAhead(member=ALICE)
    golden("course_person", people_views.person_page(alice, programme_id="programme_1"))
    form = people_views.person_form(ALICE, "capacity")
    assert form is not None
    golden("course_person_form", form)
    out = PersonChange(kind="out", member_id=ALICE.id)
    found = replace(alice, freed=1, moved=3, alone=1)
    golden("course_person_preview", people_views.person_preview(found, out))
    bob, seat = (
        PersonAhead(member=BOB),
        GroupMembers(
            programme_id=DRAFT.id,
            group_id=GroupId("group_1"),
            group_name="Group of Alice",
            mentors=frozenset({ALICE.id}),
            mentees=frozenset({BOB.id}),
        ),
    )
    move = PersonChange(kind="move", member_id=BOB.id)
    moves = replace(bob, groups=(seat,), gets=("Group of Mia",))
    golden("course_person_move", people_views.person_preview(moves, move))
    back = replace(bob, gets=("Group of Mia",), lost="Group of Alice")
    golden("course_person_back", people_views.person_preview(back, BACK))
    undo = PersonChange(kind="back", member_id=ALICE.id)
    golden("course_person_done", people_views.person_done(ALICE, alice, out, undo))


async def test_a_coordinator_finds_somebody_and_gives_them_a_break(tmp_path: Path) -> None:
    async with running_programme(tmp_path) as here:
        await _gives_a_break(here)


async def _gives_a_break(here: Running) -> None:
    slack, carol = here.slack, here.coordinator
    await slack.press(carol, "Change something", tools=True)
    await slack.submit(carol, (await slack.view(carol))["id"], {"person": here.bob})
    assert "one of 2 mentees" in all_text(await slack.view(carol))
    await slack.press(carol, "Give them a break", modal=True)
    form = await slack.view(carol)
    past = await slack.submit(carol, form["id"], {"until": "2026-09-01"})
    assert "Choose a day after today" in str(past)
    await slack.submit(carol, form["id"], {"until": "2026-09-21"})
    assert "Their seat stays theirs" in all_text(await slack.view(carol))
    await slack.submit(carol, (await slack.view(carol))["id"], {})
    assert "a break until Monday 21 September" in all_text(await slack.view(carol))
    assert "taking a break until" in await here.home_text(here.bob, until="taking a break")

    await slack.press(carol, "Undo", modal=True)

    assert "the break ends now" in all_text(await slack.view(carol))
    home = all_text(await slack.home(here.bob))
    assert "taking a break" not in home
