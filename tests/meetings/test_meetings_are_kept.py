"""Records of meetings: kept once, corrected within their time, and taken apart with a member."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.meetings import store, use_cases
from bot.meetings.model import Length, Meeting, Mode
from bot.meetings.use_cases import Attendance, record
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState, Seat
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, GROUP, HERE, MALLORY, PROGRAMME
from tests.support.seated import DANA, OTHER_GROUP, PETE, seat_everybody, seats_in
from tests.support.transactions import write

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
TODAY = NOW.date()
LATER = NOW + timedelta(days=15)
BOTH = frozenset({BOB.id, DANA.id})
EVE = replace(ALICE, id=MemberId("member_eve"), slack_user_id=SlackUserId("U0EVE"), name="Eve")


def there(mentees: frozenset[MemberId] = BOTH, on: date = TODAY, **more: Any) -> Attendance:
    rest: dict[str, Any] = {"mode": Mode.VIDEO, "minutes": 45}
    return Attendance(held_on=on, mentees={GROUP.id: mentees}, **(rest | more))


async def met(
    database: Database, told: Attendance | None = None, *, key: str = "V1", by: Member = ALICE
) -> Meeting:
    told = told or there()
    (held,) = await write(database, record, by, told, form_key=key, now=NOW)
    return held


async def kept(database: Database) -> list[Meeting]:
    groups = [GROUP.id, OTHER_GROUP.id]
    async with database.reading() as connection:
        assert await store.meetings(connection, ELSEWHERE, group_id=groups) == []
        return await store.meetings(connection, HERE, group_id=groups)


async def test_a_meeting_is_kept_once_however_often_it_arrives(database: Database) -> None:
    await seat_everybody(database)

    first = await met(database)
    await met(database)

    assert await kept(database) == [first]
    assert (first.mentees, first.mentors) == (BOTH, frozenset({ALICE.id}))
    assert (first.minutes, first.length) == (45, Length.FROM_30_TO_60)


async def test_the_latest_meeting_of_a_group_is_known(database: Database) -> None:
    await seat_everybody(database)
    latest = await met(database)
    await met(database, there(on=TODAY - timedelta(days=9)), key="V2")

    async with database.reading() as connection:
        groups = [GROUP.id, OTHER_GROUP.id]
        last = await store.last_met(connection, HERE, group_ids=groups)
        found = await store.latest(connection, HERE, groups)

    assert last == {GROUP.id: TODAY}
    assert found == {GROUP.id: latest}


async def test_a_second_mentor_is_noted_as_there_and_nobody_from_elsewhere(
    database: Database,
) -> None:
    seats = [*seats_in(GROUP), Seat(GROUP.id, EVE.id, Role.MENTOR)]
    await seat_everybody(database, seats=seats, members=(ALICE, BOB, CAROL, DANA, PETE, EVE))
    mentors = frozenset({ALICE.id, EVE.id, CAROL.id})

    await met(database, there(mentors=mentors))
    await met(database, there(mentors=frozenset({CAROL.id})), key="V2")

    assert {one.mentors for one in await kept(database)} == {
        frozenset({ALICE.id, EVE.id}),
        frozenset({ALICE.id}),
    }


async def test_what_cannot_have_taken_place_is_refused(database: Database) -> None:
    await seat_everybody(database)

    for told, why in (
        (there(on=TODAY + timedelta(days=1)), "took place"),
        (there(on=TODAY - timedelta(days=61)), "last 60 days"),
        (there(frozenset()), "at least one"),
        (there(frozenset({BOB.id, CAROL.id})), "not in your mentoring group"),
        (there(minutes=0), "minutes"),
        (there(minutes=9_000), "minutes"),
    ):
        with pytest.raises(UserFacing, match=why):
            await met(database, told)
    assert await kept(database) == []


async def test_a_record_is_corrected_within_two_weeks_and_later_only_if_a_mentee_objects(
    database: Database,
) -> None:
    await seat_everybody(database)
    held = await met(database)
    only_bob = there(frozenset({BOB.id}), minutes=90)

    await write(database, use_cases.correct, ALICE, held.id, only_bob, now=NOW)
    (corrected,) = await kept(database)
    assert (corrected.mentees, corrected.minutes) == (frozenset({BOB.id}), 90)
    assert (corrected.length, corrected.recorded_at) == (Length.OVER_60, NOW)

    with pytest.raises(UserFacing, match="14 days"):
        await write(database, use_cases.correct, ALICE, held.id, there(), now=LATER)
    with pytest.raises(UserFacing, match="14 days"):
        await write(database, use_cases.object_to, DANA, held.id, now=LATER)
    await write(database, use_cases.object_to, DANA, held.id, now=NOW)
    await write(database, use_cases.correct, ALICE, held.id, there(), now=LATER)

    (again,) = await kept(database)
    assert (again.mentees, again.objecting) == (BOTH, frozenset())
    await write(database, use_cases.delete, ALICE, held.id, now=NOW)
    assert await kept(database) == []


async def test_a_mentee_who_left_stays_on_record_when_it_is_corrected(database: Database) -> None:
    await seat_everybody(database)
    held = await met(database)
    async with database.writing() as connection:
        await programmes.remove_seat(connection, HERE, GROUP.id, DANA.id)

    only_bob = there(frozenset({BOB.id}))
    await write(database, use_cases.correct, ALICE, held.id, only_bob, now=NOW)

    assert [one.mentees for one in await kept(database)] == [BOTH]


async def test_erasing_a_mentee_keeps_the_meeting_for_the_others(database: Database) -> None:
    await seat_everybody(database)
    held = await met(database)
    await met(database, there(frozenset({BOB.id})), key="V2")
    await write(database, use_cases.object_to, BOB, held.id, now=NOW)

    assert await write(database, store.erase, BOB, NOW) == 2

    (left,) = await kept(database)
    assert (left.mentees, left.objecting) == (frozenset({DANA.id}), frozenset())


async def test_erasing_the_mentor_keeps_only_that_the_group_met(database: Database) -> None:
    await seat_everybody(database)
    await met(database)

    await write(database, store.erase, ALICE, NOW)

    assert [(each.recorded_by, each.mentors) for each in await kept(database)] == [
        (MemberId(""), frozenset())
    ]


async def test_of_two_groups_both_are_kept_or_neither(database: Database) -> None:
    seats = [*seats_in(GROUP), Seat(OTHER_GROUP.id, PETE.id, Role.MENTEE)]
    await seat_everybody(database, seats=seats)
    told = replace(there(), mentees={GROUP.id: BOTH, OTHER_GROUP.id: frozenset({PETE.id})})

    with pytest.raises(UserFacing, match="not the mentor"):
        await write(database, record, ALICE, told, form_key="V1", now=NOW)

    assert await kept(database) == []


LEFT = replace(ALICE, state=MemberState.LEFT)
ON_A_BREAK = replace(ALICE, state=MemberState.PAUSED)
MENTEE_LEFT = replace(BOB, state=MemberState.LEFT)
MENTEE_ON_A_BREAK = replace(BOB, state=MemberState.PAUSED)
MENTORS = {"its mentor", "its mentor, on a break"}
MENTEES = {"its mentee", "its mentee, on a break"}
WHO = {
    "its mentor": ALICE,
    "its mentor, on a break": ON_A_BREAK,
    "its mentor, who has left": LEFT,
    "its mentee": BOB,
    "its mentee, on a break": MENTEE_ON_A_BREAK,
    "its mentee, who has left": MENTEE_LEFT,
    "its peer-mentor": PETE,
    "a mentor of another group": EVE,
    "a coordinator": CAROL,
    "somebody of another workspace": MALLORY,
}
ACTIONS: dict[str, tuple[Callable[..., Any], set[str]]] = {
    "record": (
        lambda c, by, _: use_cases.record(c, by, there(), form_key="V2", now=NOW),
        MENTORS,
    ),
    "correct": (lambda c, by, held: use_cases.correct(c, by, held, there(), now=NOW), MENTORS),
    "delete": (lambda c, by, held: use_cases.delete(c, by, held, now=NOW), MENTORS),
    "leave": (lambda c, by, held: use_cases.leave_as_is(c, by, held, now=NOW), MENTORS),
    "object": (lambda c, by, held: use_cases.object_to(c, by, held, now=NOW), MENTEES),
}


@pytest.mark.parametrize("action", ACTIONS)
async def test_who_may_do_what_about_a_record(database: Database, action: str) -> None:
    seats = [*seats_in(GROUP), Seat(OTHER_GROUP.id, EVE.id, Role.MENTOR)]
    everybody = (ALICE, BOB, CAROL, DANA, PETE, EVE)
    await seat_everybody(database, seats=seats, members=everybody)
    do, allowed = ACTIONS[action]

    for who, member in WHO.items():
        if member.workspace_id == HERE:
            await write(database, people.put_members, HERE, [member])
        held = await met(database, key=f"before {who}")
        before = await kept(database)
        async with database.writing() as connection:
            try:
                await do(connection, member, held.id)
                did = True
            except UserFacing:
                did = False
        assert did is (who in allowed), who
        if not did:
            assert await kept(database) == before, who


async def test_nothing_is_recorded_in_a_programme_that_has_ended(database: Database) -> None:
    closed = replace(PROGRAMME, state=ProgrammeState.CLOSED)
    await seat_everybody(database, programme=closed)

    with pytest.raises(UserFacing, match="not the mentor"):
        await met(database)
