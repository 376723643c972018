from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import erasure, hours, store
from bot.delivery import paces as rhythms
from bot.delivery.hours import Presence, Recipient, may_send
from bot.delivery.model import Entry, KindPolicy, Lane, OutboxState
from bot.delivery.tables import delivery_recipient, delivery_rhythm, outbox
from bot.kernel.ids import WorkspaceId
from bot.schedule.model import Rhythm
from bot.schedule.rules import FARTHEST, is_quiet
from tests.conftest import ELSEWHERE, HERE
from tests.delivery.conftest import Office

FRIDAY_NIGHT = datetime(2026, 9, 4, 21, 0, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
LONDON_CLOCKS, NEW_YORK = ZoneInfo("UTC"), ZoneInfo("America/New_York")
ALWAYS = Rhythm(quiet_from=time(0), quiet_until=time(0), working_days=frozenset(range(7)))
NEWS = KindPolicy(counts=False, outlasts_absence=True)
REMINDS = KindPolicy(counts=False, reminder_of="pulse")


class Known(dict[str, Recipient]):
    """What is on record of recipients, to be changed between one claim and the next."""

    def set_up(self, office: Office, at: datetime = FRIDAY_NIGHT) -> None:
        office.clock.set(at)
        policies = {
            "news": NEWS,
            "invitation": REMINDS,
            "reminder": REMINDS,
            **office.dispatcher.terms.policies,
        }
        office.dispatcher.terms = replace(
            office.dispatcher.terms, recipients=self.read, policies=policies
        )

    async def read(
        self, _: AsyncConnection, _workspace: WorkspaceId, names: Collection[str], _now: datetime
    ) -> Mapping[str, Recipient]:
        return {name: self[name] for name in names if name in self}


def bob(presence: Presence = Presence.HERE, **known: object) -> Known:
    return Known(U0BOB=Recipient(tz=LONDON_CLOCKS, presence=presence, **known))  # type: ignore[arg-type]


async def sent_at(office: Office, name: str) -> datetime | None:
    return (await office.entry(name)).claimed_at


async def test_what_comes_up_in_quiet_hours_waits_for_the_next_working_morning(
    office: Office,
) -> None:
    bob().set_up(office)
    await office.put("for bob")

    await office.play(until=timedelta(days=4))

    assert await sent_at(office, "for bob") == MONDAY_MORNING


async def test_what_an_outage_held_up_is_not_sent_in_the_night_in_which_it_ends(
    office: Office,
) -> None:
    bob().set_up(office, FRIDAY_NIGHT - timedelta(hours=5))
    await office.put("wanted by day")

    office.clock.set(FRIDAY_NIGHT)
    await office.play(until=timedelta(days=4))

    assert await sent_at(office, "wanted by day") == MONDAY_MORNING


async def test_quiet_hours_are_those_of_the_zone_of_this_moment(office: Office) -> None:
    known = bob()
    known.set_up(office, datetime(2026, 9, 7, 18, 0, tzinfo=UTC))
    await office.put("for bob", after=timedelta(hours=1))

    known["U0BOB"] = Recipient(tz=ZoneInfo("Asia/Tokyo"))
    await office.play(until=timedelta(days=2))

    assert await sent_at(office, "for bob") == datetime(2026, 9, 7, 23, 0, tzinfo=UTC)


async def test_an_answer_goes_at_once_whatever_the_hour_and_whoever_is_away(
    office: Office,
) -> None:
    for number, presence in enumerate(Presence):
        bob(presence).set_up(office, FRIDAY_NIGHT + timedelta(minutes=number))
        await office.put(f"answer {presence}", lane=Lane.INTERACTIVE)
        await office.play(until=timedelta(seconds=5))
        assert (await office.entry(f"answer {presence}")).state is OutboxState.SENT


async def test_a_channel_has_quiet_hours_and_nothing_is_an_answer_to_it(office: Office) -> None:
    known = Known({"group:1": Recipient(tz=NEW_YORK)})
    known.set_up(office, datetime(2026, 9, 5, 1, 0, tzinfo=UTC))
    await office.put("shared", recipient="group:1", lane=Lane.INTERACTIVE)

    await office.play(until=timedelta(days=4))

    assert await sent_at(office, "shared") == datetime(2026, 9, 7, 12, 0, tzinfo=UTC)


async def test_what_would_come_too_late_expires_and_disturbs_nobody(office: Office) -> None:
    bob().set_up(office)
    await office.put("short-lived", lasts=timedelta(hours=3))

    await office.play(until=timedelta(days=4))

    assert (await office.entry("short-lived")).state is OutboxState.EXPIRED
    assert office.slack.taken == []


async def test_who_is_away_gets_the_news_on_the_morning_of_their_return_in_one_message(
    office: Office,
) -> None:
    back_at = FRIDAY_NIGHT + timedelta(days=15, hours=3)
    known = bob(Presence.AWAY, away_until=back_at, rhythm=ALWAYS)
    known.set_up(office)
    await office.put("first", kind="news", lasts=timedelta(days=14))
    await office.put("second", kind="news", lasts=timedelta(days=14))
    await office.put("stale", lasts=timedelta(days=14))

    await office.play(until=timedelta(days=17))

    morning = back_at.replace(hour=8)
    assert await sent_at(office, "first") == await sent_at(office, "second") == morning
    first, second = await office.entry("first"), await office.entry("second")
    assert second.rides_on == first.id or first.rides_on == second.id  # both were put at once
    assert (await office.entry("stale")).state is OutboxState.EXPIRED
    assert len(office.slack.taken) == 1


async def test_who_is_back_before_they_said_need_not_wait_for_that_day(office: Office) -> None:
    known = bob(Presence.AWAY, away_until=FARTHEST, rhythm=ALWAYS)
    known.set_up(office)
    await office.put("news", kind="news", lasts=timedelta(days=14))
    await office.play(until=timedelta(days=16))
    waiting = await office.entry("news")

    known["U0BOB"] = Recipient(tz=LONDON_CLOCKS, rhythm=ALWAYS)
    await office.play(until=timedelta(hours=2))

    assert waiting.state is OutboxState.QUEUED
    assert (await office.entry("news")).state is OutboxState.SENT


@pytest.mark.parametrize("gone", [bob(Presence.GONE), Known()])
async def test_nothing_goes_to_who_has_left_or_is_no_member(office: Office, gone: Known) -> None:
    gone.set_up(office, MONDAY_MORNING)
    await office.put("news", kind="news")

    await office.play(until=timedelta(days=40))

    entry = await office.entry("news")
    assert (entry.state, entry.last_error) == (OutboxState.WITHDRAWN, "nobody_to_write_to")
    assert office.slack.taken == []


async def test_a_closed_account_gets_nothing_until_it_is_opened_again(office: Office) -> None:
    known = bob(Presence.CLOSED)
    known.set_up(office, MONDAY_MORNING)
    await office.put("news", kind="news")
    await office.play(until=timedelta(hours=3))
    before = len(office.slack.taken)

    known["U0BOB"] = Recipient(tz=LONDON_CLOCKS)
    await office.play(until=timedelta(hours=2))

    assert (before, len(office.slack.taken)) == (0, 1)


async def test_nothing_is_sent_while_nobody_can_say_who_may_be_written_to(office: Office) -> None:
    bob(Presence.UNCLEAR).set_up(office, MONDAY_MORNING)
    await office.put("news", kind="news")

    await office.play(until=timedelta(hours=8))

    assert (await office.entry("news")).state is OutboxState.QUEUED


async def test_two_reminders_that_waited_for_the_same_morning_are_one(office: Office) -> None:
    bob().set_up(office)
    saturday = FRIDAY_NIGHT + timedelta(hours=20)
    await store_at(office, "invitation", FRIDAY_NIGHT)
    await store_at(office, "reminder", saturday)
    await store_at(office, "reminder", saturday + timedelta(days=1))

    await office.play(until=timedelta(days=4))

    async with office.database.reading() as connection:
        rows = (await connection.execute(outbox.select().order_by(outbox.c.not_before))).all()
    assert [row.state for row in rows] == ["sent", "withdrawn", "withdrawn"]
    assert {row.last_error for row in rows[1:]} == {"reminded_today"}


async def test_a_reminder_on_another_day_or_of_something_else_goes(office: Office) -> None:
    known = bob()
    known.set_up(office, MONDAY_MORNING)
    await store_at(office, "reminder", MONDAY_MORNING)
    await store_at(office, "reminder", MONDAY_MORNING + timedelta(minutes=1), about="round 2")
    await store_at(office, "reminder", MONDAY_MORNING + timedelta(hours=12))  # Tuesday morning

    await office.play(until=timedelta(days=3))

    assert len(office.slack.taken) == 3


async def store_at(office: Office, kind: str, at: datetime, about: str = "round 1") -> None:
    async with office.database.writing() as connection:
        await store.enqueue(
            connection,
            HERE,
            kind=kind,
            subject_id=about,
            recipient="U0BOB",
            dedupe_key=f"{kind} {about} {at}",
            lane=Lane.PROMPT,
            now=office.clock.now(),
            not_before=at,
            expires_at=at + timedelta(days=7),
        )


async def test_nothing_is_left_of_an_erased_recipient_and_all_of_others(office: Office) -> None:
    async with office.database.writing() as connection:
        await rhythms.put_rhythm(connection, HERE, "U0BOB", rhythm=Rhythm(), tz="UTC")
    for name, place in (("mine", HERE), ("elsewhere", ELSEWHERE)):
        await office.put(name, workspace_id=place, lane=Lane.INTERACTIVE)
    await office.play()

    async with office.database.writing() as connection:
        await erasure.erase(connection, HERE, "U0BOB")
        left = [
            (row.workspace_id, row.recipient)
            for table in (outbox, delivery_recipient, delivery_rhythm)
            for row in await connection.execute(table.select())
        ]

    assert left == [(ELSEWHERE, "U0BOB")] * 2


instants = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    now=instants,
    until=instants,
    presence=st.sampled_from(list(Presence)),
    tz=st.sampled_from(["Europe/Berlin", "Pacific/Apia", "America/St_Johns"]).map(ZoneInfo),
    policy=st.sampled_from([NEWS, REMINDS]),
)
def test_what_is_no_answer_goes_only_to_who_is_here_and_welcomes_it(
    now: datetime,
    until: datetime,
    presence: Presence,
    tz: ZoneInfo,
    policy: KindPolicy,
) -> None:
    recipient = Recipient(tz=tz, presence=presence, away_until=until)

    hold = may_send(entry_at(now), recipient, policy=policy, now=now)

    is_back = presence is Presence.HERE or (presence is Presence.AWAY and until <= now)
    if hold.at == now:
        assert is_back
        assert not is_quiet(now.astimezone(tz), recipient.rhythm)
    assert (hold.at is None) == (presence is Presence.GONE)
    if hold.at is not None and hold.at > now and not is_back:
        assert hold.at <= now + hours.LOOKED_AT_AGAIN


def entry_at(now: datetime) -> Entry:
    return Entry(
        id="send",
        workspace_id=HERE,
        kind="news",
        subject_id="subject",
        recipient="U0BOB",
        dedupe_key="key",
        lane=Lane.PROMPT,
        priority=1,
        created_at=now,
        not_before=now,
        expires_at=now + timedelta(days=14),
        state=OutboxState.QUEUED,
        ready_at=now,
    )
