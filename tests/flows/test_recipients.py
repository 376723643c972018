"""What is on record decides whether somebody is written to, however it came to be there."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.delivery import paces
from bot.delivery.hours import Presence, Recipient
from bot.flows.recipients import recipients
from bot.kernel.database import Database
from bot.people import preferences
from bot.people import store as people
from bot.people.model import Member, MemberState
from bot.programme import store as programmes
from bot.schedule.model import Rhythm
from bot.schedule.rules import FARTHEST
from tests.support.cast import ALICE, BOB, ELSEWHERE, GROUP, HERE, PROGRAMME, elsewhere
from tests.support.members import as_member
from tests.support.seated import seat_everybody

NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
IN_A_WEEK = NOW + timedelta(days=7)
BOB_ID = BOB.slack_user_id


async def known(database: Database, *names: str) -> dict[str, Recipient]:
    async with database.reading() as connection:
        return dict(await recipients(connection, HERE, names, NOW))


async def keep(database: Database, member: Member) -> None:
    async with database.writing() as connection:
        await people.put_members(connection, member.workspace_id, [member])


async def vacation(database: Database, until: datetime) -> None:
    async with database.writing() as connection:
        await as_member(
            connection, preferences.follow_status, HERE, slack_user_id=BOB_ID, until=until, now=NOW
        )


async def test_who_has_chosen_nothing_has_the_quiet_hours_of_everybody(database: Database) -> None:
    await keep(database, BOB)

    assert await known(database, BOB_ID) == {BOB_ID: Recipient(tz=ZoneInfo("America/New_York"))}


async def test_the_zone_counts_in_which_the_member_is_on_record(database: Database) -> None:
    await keep(database, BOB)
    chosen = Rhythm(quiet_from=time(22), quiet_until=time(6), working_days=frozenset({0, 6}))
    async with database.writing() as connection:
        await paces.put_rhythm(connection, HERE, BOB_ID, rhythm=chosen, tz=BOB.timezone)
    await keep(database, replace(BOB, timezone="Asia/Tokyo"))

    assert (await known(database, BOB_ID))[BOB_ID] == Recipient(
        tz=ZoneInfo("Asia/Tokyo"), rhythm=chosen
    )


@pytest.mark.parametrize(
    ("state", "until", "presence", "away_until"),
    [
        (MemberState.PAUSED, TOMORROW, Presence.AWAY, TOMORROW),
        (MemberState.PAUSED, None, Presence.AWAY, FARTHEST),
        (MemberState.LEFT, None, Presence.GONE, FARTHEST),
        (MemberState.DEACTIVATED, None, Presence.CLOSED, FARTHEST),
    ],
)
async def test_a_break_a_closed_account_and_leaving_are_told_apart(
    database: Database,
    state: MemberState,
    until: datetime | None,
    presence: Presence,
    away_until: datetime,
) -> None:
    await keep(database, replace(BOB, state=state, paused_until=until))

    found = (await known(database, BOB_ID))[BOB_ID]

    assert (found.presence, found.away_until) == (presence, away_until)


async def test_a_vacation_in_slack_means_the_same_as_a_break_and_the_later_end_counts(
    database: Database,
) -> None:
    await keep(database, BOB)
    await vacation(database, IN_A_WEEK)
    on_vacation = (await known(database, BOB_ID))[BOB_ID]
    await keep(database, replace(BOB, state=MemberState.PAUSED, paused_until=TOMORROW))
    both = (await known(database, BOB_ID))[BOB_ID]
    await keep(database, replace(BOB, state=MemberState.LEFT))
    left = (await known(database, BOB_ID))[BOB_ID]

    assert (on_vacation.presence, on_vacation.away_until) == (Presence.AWAY, IN_A_WEEK)
    assert (both.presence, both.away_until) == (Presence.AWAY, IN_A_WEEK)
    assert left.presence is Presence.GONE


async def test_strangers_and_members_of_another_workspace_are_nobody_here(
    database: Database,
) -> None:
    await keep(database, elsewhere(BOB))

    assert await known(database, BOB_ID, "U0NOBODY") == {}
    async with database.reading() as connection:
        assert BOB_ID in await recipients(connection, ELSEWHERE, [BOB_ID], NOW)


async def test_a_zone_that_nobody_knows_stops_what_is_for_that_member_alone(
    database: Database,
) -> None:
    await keep(database, replace(BOB, timezone="Mars/Olympus"))
    await keep(database, ALICE)

    found = await known(database, BOB_ID, ALICE.slack_user_id)

    assert found[BOB_ID].presence is Presence.UNCLEAR
    assert found[ALICE.slack_user_id].presence is Presence.HERE


async def test_channels_have_the_hours_of_their_programme(database: Database) -> None:
    await seat_everybody(database)
    async with database.writing() as connection:
        there = replace(PROGRAMME, timezone="Pacific/Auckland")
        await programmes.put_programme(connection, HERE, there)

    found = await known(database, f"group:{GROUP.id}", f"digests:{PROGRAMME.id}", "C0OTHER")

    assert {one.tz.key for one in found.values()} == {"Pacific/Auckland"}
    assert {one.rhythm for one in found.values()} == {Rhythm()}
