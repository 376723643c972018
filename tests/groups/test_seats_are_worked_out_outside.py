"""No solver runs while a transaction is open, and what changes meanwhile is respected."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery.tables import outbox
from bot.flows import erasure as ending
from bot.groups import approval, upkeep
from bot.groups import store as seated
from bot.kernel.database import Database, open_database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.keys.vault import FileVault
from bot.matching import exclusions as barriers
from bot.matching import proposals as proposing
from bot.matching.model import Bar, Conflict, Waiting
from bot.matching.rules import proposals as engine
from bot.matching.rules import scoring
from bot.people import store as people
from bot.people.model import Member, MemberState
from bot.programme import store as programmes
from bot.programme.use_cases import the_programme
from handlers.register import CAPABILITIES
from tests.support.cast import ALICE, BOB, CAROL
from tests.support.cohort import (
    ALICE_HERE,
    BOB_HERE,
    COHORT,
    DRAFT,
    HERE,
    MIA,
    STARTED,
    arrive,
    change,
    mentee,
)
from tests.support.enrolment import enrol

LATER = STARTED + timedelta(weeks=3)
HAL = mentee("Hal")
PATIENCE_S = 20


class Held:
    """A function that waits at its beginning until it is let go, and then does what it does."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self.real, self.begun, self.let_go = real, threading.Event(), threading.Event()
        self.held_the_loop = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.held_the_loop |= threading.current_thread() is threading.main_thread()
        self.begun.set()
        self.let_go.wait(PATIENCE_S)
        return self.real(*args, **kwargs)


@pytest.fixture
async def elsewhere(database_address: str) -> AsyncIterator[Database]:
    """The same database, as another process has it."""
    opened = open_database(database_address)
    yield opened
    await opened.close()


async def approved(database: Database, members: tuple[Member, ...] = COHORT) -> None:
    await arrive(database, members)
    kept = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=STARTED)
    await approval.approve(database, HERE, kept.id, by=CAROL.id, now=STARTED)
    async with database.writing() as connection:
        await connection.execute(sa.delete(outbox))


async def with_a_free_seat(database: Database) -> Member:
    """Groups in which Hal waits, and the only free seat is beside Mia; Mia as she is now."""
    await approved(database)
    async with database.writing() as connection:
        lasting = await seated.pairings(connection, HERE, DRAFT.id)
        taken = [one.mentor_id for one in lasting]
        mia = replace(MIA, capacity=taken.count(MIA.id) + 1)
        alice = replace(ALICE_HERE, capacity=taken.count(ALICE.id))
        await people.put_members(connection, HERE, [alice, mia, HAL])
        await enrol(connection, HERE, DRAFT.id, [HAL.id])
        one = Waiting(member_id=HAL.id, since=STARTED, reason="Full.")
        await seated.wait(connection, HERE, DRAFT.id, [one])
    return mia


async def a_rematch(database: Database, _tmp_path: Path) -> None:
    await upkeep.ask_rematch(database, HERE, DRAFT.id, mentee=BOB.id, now=LATER)


async def a_look_for_seats(database: Database, _tmp_path: Path) -> None:
    await upkeep.reconcile(database, HERE, DRAFT.id, now=LATER)


async def an_erasure(database: Database, tmp_path: Path) -> None:
    await ending.erase_member(
        database,
        FileVault(tmp_path / "keys"),
        HERE,
        member_id=BOB.id,
        erasers=CAPABILITIES.erasers,
        now=LATER,
    )


@pytest.mark.parametrize("work", [a_rematch, a_look_for_seats, an_erasure])
async def test_others_write_while_seats_are_looked_for(
    database: Database,
    elsewhere: Database,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    work: Callable[[Database, Path], Awaitable[None]],
) -> None:
    await with_a_free_seat(database)
    held = Held(engine.propose)
    monkeypatch.setattr(engine, "propose", held)

    task = asyncio.ensure_future(work(database, tmp_path))
    assert await asyncio.to_thread(held.begun.wait, PATIENCE_S)
    try:
        async with asyncio.timeout(1):
            await write_to_the_programme(elsewhere)
    finally:
        held.let_go.set()
        await task

    async with database.reading() as connection:
        assert await people.member(connection, HERE, CAROL.id) == replace(CAROL, name="Caroline")


async def test_others_write_while_an_approval_is_looked_through(
    database: Database, elsewhere: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arrive(database)
    kept = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=STARTED)
    held = Held(scoring.bars)
    monkeypatch.setattr(scoring, "bars", held)

    task = asyncio.ensure_future(
        approval.approve(database, HERE, kept.id, by=CAROL.id, now=STARTED)
    )
    assert await asyncio.to_thread(held.begun.wait, PATIENCE_S)
    try:
        async with asyncio.timeout(1):
            await write_to_the_programme(elsewhere)
    finally:
        held.let_go.set()
        done = await task

    assert done.groups
    assert not held.held_the_loop


async def write_to_the_programme(database: Database) -> None:
    async with database.writing() as connection:
        await the_programme(connection, HERE, DRAFT.id, hold=True)
        await people.put_members(connection, HERE, [replace(CAROL, name="Caroline")])


def meanwhile(
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[], Awaitable[object]],
    *,
    times: int = 1,
    where: Any = upkeep,
) -> None:
    """Let something happen between the plan and its writing, the first `times`."""
    real, left = upkeep.make_plan, [None] * times

    async def make_plan(*args: Any, **kwargs: Any) -> Any:
        plan = await real(*args, **kwargs)
        if left:
            left.pop()
            await happens()
        return plan

    monkeypatch.setattr(where, "make_plan", make_plan)


async def mentors(database: Database, mentee_id: MemberId) -> list[str]:
    async with database.reading() as connection:
        found = await seated.pairings(connection, HERE, DRAFT.id, mentee_id=mentee_id)
    return [one.mentor_id for one in found]


async def test_who_was_barred_meanwhile_is_not_seated_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_a_free_seat(database)

    async def conflict() -> None:
        async with database.writing() as connection:
            one = Conflict(senior_id=MIA.id, junior_id=HAL.id, bar=Bar.EVALUATES)
            await barriers.put_conflict(connection, HERE, one)

    meanwhile(monkeypatch, conflict)
    done = await upkeep.reconcile(database, HERE, DRAFT.id, now=LATER)

    assert done.moves == ()
    assert await mentors(database, HAL.id) == []


async def test_who_was_seated_meanwhile_is_not_seated_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_a_free_seat(database)

    async def the_same() -> None:
        await upkeep.reconcile(database, HERE, DRAFT.id, now=LATER)

    meanwhile(monkeypatch, the_same)
    done = await upkeep.reconcile(database, HERE, DRAFT.id, now=LATER + timedelta(minutes=1))

    assert done.moves == ()
    assert await mentors(database, HAL.id) == [MIA.id]
    async with database.reading() as connection:
        seats = await programmes.seats(connection, HERE, DRAFT.id)
        told = (await connection.execute(sa.select(outbox.c.kind))).scalars().all()
    assert [s.member_id for s in seats].count(HAL.id) == 1
    assert sorted(told) == ["member_joined", "seat_found"]


async def test_a_seat_that_was_taken_away_meanwhile_is_not_given(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = await with_a_free_seat(database)
    full = replace(mia, capacity=mia.capacity - 1)

    meanwhile(monkeypatch, lambda: change(database, full))
    done = await upkeep.reconcile(database, HERE, DRAFT.id, now=LATER)

    assert done.moves == ()
    assert await mentors(database, HAL.id) == []


async def test_what_concerns_nobody_in_the_plan_does_not_overturn_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_a_free_seat(database)
    made: list[None] = []

    async def another_change() -> None:
        made.append(None)
        await change(database, replace(CAROL, name="Caroline"))

    meanwhile(monkeypatch, another_change, times=9)
    done = await upkeep.reconcile(database, HERE, DRAFT.id, now=LATER)

    assert [one.mentee_id for one in done.moves] == [HAL.id]
    assert len(made) == 1


async def test_groups_that_change_every_time_are_left_and_it_is_said(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = await with_a_free_seat(database)
    names = iter(range(100))

    async def another_change() -> None:
        await change(database, replace(mia, name=f"Mia {next(names)}"))

    meanwhile(monkeypatch, another_change, times=99)
    with pytest.raises(UserFacing, match="changed several times"):
        await upkeep.reconcile(database, HERE, DRAFT.id, now=LATER)

    assert next(names) == upkeep.TRIES
    assert await mentors(database, HAL.id) == []


async def test_an_erasure_follows_groups_that_changed_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await approved(database, (*COHORT, HAL))
    [before] = await mentors(database, BOB.id)

    async def a_mentor_leaves() -> None:
        await change(database, replace(ALICE_HERE, state=MemberState.LEFT))
        await upkeep.reconcile(database, HERE, DRAFT.id, now=LATER)

    meanwhile(monkeypatch, a_mentor_leaves, where=ending)
    await an_erasure(database, tmp_path)

    assert before == ALICE.id
    async with database.reading() as connection:
        assert await people.member(connection, HERE, BOB.id) is None
        seats = await programmes.seats(connection, HERE, DRAFT.id)
        lasting = await seated.pairings(connection, HERE, DRAFT.id)
        waiting = await seated.waitlist(connection, HERE, DRAFT.id)
    assert {BOB.id, ALICE.id}.isdisjoint(s.member_id for s in seats)
    assert {one.mentor_id for one in lasting} == {MIA.id}
    assert len({one.mentee_id for one in lasting}) == len(lasting)
    assert BOB.id not in {one.member_id for one in waiting}


async def test_an_approval_sees_a_conflict_that_came_while_it_was_looked_through(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arrive(database)
    kept = await proposing.propose(database, HERE, DRAFT.id, by=CAROL.id, seed=7, now=STARTED)
    [with_bob] = [m.mentor for m in kept.proposal.matches if m.mentee == BOB_HERE.id]
    loop, real, looked = asyncio.get_running_loop(), scoring.bars, list[None]()

    def bars(*args: Any, **kwargs: Any) -> Any:
        looked.append(None)
        if len(looked) == 1:
            asyncio.run_coroutine_threadsafe(conflict(), loop).result(PATIENCE_S)
        return real(*args, **kwargs)

    async def conflict() -> None:
        one = Conflict(senior_id=MemberId(with_bob), junior_id=BOB_HERE.id, bar=Bar.EVALUATES)
        async with database.writing() as connection:
            await barriers.put_conflict(connection, HERE, one)

    monkeypatch.setattr(scoring, "bars", bars)

    with pytest.raises(UserFacing, match="Something changed since"):
        await approval.approve(database, HERE, kept.id, by=CAROL.id, now=STARTED)

    async with database.reading() as connection:
        assert await programmes.groups(connection, HERE, DRAFT.id) == []
    assert len(looked) == 2
