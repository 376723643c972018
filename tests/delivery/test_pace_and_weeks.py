import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.delivery import rules
from bot.delivery.model import Lane, OutboxState
from bot.kernel.ports import Ambiguous, NotSent, Paused, Refused
from tests.delivery.conftest import Office

S = timedelta(seconds=1)


async def test_one_channel_gets_a_message_a_second_in_order(office: Office) -> None:
    for number in range(6):
        await office.put(f"m{number}", recipient="C0GROUP")
        office.clock.advance(timedelta(milliseconds=1))

    await office.play()

    times = [one.at for one in office.slack.taken]
    assert office.slack.texts() == [f"notice about m{number}" for number in range(6)]
    assert all(b - a >= S for a, b in pairwise(times))
    assert times[-1] - times[0] < 8 * S


@pytest.mark.parametrize("failure", [Paused(S), NotSent("connect_failed")])
async def test_what_is_tried_again_in_a_crowded_channel_is_not_put_off_for_ever(
    office: Office, failure: NotSent
) -> None:
    for number in range(6):
        await office.put(f"m{number}", recipient="C0GROUP")
    office.slack.script = [failure]

    await office.play(until=timedelta(minutes=1))

    assert len(office.slack.taken) == 6


async def test_what_was_folded_is_not_put_off_for_ever_either(office: Office) -> None:
    for number in range(3):
        await office.put(f"m{number}", kind="prompt")
    await office.play(until=timedelta(minutes=5))
    for number in range(3, 7):
        await office.put(f"m{number}", kind="prompt")

    await office.play(until=timedelta(days=29))

    assert {(await office.entry(f"m{number}")).state for number in range(7)} == {OutboxState.SENT}


async def test_a_crowded_channel_does_not_hold_the_others_up(office: Office) -> None:
    for number in range(30):
        await office.put(f"m{number}", recipient="C0GROUP")
    office.clock.advance(S)
    for number in range(20):
        await office.put(f"n{number}", recipient=f"U{number}")
    start = office.clock.now()

    await office.play()

    others = [one.at for one in office.slack.taken if one.recipient != "C0GROUP"]
    assert max(others) - start < 10 * S
    assert len(office.slack.taken) == 50


async def test_a_workspace_is_sent_no_more_than_its_rate(office: Office) -> None:
    for number in range(60):
        await office.put(f"m{number}", recipient=f"U{number}")
    start = office.clock.now()

    await office.play()

    took = office.slack.taken[-1].at - start
    assert len(office.slack.taken) == 60
    assert 10 * S < took < 12 * S  # 300 a minute, the first second's worth at once


async def test_several_messages_are_on_their_way_at_once(office: Office) -> None:
    office.slack.takes_s = 0.05
    for number in range(10):
        await office.put(f"m{number}", recipient=f"U{number}")

    await office.dispatcher.drain()

    assert office.slack.most_in_flight == 6


async def test_an_answer_goes_before_what_has_waited_longer(office: Office) -> None:
    for number in range(30):
        await office.put(f"m{number}", recipient=f"U{number}")
    await office.dispatcher.drain()
    await office.put("urgent", recipient="U0ANN", lane=Lane.INTERACTIVE)
    office.clock.advance(timedelta(milliseconds=200))

    await office.dispatcher.drain()

    assert office.slack.texts()[-1] == "notice about urgent"


async def test_no_lane_starves_while_another_is_full(office: Office) -> None:
    for number in range(60):
        await office.put(f"i{number}", recipient=f"U{number}", lane=Lane.INTERACTIVE)
    await office.put("digest", recipient="C0DIGEST", lane=Lane.DIGEST)

    await office.play()

    assert "notice about digest" in office.slack.texts()[:25]


async def test_two_dispatchers_send_everything_once(office: Office) -> None:
    office.slack.takes_s = 0.01
    for number in range(10):
        await office.put(f"m{number}", recipient=f"U{number}")

    other = office.another_dispatcher()
    for _ in range(3):
        await asyncio.gather(office.dispatcher.drain(), other.drain())
        office.clock.advance(S)

    assert sorted(office.slack.texts()) == sorted(f"notice about m{n}" for n in range(10))


async def test_two_dispatchers_share_one_rate(office: Office) -> None:
    for number in range(40):
        await office.put(f"m{number}", recipient=f"U{number}")

    await asyncio.gather(office.dispatcher.drain(), office.another_dispatcher().drain())

    assert len(office.slack.taken) == 6  # a second's worth of 300 a minute, and one


async def test_a_member_gets_three_messages_a_week_and_the_rest_in_one_of_them(
    office: Office,
) -> None:
    for number in range(5):
        await office.put(f"m{number}", kind="prompt")
        await office.play(until=timedelta(minutes=5))
        office.clock.advance(timedelta(hours=1))
    assert office.slack.texts() == [f"prompt about m{number}" for number in range(3)]

    await office.play(until=timedelta(days=8))

    assert len(office.slack.taken) == 4
    assert office.slack.texts()[3] == "prompt about m3\n\nprompt about m4"
    assert {(await office.entry(f"m{n}")).state for n in range(5)} == {OutboxState.SENT}


async def test_what_must_go_goes_and_takes_the_folded_along(office: Office) -> None:
    for number in range(4):
        await office.put(f"m{number}", kind="prompt")
    await office.play(until=timedelta(minutes=5))

    await office.put("weekly", kind="prompt", priority=rules.ALWAYS)
    await office.play(until=timedelta(minutes=5))

    assert office.slack.texts()[3:] == ["prompt about weekly\n\nprompt about m3"]


async def test_what_is_less_urgent_leaves_room_for_what_is_more(office: Office) -> None:
    for number in range(3):
        await office.put(f"low{number}", kind="prompt", priority=rules.LOW)
    await office.play(until=timedelta(minutes=5))
    assert len(office.slack.taken) == 2

    await office.put("normal", kind="prompt")
    await office.play(until=timedelta(minutes=5))

    assert office.slack.texts()[2] == "prompt about normal\n\nprompt about low2"


async def test_what_was_folded_is_found_with_the_message_it_was_in(office: Office) -> None:
    for number in range(4):
        await office.put(f"m{number}", kind="prompt")
    await office.play(until=timedelta(minutes=5))
    office.slack.script = [(Ambiguous("timeout"),)]

    await office.put("weekly", kind="prompt", priority=rules.ALWAYS)
    await office.play(until=timedelta(minutes=5))

    assert len(office.slack.taken) == 4
    assert (await office.entry("m3")).state == OutboxState.SENT


async def test_what_was_folded_into_a_refused_message_waits_again(office: Office) -> None:
    for number in range(4):
        await office.put(f"m{number}", kind="prompt")
    await office.play(until=timedelta(minutes=5))
    office.slack.script = [Refused("msg_too_long")]

    await office.put("weekly", kind="prompt", priority=rules.ALWAYS)
    await office.play(until=timedelta(minutes=5))

    assert (await office.entry("weekly")).state == OutboxState.FAILED
    assert (await office.entry("m3")).state == OutboxState.QUEUED
    await office.play(until=timedelta(days=8))
    assert (await office.entry("m3")).state == OutboxState.SENT


async def test_answers_and_channels_have_no_weekly_limit(office: Office) -> None:
    for number in range(6):
        await office.put(f"c{number}", kind="prompt", recipient="C0GROUP")
        await office.put(f"i{number}", kind="prompt", lane=Lane.INTERACTIVE)

    await office.play(until=timedelta(minutes=5))

    assert len(office.slack.taken) == 12
