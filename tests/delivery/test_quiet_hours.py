from datetime import UTC, datetime, time, timedelta

from bot.delivery import paces as rhythms
from bot.delivery import store
from bot.delivery.model import Lane, Notice
from bot.delivery.tables import delivery_recipient, delivery_rhythm, outbox
from bot.schedule.model import Rhythm
from tests.conftest import ELSEWHERE, HERE
from tests.delivery.conftest import Office

FRIDAY_NIGHT = datetime(2026, 9, 4, 21, 0, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 9, 7, 7, 0, tzinfo=UTC)


async def rests(office: Office) -> None:
    office.clock.set(FRIDAY_NIGHT)
    async with office.database.writing() as connection:
        await rhythms.put_rhythm(connection, HERE, "U0BOB", rhythm=Rhythm(), tz="UTC")


async def test_what_comes_up_in_quiet_hours_waits_for_the_next_working_morning(
    office: Office,
) -> None:
    await rests(office)

    await office.put("for bob")
    await office.put("for alice", recipient="U0ALICE")
    await office.put("for bob elsewhere", workspace_id=ELSEWHERE)

    assert (await office.entry("for bob")).not_before == MONDAY_MORNING
    assert (await office.entry("for alice")).not_before == FRIDAY_NIGHT
    assert (await office.entry("for bob elsewhere")).not_before == FRIDAY_NIGHT


async def test_an_answer_and_what_would_come_too_late_do_not_wait(office: Office) -> None:
    await rests(office)

    await office.put("answer", lane=Lane.INTERACTIVE)
    await office.put("short-lived", lasts=timedelta(hours=3))

    assert (await office.entry("answer")).not_before == FRIDAY_NIGHT
    assert (await office.entry("short-lived")).not_before == FRIDAY_NIGHT


async def test_the_same_message_to_many_waits_for_whom_it_would_disturb(office: Office) -> None:
    await rests(office)

    async with office.database.writing() as connection:
        await store.enqueue_all(
            connection,
            HERE,
            [Notice("notice", "round", "U0BOB", "b"), Notice("notice", "round", "U0ALICE", "a")],
            lane=Lane.PROMPT,
            now=FRIDAY_NIGHT,
            expires_at=FRIDAY_NIGHT + timedelta(days=7),
        )
        rows = await connection.execute(outbox.select())
        waits = {row.recipient: row.not_before for row in rows}

    assert waits == {"U0BOB": MONDAY_MORNING, "U0ALICE": FRIDAY_NIGHT}


async def test_quiet_hours_follow_a_traveller(office: Office) -> None:
    await rests(office)
    async with office.database.writing() as connection:
        await rhythms.change_zone(connection, HERE, "U0BOB", tz="America/New_York")

    await office.put("for bob")

    assert (await office.entry("for bob")).not_before == FRIDAY_NIGHT, "it is 17:00 there"


async def test_nothing_is_left_of_an_erased_recipient_and_all_of_others(office: Office) -> None:
    await rests(office)
    for name, place in (("mine", HERE), ("elsewhere", ELSEWHERE)):
        await office.put(name, workspace_id=place, lane=Lane.INTERACTIVE)
    await office.play()

    async with office.database.writing() as connection:
        await store.erase(connection, HERE, "U0BOB")
        left = [
            (row.workspace_id, row.recipient)
            for table in (outbox, delivery_recipient, delivery_rhythm)
            for row in await connection.execute(table.select())
        ]

    assert left == [(ELSEWHERE, "U0BOB")] * 2


async def test_a_choice_of_no_quiet_hours_holds_nothing(office: Office) -> None:
    await rests(office)
    always = Rhythm(quiet_from=time(0), quiet_until=time(0), working_days=frozenset(range(7)))
    async with office.database.writing() as connection:
        await rhythms.put_rhythm(connection, HERE, "U0BOB", rhythm=always, tz="UTC")

    await office.put("for bob")

    assert (await office.entry("for bob")).not_before == FRIDAY_NIGHT
