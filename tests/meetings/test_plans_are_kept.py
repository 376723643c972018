"""Planned meetings: who may offer, answer, fix and call off, and what is left of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.delivery.tables import outbox
from bot.groups.joining import known_groups_of
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.kinds import MessageKind, ScheduleKind, ToDoKind
from bot.meetings import plans, store, use_cases
from bot.meetings.calendar_text import calendar_text
from bot.meetings.model import PlanId, PlannedMeeting, PlanState
from bot.meetings.rules import Availability
from bot.meetings.todos import meetings_of, todos
from bot.meetings.use_cases import Attendance
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme.model import Seat
from bot.schedule import store as schedule
from handlers.meetings import form_views, page_views, views
from tests.support.cast import ALICE, BOB, CAROL, GROUP, HERE, MALLORY
from tests.support.seated import DANA, OTHER_GROUP, PETE, seat_everybody, seats_in
from tests.support.transactions import write

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
TIMES = [NOW + timedelta(days=n) for n in (2, 3)]
OVER = TIMES[0] + timedelta(hours=1)
LONDON = Availability(tz=ZoneInfo("Europe/London"))
EVE = replace(ALICE, id=MemberId("member_eve"), slack_user_id=SlackUserId("U0EVE"), name="Eve")


async def seated(database: Database) -> None:
    seats = [*seats_in(GROUP), Seat(OTHER_GROUP.id, EVE.id, Role.MENTOR)]
    members = (ALICE, BOB, CAROL, DANA, PETE, EVE)
    await seat_everybody(database, seats=seats, members=members)


async def offered(database: Database) -> PlannedMeeting:
    return await write(database, plans.offer, ALICE, GROUP.id, TIMES, minutes=45, now=NOW)


async def fixed(database: Database) -> PlannedMeeting:
    plan = await offered(database)
    return await write(database, plans.fix, ALICE, plan.id, 0, hours=LONDON, now=NOW)


async def found(database: Database, plan: PlannedMeeting) -> PlannedMeeting:
    async with database.reading() as connection:
        kept = await store.plan(connection, HERE, plan.id)
    assert kept is not None
    return kept


async def waiting(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as connection:
        query = sa.select(outbox.c.kind, outbox.c.recipient).where(outbox.c.state == "queued")
        return sorted((kind, to) for kind, to in await connection.execute(query))


async def asked(database: Database, member: Member, now: datetime) -> list[str]:
    async with database.reading() as connection:
        groups = await known_groups_of(connection, HERE, member.id)
        seen = await meetings_of(connection, member, groups)
    return [one.kind for one in todos(seen, member, now)]


async def test_each_mentee_who_is_here_is_asked_once(database: Database) -> None:
    await seated(database)
    away = replace(DANA, state=MemberState.PAUSED)
    await write(database, people.put_members, HERE, [away])

    await offered(database)

    assert await waiting(database) == [(MessageKind.MEETING_OFFERED, BOB.slack_user_id)]


async def test_a_new_offer_takes_the_place_of_the_one_before(database: Database) -> None:
    await seated(database)
    before = await offered(database)

    await offered(database)

    assert (await found(database, before)).state is PlanState.REPLACED
    assert len(await waiting(database)) == 2
    with pytest.raises(UserFacing, match="not open any more"):
        await write(database, plans.answer, BOB, before.id, {0: True}, now=NOW)


async def test_to_dos_come_and_go_with_the_answers(database: Database) -> None:
    await seated(database)
    plan = await offered(database)
    assert await asked(database, BOB, NOW) == [ToDoKind.ANSWER_TIMES]
    assert await asked(database, ALICE, NOW) == []
    assert await asked(database, ALICE, NOW + timedelta(days=2)) == [ToDoKind.FIX_TIME]

    await write(database, plans.answer, BOB, plan.id, {0: True}, now=NOW)
    assert await asked(database, BOB, NOW) == [ToDoKind.ANSWER_TIMES]
    await write(database, plans.answer, BOB, plan.id, {0: False, 1: False}, now=NOW)
    assert await asked(database, BOB, NOW) == []
    assert (await found(database, plan)).answers == {BOB.id: {0: False, 1: False}}
    assert await asked(database, ALICE, NOW) == [ToDoKind.FIX_TIME]

    await write(database, plans.fix, ALICE, plan.id, 1, hours=LONDON, now=NOW)
    for member in (ALICE, BOB, DANA, PETE):
        assert await asked(database, member, NOW) == []
    assert await asked(database, ALICE, NOW + timedelta(days=4)) == [ToDoKind.SAY_IF_MET]
    assert await asked(database, BOB, NOW + timedelta(days=4)) == []


async def test_fixing_tells_the_group_and_plans_the_agenda_and_calling_off_ends_both(
    database: Database,
) -> None:
    await seated(database)
    plan = await fixed(database)
    assert await waiting(database) == [(MessageKind.MEETING_FIXED, f"group:{GROUP.id}")]
    async with database.reading() as connection:
        (due,) = await schedule.upcoming(connection, HERE, subject_ids=[plan.id])
    assert (due.kind, due.due_at) == (ScheduleKind.MEETING_AGENDA, NOW + timedelta(hours=23))
    await write(database, plans.agenda_when_due, due, due.due_at)
    told = [(MessageKind.MEETING_AGENDA, ALICE.slack_user_id)]
    assert await waiting(database) == [*told, (MessageKind.MEETING_FIXED, f"group:{GROUP.id}")]

    await write(database, plans.call_off, ALICE, plan.id, now=NOW)

    assert await waiting(database) == [(MessageKind.MEETING_CALLED_OFF, f"group:{GROUP.id}")]
    await write(database, plans.agenda_when_due, due, due.due_at)
    assert len(await waiting(database)) == 1
    async with database.reading() as connection:
        assert await schedule.upcoming(connection, HERE, subject_ids=[plan.id]) == []


async def test_a_meeting_on_the_planned_day_counts_as_held_until_its_record_is_deleted(
    database: Database,
) -> None:
    await seated(database)
    plan = await fixed(database)
    told = Attendance(held_on=OVER.date(), mentees={GROUP.id: frozenset({BOB.id})})

    (held,) = await write(database, use_cases.record, ALICE, told, form_key="V1", now=OVER)
    assert (await found(database, plan)).state is PlanState.HELD
    await write(database, use_cases.delete, ALICE, held.id, now=OVER)

    assert (await found(database, plan)).state is PlanState.FIXED
    assert await asked(database, ALICE, OVER) == [ToDoKind.SAY_IF_MET]


async def test_erasing_people_leaves_nothing_of_them_in_a_plan(database: Database) -> None:
    await seated(database)
    plan = await offered(database)
    await write(database, plans.answer, BOB, plan.id, {0: True}, now=NOW)

    await write(database, store.erase, BOB, NOW)
    await write(database, store.erase, ALICE, NOW)

    left = await found(database, plan)
    assert (left.answers, left.offered_by) == ({}, "")


async def test_a_mentor_learns_nothing_of_a_mentee_who_is_still_private(
    database: Database,
) -> None:
    await seated(database)
    plan = await offered(database)
    await write(database, plans.answer, DANA, plan.id, {0: True, 1: True}, now=NOW)
    told = Attendance(held_on=NOW.date(), mentees={GROUP.id: frozenset({BOB.id})})
    (held,) = await write(database, use_cases.record, ALICE, told, form_key="V1", now=NOW)
    await write(database, use_cases.object_to, DANA, held.id, now=NOW)

    async with database.reading() as connection:
        (group,) = await known_groups_of(connection, HERE, ALICE.id)
        without_dana = replace(group, mentees=group.mentees - {DANA.id})
        known, private = [
            todos(await meetings_of(connection, ALICE, [one]), ALICE, NOW)
            for one in (group, without_dana)
        ]

    assert [one.kind for one in known] == [ToDoKind.FIX_TIME, ToDoKind.CHECK_MEETING]
    assert private == []


async def test_a_meeting_of_later_today_is_not_taken_for_the_one_that_is_noted(
    database: Database,
) -> None:
    await seated(database)
    plan = await fixed(database)
    before = TIMES[0] - timedelta(hours=2)
    told = Attendance(held_on=before.date(), mentees={GROUP.id: frozenset({BOB.id})})

    await write(database, use_cases.record, ALICE, told, form_key="V1", now=before)

    assert (await found(database, plan)).state is PlanState.FIXED


MENTORS = {"its mentor", "its mentor, on a break"}
MENTEES = {"its mentee", "its mentee, on a break"}
WHO = {
    "its mentor": ALICE,
    "its mentor, on a break": replace(ALICE, state=MemberState.PAUSED),
    "its mentor, who has left": replace(ALICE, state=MemberState.LEFT),
    "its mentee": BOB,
    "its mentee, on a break": replace(BOB, state=MemberState.PAUSED),
    "its mentee, who has left": replace(BOB, state=MemberState.LEFT),
    "its peer-mentor": PETE,
    "a mentor of another group": EVE,
    "a coordinator": CAROL,
    "somebody of another workspace": MALLORY,
}
Do = Callable[[Any, Member, PlanId], Any]
ACTIONS: dict[str, tuple[PlanState, Do, set[str]]] = {
    "offer": (
        PlanState.OFFERED,
        lambda c, by, _: plans.offer(c, by, GROUP.id, TIMES, minutes=45, now=NOW),
        MENTORS | {"a coordinator"},
    ),
    "answer": (
        PlanState.OFFERED,
        lambda c, by, plan: plans.answer(c, by, plan, {0: True}, now=NOW),
        MENTEES,
    ),
    "fix": (
        PlanState.OFFERED,
        lambda c, by, plan: plans.fix(c, by, plan, 0, hours=LONDON, now=NOW),
        MENTORS,
    ),
    "look at": (
        PlanState.FIXED,
        lambda c, by, plan: plans.planned(c, by, plan, PlanState.FIXED),
        MENTORS,
    ),
    "call off": (
        PlanState.FIXED,
        lambda c, by, plan: plans.call_off(c, by, plan, now=NOW),
        MENTORS,
    ),
    "say that it did not happen": (
        PlanState.FIXED,
        lambda c, by, plan: plans.did_not_happen(c, by, plan, now=OVER),
        MENTORS,
    ),
}


@pytest.mark.parametrize("action", ACTIONS)
async def test_who_may_do_what_about_a_plan(database: Database, action: str) -> None:
    await seated(database)
    state, do, allowed = ACTIONS[action]

    for who, member in WHO.items():
        await write(database, people.put_members, HERE, [ALICE, BOB])
        plan = await (offered if state is PlanState.OFFERED else fixed)(database)
        if member.workspace_id == HERE:
            await write(database, people.put_members, HERE, [member])
        before = await found(database, plan)
        async with database.writing() as connection:
            try:
                await do(connection, member, plan.id)
                did = True
            except UserFacing:
                did = False
        assert did is (who in allowed), who
        if not did:
            assert await found(database, plan) == before, who


@pytest.mark.parametrize(
    ("do", "why"),
    [
        (lambda c, p: plans.fix(c, ALICE, p, 7, hours=LONDON, now=NOW), "has passed"),
        (lambda c, p: plans.fix(c, ALICE, p, 0, hours=LONDON, now=OVER), "has passed"),
        (lambda c, p: plans.answer(c, BOB, p, {7: True}, now=NOW), "not open any more"),
        (lambda c, p: plans.answer(c, BOB, p, {0: True}, now=OVER), "not open any more"),
        (lambda c, p: plans.answer(c, BOB, PlanId("plan_x"), {0: True}, now=NOW), "not open"),
        (lambda c, p: plans.call_off(c, ALICE, p, now=NOW), "not planned"),
        (lambda c, p: plans.did_not_happen(c, ALICE, p, now=OVER), "not planned"),
        (lambda c, p: plans.offer(c, ALICE, GROUP.id, TIMES, minutes=7, now=NOW), "how long"),
        (lambda c, p: plans.offer(c, ALICE, GROUP.id, TIMES, minutes=45, now=OVER), "passed"),
    ],
)
async def test_what_is_stale_or_made_up_gets_a_sentence(
    database: Database, do: Callable[[Any, PlanId], Any], why: str
) -> None:
    await seated(database)
    plan = await offered(database)

    with pytest.raises(UserFacing, match=why):
        async with database.writing() as connection:
            await do(connection, plan.id)
    assert (await found(database, plan)).state is PlanState.OFFERED


async def test_a_meeting_to_come_is_not_missed_and_one_that_began_is_not_called_off(
    database: Database,
) -> None:
    await seated(database)
    plan = await fixed(database)

    with pytest.raises(UserFacing, match="still to come"):
        await write(database, plans.did_not_happen, ALICE, plan.id, now=NOW)
    with pytest.raises(UserFacing, match="begun already"):
        await write(database, plans.call_off, ALICE, plan.id, now=OVER)


@pytest.mark.parametrize("year", [1, 9999])
async def test_a_time_on_record_with_which_nobody_can_reckon_breaks_no_page(
    database: Database, year: int
) -> None:
    await seated(database)
    at = datetime(year, 12, 31, 23, 59, tzinfo=UTC)
    for state, starts_at, times in (
        (PlanState.FIXED, at, {}),
        (PlanState.OFFERED, None, {0: at}),
        (PlanState.MISSED, at, {}),
    ):
        plan = PlannedMeeting(
            id=PlanId(f"plan_{state}"),
            workspace_id=HERE,
            programme_id=GROUP.programme_id,
            group_id=GROUP.id,
            minutes=45,
            state=state,
            offered_by=ALICE.id,
            offered_at=NOW,
            starts_at=starts_at,
            changed_at=NOW,
            times=times,
        )
        await write(database, store.put_plan, plan)

    for member in (ALICE, BOB):
        async with database.reading() as connection:
            groups = await known_groups_of(connection, HERE, member.id)
            seen = await meetings_of(connection, member, groups)
        far_off = replace(member, timezone="Pacific/Kiritimati")
        assert views.home(seen, far_off, NOW)
        assert page_views.page(seen, [], NOW)["blocks"]
        assert calendar_text([one for its in seen for one in its.plans], {GROUP.id: "Group"})
    async with database.reading() as connection:
        missed = await store.missed_meetings(connection, HERE, group_ids=[GROUP.id])
        its = await store.plans(connection, HERE, states=PlanState)
    for one in its:
        for time_then in filter(None, (one.starts_at, *one.times.values())):
            assert form_views.time_label(time_then, 45, ZoneInfo("Pacific/Kiritimati"))
            assert form_views.time_label(time_then, 45, ZoneInfo("Pacific/Pago_Pago"))
    assert [one.year for one in missed[GROUP.id]] == [2000 if year == 1 else 2099]
