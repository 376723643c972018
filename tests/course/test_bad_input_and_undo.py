"""What cannot be gets a sentence and leaves nothing half-done; undo ends when something came."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.audit import store as audit
from bot.course import store, use_cases
from bot.course.model import (
    Change,
    NewCheckins,
    NewContacts,
    NewEnd,
    NewFramework,
    NewNudges,
    NewPulses,
    NewShift,
    NewStart,
    NewTemplate,
    NewTimeOff,
    NewUses,
    change_from_snapshot,
)
from bot.course.tables import course_change
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from bot.people import store as people
from bot.people.model import Member, Role
from bot.people.profiles import Profile
from bot.programme import store as programmes
from bot.programme.model import (
    ProgrammeState,
    Shift,
    Use,
    is_left_out,
    last_day,
    monday_of_week,
    week_of,
    week_on,
)
from bot.schedule.calendar import Break, Calendar
from bot.schedule.model import Once
from bot.schedule.store import put as schedule_put
from tests.course.under_way import (
    NOW,
    UNDER_WAY,
    apply,
    asked,
    begin,
    course_now,
    everything_scheduled,
    play,
    preview,
    undo,
)
from tests.support.cast import ALICE, CAROL, ELSEWHERE, HERE, PROGRAMME

DRAFT = replace(UNDER_WAY, state=ProgrammeState.DRAFT, starts_on=date(2026, 10, 12))
WINTER = Break(date(2026, 11, 2), date(2026, 11, 8))


def profile(of: Member) -> Profile:
    return Profile(slack_user_id=of.slack_user_id, name=of.name, timezone=of.timezone)


CONTACTS = NewContacts(
    crisis="Night line, 5555",
    concern="Dr Amsel, 5556",
    person=Profile(slack_user_id=SlackUserId("U0AMSEL"), name="Dr Amsel <a>", timezone="Etc/UTC"),
    deputy=profile(CAROL),
    hours=8,
)
CANNOT: list[tuple[Change, str]] = [
    (NewStart(starts_on=date(2026, 10, 5)), "has begun, so its first day stays"),
    (NewEnd(last_day=date(2026, 9, 1)), "before the first day"),
    (NewEnd(last_day=date(2026, 9, 29)), "has passed. Choose today or a later day"),
    (NewEnd(last_day=date(2039, 1, 1)), "at most 104 weeks"),
    (NewEnd(last_day=date(2026, 12, 13)), "nothing would change"),
    (NewShift(day=date(2026, 9, 30), weeks=1), "This week has begun"),
    (NewShift(day=date(2027, 9, 30), weeks=1), "This is after the last day, 13 December 2026"),
    (NewShift(day=date(2026, 10, 12), weeks=0), "by 1 to 12 weeks"),
    (NewShift(day=date(2026, 10, 12), weeks=99), "by 1 to 12 weeks"),
    (NewShift(day=date(2026, 10, 12), weeks=-13), "by 1 to 12 weeks"),
    (NewShift(day=date(2026, 10, 5), weeks=-1), "28 September 2026 on, which has begun or passed"),
    (NewShift(day=date(2026, 10, 26), weeks=-9), "24 August 2026 on, which has begun or passed"),
    (
        NewUses(uses=(Use.CHECKINS, Use.NUDGES, Use.STAGES, Use.GOALS, Use.MEETINGS)),
        "nothing would",
    ),
    (replace(CONTACTS, deputy=CONTACTS.person), "must be two people"),
    (replace(CONTACTS, hours=5), "after how many hours"),
    (replace(CONTACTS, crisis=" "), "Write who it is"),
    (replace(CONTACTS, person=profile(ALICE)), "is a mentor or mentee by now"),
    (NewCheckins(every_weeks=0, weekday=0, at=time(9)), "every 1 to 12 weeks"),
    (NewCheckins(every_weeks=1, weekday=7, at=time(9)), "Choose a weekday"),
    (NewNudges(weekday=9, at=time(9)), "Choose a weekday"),
    (NewNudges(weekday=0, at=time(9)), "nothing would change"),
    (NewPulses(every_weeks=4, next_on=date(2026, 9, 1)), "has passed"),
    (NewPulses(every_weeks=4, next_on=date(2027, 9, 1)), "ends before that"),
    (NewPulses(every_weeks=99, next_on=date(2026, 10, 7)), "every 1 to 12 weeks"),
    (NewTemplate(template_id="short"), "lasts 3 weeks, and this programme is in week 4"),
    (NewTemplate(template_id="gone"), "not there any more"),
    (NewFramework(framework_id="gone"), "not there any more"),
    (
        NewTimeOff(calendar=Calendar(breaks=(WINTER, Break(WINTER.last, date(2026, 11, 20))))),
        "Two breaks overlap",
    ),
    (
        NewTimeOff(calendar=Calendar(breaks=(Break(date(2026, 9, 7), date(2026, 9, 9)),))),
        "has passed. Choose later days",
    ),
    (
        NewTimeOff(calendar=Calendar(breaks=(Break(date(2027, 9, 7), date(2027, 9, 9)),))),
        "is after the last day of the programme",
    ),
    (NewTimeOff(calendar=Calendar(country="XX")), "Choose the country"),
]


@pytest.mark.parametrize(("change", "sentence"), CANNOT)
async def test_what_cannot_be_is_a_sentence_and_nothing_is_half_done(
    database: Database, change: Change, sentence: str
) -> None:
    await begin(database)
    before = await course_now(database), await everything_scheduled(database)

    with pytest.raises(UserFacing, match=sentence):
        await preview(database, change)

    assert (await course_now(database), await everything_scheduled(database)) == before


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (date(2026, 9, 21), "This week has passed"),
        (date(2028, 1, 3), "at most a year from today"),
    ],
)
async def test_a_start_that_cannot_be_is_a_sentence(
    database: Database, day: date, sentence: str
) -> None:
    await begin(database, DRAFT)

    with pytest.raises(UserFacing, match=sentence):
        await preview(database, NewStart(starts_on=day))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (NewCheckins(every_weeks=2, weekday=0, at=time(20, 30)), "are asked for at 20:30"),
        (NewNudges(weekday=1, at=time(7)), "Mentors get their week at 07:00"),
    ],
)
async def test_nothing_is_asked_in_the_programmes_own_quiet_hours(
    database: Database, change: Change, sentence: str
) -> None:
    await begin(database)

    with pytest.raises(UserFacing, match=sentence):
        await preview(database, change)

    late = replace(UNDER_WAY, quiet_from=time(22), quiet_until=time(6))
    async with database.writing() as connection:
        await programmes.put_programme(connection, HERE, late)
    assert (await preview(database, change)).token


async def test_a_draft_starts_on_another_day(database: Database) -> None:
    await begin(database, DRAFT)
    change = NewStart(starts_on=date(2026, 10, 19))

    found = await preview(database, change)
    await apply(database, change, token=found.token)

    assert (await course_now(database)).starts_on == date(2026, 10, 19)
    assert last_day(found.after.programme) - last_day(found.before.programme) == timedelta(weeks=1)


async def test_an_end_before_the_next_pulse_says_which_pulses_are_lost(
    database: Database,
) -> None:
    await begin(database)

    found = await preview(database, NewEnd(last_day=date(2026, 10, 4)))

    assert found.next_pulses() == (date(2026, 10, 7), None)
    assert found.lost_pulses() == [date(2026, 10, 7), date(2026, 11, 4), date(2026, 12, 2)]
    assert found.after.first("checkin_prompt") is None
    assert [will for _, _, will in found.moved_milestones()] == [None, None]


async def test_an_end_that_passed_can_be_moved_and_all_begins_again(database: Database) -> None:
    over = replace(UNDER_WAY, weeks=2)
    await begin(database, over)
    change = NewEnd(last_day=date(2026, 11, 1))

    found = await preview(database, change)
    made = await apply(database, change, token=found.token)

    assert found.before.first("mentor_nudge") is None
    assert found.after.first("mentor_nudge") == date(2026, 10, 5)
    assert made.undo_until == datetime(2026, 10, 5, 8, tzinfo=UTC)


async def test_a_shift_moves_weeks_milestones_new_things_and_the_pulse(
    database: Database,
) -> None:
    await begin(database)
    change = NewShift(day=date(2026, 10, 5), weeks=2)

    found = await preview(database, change)
    await apply(database, change, token=found.token)

    programme = found.after.programme
    assert monday_of_week(programme, 5) == date(2026, 10, 19)
    assert week_of(programme, NOW + timedelta(weeks=1)) == 4
    assert found.next_pulses() == (date(2026, 10, 7), date(2026, 10, 21))
    assert found.before.first("mentor_nudge") == found.after.first("mentor_nudge")
    came = await play(database, until=datetime(2026, 10, 24, tzinfo=UTC))
    assert [day for kind, day in came if kind == "pulse_open"] == [date(2026, 10, 21)]


async def test_all_comes_earlier_and_what_lies_between_is_left_out(database: Database) -> None:
    await begin(database)
    change = NewShift(day=date(2026, 11, 2), weeks=-2)

    found = await preview(database, change)
    made = await apply(database, change, token=found.token)

    after = found.after.programme
    assert monday_of_week(after, 9) == date(2026, 10, 19)
    assert week_of(after, datetime(2026, 10, 18, 12, tzinfo=UTC)) == 6
    assert [is_left_out(after, week) for week in (6, 7, 8, 9)] == [False, True, True, False]
    assert last_day(after) == date(2026, 11, 29)
    milestones = [(one.text, will) for one, _, will in found.moved_milestones()]
    assert milestones == [("Half way.", date(2026, 10, 19)), ("Say goodbye.", date(2026, 11, 16))]
    await undo(database, made)
    assert (await course_now(database)).shifts == ()


async def test_a_shift_is_taken_back_in_part_and_nothing_is_left_out(database: Database) -> None:
    await begin(database)
    later = NewShift(day=date(2026, 10, 12), weeks=3)
    await apply(database, later, token=(await preview(database, later)).token)

    found = await preview(database, NewShift(day=date(2026, 11, 2), weeks=-2))

    assert found.after.programme.shifts == (Shift(date(2026, 10, 12), 1),)
    assert not any(is_left_out(found.after.programme, week) for week in range(1, 15))
    assert week_on(found.after.programme, date(2026, 10, 19)) == 6


async def test_nothing_comes_earlier_into_a_break(database: Database) -> None:
    half_term = Calendar(breaks=(Break(date(2026, 10, 19), date(2026, 10, 23)),))
    await begin(database, calendar=half_term)

    with pytest.raises(UserFacing, match="19 October 2026 is a break"):
        await preview(database, NewShift(day=date(2026, 10, 26), weeks=-1))
    with pytest.raises(UserFacing, match="is not counted in the calendar"):
        await preview(database, NewShift(day=date(2026, 10, 19), weeks=-1))


async def test_shifts_add_up_beside_a_break(database: Database) -> None:
    half_term = Calendar(breaks=(Break(date(2026, 10, 19), date(2026, 10, 23)),))
    await begin(database, calendar=half_term)

    first = await preview(database, NewShift(day=date(2026, 10, 12), weeks=2))
    await apply(database, NewShift(day=date(2026, 10, 12), weeks=2), token=first.token)
    again = await preview(database, NewShift(day=date(2026, 10, 12), weeks=1))

    lasts = [last_day(one.programme) for one in (first.before, first.after, again.after)]
    assert lasts == [date(2026, 12, 20), date(2027, 1, 3), date(2027, 1, 10)]


async def test_undo_ends_when_something_that_follows_has_come(database: Database) -> None:
    await begin(database)
    change = NewNudges(weekday=3, at=time(9))
    found = await preview(database, change)
    made = await apply(database, change, token=found.token)

    assert made.undo_until == datetime(2026, 10, 1, 8, tzinfo=UTC)
    with pytest.raises(UserFacing, match="has been sent by now"):
        await undo(database, made, now=made.undo_until)
    await undo(database, made, now=made.undo_until - timedelta(seconds=1))
    with pytest.raises(UserFacing, match="was undone already"):
        await undo(database, made)


async def test_only_the_last_change_is_undone_and_both_are_noted(database: Database) -> None:
    await begin(database)
    shift, nudges = NewShift(day=date(2026, 11, 2), weeks=1), NewNudges(weekday=3, at=time(9))
    first = await apply(database, shift, token=(await preview(database, shift)).token)
    second = await apply(database, nudges, token=(await preview(database, nudges)).token)

    with pytest.raises(UserFacing, match="something else was changed after it"):
        await undo(database, first)
    await undo(database, second)
    await undo(database, first)

    assert (first.number, second.number) == (1, 2)
    async with database.reading() as connection:
        acts = [one.act.value for one in await audit.entries(connection, HERE)]
    assert sorted(acts) == ["course_changed"] * 2 + ["course_undone"] * 2


async def test_of_two_who_apply_at_once_the_second_is_told_what_the_first_did(
    database: Database,
) -> None:
    await begin(database)
    theirs, mine = NewNudges(weekday=3, at=time(9)), NewEnd(last_day=date(2026, 11, 1))
    seen = await preview(database, mine)
    await apply(database, theirs, token=(await preview(database, theirs)).token)

    with pytest.raises(use_cases.ChangedMeanwhile, match="Carol changed this programme") as told:
        await apply(database, mine, token=seen.token)

    assert told.value.other is not None
    assert told.value.other.change == theirs
    assert (await course_now(database)).weeks == UNDER_WAY.weeks


async def test_nobody_else_changes_anything(database: Database) -> None:
    await begin(database)
    change = NewNudges(weekday=3, at=time(9))
    token = (await preview(database, change)).token

    for by, where in ((ALICE.id, HERE), (CAROL.id, ELSEWHERE)):
        someone = asked(by=by, where=where)
        with pytest.raises(UserFacing):
            async with database.writing() as connection:
                await use_cases.apply(connection, someone, change, token=token)
        with pytest.raises(UserFacing):
            await use_cases.preview(database, someone, change)


async def test_a_closed_programme_stays_as_it_was(database: Database) -> None:
    await begin(database, replace(UNDER_WAY, state=ProgrammeState.CLOSED))

    with pytest.raises(UserFacing, match="is closed and stays"):
        await preview(database, NewNudges(weekday=3, at=time(9)))


async def test_who_is_erased_is_named_in_no_change(database: Database) -> None:
    await begin(database)
    change = NewNudges(weekday=3, at=time(9))
    await apply(database, change, token=(await preview(database, change)).token)

    async with database.writing() as connection:
        await store.forget_member(connection, HERE, CAROL.id)
        found = await programmes.programme(connection, HERE, PROGRAMME.id)
        assert found is not None
        last = await store.last_change(connection, found)

    assert last is not None
    assert (last.by, last.change) == (None, change)


async def test_a_meeting_and_what_members_chose_stay(database: Database) -> None:
    await begin(database)
    at = NOW + timedelta(days=9)
    async with database.writing() as connection:
        await schedule_put(
            connection,
            HERE,
            kind="meeting_agenda",
            subject_id="meeting_1",
            rule=Once(at),
            tz="Europe/London",
            now=NOW,
        )

    found = await preview(database, NewShift(day=date(2026, 10, 5), weeks=2))

    agendas = [one.at for one in found.after.coming if one.kind == "meeting_agenda"]
    assert agendas == [at]


@pytest.mark.parametrize("made_up", [None, 7, {}, {"kind": "end"}, {"kind": "erase"}, ["end"]])
def test_what_no_form_carries_is_no_change(made_up: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        change_from_snapshot(made_up)


async def test_another_workspace_has_changes_of_its_own(database: Database) -> None:
    await begin(database)
    change = NewNudges(weekday=3, at=time(9))
    await apply(database, change, token=(await preview(database, change)).token)

    async with database.reading() as connection:
        query = sa.select(course_change.c.workspace_id)
        assert set((await connection.execute(query)).scalars()) == {HERE}
        theirs = replace(PROGRAMME, workspace_id=ELSEWHERE)
        assert await store.last_change(connection, theirs) is None
        carol = await people.members(connection, HERE, roles=[Role.COORDINATOR])
    assert [one.id for one in carol] == [CAROL.id]
