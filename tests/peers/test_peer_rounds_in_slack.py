"""A series of peer rounds, from the coordinator's form to what each peer reads in Slack."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.care.blocks import block
from bot.flows.closing import close_programme
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.peers.model import PeerRoundId
from bot.peers.store import own_peers
from bot.peers.tables import peer_meeting, peer_round, peer_seat
from bot.peers.use_cases import say_if_met
from bot.people.model import MemberState
from bot.people.store import member_by_slack_id
from bot.people.tables import member_table
from bot.programme.model import Use
from bot.schedule.calendar import Break, Calendar
from bot.schedule.time_off import put_calendar
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

FIRST = datetime(2026, 9, 14, tzinfo=UTC)
"""The Monday after the start."""
WORKSPACE = WorkspaceId("T0CAIRN")
USES = frozenset({Use.PEERS, Use.MEETINGS})
FORM: dict[str, Any] = {
    "who": ["mentee"],
    "reach": "group",
    "size": "2",
    "first": FIRST.date().isoformat(),
    "every": "1",
}


@pytest.fixture
async def four(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path, mentees=4, uses=USES) as running:
        yield running


@pytest.fixture
async def five(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path, mentees=5, uses=USES) as running:
        yield running


async def previewed(here: Running, **answers: Any) -> str:
    """Fill in the form; what the preview, or the form with its problems, says."""
    await here.slack.close(here.coordinator)
    await here.slack.press(here.coordinator, "Peer rounds", tools=True)
    await here.slack.press(here.coordinator, "New peer rounds", modal=True)
    form = await here.slack.view(here.coordinator)
    answer = await here.slack.submit(here.coordinator, form["id"], FORM | answers)
    return str(answer) + all_text(await here.slack.view(here.coordinator))


async def begun(here: Running, **answers: Any) -> str:
    await previewed(here, **answers)
    preview = await here.slack.view(here.coordinator)
    await here.slack.submit(here.coordinator, preview["id"], {})
    return all_text(await here.slack.view(here.coordinator))


async def announced(here: Running, user: str) -> dict[str, Any] | None:
    """The last message about a peer round in this person's DM."""
    found = [
        one
        for one in await here.slack.messages(user=user)
        if "this week you meet" in one["text"].lower() or "peer round" in one["text"].lower()
    ]
    return found[-1] if found else None


async def partners(here: Running) -> dict[str, set[str]]:
    """Whom each peer's last message names."""
    found = {}
    for user in here.mentees:
        told = await announced(here, user)
        found[user] = {one for one in here.mentees if told and f"<@{one}>" in told["text"]}
    return found


async def rows(here: Running, table: sa.Table) -> list[Any]:
    async with here.slack.cairn.database.reading() as connection:
        return list((await connection.execute(sa.select(table))).all())


async def round_on(here: Running, at: datetime) -> dict[str, set[str]]:
    await here.slack.go_to(at + timedelta(hours=22))
    return await partners(here)


async def twice(here: Running, user: str, action_id: str, message: Any) -> None:
    """Press a button twice at once."""
    where = {"channel": message["channel"], "ts": message["ts"]}
    click = here.slack.click
    await asyncio.gather(*(click(user, action_id, **where) for _ in range(2)))


def the_other(of: dict[str, set[str]], user: str) -> str:
    (other,) = of[user]
    return other


async def test_nothing_is_sent_before_the_preview_was_confirmed(four: Running) -> None:
    said = await previewed(four)

    assert "4 people in 2 pairs" in said
    assert "from round 4 on some meet again" in said
    assert "This week you meet" in said
    assert await rows(four, peer_round) == []


async def test_peers_meet_without_repeats_as_long_as_there_is_somebody_new(four: Running) -> None:
    assert "Nobody has been told yet" in await begun(four)

    seen = [await round_on(four, FIRST + timedelta(weeks=n)) for n in range(3)]

    for of in seen:
        assert all(
            len(others) == 1 and user in of[the_other(of, user)] for user, others in of.items()
        )
    assert all(len({the_other(of, user) for of in seen}) == 3 for user in four.mentees)


async def test_nobody_is_left_alone_where_numbers_are_odd(five: Running) -> None:
    said = await previewed(five)
    assert "1 pair and 1 trio" in said
    assert "nobody is alone" in said
    await begun(five)

    of = await round_on(five, FIRST)

    assert sorted(len(others) for others in of.values()) == [1, 1, 2, 2, 2]


async def test_we_met_is_counted_once_and_asks_the_other_no_more(four: Running) -> None:
    await begun(four)
    of = await round_on(four, FIRST)
    told = await announced(four, four.bob)

    await twice(four, four.bob, "peers.met", told)
    await four.slack.advance(days=5)

    other = the_other(of, four.bob)
    assert not [text for text in await four.texts(other) if "Did you meet" in text]
    outside = next(one for one in four.mentees if one not in (four.bob, other))
    question = (await four.slack.messages(user=outside))[-1]
    assert "Did you meet" in question["text"]
    await four.slack.press(outside, "We did not", message=question)
    assert [one.met_at is not None for one in await rows(four, peer_meeting)].count(True) == 1


async def test_who_is_left_alone_is_told_kindly_with_the_next_date(four: Running) -> None:
    await begun(four)
    of = await round_on(four, FIRST)
    other = the_other(of, four.bob)

    told = await announced(four, four.bob)
    await twice(four, four.bob, "peers.skip", told)
    await four.slack.advance(days=1)

    changed = [text for text in await four.texts(other) if "Somebody could not come" in text]
    assert len(changed) == 1
    assert "Monday 21 September" in changed[0]
    assert four.bob not in changed[0]
    assert "you skip this time" in await four.home_text(four.bob, until="you skip")


async def test_two_who_are_left_alone_meet_each_other(four: Running) -> None:
    await begun(four)
    of = await round_on(four, FIRST)
    dana = next(one for one in four.mentees if one not in (four.bob, the_other(of, four.bob)))
    alone = {the_other(of, four.bob), the_other(of, dana)}

    for skipping in (four.bob, dana):
        told = await announced(four, skipping)
        await four.slack.press(skipping, "Skip this time", message=told)
    await four.slack.advance(hours=20)

    now = await partners(four)
    assert all(now[one] == alone - {one} for one in alone)


async def test_two_of_a_trio_still_meet_when_the_third_skips(five: Running) -> None:
    await begun(five)
    of = await round_on(five, FIRST)
    one, *others = next({user, *its} for user, its in of.items() if len(its) == 2)

    await five.slack.press(one, "Skip this time", message=await announced(five, one))
    await five.slack.advance(hours=20)

    now = await partners(five)
    assert [now[each] for each in others] == [{others[1]}, {others[0]}]


async def test_a_block_parts_two_at_once_and_says_nothing_of_it(four: Running) -> None:
    await begun(four)
    of = await round_on(four, FIRST)
    other = the_other(of, four.bob)

    await block_between(four, four.bob, other)
    await four.slack.advance(hours=20)

    for one, gone in ((four.bob, other), (other, four.bob)):
        last = await announced(four, one)
        assert last
        assert "Somebody could not come" in last["text"]
        assert gone not in last["text"]
        assert "block" not in last["text"]
    later = [await round_on(four, FIRST + timedelta(weeks=n)) for n in range(1, 5)]
    assert all(other not in of[four.bob] for of in later)
    assert sum(bool(of[four.bob]) for of in later) == len(later)


async def test_a_conflict_that_is_recorded_parts_two_within_minutes(four: Running) -> None:
    await begun(four)
    of = await round_on(four, FIRST)
    other = the_other(of, four.bob)
    slack, carol = four.slack, four.coordinator
    await slack.close(carol)

    await slack.press(carol, "Record a conflict")
    form = await slack.view(carol)
    await slack.submit(carol, form["id"], {"senior": four.bob, "kind": "manages", "junior": other})
    await slack.advance(minutes=5)

    async with slack.cairn.database.reading() as connection:
        [own] = await own_peers(connection, WORKSPACE, slack_user_id=four.bob)
    assert own.company == ()
    assert "nobody is free" in await four.home_text(four.bob, until="nobody is free")
    await slack.advance(days=4, hours=12)
    for one in (four.bob, other):
        assert not [text for text in await four.texts(one) if "Did you meet" in text]


async def block_between(here: Running, owner: str, other: str) -> None:
    cairn, now = here.slack.cairn, here.slack.clock.now()
    async with cairn.database.writing() as connection:
        me = await member_by_slack_id(
            connection, WorkspaceId(cairn.workspace_id), SlackUserId(owner)
        )
        assert me
        await block(connection, me, SlackUserId(other), now=now)


async def test_a_block_between_plan_and_announcement_is_kept(four: Running) -> None:
    await begun(four)
    await four.slack.go_to(FIRST - timedelta(hours=10))
    seats = await rows(four, peer_seat)
    one, other = (seat.member_id for seat in seats if seat.meeting_id == seats[0].meeting_id)
    accounts = {row.id: row.slack_user_id for row in await rows(four, member_table)}

    await block_between(four, accounts[one], accounts[other])
    of = await round_on(four, FIRST)

    assert accounts[other] not in of[accounts[one]]
    assert accounts[one] not in of[accounts[other]]


async def test_who_leaves_in_the_week_is_missed_kindly(four: Running) -> None:
    await begun(four)
    of = await round_on(four, FIRST)
    other = the_other(of, four.bob)

    async with four.slack.cairn.database.writing() as connection:
        its = member_table.c.slack_user_id == four.bob
        left = sa.update(member_table).where(its).values(state=MemberState.LEFT.value)
        await connection.execute(left)
    await four.slack.advance(days=1)

    assert any("Somebody could not come" in text for text in await four.texts(other))
    next_week = await round_on(four, FIRST + timedelta(weeks=1))
    assert next_week[four.bob] == of[four.bob] or four.bob not in set().union(*next_week.values())


async def test_a_holiday_week_is_left_out(four: Running) -> None:
    async with four.slack.cairn.database.writing() as connection:
        off = Calendar(breaks=(Break(FIRST.date(), FIRST.date() + timedelta(days=4)),))
        await put_calendar(connection, WorkspaceId(four.slack.cairn.workspace_id), off)

    said = await previewed(four)

    assert "21 September" in said

    assert "14 September" not in said


async def test_wrong_answers_are_said_beside_their_question(four: Running) -> None:
    for answers, sentence in (
        ({"first": "2026-09-15"}, "Choose a Monday"),
        ({"first": "2026-09-07"}, "still to come"),
        ({"first": "2029-09-10"}, "has ended by then"),
        ({"rounds": "many"}, "Write a number"),
        ({"rounds": "0"}, "Write a number"),
    ):
        assert sentence in await previewed(four, **answers)


async def test_a_coordinator_never_reads_who_meets_whom(five: Running) -> None:
    await begun(five)
    await round_on(five, FIRST)
    told = await announced(five, five.bob)
    await five.slack.press(five.bob, "We met", message=told)
    await five.slack.close(five.coordinator)
    await five.slack.press(five.coordinator, "Peer rounds", tools=True)
    page = await five.slack.view(five.coordinator)
    await five.slack.press(five.coordinator, "Open", modal=True)
    series = await five.slack.view(five.coordinator)

    seen = [page, series, await five.slack.home(five.coordinator)]
    seen += await five.slack.messages(user=five.coordinator)
    text = json.dumps(seen)
    people = {one["id"]: one["real_name"] for one in (await five.slack.state())["users"]}
    for peer in five.mentees:
        assert peer not in text
        assert people[peer] not in text
    assert "14 September 2026" in text


async def test_a_pause_withdraws_what_nobody_has_heard_of(four: Running) -> None:
    await begun(four)
    await four.slack.go_to(FIRST - timedelta(hours=10))
    assert len(await rows(four, peer_round)) == 1

    await four.slack.press(four.coordinator, "Pause", modal=True)

    assert "nothing that was still to be sent is" in all_text(
        await four.slack.view(four.coordinator)
    )
    assert await rows(four, peer_round) == []
    assert not any((await round_on(four, FIRST)).values())
    await four.slack.press(four.coordinator, "Go on", modal=True)
    assert all((await round_on(four, FIRST + timedelta(weeks=1))).values())


async def test_one_round_is_skipped_once(four: Running) -> None:
    await begun(four)

    page = await four.slack.view(four.coordinator)
    skipping = (
        four.slack.click(four.coordinator, "peers.skip_next", view_id=page["id"]) for _ in range(2)
    )
    await asyncio.gather(*skipping)

    assert not any((await round_on(four, FIRST)).values())
    assert all((await round_on(four, FIRST + timedelta(weeks=1))).values())


async def test_buttons_of_an_ended_programme_say_so(four: Running) -> None:
    await begun(four)
    await round_on(four, FIRST)
    told = await announced(four, four.bob)
    cairn = four.slack.cairn
    its = (cairn.database, WorkspaceId(cairn.workspace_id), four.programme.id)
    await close_programme(*its, now=four.slack.clock.now())

    await four.slack.press(four.bob, "Skip this time", message=told)

    everything = str(await four.texts(four.bob)) + str(await four.slack.views(four.bob))
    assert "nothing was changed" in everything or "does not use this" in everything
    assert {one.coming for one in await rows(four, peer_seat)} == {"comes"}


async def test_members_alone_may_say_something_about_their_own_round(four: Running) -> None:
    await begun(four)
    await round_on(four, FIRST)
    cairn, now = four.slack.cairn, four.slack.clock.now()
    round_id = PeerRoundId((await rows(four, peer_round))[0].id)

    for outsider in (four.mentor, four.coordinator):
        with pytest.raises(UserFacing, match="not yours"):
            async with cairn.database.writing() as connection:
                its = (WorkspaceId(cairn.workspace_id), SlackUserId(outsider))
                member = await member_by_slack_id(connection, *its)
                assert member
                await say_if_met(connection, member, round_id, did=True, now=now)

    assert [one.met_at for one in await rows(four, peer_meeting)] == [None, None]
