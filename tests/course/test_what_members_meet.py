"""What it uses, contacts, the channel for digests and peer rounds: seen, applied and undone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.course import store, use_cases
from bot.course.model import (
    Change,
    NewChannel,
    NewContacts,
    NewEnd,
    NewNudges,
    NewShift,
    NewTimeOff,
    NewUses,
)
from bot.course.tables import course_change
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.peers import store as peers
from bot.peers.model import PeerReach, PeerSeries, SeriesId, SeriesPlan, SeriesState
from bot.peers.upkeep import every_day
from bot.people import store as people
from bot.people.model import Member, Role
from bot.people.profiles import Profile
from bot.programme import store as programmes
from bot.programme.model import Programme, Use
from bot.schedule.calendar import Break, Calendar
from handlers.course.preview_views import consequences
from tests.course.under_way import (
    CATALOGUED,
    UNDER_WAY,
    apply,
    begin,
    course_now,
    everything_scheduled,
    preview,
    undo,
)
from tests.support.cast import HERE, PROGRAMME

AMSEL = Profile(slack_user_id=SlackUserId("U0AMSEL"), name="Dr Amsel <a>", timezone="Etc/UTC")
DEAN = Profile(slack_user_id=SlackUserId("U0DEAN"), name="Dean", timezone="Europe/London")
CONTACTS = NewContacts(
    crisis="Night line, 5555", concern="Dr Amsel, 5556", person=AMSEL, deputy=DEAN, hours=8
)
CHANNEL = NewChannel(channel="C0NEW", confirmed="guests")
WITHOUT_CHECKINS = NewUses(uses=(Use.STAGES, Use.NUDGES, Use.COMPASS))


async def programme_now(database: Database) -> Programme:
    async with database.reading() as connection:
        found = await programmes.programme(connection, HERE, PROGRAMME.id)
    assert found is not None
    return found


async def everybody(database: Database) -> list[Member]:
    async with database.reading() as connection:
        return await people.members(connection, HERE)


@pytest.mark.parametrize("change", [CONTACTS, CHANNEL, WITHOUT_CHECKINS])
async def test_a_preview_leaves_nothing_and_undo_restores_all(
    database: Database, change: Change
) -> None:
    await begin(database)
    before = await course_now(database), await everything_scheduled(database)
    known = await everybody(database)

    found = await preview(database, change)

    assert (await course_now(database), await everything_scheduled(database)) == before
    assert await everybody(database) == known
    made = await apply(database, change, token=found.token)
    assert await course_now(database) == made.after != before[0]
    await undo(database, made)
    assert await course_now(database) == before[0]
    falls_due = [row[:-1] for row in await everything_scheduled(database)]
    assert falls_due == [row[:-1] for row in before[1]], "but for when it was served last"


async def test_what_is_switched_off_comes_no_more_and_the_preview_says_so(
    database: Database,
) -> None:
    await begin(database)

    found = await preview(database, WITHOUT_CHECKINS)
    await apply(database, WITHOUT_CHECKINS, token=found.token)

    assert found.before.first("checkin_prompt") is not None
    assert found.after.first("checkin_prompt") is None
    said = " ".join(consequences(found))
    assert "Not used any more: check-ins, goals and meetings" in said
    assert "Members meet the compass from 28 September, which was not used before." in said
    scheduled = str(await everything_scheduled(database))
    assert "mentor_nudge" in scheduled
    assert "checkin_prompt" not in scheduled


async def test_who_is_asked_from_now_on_is_said_and_nobody_is_counted(
    database: Database,
) -> None:
    await begin(database)

    found = await preview(database, CONTACTS)
    made = await apply(database, CONTACTS, token=found.token)

    said = " ".join(consequences(found))
    assert "reaches Dr Amsel &lt;a&gt;, and after 8 working hours Dean, too" in said
    assert "Nobody sees here whether there is any" in said
    after = await programme_now(database)
    names = {one.id: (one.name, one.roles) for one in await everybody(database)}
    assert names[MemberId(str(after.concern_person))] == (AMSEL.name, frozenset())
    async with database.reading() as connection:
        kept = (await connection.execute(sa.select(course_change.c.change))).scalar_one()
    assert "Amsel" not in str(kept)
    assert "5555" not in str(kept)
    assert made.number == 1


async def test_contacts_are_not_restored_to_somebody_who_mentors_by_now(
    database: Database,
) -> None:
    named = replace(CONTACTS, person=AMSEL, deputy=DEAN)
    await begin(database)
    await apply(database, named, token=(await preview(database, named)).token)
    other = replace(CONTACTS, person=DEAN, deputy=AMSEL)
    made = await apply(database, other, token=(await preview(database, other)).token)
    amsel = next(one for one in await everybody(database) if one.name == AMSEL.name)
    async with database.writing() as connection:
        mentor = replace(amsel, roles=frozenset({Role.MENTOR}))
        await people.put_members(connection, HERE, [mentor])

    with pytest.raises(UserFacing, match="is a mentor or mentee by now"):
        await undo(database, made)

    assert await course_now(database) == made.after


async def test_a_contact_who_is_erased_is_named_in_no_change(database: Database) -> None:
    await begin(database)
    await apply(database, CONTACTS, token=(await preview(database, CONTACTS)).token)
    person = (await programme_now(database)).concern_person
    assert person is not None

    async with database.writing() as connection:
        await store.forget_member(connection, HERE, person)
        rows = (await connection.execute(sa.select(course_change))).all()

    assert str(person) not in str(rows)
    assert rows[0].after["contacts"]["deputy"] is not None


async def test_another_channel_takes_what_speaks_against_the_old_one_with_it(
    database: Database,
) -> None:
    waiting = replace(UNDER_WAY, coordinator_channel="C0OLD", channel_problem="guests")
    await begin(database, waiting)

    found = await preview(database, CHANNEL)
    made = await apply(database, CHANNEL, token=found.token)

    assert "Digests go to <#C0NEW> from now on" in " ".join(consequences(found))
    after = await programme_now(database)
    assert (after.coordinator_channel, after.channel_confirmed) == ("C0NEW", "guests")
    assert (after.channel_problem, after.channel_checked_on) == (None, date(2026, 9, 30))
    async with database.writing() as connection:  # the guests have left since, as is found daily
        await programmes.put_programme(connection, HERE, replace(after, channel_confirmed=None))
    await undo(database, made)
    assert (await programme_now(database)).coordinator_channel == "C0OLD"


async def test_what_is_changed_elsewhere_meanwhile_does_not_keep_from_undoing(
    database: Database,
) -> None:
    await begin(database)
    nudges = NewNudges(weekday=3, at=datetime(2026, 9, 30, 9, tzinfo=UTC).time())
    made = await apply(database, nudges, token=(await preview(database, nudges)).token)
    async with database.writing() as connection:
        now_is = await programmes.programme(connection, HERE, PROGRAMME.id)
        assert now_is is not None
        await programmes.put_programme(connection, HERE, replace(now_is, crisis_contact="Other"))

    await undo(database, made)

    after = await programme_now(database)
    assert (after.crisis_contact, after.template.nudge_weekday) == ("Other", 0)


async def test_two_change_contacts_at_once_and_the_second_reads_so(database: Database) -> None:
    await begin(database)
    mine = await preview(database, CONTACTS)
    theirs = await preview(database, WITHOUT_CHECKINS)
    await apply(database, WITHOUT_CHECKINS, token=theirs.token)
    known = await everybody(database)

    with pytest.raises(use_cases.ChangedMeanwhile, match="Carol changed this programme"):
        await apply(database, CONTACTS, token=mine.token)

    assert await everybody(database) == known
    assert (await programme_now(database)).crisis_contact == UNDER_WAY.crisis_contact


WITH_PEERS = replace(
    UNDER_WAY, template=replace(UNDER_WAY.template, uses=(*UNDER_WAY.template.uses, (Use.PEERS, 1)))
)
SERIES = PeerSeries(
    id=SeriesId("peers_1"),
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    plan=SeriesPlan(
        roles=frozenset({Role.MENTEE, Role.MENTOR}),
        reach=PeerReach.PROGRAMME,
        size=2,
        every_weeks=1,
        first_on=date(2026, 10, 5),
    ),
    state=SeriesState.ACTIVE,
    seed=7,
)


async def begin_with_peers(database: Database) -> None:
    await begin(database, WITH_PEERS)
    async with database.writing() as connection:
        await peers.put_series(connection, SERIES)


@pytest.mark.parametrize(
    ("change", "days"),
    [
        (NewShift(day=date(2026, 10, 12), weeks=2), [5, 12, 19, 26, 33]),
        (NewEnd(last_day=date(2026, 10, 11)), [5]),
        (
            NewTimeOff(calendar=Calendar(breaks=(Break(date(2026, 10, 5), date(2026, 10, 9)),))),
            [12, 19, 26, 33],
        ),
        (WITHOUT_CHECKINS, []),
    ],
)
async def test_rounds_of_peers_are_seen_and_come_as_was_seen(
    database: Database, change: Change, days: list[int]
) -> None:
    await begin_with_peers(database)

    found = await preview(database, change)
    await apply(database, change, token=found.token)

    seen = [one.day for one in found.after.coming if one.kind == "peer_rounds_daily"]
    assert seen == [date(2026, 9, 30) + timedelta(days=number) for number in days]
    for night in range(38):
        now = datetime(2026, 10, 1, 3, tzinfo=UTC) + timedelta(days=night)
        frameworks = CATALOGUED.frameworks
        await every_day(database, HERE, PROGRAMME.id, now=now, frameworks=frameworks)
    async with database.reading() as connection:
        came = [one.begins_on for one in await peers.rounds_of(connection, HERE, SERIES.id)]
    assert came == seen


async def test_nothing_can_be_undone_once_a_round_of_peers_is_planned(database: Database) -> None:
    await begin_with_peers(database)
    change = NewTimeOff(calendar=Calendar(breaks=(Break(date(2026, 10, 5), date(2026, 10, 9)),)))

    found = await preview(database, change)

    assert "The next peer round begins on Monday 12 October instead of Monday 5 October." in (
        consequences(found)
    )
    assert found.differs_from == datetime(2026, 10, 4, 2, tzinfo=UTC)
