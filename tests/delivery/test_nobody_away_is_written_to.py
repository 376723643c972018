"""Every kind of message, to everybody who is not to be written to, through the real claims.

The kinds are those of `bot/kinds.py`, the policies those of the capabilities and what is known of
people comes from their rows: a new kind is covered as soon as it has a name.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from bot.delivery.model import Lane, OutboxState
from bot.flows.recipients import recipients
from bot.flows.time_off import change_time_off
from bot.kernel.ids import MemberId, SlackUserId
from bot.kinds import MessageKind
from bot.people import preferences, store, use_cases
from bot.people.model import Member
from bot.schedule.calendar import Break, Calendar
from handlers.register import CAPABILITIES
from tests.conftest import HERE
from tests.delivery.conftest import Office
from tests.support.cast import BOB
from tests.support.transactions import write

WEDNESDAY = datetime(2026, 9, 2, 12, tzinfo=UTC)
A_DAY = timedelta(days=1)
CAME_BACK = WEDNESDAY + timedelta(minutes=20)
"""Between two looks at what waits, which are an hour apart."""
Verb = Callable[..., Awaitable[object]]
ABSENCES: dict[str, Verb] = {
    "a break without an end": partial(use_cases.pause, until=None),
    "a break until tomorrow": partial(use_cases.pause, until=WEDNESDAY + A_DAY),
    "a vacation in Slack": partial(preferences.follow_status, until=WEDNESDAY + A_DAY),
    "a closed account": use_cases.deactivate,
}
RETURNS: dict[str, Verb] = {
    "a break without an end": use_cases.resume,
    "a break until tomorrow": use_cases.resume,
    "a vacation in Slack": partial(preferences.follow_status, until=None),
    "a closed account": use_cases.reactivate,
}


def person(number: int) -> Member:
    """Somebody in London with the quiet hours of everybody."""
    return replace(
        BOB,
        id=MemberId(f"member_{number}"),
        slack_user_id=SlackUserId(f"U0PERSON{number}"),
        email=None,
        timezone="Europe/London",
    )


@pytest.fixture
async def real(office: Office) -> Office:
    """The office with the product's own policies and what is on record of people."""
    office.clock.set(WEDNESDAY)
    office.dispatcher.terms = replace(
        office.dispatcher.terms,
        policies={kind: replace(one, counts=False) for kind, one in CAPABILITIES.policies.items()},
        recipients=recipients,
    )
    return office


async def put_every_kind(office: Office, member: Member) -> None:
    for kind in MessageKind:
        lane = Lane.DIGEST if kind.startswith("pulse") else Lane.PROMPT
        await office.put(
            f"{kind} to {member.id}", recipient=member.slack_user_id, kind=kind, lane=lane
        )


def test_each_kind_of_message_has_a_policy_of_its_own() -> None:
    assert set(CAPABILITIES.policies) == set(MessageKind)


async def test_no_kind_of_message_goes_to_who_is_away_and_what_outlasts_it_goes_at_their_return(
    real: Office,
) -> None:
    people = {why: person(number) for number, why in enumerate(ABSENCES)}
    await write(real.database, store.put_members, HERE, list(people.values()))
    for member in people.values():  # queued while they were there: the send looks again
        await put_every_kind(real, member)
    for why, member in people.items():
        async with real.database.writing() as connection:
            here = await use_cases.the_member(connection, HERE, member.slack_user_id, hold=True)
            await ABSENCES[why](connection, here, now=WEDNESDAY)

    await real.play(until=timedelta(minutes=10))
    assert real.slack.texts() == []

    real.clock.set(CAME_BACK)
    for why, member in people.items():
        async with real.database.writing() as connection:
            here = await use_cases.the_member(connection, HERE, member.slack_user_id, hold=True)
            await RETURNS[why](connection, here, now=CAME_BACK)
    await real.play(until=timedelta(minutes=10))

    said = "\n".join(real.slack.texts())
    missing = [
        f"{kind}: {why}"
        for why, member in people.items()
        for kind in MessageKind
        if f"{kind} to {member.id}" not in said
    ]
    assert missing == []


async def test_no_kind_of_message_goes_to_who_has_left_is_no_member_or_sleeps(
    real: Office,
) -> None:
    gone, stranger, away_east = person(1), person(2), replace(person(3), timezone="Asia/Tokyo")
    await write(real.database, store.put_members, HERE, [gone, away_east])
    for member in (gone, stranger, away_east):
        await put_every_kind(real, member)
    await write(real.database, use_cases.leave, gone, now=WEDNESDAY)

    await real.play(until=timedelta(hours=9))

    assert real.slack.texts() == []
    for kind in MessageKind:
        assert (await real.entry(f"{kind} to {gone.id}")).state is OutboxState.WITHDRAWN
        assert (await real.entry(f"{kind} to {stranger.id}")).state is OutboxState.WITHDRAWN
        assert (await real.entry(f"{kind} to {away_east.id}")).state is OutboxState.QUEUED


async def test_a_break_of_the_programme_holds_every_kind_and_ends_when_it_is_taken_back(
    real: Office,
) -> None:
    member = person(1)
    await write(real.database, store.put_members, HERE, [member])
    today = WEDNESDAY.date()
    pause = Calendar(breaks=(Break(today, today + timedelta(days=9)),))
    await write(real.database, change_time_off, HERE, pause, now=WEDNESDAY)
    await put_every_kind(real, member)
    await real.play(until=timedelta(days=8))

    before = real.slack.texts()
    now = real.clock.now() + timedelta(minutes=20)
    real.clock.set(now)
    await write(real.database, change_time_off, HERE, Calendar(), now=now)
    await real.play(until=timedelta(minutes=10))

    assert before == []
    assert all(f"{kind} to" in "\n".join(real.slack.texts()) for kind in MessageKind)
