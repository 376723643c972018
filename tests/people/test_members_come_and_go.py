"""What members do about themselves, on both engines, with a second workspace."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import OutboxState
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from bot.people import store, use_cases
from bot.people.model import Member, MemberState, Role
from bot.people.use_cases import the_coordinator, the_member
from bot.schedule import claims
from bot.schedule import store as schedule
from bot.schedule.model import Daily, Due
from tests.support.cast import ALICE, BOB, CAROL, ELSEWHERE, HERE, elsewhere
from tests.support.members import as_member
from tests.support.transactions import write

NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)
STRANGER = SlackUserId("U0STRANGER")


@pytest.fixture
async def people(database: Database) -> Database:
    """Alice, Bob and Carol here, another Bob elsewhere, and a daily prompt for both Bobs."""
    async with database.writing() as connection:
        await store.put_members(connection, HERE, [ALICE, BOB, CAROL])
        await store.put_members(connection, ELSEWHERE, [elsewhere(BOB)])
        for workspace in (HERE, ELSEWHERE):
            await schedule.put(
                connection,
                workspace,
                kind="checkin_prompt",
                subject_id=BOB.id,
                rule=Daily(time(9)),
                tz="UTC",
                now=NOW,
            )
    return database


async def bob_of(database: Database) -> Member:
    async with database.reading() as connection:
        found = await store.member(connection, HERE, BOB.id)
        assert await store.member(connection, ELSEWHERE, BOB.id) == elsewhere(BOB)
        assert len(await schedule.upcoming(connection, ELSEWHERE, subject_ids=[BOB.id])) == 1
    assert found is not None
    return found


async def due_for_bob(database: Database) -> list[datetime]:
    async with database.reading() as connection:
        found = await schedule.upcoming(connection, HERE, subject_ids=[BOB.id])
    return [due.due_at for due in found]


async def claim(database: Database, now: datetime) -> list[Due]:
    async with database.writing() as connection:
        return await claims.claim_due(connection, now=now, limit=50)


async def for_bob(database: Database, verb: Callable[..., Awaitable[object]], **given: Any) -> None:
    async with database.writing() as connection:
        await as_member(connection, verb, HERE, slack_user_id=BOB.slack_user_id, **given)


async def queued(connection: AsyncConnection) -> int:
    report = await delivery.queue_report(connection, HERE, now=NOW)
    return report.count(OutboxState.QUEUED)


async def test_a_stranger_is_told_whom_to_ask(people: Database) -> None:
    with pytest.raises(UserFacing, match="ask your programme's coordinator to add you"):
        await write(
            people, as_member, use_cases.accept_conduct, HERE, slack_user_id=STRANGER, now=NOW
        )


async def test_accepting_the_code_of_conduct_counts_from_the_first_time(people: Database) -> None:
    for now in (NOW, NOW + timedelta(days=1)):
        await for_bob(people, use_cases.accept_conduct, now=now)

    assert await bob_of(people) == replace(BOB, conduct_accepted_at=NOW)


async def test_who_has_not_accepted_is_invited_once_a_day(people: Database) -> None:
    async with people.writing() as connection:
        first = await use_cases.invite_to_conduct(connection, HERE, now=NOW)
        again = await use_cases.invite_to_conduct(connection, HERE, now=NOW)
        next_day = await use_cases.invite_to_conduct(connection, HERE, now=NOW + timedelta(days=1))

    assert (first, again, next_day) == (2, 0, 2)


async def test_an_invitation_is_taken_back_once_it_is_accepted(people: Database) -> None:
    async with people.writing() as connection:
        await use_cases.invite_to_conduct(connection, HERE, now=NOW)
        assert await queued(connection) == 2

    await for_bob(people, use_cases.accept_conduct, now=NOW)

    async with people.reading() as connection:
        assert await queued(connection) == 1


async def test_a_paused_member_receives_nothing_until_the_pause_ends(people: Database) -> None:
    until = NOW + timedelta(days=10)

    await for_bob(people, use_cases.pause, until=until, now=NOW)

    bob = await bob_of(people)
    assert (bob.state, bob.paused_until) == (MemberState.PAUSED, until)
    assert bob.is_away(until - timedelta(seconds=1))
    assert not bob.is_away(until)
    claimed = await claim(people, until - timedelta(seconds=1))
    assert {due.workspace_id for due in claimed} == {ELSEWHERE}


async def test_when_a_pause_ends_the_member_is_back_and_told(people: Database) -> None:
    until = NOW + timedelta(days=10)
    await for_bob(people, use_cases.pause, until=until, now=NOW)

    async with people.writing() as connection:
        claimed = await claims.claim_due(connection, now=until, limit=50)
        (end,) = [due for due in claimed if due.kind == use_cases.PAUSE_END]
        await use_cases.end_pause(connection, end, until)
        assert await queued(connection) == 1

    assert replace(await bob_of(people), away_from=None, back_at=None) == BOB
    assert await due_for_bob(people) == [datetime(2026, 9, 12, 9, tzinfo=UTC)]


async def test_a_pause_may_have_no_end(people: Database) -> None:
    await for_bob(people, use_cases.pause, until=None, now=NOW)

    assert (await bob_of(people)).is_away(NOW + timedelta(days=1000))
    assert await due_for_bob(people) == []


async def test_coming_back_early_cancels_the_end_of_the_pause(people: Database) -> None:
    until = NOW + timedelta(days=10)
    await for_bob(people, use_cases.pause, until=until, now=NOW)

    later = NOW + timedelta(days=3)
    await for_bob(people, use_cases.resume, now=later)

    assert replace(await bob_of(people), away_from=None, back_at=None) == BOB
    assert await due_for_bob(people) == [datetime(2026, 9, 5, 9, tzinfo=UTC)]
    kinds = {due.kind for due in await claim(people, until)}
    assert kinds == {"checkin_prompt"}


@pytest.mark.parametrize("days", [-1, 0, 400])
async def test_a_pause_ends_after_today_and_within_a_year(people: Database, days: int) -> None:
    until = NOW + timedelta(days=days)

    with pytest.raises(UserFacing, match="a day after today"):
        await for_bob(people, use_cases.pause, until=until, now=NOW)

    assert replace(await bob_of(people), away_from=None, back_at=None) == BOB


async def leave(people: Database) -> None:
    async with people.writing() as connection:
        bob = await the_member(connection, HERE, BOB.slack_user_id, hold=True)
        await use_cases.leave(connection, bob, now=NOW)


async def test_who_leaves_gets_nothing_more_and_may_come_back(people: Database) -> None:
    for _ in range(2):
        await leave(people)

    assert (await bob_of(people)).state is MemberState.LEFT
    assert await due_for_bob(people) == []
    with pytest.raises(UserFacing, match="nothing to pause"):
        await for_bob(people, use_cases.pause, until=None, now=NOW)

    await for_bob(people, use_cases.resume, now=NOW)

    assert replace(await bob_of(people), away_from=None, back_at=None) == BOB


async def test_a_closed_slack_account_gets_nothing_until_it_is_opened_again(
    people: Database,
) -> None:
    await for_bob(people, use_cases.deactivate, now=NOW)

    assert (await bob_of(people)).state is MemberState.DEACTIVATED
    assert await due_for_bob(people) == []

    await for_bob(people, use_cases.reactivate, now=NOW)

    assert replace(await bob_of(people), away_from=None, back_at=None) == BOB
    assert len(await due_for_bob(people)) == 1


async def test_opening_an_account_does_not_bring_back_who_left(people: Database) -> None:
    await leave(people)

    await for_bob(people, use_cases.deactivate, now=NOW)
    await for_bob(people, use_cases.reactivate, now=NOW)

    assert (await bob_of(people)).state is MemberState.LEFT


async def test_what_falls_due_follows_a_travelling_member(people: Database) -> None:
    await for_bob(people, use_cases.travel, timezone="America/Lima", now=NOW)

    assert (await bob_of(people)).timezone == "America/Lima"
    assert await due_for_bob(people) == [datetime(2026, 9, 2, 14, tzinfo=UTC)]


async def test_an_unknown_zone_changes_nothing(people: Database) -> None:
    await for_bob(people, use_cases.travel, timezone="Mars/Base", now=NOW)

    assert replace(await bob_of(people), away_from=None, back_at=None) == BOB


async def test_an_erased_member_leaves_nothing_behind(people: Database) -> None:
    until = NOW + timedelta(days=10)
    async with people.writing() as connection:
        await use_cases.invite_to_conduct(connection, HERE, now=NOW)
    await for_bob(people, use_cases.pause, until=until, now=NOW)

    async with people.writing() as connection:
        for _ in range(2):
            await use_cases.erase(connection, BOB, NOW)
        assert await queued(connection) == 1
        assert await store.member(connection, HERE, BOB.id) is None
        assert await store.member(connection, ELSEWHERE, BOB.id) == elsewhere(BOB)

    claimed = await claim(people, until)
    assert {due.workspace_id for due in claimed} == {ELSEWHERE}


async def test_nobody_names_an_erased_member_any_more(people: Database) -> None:
    names = ("bob@example.org", "U0ALICE", "U0BOB")
    carol = replace(CAROL, prefers=names, avoid=names, supervised_by=names)
    async with people.writing() as connection:
        await store.put_members(connection, HERE, [carol])

        await use_cases.erase(connection, BOB, NOW)

        found = await store.member(connection, HERE, CAROL.id)
    only = ("U0ALICE",)
    assert found == replace(CAROL, prefers=only, avoid=only, supervised_by=only)


async def test_the_first_coordinator_needs_no_roster(database: Database) -> None:
    first = await write(
        database,
        use_cases.become_first_coordinator,
        HERE,
        slack_user_id=CAROL.slack_user_id,
        name="Carol",
        timezone="Nowhere",
    )
    again = await write(
        database,
        use_cases.become_first_coordinator,
        HERE,
        slack_user_id=CAROL.slack_user_id,
        name="Carol",
        timezone="UTC",
    )

    assert first == again
    assert (set(first.roles), first.timezone) == ({Role.COORDINATOR}, "UTC")
    with pytest.raises(UserFacing, match="has a coordinator already"):
        await write(
            database,
            use_cases.become_first_coordinator,
            HERE,
            slack_user_id=ALICE.slack_user_id,
            name="Alice",
            timezone="UTC",
        )


async def test_only_a_coordinator_coordinates(people: Database) -> None:
    async with people.reading() as connection:
        assert await the_coordinator(connection, HERE, CAROL.slack_user_id) == CAROL
        for workspace, who in (
            (HERE, BOB.slack_user_id),
            (HERE, STRANGER),
            (ELSEWHERE, CAROL.slack_user_id),
        ):
            with pytest.raises(UserFacing, match="Only coordinators"):
                await the_coordinator(connection, workspace, who)


@pytest.mark.parametrize("days", [10, None], ids=["until a day", "without an end"])
async def test_a_break_goes_on_after_the_account_was_closed_and_opened_again(
    people: Database, days: int | None
) -> None:
    until = None if days is None else NOW + timedelta(days=days)
    await for_bob(people, use_cases.pause, until=until, now=NOW)

    await for_bob(people, use_cases.deactivate, now=NOW + timedelta(days=1))
    assert (await bob_of(people)).state is MemberState.DEACTIVATED
    await for_bob(people, use_cases.reactivate, now=NOW + timedelta(days=2))

    bob = await bob_of(people)
    assert (bob.state, bob.paused_until) == (MemberState.PAUSED, until)
    assert all(until is not None and at >= until for at in await due_for_bob(people))


async def test_a_break_that_ran_out_while_the_account_was_closed_is_over(people: Database) -> None:
    until = NOW + timedelta(days=3)
    await for_bob(people, use_cases.pause, until=until, now=NOW)
    await for_bob(people, use_cases.deactivate, now=NOW + timedelta(days=1))

    await for_bob(people, use_cases.reactivate, now=NOW + timedelta(days=5))

    bob = await bob_of(people)
    assert (bob.state, bob.paused_until) == (MemberState.ACTIVE, None)
    assert await due_for_bob(people) == [datetime(2026, 9, 7, 9, tzinfo=UTC)]


async def test_every_morning_pauses_are_as_members_are(people: Database) -> None:
    await write(people, store.put_members, HERE, [replace(BOB, state=MemberState.PAUSED)])
    await write(people, use_cases.reconcile_pauses, HERE, now=NOW)
    assert await due_for_bob(people) == []

    await write(people, store.put_members, HERE, [replace(BOB, state=MemberState.DEACTIVATED)])
    await write(people, use_cases.reconcile_pauses, HERE, now=NOW)
    await write(people, store.put_members, HERE, [BOB])
    await write(people, use_cases.reconcile_pauses, HERE, now=NOW)

    [at] = await due_for_bob(people)
    assert at > NOW
    async with people.reading() as connection:
        reasons = (schedule.ASKED, use_cases.AWAY_IN_SLACK)
        assert await schedule.paused_subjects(connection, HERE, reasons) == set()
