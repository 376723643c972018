"""What needs a coordinator: found from logistics, counted, and gone once it is dealt with."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.groups import store as seated
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId, new_id
from bot.kinds import ToDoKind
from bot.matching.model import WISHES_TO_MOVE, Waiting
from bot.meetings import store as meetings
from bot.meetings.model import Meeting, MeetingId, PlanId, PlannedMeeting, PlanState
from bot.overview import store
from bot.overview.model import NeedSummary
from bot.people.model import MemberState
from bot.programme.model import Programme, ProgrammeState
from bot.stages import store as stages
from bot.stages.model import StageEvent, StageEventKind
from tests.support.cast import ELSEWHERE
from tests.support.cohort import ALICE_HERE, BOB_HERE, DRAFT, HERE, MIA, STARTED, change
from tests.support.groups_under_way import group_of, running

RUNNING: Programme = replace(DRAFT, state=ProgrammeState.RUNNING)
FOUR_WEEKS, TEN_WEEKS = STARTED + timedelta(weeks=4), STARTED + timedelta(weeks=10)


@pytest.fixture
async def under_way(database: Database) -> Database:
    await running(database)
    return database


async def needs(database: Database, now: datetime) -> dict[ToDoKind, NeedSummary]:
    async with database.reading() as connection:
        found = await store.needs(connection, RUNNING, now=now)
    return {one.need: one for one in found}


async def met(database: Database, group_id: GroupId, on: date) -> None:
    held = Meeting(
        id=MeetingId(new_id("meeting")),
        workspace_id=HERE,
        programme_id=RUNNING.id,
        group_id=group_id,
        held_on=on,
        mode=None,
        length=None,
        mentees=frozenset({BOB_HERE.id}),
        recorded_by=ALICE_HERE.id,
        recorded_at=STARTED,
    )
    async with database.writing() as connection:
        assert await meetings.add(connection, held)


async def plan(database: Database, group_id: GroupId, state: PlanState, at: datetime) -> None:
    planned = PlannedMeeting(
        id=PlanId(new_id("plan")),
        workspace_id=HERE,
        programme_id=RUNNING.id,
        group_id=group_id,
        minutes=45,
        state=state,
        offered_by=ALICE_HERE.id,
        offered_at=at,
        starts_at=at if state is PlanState.FIXED else None,
        changed_at=at,
    )
    async with database.writing() as connection:
        await meetings.put_plan(connection, planned)


async def test_groups_without_a_meeting_are_named_after_three_weeks(under_way: Database) -> None:
    before = await needs(under_way, STARTED + timedelta(weeks=2))
    later = await needs(under_way, FOUR_WEEKS)

    assert ToDoKind.GROUPS_NOT_MET not in before
    assert later[ToDoKind.GROUPS_NOT_MET].count == 2
    assert later[ToDoKind.GROUPS_NOT_MET].names == ("Group of Alice", "Group of Mia")
    assert later[ToDoKind.GROUPS_NOT_MET].since == STARTED


@pytest.mark.parametrize(
    ("state", "weeks", "helps"),
    [
        (PlanState.FIXED, 5, True),
        (PlanState.FIXED, 3, False),
        (PlanState.OFFERED, 3, True),
        (PlanState.OFFERED, 1, False),
        (PlanState.CALLED_OFF, 5, False),
    ],
)
async def test_a_group_that_has_a_date_ahead_is_left_in_peace(
    under_way: Database, state: PlanState, weeks: int, helps: bool
) -> None:
    group_id = await group_of(under_way, BOB_HERE.id)

    await plan(under_way, group_id, state, STARTED + timedelta(weeks=weeks))

    found = (await needs(under_way, FOUR_WEEKS))[ToDoKind.GROUPS_NOT_MET]
    assert found.count == (1 if helps else 2)


async def test_a_group_that_met_goes_quiet_after_six_weeks_only(under_way: Database) -> None:
    group_id = await group_of(under_way, BOB_HERE.id)
    await met(under_way, group_id, date(2026, 9, 15))

    at_four, at_ten = await needs(under_way, FOUR_WEEKS), await needs(under_way, TEN_WEEKS)

    assert at_four[ToDoKind.GROUPS_NOT_MET].count == 1
    assert ToDoKind.GROUPS_GONE_QUIET not in at_four
    assert at_ten[ToDoKind.GROUPS_GONE_QUIET].count == 1
    async with under_way.reading() as connection:
        its = (connection, RUNNING, ToDoKind.GROUPS_GONE_QUIET)
        [line], count = await store.lines(*its, now=TEN_WEEKS, most=20)
    assert (count, line.id, line.last_met) == (1, group_id, date(2026, 9, 15))
    assert len(line.people) == len(line.people_names) == 1


async def test_a_mentor_who_is_away_for_long_is_named_with_their_mentees(
    under_way: Database,
) -> None:
    until, over = FOUR_WEEKS + timedelta(weeks=3), FOUR_WEEKS - timedelta(days=1)
    for mentor, back in ((ALICE_HERE, until), (MIA, over)):
        paused = replace(mentor, state=MemberState.PAUSED, away_from=STARTED)
        await change(under_way, replace(paused, paused_until=back))

    found = (await needs(under_way, FOUR_WEEKS))[ToDoKind.MENTORS_AWAY]
    async with under_way.reading() as connection:
        [line], _ = await store.lines(
            connection, RUNNING, ToDoKind.MENTORS_AWAY, now=FOUR_WEEKS, most=20
        )

    assert found.names == ("Alice",)
    assert (line.id, line.until) == (ALICE_HERE.id, until)
    assert len(line.people) == line.count > 0
    assert ALICE_HERE.id not in line.people


async def test_a_mentor_with_more_mentees_than_they_said_is_named(under_way: Database) -> None:
    assert ToDoKind.MENTORS_OVER_CAPACITY not in await needs(under_way, FOUR_WEEKS)

    await change(under_way, replace(ALICE_HERE, capacity=1))

    assert (await needs(under_way, FOUR_WEEKS))[ToDoKind.MENTORS_OVER_CAPACITY].names == ("Alice",)
    async with under_way.reading() as connection:
        [line], _ = await store.lines(
            connection, RUNNING, ToDoKind.MENTORS_OVER_CAPACITY, now=FOUR_WEEKS, most=20
        )
    assert line.limit == 1
    assert line.count > 1


async def test_who_asked_to_move_and_who_waits_for_a_seat_are_told_apart(
    under_way: Database,
) -> None:
    waiting = [
        Waiting(member_id=BOB_HERE.id, since=FOUR_WEEKS, reason=WISHES_TO_MOVE),
        Waiting(member_id=MemberId("member_eve"), since=FOUR_WEEKS, reason="All groups are full."),
    ]
    async with under_way.writing() as connection:
        await seated.wait(connection, HERE, RUNNING.id, waiting)
        await seated.wait(connection, ELSEWHERE, RUNNING.id, waiting)

    found = await needs(under_way, FOUR_WEEKS)

    assert found[ToDoKind.ASKED_TO_MOVE].names == ("Bob",)
    assert found[ToDoKind.WAIT_FOR_SEAT].names == ("Eve",)


@pytest.mark.parametrize("answer", [None, StageEventKind.CONFIRMED, StageEventKind.TALK_FIRST])
async def test_a_claim_that_waits_for_weeks_is_named_without_its_stage(
    under_way: Database, answer: StageEventKind | None
) -> None:
    kinds = [StageEventKind.CLAIMED, *([answer] if answer else [])]
    async with under_way.writing() as connection:
        for number, kind in enumerate(kinds, start=1):
            event = StageEvent(
                workspace_id=HERE,
                member_id=BOB_HERE.id,
                number=number,
                framework_id=RUNNING.framework_id,
                kind=kind,
                from_level="Knows how",
                to_level="Shows how",
                by=BOB_HERE.id,
                at=STARTED + timedelta(days=number),
            )
            assert await stages.add(connection, event)

    found = await needs(under_way, FOUR_WEEKS)

    assert (ToDoKind.CLAIMS_WAIT in found) == (answer is None)
    if answer is None:
        assert found[ToDoKind.CLAIMS_WAIT].names == ("Bob",)
        async with under_way.reading() as connection:
            its = (connection, RUNNING, ToDoKind.CLAIMS_WAIT)
            [line], _ = await store.lines(*its, now=FOUR_WEEKS, most=20)
        assert len(line.people) == 1


async def test_lists_are_read_page_by_page_and_searched_by_name(under_way: Database) -> None:
    async with under_way.reading() as connection:
        its = (connection, RUNNING, ToDoKind.GROUPS_NOT_MET)
        first, of = await store.lines(*its, now=FOUR_WEEKS, most=1)
        second, _ = await store.lines(*its, now=FOUR_WEEKS, most=1, skipped=1)
        named, count = await store.lines(*its, now=FOUR_WEEKS, most=20, named="mIa")
        none, nothing = await store.lines(*its, now=FOUR_WEEKS, most=20, named="%")

    assert [one.name for one in first + second] == ["Group of Alice", "Group of Mia"]
    assert (of, count, nothing) == (2, 1, 0)
    assert [one.name for one in named] == ["Group of Mia"]
    assert none == []


async def test_the_figures_are_those_of_the_rows(under_way: Database) -> None:
    group_id = await group_of(under_way, BOB_HERE.id)
    today = FOUR_WEEKS.date()
    for days in (0, 6, 7, 40):
        await met(under_way, group_id, today - timedelta(days=days))

    async with under_way.reading() as connection:
        found = await store.figures(connection, RUNNING, now=FOUR_WEEKS)

    assert (found.groups, found.met, found.met_lately) == (2, 1, 1)
    assert (found.meetings, found.meetings_before) == (2, 1)
    assert (found.mentees, found.wrote, found.waiting) == (5, 0, 0)


async def test_nothing_of_another_workspace_is_seen(under_way: Database) -> None:
    there = replace(RUNNING, workspace_id=ELSEWHERE)
    async with under_way.reading() as connection:
        assert await store.needs(connection, there, now=FOUR_WEEKS) == []
        assert (await store.figures(connection, there, now=FOUR_WEEKS)).groups == 0
