"""Run the one loop: the inbox, due schedules, the outbox, errands, rounds and tidying.

Production beats it by real time; the sandbox's clock, tests and rehearsals let it catch up.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.use_cases import forget_old as forget_announcements
from bot.delivery import outcomes
from bot.delivery import store as outbox
from bot.delivery.dispatcher import Dispatcher
from bot.errands import store as errands
from bot.inbox import store as inbox
from bot.kernel.clock import Clock
from bot.kernel.commits import undone_alone
from bot.kernel.database import Database
from bot.kernel.errors import origin_of
from bot.kernel.figures import UNMONITORED, Figure, Ledger
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import everywhere, narrowed, one_workspace
from bot.schedule import claims
from bot.schedule.claims import AfterCommit, Duty, Heavy, Light, Outside
from bot.schedule.model import Due

log = structlog.get_logger("cairn.jobs")

BATCH, PORTION = 200, 10
TICK_FOR_S = 0.2
"""No more is begun in a transaction that has lasted so long: others write, too."""
DUE_FOR_S = 5.0
"""After so long, due schedules leave the other stages of a pass their turn."""
TRY_AGAIN_AFTER = timedelta(minutes=5)
TIDIED_EVERY = timedelta(days=1)
ENDED_KEPT_FOR = timedelta(days=400)
"""Longer than a programme: a message can be taken out of its channel as long as it is known."""
EVENTS_KEPT_FOR = timedelta(days=2)
"""Longer than Slack may send an event again, which is a day: docs.slack.dev/apis/events-api."""

Work = Callable[[], Awaitable[object]]


async def nothing() -> None:
    """Stand in for a stage that a loop does not have."""


@dataclass(slots=True, kw_only=True)
class Jobs:
    """All that Cairn does by itself, in passes of the same order.

    `take_in` works the inbox off, `run_errands` does in Slack what is owed, `finish_rounds` ends
    pulse rounds. `beaten_s` is when the last pass by real time ended, `passed_s` when one last
    went well, by `time.monotonic`; `failing_since_s` says of which kinds each duty has failed since
    when. They are for whoever watches the loop.
    """

    database: Database
    clock: Clock
    duties: Mapping[str, Duty]
    dispatcher: Dispatcher
    take_in: Work = nothing
    run_errands: Work = nothing
    finish_rounds: Work = nothing
    figures: Ledger = UNMONITORED
    batch: int = BATCH
    beaten_s: float = field(default_factory=time.monotonic)
    passed_s: float = field(default_factory=time.monotonic)
    failing_since_s: dict[str, float] = field(default_factory=dict)
    _on_errands: "asyncio.Task[None] | None" = None
    _is_behind: bool = False
    _tidied_at: datetime | None = None

    async def beat(self) -> None:
        """Make one pass by real time, and another at once while more is due than fits into one.

        What waits for Slack goes on beside it: the outbox in `Dispatcher.run`, which is nudged, and
        errands in a task. While the database is away, all of it waits for another beat.
        """
        self._is_behind = True
        while self._is_behind:
            began_s = time.monotonic()
            try:
                await self._pass(outbox=self._wake_dispatcher, errands=self._set_out_on_errands)
            except (SQLAlchemyError, OSError) as failure:
                self.database.outage.note(failure)
                return
            finally:
                self.beaten_s = time.monotonic()
            self.passed_s = self.beaten_s
            self.figures.observe(Figure.PASS, self.passed_s - began_s)

    async def catch_up(self) -> datetime | None:
        """Make whole passes until nothing is left to do at the clock's instant.

        Returns when there will be more, None for never. For clocks that wait for it.
        """
        while True:
            await self._pass(outbox=self.dispatcher.drain, errands=self.run_errands)
            next_at = await self._next_at()
            if next_at is None or next_at > self.clock.now():
                return next_at

    async def close(self) -> None:
        """Leave errands that are under way to the next process."""
        if self._on_errands is not None:
            self._on_errands.cancel()
            with suppress(asyncio.CancelledError):
                await self._on_errands

    async def _pass(self, *, outbox: Work, errands: Work) -> None:
        with everywhere():
            for stage in (
                self.take_in,
                self._do_what_is_due,
                outbox,
                errands,
                self.finish_rounds,
                self._tidy_daily,
            ):
                await stage()

    async def _do_what_is_due(self) -> None:
        """Tick until nothing is due any more, or for DUE_FOR_S."""
        began = time.monotonic()
        self._is_behind = False
        while await self._tick():
            self.dispatcher.nudge()
            if time.monotonic() - began > DUE_FOR_S:
                self._is_behind = True
                return

    async def _tick(self) -> int:
        began_s, now = time.monotonic(), self.clock.now()
        done = await tick(
            self.database,
            self.duties,
            now=now,
            limit=self.batch,
            figures=self.figures,
            failing_since_s=self.failing_since_s,
        )
        self.figures.observe(Figure.TICK, time.monotonic() - began_s)
        self.figures.add(Figure.DONE, amount=done)
        return done

    async def _wake_dispatcher(self) -> None:
        self.dispatcher.nudge()

    async def _set_out_on_errands(self) -> None:
        if self._on_errands is None or self._on_errands.done():
            self._on_errands = asyncio.create_task(self._errands())

    async def _errands(self) -> None:
        try:
            await self.run_errands()
        except (SQLAlchemyError, OSError) as failure:
            self.database.outage.note(failure)

    async def _tidy_daily(self) -> None:
        now = self.clock.now()
        if self._tidied_at is None or now - self._tidied_at >= TIDIED_EVERY:
            await tidy(self.database, now=now)
            self._tidied_at = now

    async def _next_at(self) -> datetime | None:
        now = self.clock.now()
        with everywhere():
            async with self.database.reading() as connection:
                outlook = await outcomes.look(connection, now=now)
                found = (
                    outlook.next_at if outlook.is_idle else now,
                    await claims.next_due_at(connection),
                    await errands.next_at(connection),
                    await inbox.next_at(connection, after=now),
                )
        return min((at for at in found if at is not None), default=None)


@dataclass(slots=True)
class _Tick:
    """One transaction's share of what is due."""

    duties: Mapping[str, Duty]
    now: datetime
    figures: Ledger
    failing_since_s: dict[str, float]
    done: int = 0
    afterwards: list[tuple[WorkspaceId, AfterCommit]] = field(default_factory=list)

    def failed(self, due: Due, failure: Exception) -> None:
        """Log and count a duty that failed."""
        _log_failed(due, failure)
        self.figures.add(Figure.DUTY_FAILED, due.kind)
        self.failing_since_s.setdefault(due.kind, time.monotonic())

    def went_well(self, due: Due) -> None:
        """Note that a duty of this kind can be done."""
        self.failing_since_s.pop(due.kind, None)


_workspace = attrgetter("workspace_id")


async def tick(
    database: Database,
    duties: Mapping[str, Duty],
    *,
    now: datetime,
    limit: int = BATCH,
    figures: Ledger = UNMONITORED,
    failing_since_s: dict[str, float] | None = None,
) -> int:
    """Do some of what is due at `now`, and say how much: 0 when nothing is due.

    Light duties share a transaction, up to `limit` of them and for TICK_FOR_S. Once few of them are
    due, one heavy duty has a transaction of its own, and one outside has none. Each stands alone:
    one that fails is undone by itself, logged by kind, and tried again in five minutes.
    """
    heavy = {kind for kind, duty in duties.items() if isinstance(duty, Heavy)}
    outside = {kind for kind, duty in duties.items() if isinstance(duty, Outside)}
    failing = {} if failing_since_s is None else failing_since_s
    begun = partial(_Tick, duties, now, figures, failing)
    done = await _do_inside(database, begun(), limit=limit, except_kinds=heavy | outside)
    if done >= PORTION:  # more of them may be due, and one of the others can take seconds
        return done
    if heavy:
        done += await _do_inside(database, begun(), limit=1, kinds=heavy)
    return done + (await _do_outside(database, begun(), kinds=outside) if outside else 0)


async def _do_inside(
    database: Database,
    ticking: _Tick,
    *,
    limit: int,
    kinds: set[str] | None = None,
    except_kinds: Collection[str] = (),
) -> int:
    now = ticking.now
    began = time.monotonic()
    async with database.writing() as connection:
        while True:
            portion = min(PORTION, limit - ticking.done)
            claimed = await claims.claim_due(
                connection, now=now, limit=portion, kinds=kinds, except_kinds=except_kinds
            )
            for workspace_id, its in groupby(sorted(claimed, key=_workspace), _workspace):
                async with narrowed(connection, workspace_id):
                    for due in its:
                        await _do(connection, ticking, due)
            is_late = time.monotonic() - began > TICK_FOR_S
            if is_late or len(claimed) < portion or ticking.done == limit:
                break
    await _after(ticking)
    return ticking.done


async def _do_outside(database: Database, ticking: _Tick, *, kinds: set[str]) -> int:
    """Let one fall due again later, then do it, and only then move it to its next time."""
    now = ticking.now
    again_at = now + TRY_AGAIN_AFTER
    async with database.writing() as connection:
        claimed = await claims.claim_due(connection, now=now, limit=1, kinds=kinds)
        for due in claimed:
            await claims.postpone(connection, due, until=again_at)
    for due in claimed:
        duty = ticking.duties[due.kind]
        assert isinstance(duty, Outside)
        try:
            with one_workspace(due.workspace_id):
                await duty.do(due, now)
        except Exception as failure:  # the others of this pass are still to be done
            ticking.failed(due, failure)
            continue
        ticking.went_well(due)
        async with database.writing() as connection:
            await claims.done(connection, due, until=again_at, now=now)
    return len(claimed)


async def _after(ticking: _Tick) -> None:
    """Do what waited for the commit; one that fails must not keep the others from being done."""
    for workspace_id, after in ticking.afterwards:
        try:
            with one_workspace(workspace_id):
                await after()
        except Exception as failure:  # what it follows is committed, and the next still waits
            kind, source = type(failure).__name__, origin_of(failure)
            log.error(  # noqa: TRY400 - a traceback holds values
                "after_commit_failed", workspace=workspace_id, failure=kind, source=source
            )


async def _do(connection: AsyncConnection, ticking: _Tick, due: Due) -> None:
    ticking.done += 1
    duty: Light | Heavy | Outside | None = ticking.duties.get(due.kind)
    if duty is None or isinstance(duty, Outside):
        log.warning("nothing_to_do_for_this_kind", workspace=due.workspace_id, kind=due.kind)
        return
    try:
        async with undone_alone(connection):
            after = await duty(connection, due, ticking.now)
    except Exception as failure:  # it alone is taken back and tried again
        ticking.failed(due, failure)
        await claims.postpone(connection, due, until=ticking.now + TRY_AGAIN_AFTER)
    else:
        ticking.went_well(due)
        ticking.afterwards += [(due.workspace_id, after)] if after is not None else []


def _log_failed(due: Due, failure: Exception) -> None:
    """Log a duty's failure without its traceback, whose values stay out of the log."""
    log.error(
        "duty_failed",
        workspace=due.workspace_id,
        kind=due.kind,
        failure=type(failure).__name__,
        source=origin_of(failure),
    )


async def tidy(database: Database, *, now: datetime) -> None:
    """Forget messages that ended ENDED_KEPT_FOR ago, events and announcements, once a day."""
    async with database.writing() as connection:
        forgotten = await outbox.forget_ended(connection, before=now - ENDED_KEPT_FOR)
        await inbox.forget_done(connection, before=now - EVENTS_KEPT_FOR)
        await forget_announcements(connection, now=now)
    if forgotten:
        log.info("messages_forgotten", count=forgotten)
