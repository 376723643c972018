"""A programme's quiet hours hold for who chose none; everybody's own go before them."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from bot.delivery.paces import put_rhythm
from bot.flows.recipients import arrival_of, recipients
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId
from bot.people import store as people
from bot.programme import store
from bot.programme.model import ProgrammeState
from bot.programme.quiet_hours import hours_of_member, set_quiet_hours
from bot.schedule.model import Rhythm
from tests.programme.setting_up import CAROL, home_text, press, set_up, slack
from tests.support.cast import ALICE, BOB, HERE, PROGRAMME
from tests.support.workspace import SlackWorkspace, all_text

__all__ = ["slack"]
EVENING = datetime(2026, 9, 8, 20, 30, tzinfo=UTC)
LATE = Rhythm(quiet_from=time(22), quiet_until=time(6))
ALICE_AND_BOB = (replace(ALICE, timezone="UTC"), replace(BOB, timezone="UTC"))


@pytest.fixture
async def kept(database: Database) -> Database:
    async with database.writing() as connection:
        await people.put_members(connection, HERE, ALICE_AND_BOB)
        closed = replace(PROGRAMME, id=ProgrammeId("programme_old"), state=ProgrammeState.CLOSED)
        for one in (PROGRAMME, closed):
            await store.put_programme(connection, HERE, one)
            await store.enrol_everybody(connection, HERE, one.id)
    return database


async def test_they_hold_for_who_chose_none(kept: Database) -> None:
    names = [one.slack_user_id for one in ALICE_AND_BOB]
    async with kept.writing() as connection:
        await set_quiet_hours(connection, HERE, PROGRAMME.id, "22-6")
        own = Rhythm(quiet_from=time(18), quiet_until=time(8))
        await put_rhythm(connection, HERE, ALICE.slack_user_id, rhythm=own, tz="UTC")

        known = await recipients(connection, HERE, [*names, "digests:" + PROGRAMME.id], EVENING)
        comes = await arrival_of(connection, HERE, names, EVENING)
        hers, his = [await hours_of_member(connection, one) for one in ALICE_AND_BOB]

    assert (known[ALICE.slack_user_id].rhythm, known[BOB.slack_user_id].rhythm) == (own, LATE)
    assert known["digests:" + PROGRAMME.id].rhythm == LATE
    assert (hers, his) == (own, LATE)
    assert (comes.at_once, comes.later) == (1, 1)
    assert comes.last_at == datetime(2026, 9, 9, 8, 0, tzinfo=UTC)


async def test_hours_in_which_the_programme_asks_something_are_refused(
    kept: Database,
) -> None:
    late = replace(PROGRAMME, template=replace(PROGRAMME.template, checkin_time=time(18, 30)))
    async with kept.writing() as connection:
        await store.put_programme(connection, HERE, late)

        with pytest.raises(UserFacing, match="Check-ins are asked for at 18:30"):
            await set_quiet_hours(connection, HERE, PROGRAMME.id, "18-8")
        with pytest.raises(UserFacing, match="Choose one of these hours"):
            await set_quiet_hours(connection, HERE, PROGRAMME.id, "9-5")


async def test_a_coordinator_chooses_them_on_home(slack: SlackWorkspace) -> None:
    await set_up(slack)
    assert "Quiet hours: 20:00 to 08:00." in await home_text(slack, CAROL)
    await press(slack, CAROL, "programme.hours")

    await slack.submit(CAROL, (await slack.view(CAROL))["id"], {"hours": "22-6"})

    assert "Quiet hours: 22:00 to 06:00" in all_text(await slack.view(CAROL))
    assert "Quiet hours: 22:00 to 06:00." in await home_text(slack, CAROL)
