"""Production, the demo and the tests run one loop: whatever hangs or is heavy holds up nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import jobs as loop
from bot.delivery import store as outbox
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.model import Lane
from bot.jobs import TRY_AGAIN_AFTER, Jobs, tick
from bot.kernel.clock import SetClock
from bot.kernel.database import Database
from bot.schedule import claims
from bot.schedule import store as schedule
from bot.schedule.claims import Duty, Heavy, Outside
from bot.schedule.model import Daily, Due, Once, Rule
from tests.conftest import HERE
from tests.delivery.slack_edge import Composed, SlackEdge

HOUR = timedelta(hours=1)


async def plan(
    database: Database,
    clock: SetClock,
    *,
    kind: str = "prompt",
    count: int = 1,
    rule: Rule | None = None,
) -> None:
    async with database.writing() as connection:
        for number in range(count):
            await schedule.put(
                connection,
                HERE,
                kind=kind,
                subject_id=f"m{number}",
                rule=rule or Once(clock.now()),
                tz="UTC",
                now=clock.now(),
            )


async def queue(connection: AsyncConnection, due: Due, now: datetime) -> None:
    await outbox.enqueue(
        connection,
        due.workspace_id,
        kind="notice",
        subject_id=due.subject_id,
        recipient=f"U0{due.subject_id}",
        dedupe_key=f"{due.kind}:{due.subject_id}:{now}",
        lane=Lane.PROMPT,
        now=now,
        expires_at=now + HOUR,
    )


def jobs_of(
    database: Database,
    clock: SetClock,
    duties: Mapping[str, Duty],
    *,
    slack: SlackEdge | None = None,
    **stages: Callable[[], Awaitable[object]],
) -> Jobs:
    dispatcher = Dispatcher(
        database=database,
        messenger=slack or SlackEdge(clock),
        composer=Composed(),
        clock=clock,
        rng=Random(6),
    )
    return Jobs(
        database=database,
        clock=clock,
        duties=duties,
        dispatcher=dispatcher,
        **stages,  # type: ignore[arg-type]
    )


async def next_due(database: Database) -> datetime | None:
    async with database.reading() as connection:
        return await claims.next_due_at(connection)


async def test_a_pass_takes_in_does_sends_runs_errands_and_ends_rounds_in_that_order(
    database: Database, clock: SetClock
) -> None:
    slack, done = SlackEdge(clock), list[str]()

    def noted(stage: str) -> Callable[[], Awaitable[None]]:
        async def note() -> None:
            done.append(f"{stage}, {len(slack.taken)} sent")

        return note

    async def due_now(connection: AsyncConnection, due: Due, now: datetime) -> None:
        await noted("due")()
        await queue(connection, due, now)

    await plan(database, clock)
    jobs = jobs_of(
        database,
        clock,
        {"prompt": due_now},
        slack=slack,
        take_in=noted("inbox"),
        run_errands=noted("errands"),
        finish_rounds=noted("rounds"),
    )

    await jobs.catch_up()

    assert done == ["inbox, 0 sent", "due, 0 sent", "errands, 1 sent", "rounds, 1 sent"]


async def test_a_slack_that_hangs_in_an_errand_holds_up_neither_what_is_due_nor_the_outbox(
    database: Database, clock: SetClock
) -> None:
    slack, stop, hanging = SlackEdge(clock), asyncio.Event(), asyncio.Event()
    begun = 0

    async def hang() -> None:
        nonlocal begun
        begun += 1
        await hanging.wait()

    jobs = jobs_of(database, clock, {"prompt": queue}, slack=slack, run_errands=hang)
    sending = asyncio.create_task(jobs.dispatcher.run(stop))

    for number in range(3):
        clock.set(clock.now() + HOUR)
        await plan(database, clock)
        async with asyncio.timeout(5):
            await jobs.beat()
            while len(slack.taken) <= number:  # noqa: ASYNC110 - nobody tells when
                await asyncio.sleep(0.01)

    assert begun == 1
    stop.set()
    await sending
    await jobs.close()


async def test_a_full_batch_is_followed_by_the_next_at_once(
    database: Database, clock: SetClock
) -> None:
    await plan(database, clock, count=450)
    jobs = jobs_of(database, clock, {"prompt": queue})

    await jobs.beat()

    assert await next_due(database) is None


async def test_what_is_due_gives_the_rest_of_a_pass_its_turn(
    database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "DUE_FOR_S", -1.0)
    await plan(database, clock, count=450)
    passes = list[datetime | None]()

    async def finish() -> None:
        passes.append(await next_due(database))

    await jobs_of(database, clock, {"prompt": queue}, finish_rounds=finish).beat()

    assert passes[0] is not None
    assert passes[-1] is None


async def test_no_transaction_takes_more_than_it_has_time_for(
    database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "TICK_FOR_S", 0.03)
    await plan(database, clock, count=25)

    async def slow(_connection: AsyncConnection, _due: Due, _now: datetime) -> None:
        await asyncio.sleep(0.01)

    assert await tick(database, {"prompt": slow}, now=clock.now()) == loop.PORTION


async def test_a_heavy_duty_has_a_transaction_of_its_own(
    database: Database, clock: SetClock
) -> None:
    transactions, in_which = list[None](), list[tuple[str, int]]()

    @sa.event.listens_for(database.engine.sync_engine, "begin")
    def _begin(_connection: sa.Connection) -> None:
        transactions.append(None)

    async def note(_connection: AsyncConnection, due: Due, _now: datetime) -> None:
        in_which.append((due.kind, len(transactions)))

    await plan(database, clock, count=2)
    await plan(database, clock, count=2, kind="round")

    while await tick(database, {"prompt": note, "round": Heavy(note)}, now=clock.now()):
        pass

    light = {number for kind, number in in_which if kind == "prompt"}
    heavy = {number for kind, number in in_which if kind == "round"}
    assert (len(light), len(heavy)) == (1, 2)
    assert light.isdisjoint(heavy)


async def test_prompts_of_many_do_not_wait_for_what_takes_long(
    database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "TICK_FOR_S", 0.0)  # as on a busy machine: ten in a transaction
    order = list[str]()

    async def note(_connection: AsyncConnection, due: Due, _now: datetime) -> None:
        order.append(due.kind)

    async def look(due: Due, _now: datetime) -> None:
        order.append(due.kind)

    await plan(database, clock, count=35)
    await plan(database, clock, count=2, kind="check")
    await plan(database, clock, count=2, kind="round")
    duties: dict[str, Duty] = {"prompt": note, "check": Outside(look), "round": Heavy(note)}

    while await tick(database, duties, now=clock.now()):
        pass

    assert order[:35] == ["prompt"] * 35
    assert sorted(order[35:]) == ["check", "check", "round", "round"]


async def test_a_duty_outside_is_done_in_no_transaction_and_is_due_again_until_it_is_done(
    database: Database, clock: SetClock
) -> None:
    attempts = list[datetime]()

    async def check(_due: Due, now: datetime) -> None:
        attempts.append(now)
        async with database.writing():  # would wait for ever within a writing transaction
            pass
        if len(attempts) == 1:
            raise ConnectionError

    begins = clock.now()
    await plan(database, clock, kind="check", rule=Daily(begins.time()))
    duties: dict[str, Duty] = {"check": Outside(check)}
    async with asyncio.timeout(5):
        assert await tick(database, duties, now=begins) == 1
    assert await next_due(database) == begins + TRY_AGAIN_AFTER

    assert await tick(database, duties, now=begins + TRY_AGAIN_AFTER) == 1

    assert len(attempts) == 2
    assert await next_due(database) == begins + timedelta(days=1)


async def test_a_duty_outside_whose_process_died_is_due_again(
    database: Database, clock: SetClock
) -> None:
    async def die(_due: Due, _now: datetime) -> None:
        raise asyncio.CancelledError

    await plan(database, clock, kind="erase")
    with pytest.raises(asyncio.CancelledError):
        await tick(database, {"erase": Outside(die)}, now=clock.now())

    assert await next_due(database) == clock.now() + TRY_AGAIN_AFTER


async def test_a_pass_that_could_not_reach_the_database_went_not_well(
    database: Database, clock: SetClock
) -> None:
    is_away = True

    async def take_in() -> None:
        if is_away:
            raise OperationalError("", None, Exception("away"))

    jobs = jobs_of(database, clock, {}, take_in=take_in)
    begun_s = jobs.passed_s

    await jobs.beat()
    assert jobs.beaten_s > jobs.passed_s == begun_s
    is_away = False
    await jobs.beat()

    assert jobs.passed_s == jobs.beaten_s > begun_s


async def test_a_kind_that_fails_each_time_is_known_until_one_of_it_goes_well(
    database: Database, clock: SetClock
) -> None:
    failing: dict[str, float] = {}
    works = False

    async def duty(connection: AsyncConnection, due: Due, now: datetime) -> None:
        if not works:
            raise RuntimeError
        await queue(connection, due, now)

    async def passes() -> int:
        done = await tick(database, {"prompt": duty}, now=clock.now(), failing_since_s=failing)
        clock.advance(TRY_AGAIN_AFTER)
        return done

    await plan(database, clock)
    assert await passes() == 1
    first = failing["prompt"]
    await passes()
    assert failing == {"prompt": first}, "since the first time"
    works = True

    await passes()

    assert failing == {}
