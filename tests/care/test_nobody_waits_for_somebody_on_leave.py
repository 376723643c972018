"""A concern never waits for people who are away: who hears it instead, and who never does."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.audit import store as audit
from bot.care import store, use_cases
from bot.care.covers import somebody_hears, warn_where_nobody_hears
from bot.care.model import Reach, Route
from bot.care.tables import concern as concern_table
from bot.delivery.tables import outbox
from bot.flows import absences
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.kinds import MessageKind, ScheduleKind
from bot.matching import exclusions
from bot.people import delegation
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.people.use_cases import resume
from bot.schedule import store as schedule
from bot.schedule.model import Due
from tests.care.people_of_care import (
    MONDAY,
    USUAL,
    arrive,
    change,
    kept,
    looked_after,
    noted,
    raised,
    slack_ids,
)
from tests.support.cast import BOB, CAROL, HERE, OKAFOR, PARK, PROGRAMME

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRIDA = replace(
    CAROL,
    id=MemberId("member_frida"),
    slack_user_id=SlackUserId("U0FRIDA"),
    name="Frida",
    email=None,
)
GUS = replace(
    OKAFOR, id=MemberId("member_gus"), slack_user_id=SlackUserId("U0GUS"), name="Gus Lind"
)
TEACHING = replace(FRIDA, roles=frozenset({Role.COORDINATOR, Role.MENTOR}), capacity=4)


async def goes(
    database: Database,
    member: Member,
    *,
    stand_in: Member | None = None,
    since: datetime = MONDAY,
    until: datetime | None = None,
    now: datetime = MONDAY,
) -> None:
    async with database.writing() as connection:
        here = await people.member(connection, HERE, member.id)
        assert here
        await absences.go_away(
            connection, here, begins_at=since, ends_at=until, stand_in=stand_in, now=now
        )


async def reach(database: Database, who: Member = BOB, *, now: datetime = MONDAY) -> Reach:
    async with database.reading() as connection:
        return await use_cases.reach_of(connection, HERE, who.slack_user_id, now=now)


async def reads(database: Database, who: Member, *, now: datetime = MONDAY) -> int:
    async with database.reading() as connection:
        found = await use_cases.concerns_of(connection, HERE, who.slack_user_id, now=now)
    return len(found.asked)


async def told(database: Database, kind: MessageKind) -> list[str]:
    async with database.reading() as connection:
        query = sa.select(outbox.c.recipient).where(outbox.c.kind == kind)
        return sorted((await connection.execute(query.order_by(outbox.c.recipient))).scalars())


async def test_while_both_are_away_the_stand_in_is_asked_first_and_named_before_it_is_sent(
    database: Database,
) -> None:
    await arrive(database, GUS)
    await goes(database, OKAFOR, stand_in=GUS)
    assert (await reach(database)).routes[0] == USUAL  # the deputy is there

    await goes(database, PARK)
    found = await reach(database)
    asked = await raised(database, route=found.routes[0])

    assert (found.routes[0], found.stand_ins) == (Route(GUS.id, OKAFOR.id), [GUS.id])
    assert Route(OKAFOR.id, None) in found.routes
    assert asked.addressed == (GUS.id,)
    assert await noted(database) == slack_ids(GUS)


async def test_without_stand_ins_coordinators_hear_it_who_may_and_no_others(
    database: Database,
) -> None:
    await arrive(database, TEACHING)
    await goes(database, OKAFOR)
    await goes(database, PARK)

    found = await reach(database)

    assert found.stand_ins == [CAROL.id]  # Frida mentors
    assert found.routes[0] == Route(CAROL.id, OKAFOR.id)


async def test_what_waits_is_handed_over_when_both_go_and_its_author_reads_to_whom(
    database: Database,
) -> None:
    await arrive(database, GUS)
    await raised(database)
    await goes(database, OKAFOR, stand_in=GUS, now=MONDAY + HOUR)
    await looked_after(database, MONDAY + HOUR)
    assert await noted(database) == slack_ids(OKAFOR, BOB, PARK)
    assert not await reads(database, GUS)

    await goes(database, PARK, now=MONDAY + 2 * HOUR)
    await looked_after(database, MONDAY + 2 * HOUR)

    (after,) = await kept(database)
    assert after.addressed == (OKAFOR.id, PARK.id, GUS.id)
    assert after.words  # sealed anew for its readers
    assert (await noted(database))[3:] == slack_ids(BOB, GUS)
    assert await reads(database, GUS)
    assert not await reads(database, CAROL)
    await looked_after(database, MONDAY + 3 * HOUR)
    assert len(await noted(database)) == 5  # nobody is told twice


async def test_who_returns_finds_what_still_waits_and_is_asked_with_the_others(
    database: Database,
) -> None:
    await arrive(database, GUS)
    await raised(database)
    await goes(database, OKAFOR, stand_in=GUS)
    await goes(database, PARK)
    await looked_after(database, MONDAY + HOUR)
    before = len(await noted(database))
    async with database.writing() as connection:
        away = await people.member(connection, HERE, OKAFOR.id)
        assert away
        await resume(connection, away, now=MONDAY + 2 * HOUR)

    await looked_after(database, MONDAY + 26 * HOUR)

    assert await reads(database, OKAFOR)
    assert (await noted(database))[before:] == slack_ids(GUS, OKAFOR)
    assert await told(database, MessageKind.STAND_IN) == slack_ids(GUS)


async def test_who_has_it_in_hand_and_goes_away_leaves_it_to_the_deputy(
    database: Database,
) -> None:
    await arrive(database)
    asked = await raised(database)
    async with database.writing() as connection:
        await use_cases.have(connection, OKAFOR, asked.id, now=MONDAY)

    await goes(database, OKAFOR, until=MONDAY + 5 * DAY)
    await looked_after(database, MONDAY)

    (after,) = await kept(database)
    assert (after.seen_by, after.addressed) == (None, (OKAFOR.id, PARK.id))
    assert (await noted(database))[-1:] == slack_ids(PARK)


async def test_whoever_chose_one_person_alone_is_told_at_once_and_nobody_else_hears(
    database: Database,
) -> None:
    await arrive(database, GUS)
    await raised(database, route=Route(OKAFOR.id, None))
    await goes(database, OKAFOR, stand_in=GUS)
    await goes(database, PARK)

    await looked_after(database, MONDAY + HOUR)
    await looked_after(database, MONDAY + 2 * HOUR)

    (after,) = await kept(database)
    assert after.addressed == (OKAFOR.id,)
    assert await noted(database) == slack_ids(OKAFOR, BOB)
    assert not await reads(database, GUS)


@pytest.mark.parametrize("why", ["blocked", "mentors", "author"])
async def test_a_stand_in_who_may_not_hear_it_is_never_asked(database: Database, why: str) -> None:
    by = GUS if why == "author" else BOB
    await arrive(database, GUS)
    await raised(database, by=by)
    await goes(database, OKAFOR, stand_in=GUS)
    await goes(database, PARK)
    async with database.writing() as connection:
        if why == "blocked":
            await exclusions.set_blocks(connection, HERE, BOB.id, {GUS.id})
        if why == "mentors":
            roles = frozenset({Role.MENTOR})
            await people.put_members(connection, HERE, [replace(GUS, roles=roles, capacity=3)])

    await looked_after(database, MONDAY + HOUR)

    (after,) = await kept(database)
    assert after.stand_ins == (CAROL.id,)
    assert await reads(database, CAROL)


async def test_a_row_that_was_addressed_to_somebody_by_hand_does_not_open(
    database: Database,
) -> None:
    await arrive(database, GUS)
    await raised(database)
    async with database.writing() as connection:
        await connection.execute(sa.update(concern_table).values(stand_ins=[GUS.id]))

    (after,) = await kept(database)

    assert (after.by, after.words) == (None, "")


async def test_where_nobody_can_hear_it_coordinators_are_told_once_a_day(
    database: Database,
) -> None:
    await arrive(database, TEACHING)
    await goes(database, OKAFOR)
    await goes(database, PARK)
    assert await told(database, MessageKind.NOBODY_HEARS) == []
    await goes(database, CAROL)

    async with database.writing() as connection:
        await warn_where_nobody_hears(connection, HERE, now=MONDAY + HOUR)
        hears = await somebody_hears(connection, PROGRAMME, now=MONDAY)

    assert await told(database, MessageKind.NOBODY_HEARS) == slack_ids(TEACHING)
    assert not hears
    assert {OKAFOR.id, PARK.id} <= {*(await reach(database)).away}


async def test_an_absence_to_come_begins_on_its_day_and_can_be_taken_back(
    database: Database,
) -> None:
    await arrive(database, FRIDA)
    later = MONDAY + 3 * DAY
    await goes(database, CAROL, stand_in=FRIDA, since=later, until=MONDAY + 9 * DAY)

    async def on_duty(now: datetime) -> list[str]:
        async with database.reading() as connection:
            found = await delegation.coordinators_on_duty(connection, HERE, now)
        return [one.name for one in found]

    assert await on_duty(MONDAY) == ["Carol", "Frida"]
    async with database.writing() as connection:
        due = Due(
            workspace_id=HERE,
            kind=ScheduleKind.ABSENCE,
            subject_id=f"{CAROL.id}:absence",
            due_at=later,
            first_due_at=later,
            tz="UTC",
        )
        await absences.begin(connection, due, later)
        entries = await audit.entries(connection, HERE)
    assert await on_duty(later) == ["Frida"]
    assert await on_duty(MONDAY + 9 * DAY) == ["Carol", "Frida"]
    assert [(one.by, one.about, one.what) for one in entries] == [
        (CAROL.id, (FRIDA.id,), "2026-09-17 – 2026-09-23")
    ]

    async with database.writing() as connection:
        carol = await people.member(connection, HERE, CAROL.id)
        assert carol
        await absences.come_back(connection, carol, now=later)
        assert await delegation.stand_ins(connection, HERE) == {}
        found = await schedule.upcoming(connection, HERE, subject_ids=[f"{CAROL.id}:absence"])
    assert found == []
    assert await on_duty(later) == ["Carol", "Frida"]


async def test_where_every_coordinator_is_away_what_they_are_told_waits_for_all(
    database: Database,
) -> None:
    await arrive(database)
    await change(database, CAROL, state=MemberState.PAUSED)

    async with database.reading() as connection:
        found = await delegation.coordinators_on_duty(connection, HERE, MONDAY)

    assert [one.name for one in found] == ["Carol"]


@pytest.mark.parametrize(
    ("member", "stand_in", "said"),
    [
        (CAROL, CAROL, "somebody else"),
        (BOB, OKAFOR, "Only coordinators and contact people"),
        (CAROL, OKAFOR, "does not coordinate here"),
        (OKAFOR, TEACHING, "may not hear concerns"),
        (CAROL, replace(FRIDA, state=MemberState.LEFT), "somebody else"),
        (CAROL, replace(FRIDA, state=MemberState.PAUSED), "is away at that time, too"),
    ],
)
async def test_a_stand_in_can_do_what_the_member_does(
    database: Database, member: Member, stand_in: Member, said: str
) -> None:
    await arrive(database, stand_in)

    with pytest.raises(UserFacing, match=said):
        await goes(database, member, stand_in=stand_in)


@pytest.mark.parametrize(
    ("since", "until"),
    [(MONDAY, MONDAY), (MONDAY + 2 * DAY, MONDAY + DAY), (MONDAY, MONDAY + 400 * DAY)],
)
async def test_an_absence_ends_after_it_begins_and_within_a_year(
    database: Database, since: datetime, until: datetime
) -> None:
    await arrive(database)

    with pytest.raises(UserFacing, match="a day after the first"):
        await goes(database, CAROL, since=since, until=until)


async def test_two_do_not_stand_in_for_each_other_at_one_time(database: Database) -> None:
    await arrive(database, FRIDA)
    await goes(database, CAROL, stand_in=FRIDA, since=MONDAY + DAY, until=MONDAY + 3 * DAY)

    with pytest.raises(UserFacing, match="Carol is away at that time, too"):
        await goes(database, FRIDA, stand_in=CAROL, since=MONDAY + 2 * DAY)
    await goes(database, FRIDA, stand_in=CAROL, since=MONDAY + 3 * DAY)


async def test_who_is_erased_stands_in_for_nobody(database: Database) -> None:
    await arrive(database, FRIDA)
    await goes(database, CAROL, stand_in=FRIDA)
    async with database.writing() as connection:
        await delegation.erase(connection, FRIDA)
        still = await delegation.delegation_of(connection, HERE, CAROL.id)

    assert still
    assert still.stand_in_id is None


async def test_without_keys_nothing_is_handed_over_and_it_is_tried_again(
    database: Database,
) -> None:
    await arrive(database, GUS)
    await raised(database)
    await goes(database, OKAFOR, stand_in=GUS)
    await goes(database, PARK)
    async with database.writing() as connection:
        (before,) = await store.every(connection, HERE)
        assert before.stand_ins == ()
        await connection.execute(sa.update(concern_table).values(sealed=b"altered"))

    await looked_after(database, MONDAY + HOUR)

    async with database.reading() as connection:
        (after,) = await store.every(connection, HERE)
    assert after.stand_ins == ()


async def test_nobody_is_asked_on_days_off_and_the_author_hears_once_that_it_is_long(
    database: Database,
) -> None:
    await arrive(database)
    await raised(database)
    asked: dict[int, list[str]] = {}
    before = await noted(database)
    for hour in range(14 * 24):
        await looked_after(database, MONDAY + timedelta(hours=hour))
        now = await noted(database)
        if now != before:
            asked.setdefault(hour // 24, []).extend(now[len(before) :])
        before = now

    both = slack_ids(OKAFOR, PARK)
    assert sorted(asked) == [1, 2, 3, 4, 7, 8, 9, 10, 11]
    author = {day for day, told in asked.items() if BOB.slack_user_id in told}
    assert author == {1, 4}
    assert all(
        sorted(one for one in told if one != BOB.slack_user_id) == sorted(both)
        for told in asked.values()
    )
