"""A programme ends: once, for everybody, and with all that would still be sent for it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.delivery import store as delivery
from bot.delivery.model import Lane, OutboxState
from bot.delivery.tables import outbox
from bot.flows.closing import ask_about_the_end, close_programme
from bot.groups import approval as deciding
from bot.groups import store as seated
from bot.groups import upkeep
from bot.groups.schedule import FOR_MEMBERS, PULSE
from bot.kernel.clock import monday_of
from bot.kernel.database import Database
from bot.kinds import MessageKind, ScheduleKind
from bot.matching import proposals as proposing
from bot.people.model import MemberState
from bot.programme import store as programmes
from bot.programme import use_cases as editing
from bot.programme.model import Programme, ProgrammeState, Shift, last_day
from bot.schedule import store as schedule
from tests.support.cast import BOB, CAROL, ELSEWHERE
from tests.support.cohort import COHORT, DRAFT, HERE, MENTEES, STARTED, arrive, change

LATER = STARTED + timedelta(weeks=3)


@pytest.fixture
async def year(database: Database) -> Database:
    """Groups under way, here and in another workspace; one mentee is away and one has left."""
    for workspace in (HERE, ELSEWHERE):
        await arrive(database, COHORT, workspace_id=workspace)
        kept = await proposing.propose(
            database, workspace, DRAFT.id, by=CAROL.id, seed=7, now=STARTED
        )
        await deciding.approve(database, workspace, kept.id, by=CAROL.id, now=STARTED)
    await change(database, replace(MENTEES[1], state=MemberState.PAUSED))
    await change(database, replace(MENTEES[2], state=MemberState.LEFT))
    await upkeep.reconcile(database, HERE, DRAFT.id, now=LATER)
    return database


async def waiting(database: Database, kind: MessageKind) -> list[str]:
    async with database.reading() as connection:
        query = sa.select(outbox.c.recipient).where(
            outbox.c.workspace_id == HERE,
            outbox.c.kind == kind,
            outbox.c.state == OutboxState.QUEUED.value,
        )
        return sorted((await connection.execute(query)).scalars())


async def queue(database: Database, kind: MessageKind, recipient: str) -> None:
    async with database.writing() as connection:
        await delivery.enqueue(
            connection,
            HERE,
            kind=kind,
            subject_id="subject",
            recipient=recipient,
            dedupe_key=f"{kind}:{recipient}",
            lane=Lane.PROMPT,
            now=LATER,
            expires_at=LATER + timedelta(days=9),
        )


async def test_closing_says_goodbye_once_to_everybody_who_takes_part(year: Database) -> None:
    for _ in range(2):
        closed = await close_programme(year, HERE, DRAFT.id, now=LATER)

    assert closed.state is ProgrammeState.CLOSED
    staying = {one.slack_user_id for one in COHORT if one.id not in (CAROL.id, MENTEES[2].id)}
    assert await waiting(year, MessageKind.GOODBYE) == sorted(staying)


async def test_nothing_that_waited_for_a_closed_programme_is_sent_any_more(year: Database) -> None:
    await queue(year, MessageKind.CHECKIN_PROMPT, BOB.slack_user_id)
    async with year.writing() as connection:
        [group, other, *_] = await programmes.groups(connection, HERE, DRAFT.id)
        introduced = sa.update(outbox).where(
            outbox.c.workspace_id == HERE,
            outbox.c.kind == MessageKind.GROUP_INTRODUCTION,
            outbox.c.subject_id == group.id,
        )
        await connection.execute(introduced.values(state=OutboxState.SENT))
    assert await waiting(year, MessageKind.GROUP_INTRODUCTION)

    await close_programme(year, HERE, DRAFT.id, now=LATER)

    assert await waiting(year, MessageKind.CHECKIN_PROMPT) == []
    assert await waiting(year, MessageKind.GROUP_INTRODUCTION) == []
    async with year.reading() as connection:
        assert await schedule.subjects(connection, HERE, [*FOR_MEMBERS, PULSE]) == set()
        assert await schedule.subjects(connection, HERE, [ScheduleKind.DAILY_CHECK]) == set()
        assert await schedule.subjects(connection, ELSEWHERE, FOR_MEMBERS)
        assert await seated.pairings(connection, HERE, DRAFT.id) == []
        assert await seated.pairings(connection, ELSEWHERE, DRAFT.id)
        assert await programmes.seats(connection, HERE, DRAFT.id, group_id=group.id)
        assert not await programmes.seats(connection, HERE, DRAFT.id, group_id=other.id)


async def test_after_the_last_week_nothing_falls_due_until_it_is_extended(year: Database) -> None:
    async with year.reading() as connection:
        programme = await editing.the_programme(connection, HERE, DRAFT.id)
    over = STARTED + timedelta(weeks=programme.weeks)

    await upkeep.reconcile(year, HERE, DRAFT.id, now=over)
    async with year.reading() as connection:
        assert await schedule.subjects(connection, HERE, [*FOR_MEMBERS, PULSE]) == set()
    async with year.writing() as connection:
        longer = replace(programme, weeks=programme.weeks + 4)
        await programmes.put_programme(connection, HERE, longer)
    await upkeep.reconcile(year, HERE, DRAFT.id, now=over)

    assert last_day(longer) == last_day(programme) + timedelta(weeks=4)
    async with year.reading() as connection:
        due = await schedule.subjects(connection, HERE, [*FOR_MEMBERS, PULSE])
        assert (ScheduleKind.CHECKIN_PROMPT.value, BOB.id) in due
        assert (PULSE.value, DRAFT.id) in due


async def test_no_prompt_falls_due_after_the_end_where_the_clocks_are_ahead(year: Database) -> None:
    async with year.reading() as connection:
        programme = await editing.the_programme(connection, HERE, DRAFT.id)
        end = last_day(programme)
        its = (connection, HERE, BOB.id)

        assert not await programmes.is_past_its_end(*its, end)
        assert await programmes.is_past_its_end(*its, end + timedelta(days=1))


async def test_coordinators_are_asked_in_the_last_week_and_once_it_has_passed(
    year: Database,
) -> None:
    async with year.reading() as connection:
        programme = await editing.the_programme(connection, HERE, DRAFT.id)
    last_monday = STARTED + timedelta(weeks=programme.weeks - 1)

    await ask_about_the_end(year, HERE, DRAFT.id, now=last_monday - timedelta(days=1))
    assert await waiting(year, MessageKind.PROGRAMME_ENDS) == []
    for day in range(7):
        await ask_about_the_end(year, HERE, DRAFT.id, now=last_monday + timedelta(days=day))
    assert await waiting(year, MessageKind.PROGRAMME_ENDS) == [CAROL.slack_user_id]
    for day in range(7, 30):
        await ask_about_the_end(year, HERE, DRAFT.id, now=last_monday + timedelta(days=day))

    assert await waiting(year, MessageKind.PROGRAMME_ENDS) == [CAROL.slack_user_id] * 2


async def _morning(year: Database, day: date) -> Programme:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    await ask_about_the_end(year, HERE, DRAFT.id, now=noon)
    async with year.reading() as connection:
        return await editing.the_programme(connection, HERE, DRAFT.id)


async def test_what_nobody_closes_closes_by_itself_on_the_day_that_was_told(
    year: Database,
) -> None:
    async with year.reading() as connection:
        end = last_day(await editing.the_programme(connection, HERE, DRAFT.id))
    day = end + timedelta(weeks=4)

    for number in range(1, 28):
        programme = await _morning(year, end + timedelta(days=number))
        assert (programme.state, programme.closes_on) == (ProgrammeState.RUNNING, day)
    programme = await _morning(year, day)

    assert programme.state is ProgrammeState.CLOSED
    assert await waiting(year, MessageKind.GOODBYE) != []


async def test_one_that_was_forgotten_for_long_is_told_of_two_weeks_before(year: Database) -> None:
    async with year.reading() as connection:
        late = last_day(await editing.the_programme(connection, HERE, DRAFT.id))
    late += timedelta(days=300)

    first = await _morning(year, late)
    before = await _morning(year, late + timedelta(days=13))
    then = await _morning(year, late + timedelta(days=14))

    assert first.closes_on == late + timedelta(weeks=2)
    assert before.state is ProgrammeState.RUNNING
    assert then.state is ProgrammeState.CLOSED


async def test_one_that_goes_on_closes_after_its_new_end(year: Database) -> None:
    async with year.reading() as connection:
        end = last_day(await editing.the_programme(connection, HERE, DRAFT.id))
    await _morning(year, end + timedelta(days=1))
    async with year.writing() as connection:
        its = (connection, HERE, DRAFT.id)
        programme = await editing.the_programme(*its, hold=True)
        longer = replace(programme, weeks=programme.weeks + 8)
        await programmes.put_programme(connection, HERE, longer)

    on = await _morning(year, end + timedelta(weeks=4))
    over = await _morning(year, end + timedelta(weeks=8, days=1))

    assert on.state is over.state is ProgrammeState.RUNNING
    assert over.closes_on == end + timedelta(weeks=12)


async def test_who_was_asked_before_there_was_a_day_is_told_of_it(year: Database) -> None:
    async with year.writing() as connection:
        programme = await editing.the_programme(connection, HERE, DRAFT.id)
        over = last_day(programme) + timedelta(days=60)
        before = f"{MessageKind.PROGRAMME_ENDS}:{DRAFT.id}:{programme.weeks}:after:{CAROL.id}"
        await delivery.enqueue(
            connection,
            HERE,
            kind=MessageKind.PROGRAMME_ENDS,
            subject_id=DRAFT.id,
            recipient=CAROL.slack_user_id,
            dedupe_key=before,
            lane=Lane.PROMPT,
            now=LATER,
            expires_at=LATER + timedelta(days=14),
        )
        await connection.execute(sa.update(outbox).values(state=OutboxState.SENT))

    for number in range(3):
        await _morning(year, over + timedelta(days=number))

    assert await waiting(year, MessageKind.PROGRAMME_ENDS) == [CAROL.slack_user_id]


async def test_a_close_that_moves_with_the_calendar_is_told_of_anew(year: Database) -> None:
    async with year.reading() as connection:
        end = last_day(await editing.the_programme(connection, HERE, DRAFT.id))
    await _morning(year, end + timedelta(days=1))
    async with year.writing() as connection:
        await connection.execute(sa.update(outbox).values(state=OutboxState.SENT))
        programme = await editing.the_programme(connection, HERE, DRAFT.id, hold=True)
        shift = Shift(monday_of(end), 6)
        await programmes.put_programme(connection, HERE, replace(programme, shifts=(shift,)))

    over = await _morning(year, end + timedelta(weeks=6, days=1))

    assert over.closes_on == end + timedelta(weeks=10)
    assert await waiting(year, MessageKind.PROGRAMME_ENDS) == [CAROL.slack_user_id]
