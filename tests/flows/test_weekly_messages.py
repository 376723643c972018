"""A record's weekly message comes to everybody of its role, once a week, while a programme runs."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.weekly_messages import WeeklyMessage, begin_weekly
from bot.jobs import tick
from bot.kernel.database import Database
from bot.kernel.ids import MemberId, SlackUserId
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from handlers.capability import Capabilities, Capability
from tests.support.cast import ALICE, CAROL, ELSEWHERE, HERE, PROGRAMME, elsewhere

MONDAY = datetime(2026, 9, 7, 5, 0, tzinfo=UTC)
KIND = "weekly_of_this_test"
DAN = replace(
    CAROL,
    id=MemberId("member-dan"),
    slack_user_id=SlackUserId("U0DAN"),
    name="Dan",
    timezone="America/New_York",
)


class Week:
    """A workspace with a programme under way, and whom a weekly message was queued for."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.told: list[str] = []
        message = WeeklyMessage(role=Role.COORDINATOR, weekday=0, at=time(9), queue=self._queue)
        self.all = Capabilities((Capability(name="a", weekly={KIND: message}),))

    async def _queue(self, _connection: AsyncConnection, member: Member, _now: datetime) -> None:
        self.told.append(member.name)

    async def begin(self, now: datetime = MONDAY) -> None:
        await begin_weekly(self.database, HERE, self.all.weekly, now=now)

    async def pass_until(self, now: datetime) -> list[str]:
        """Whom it was queued for until `now`."""
        self.told.clear()
        services: object = None
        await tick(self.database, self.all.duties(services), now=now)  # type: ignore[arg-type]
        return sorted(self.told)

    async def put(self, *members: Member) -> None:
        async with self.database.writing() as connection:
            await people.put_members(connection, HERE, members)


@pytest.fixture
async def week(database: Database) -> Week:
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [ALICE, CAROL, DAN])
        await people.put_members(connection, ELSEWHERE, [elsewhere(CAROL)])
        await programmes.put_programme(connection, HERE, PROGRAMME)
    made = Week(database)
    await made.begin()
    return made


async def test_it_comes_at_nine_in_each_ones_own_zone_and_to_nobody_else(week: Week) -> None:
    assert await week.pass_until(MONDAY + timedelta(hours=1)) == []
    assert await week.pass_until(MONDAY + timedelta(hours=4)) == ["Carol"]
    assert await week.pass_until(MONDAY + timedelta(hours=9)) == ["Dan"]
    assert await week.pass_until(MONDAY + timedelta(days=6)) == []
    assert await week.pass_until(MONDAY + timedelta(days=7, hours=9)) == ["Carol", "Dan"]


async def test_beginning_it_every_morning_changes_nothing(week: Week) -> None:
    for day in range(7):
        await week.begin(MONDAY + timedelta(days=day))

    assert await week.pass_until(MONDAY + timedelta(hours=9)) == ["Carol", "Dan"]


async def test_who_comes_later_gets_it_from_the_next_morning_on(week: Week) -> None:
    await week.put(replace(ALICE, roles=frozenset({Role.COORDINATOR})))
    await week.begin(MONDAY + timedelta(days=1))

    assert "Alice" in await week.pass_until(MONDAY + timedelta(days=7, hours=9))


@pytest.mark.parametrize(
    "changed",
    [
        replace(CAROL, roles=frozenset({Role.MENTOR})),
        replace(CAROL, state=MemberState.LEFT),
        replace(CAROL, state=MemberState.PAUSED, paused_until=None),
    ],
    ids=["another role", "left", "on a break"],
)
async def test_whom_it_is_not_for_any_more_gets_none(week: Week, changed: Member) -> None:
    await week.put(changed)

    assert await week.pass_until(MONDAY + timedelta(hours=9)) == ["Dan"]


async def test_it_ends_with_the_programme_and_begins_with_the_next(week: Week) -> None:
    for state in (ProgrammeState.CLOSED, ProgrammeState.DRAFT):
        async with week.database.writing() as connection:
            await programmes.put_programme(connection, HERE, replace(PROGRAMME, state=state))
        assert await week.pass_until(MONDAY + timedelta(days=7, hours=9)) == []
        await week.begin(MONDAY + timedelta(days=8))
        assert await week.pass_until(MONDAY + timedelta(days=14, hours=9)) == []

    async with week.database.writing() as connection:
        await programmes.put_programme(
            connection, HERE, replace(PROGRAMME, starts_on=date(2026, 9, 21))
        )
    await week.begin(MONDAY + timedelta(days=15))
    assert await week.pass_until(MONDAY + timedelta(days=21, hours=9)) == ["Carol", "Dan"]


def test_two_capabilities_cannot_send_one_kind(week: Week) -> None:
    [one] = week.all.every
    both = Capabilities((one, Capability(name="b", weekly=one.weekly)))

    with pytest.raises(ValueError, match="two capabilities"):
        _ = both.weekly
