"""Send the outbox's messages: claim, render, post and record several at a time."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import claims, folding, log, recovery, rules
from bot.delivery import outcomes as records
from bot.delivery.claims import ClaimLimits
from bot.delivery.model import Claim, Composer, Entry, Lane, Outcome, Restored
from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.kernel.figures import UNMONITORED, Figure, Ledger
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import (
    Ambiguous,
    HistoryTooLong,
    Message,
    Messenger,
    Postponed,
    Receipt,
    Refused,
    SendFailure,
)
from bot.kernel.scope import everywhere, narrowed, one_workspace

OnRefused = Callable[[AsyncConnection, Entry, str], Awaitable[None]]
"""Told, in the transaction that records it, of an entry that Slack refused for good and why."""

_SKEW = timedelta(hours=1)
"""How far our clock may be ahead of Slack's when a message is looked for by its time."""
_CONTENDED_S = 0.01
"""How soon to look again when another replica held what was to be claimed."""
_GATHER_S = 0.03
"""Answers that come this close together are recorded in one transaction."""


@dataclass(frozen=True, slots=True)
class _Done:
    """The results of one claim, not yet recorded."""

    outcomes: tuple[Outcome, ...]
    entry: Entry
    failure: SendFailure | None = None


@dataclass(slots=True, kw_only=True)
class Dispatcher:
    """Sends what may be sent, at the pace that Slack allows, once each.

    Any number may run on one database. `clock` may stand still: nothing here waits for it.
    `on_refused` is told of entries that were refused for good (a deactivated member, say). A call
    is given `call_timeout_s`, and a lookup, which is several calls, twice that; a lease has to be
    longer than both. At the end, `finish_within_s` are left for what is on its way.
    """

    database: Database
    messenger: Messenger
    composer: Composer
    clock: Clock
    terms: ClaimLimits = field(default_factory=ClaimLimits)
    on_refused: OnRefused | None = None
    figures: Ledger = UNMONITORED
    restored: Restored | None = None
    failures: records.Failures = field(default_factory=records.Failures)
    max_in_flight: int = 50
    call_timeout_s: float = 30.0
    poll_s: float = 2.0
    finish_within_s: float = 4.0
    rng: random.Random = field(default_factory=random.Random)
    _nudged: asyncio.Event = field(default_factory=asyncio.Event)
    _in_flight: dict[asyncio.Task[_Done], Claim] = field(default_factory=dict)
    _unrecorded: list[_Done] = field(default_factory=list)

    def nudge(self) -> None:
        """Let `run` look at once, since something was put into the outbox and committed."""
        self._nudged.set()

    async def drain(self) -> datetime | None:
        """Send all that may be sent at the clock's present instant, and see it through.

        Returns when there will be more to do (pace, backoff, `not_before`, a lease that runs
        out), None when nothing waits.
        """
        with everywhere():
            while True:
                next_at = await self._turn()
                if self._in_flight:
                    await self._await_some(None)
                elif next_at is None or next_at > self.clock.now():
                    return next_at

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set, then see through what is on its way.

        Sleeps until there is something to do, at most `poll_s` or until `nudge`. A database that
        is away for a while is waited for.
        """
        with everywhere():
            await self._run(stop)

    async def _run(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                try:
                    await self._run_once(stopping)
                except (SQLAlchemyError, OSError) as error:
                    self.database.outage.note(error)
                    await asyncio.wait({stopping}, timeout=1.0)
        finally:
            stopping.cancel()
            await self._finish()

    async def _run_once(self, stopping: "asyncio.Task[bool]") -> None:
        """Take one turn, and then sleep until the next is worth taking."""
        self._nudged.clear()
        next_at = await self._turn()
        wait_s = self.poll_s
        if next_at is not None:
            wait_s = min(wait_s, (next_at - self.clock.now()).total_seconds())
        if wait_s <= 0:
            return
        nudged = asyncio.create_task(self._nudged.wait())
        try:
            await self._await_some(wait_s, nudged, stopping)
        finally:
            nudged.cancel()

    async def _finish(self) -> None:
        """Finish and record what is on its way, as far as there is time and a database.

        The leases of the rest run out, and another process looks these up."""
        until_s = time.monotonic() + self.finish_within_s
        try:
            while self._in_flight or self._unrecorded:
                if self._in_flight:
                    await self._await_some(max(0.0, until_s - time.monotonic()))
                if not self._unrecorded:
                    self._leave()
                    return
                async with self.database.writing() as connection:
                    await self._record(connection)
                self._forget_recorded()
        except (SQLAlchemyError, OSError) as error:
            self.database.outage.note(error)

    def _leave(self) -> None:
        """Leave what is on its way as a crash would."""
        log.left(len(self._in_flight))
        for task in self._in_flight:
            task.cancel()
        self._in_flight.clear()

    async def _await_some(self, timeout_s: float | None, *wakers: "asyncio.Task[bool]") -> None:
        """Sleep until something on its way is done, and what ends soon after, or a waker is."""
        await asyncio.wait(
            {*self._in_flight, *wakers}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        if any(task.done() for task in self._in_flight):
            await asyncio.wait(self._in_flight, timeout=_GATHER_S)
        for task in [task for task in self._in_flight if task.done()]:
            del self._in_flight[task]
            self._unrecorded.append(task.result())

    async def _turn(self) -> datetime | None:
        """Record what is done and claim what may go now, in one transaction; then send that.

        Further workspaces have a transaction each. Returns when there will be more, `now` to look
        again; None for never or not before something on its way is done.
        """
        now, before = self.clock.now(), len(self._in_flight)
        async with self.database.writing() as connection:
            await self._record(connection)
            outlook = await records.look(connection, now=now, except_ids=self._ids_in_flight())
            unclear = await self._claim_unclear(connection, outlook, now=now)
            ready = () if outlook.has_expired else outlook.workspaces
            claimed = await self._claim(connection, ready[:1], now=now, room=self._room(unclear))
        self._forget_recorded()
        self._set_out(unclear, self._look_up)
        self._set_out(claimed, self._send)
        for other in ready[1:]:  # each by itself, so that other replicas find some that are free
            if self._room() <= 0:
                break
            async with self.database.writing() as connection:
                claimed = await self._claim(connection, [other], now=now, room=self._room())
            self._set_out(claimed, self._send)
        if outlook.is_idle or self._room() <= 0:
            return outlook.next_at
        if await self._sweep(outlook, now=now) or len(self._in_flight) > before:
            return now
        if self._in_flight:  # which is seen to meanwhile
            return now + timedelta(seconds=_CONTENDED_S)
        await asyncio.sleep(_CONTENDED_S)
        return now

    async def _claim_unclear(
        self, connection: AsyncConnection, outlook: records.Outlook, *, now: datetime
    ) -> list[Claim]:
        room = self._room()
        if room <= 0 or not outlook.has_unknown:
            return []
        limit = -(-room // 2)  # looking up must not keep anything from being sent
        return await recovery.claim_unknown(
            connection, now=now, limit=limit, lease=self.terms.lease
        )

    async def _claim(
        self,
        connection: AsyncConnection,
        ready: Sequence[tuple[WorkspaceId, tuple[Lane, ...]]],
        *,
        now: datetime,
        room: int,
    ) -> list[Claim]:
        """Take up to `room` of what may go now to the workspace in `ready`, if there is one."""
        claimed: list[Claim] = []
        for workspace_id, lanes in ready if room > 0 else ():
            async with narrowed(connection, workspace_id):
                claimed += await claims.claim(
                    connection, workspace_id, now=now, limit=room, terms=self.terms, lanes=lanes
                )
        return claimed

    async def _sweep(self, outlook: records.Outlook, *, now: datetime) -> bool:
        """Put aside what has expired, and what others left unfinished; False for nothing."""
        if not (outlook.has_expired or outlook.has_lapsed):
            return False
        async with self.database.writing() as connection:
            expired = await recovery.expire(connection, now=now)
            lapsed = await recovery.lapse(connection, now=now, except_ids=self._ids_in_flight())
        self.figures.add(Figure.EXPIRED, amount=len(expired))
        log.expired(expired)
        log.lapsed(lapsed)
        return True

    def _set_out(
        self, claimed: Sequence[Claim], work: Callable[[Claim], Coroutine[Any, Any, _Done]]
    ) -> None:
        for claim in claimed:
            self._in_flight[asyncio.create_task(work(claim))] = claim

    def _room(self, besides: Sequence[Claim] = ()) -> int:
        return self.max_in_flight - len(self._in_flight) - len(besides)

    def _ids_in_flight(self) -> set[str]:
        return {
            entry.id for claim in self._in_flight.values() for entry in (claim.entry, *claim.riders)
        }

    async def _send(self, claim: Claim) -> _Done:
        """Render and post one claim. Raises nothing: whatever happens is that claim's outcome."""
        log.claimed([claim])
        with one_workspace(claim.entry.workspace_id):
            return await self._sent(claim)

    async def _sent(self, claim: Claim) -> _Done:
        message = await self._render(claim.entry)
        if isinstance(message, Outcome):
            return _Done((message, *records.riding(message, claim.riders)), claim.entry)
        earlier = await self._sent_before(claim.entry, message)
        if isinstance(earlier, Outcome):
            waiting = [records.left_behind(one, now=self.clock.now()) for one in claim.riders]
            return _Done((earlier, *waiting), claim.entry)
        messages, on_board, put_off = [message], [], []
        for rider in claim.riders:
            extra = await self._render(rider)
            if not isinstance(extra, Outcome):
                extra = await self._sent_before(rider, extra) or extra
            if isinstance(extra, Outcome):
                put_off.append(extra)
            elif folding.how_many_fold([*messages, extra]) > len(messages):
                messages.append(extra)
                on_board.append(rider)
            else:
                put_off.append(records.left_behind(rider, now=self.clock.now()))
        whole = folding.fold(messages, carries=[rider.id for rider in on_board])
        result = await self._post(claim.entry, whole)
        chance = self.rng.random()
        outcome = rules.after_sending(claim.entry, result, now=self.clock.now(), chance=chance)
        failure = result if isinstance(result, SendFailure) else None
        return _Done((outcome, *records.riding(outcome, on_board), *put_off), claim.entry, failure)

    async def _sent_before(self, entry: Entry, message: Message) -> Outcome | None:
        """Find in Slack what was sent before a restore that does not know of it; None to send it.

        Where nobody may look it is sent: most of what is new then was never sent before.
        """
        if self.restored is None or not self.restored.may_repeat(entry):
            return None
        try:
            async with asyncio.timeout(self.call_timeout_s / 2):
                result = await self._found(entry, self.restored.made_at, message.thread_ts)
        except (Refused, HistoryTooLong):
            return None
        except Exception as failure:  # it may be there, and is looked for again
            result = records.put_off(failure)
        if result is None:
            return None
        return rules.after_sending(entry, result, now=self.clock.now(), chance=self.rng.random())

    async def _render(self, entry: Entry) -> Message | Outcome:
        try:
            async with asyncio.timeout(self.call_timeout_s):
                message = await self.composer.compose(entry)
        except Postponed as later:
            return rules.after_sending(entry, later, now=self.clock.now(), chance=self.rng.random())
        except Exception as error:  # one entry that cannot be rendered must not stop the rest
            transient = isinstance(error, OperationalError | InterfaceError | TimeoutError) or (
                isinstance(error, OperatorFacing) and not error.permanent
            )
            reason = f"rendering: {type(error).__name__}"
            log.not_rendered(entry, error)
            return rules.after_rendering(
                entry, reason=reason, transient=transient, now=self.clock.now()
            )
        if message is None:
            return rules.after_rendering(entry, reason=None, transient=False, now=self.clock.now())
        return message

    async def _post(self, entry: Entry, message: Message) -> Receipt | SendFailure:
        try:
            async with asyncio.timeout(self.call_timeout_s):
                return await self.messenger.post(
                    entry.workspace_id, entry.recipient, message=message, send_id=entry.id
                )
        except SendFailure as failure:
            return failure
        except TimeoutError:
            return Ambiguous("timeout")
        except Exception as error:  # whatever it was, it may have happened after Slack took it
            log.not_posted(entry, error)
            return Ambiguous(type(error).__name__)

    async def _look_up(self, claim: Claim) -> _Done:
        """Find out whether one claim of unknown outcome was sent."""
        entry = claim.entry
        since = entry.claimed_at or entry.created_at
        try:
            with one_workspace(entry.workspace_id):
                written = await self._render(entry)
                thread_ts = written.thread_ts if isinstance(written, Message) else None
                async with asyncio.timeout(2 * self.call_timeout_s):
                    result = await self._found(entry, since, thread_ts)
        except SendFailure as failure:
            result = failure
        except Exception as error:  # looking changes nothing, so it can be tried again
            result = Ambiguous(type(error).__name__)
        outcome = rules.after_lookup(
            entry,
            result,
            policy=self.terms.policy(entry.kind),
            now=self.clock.now(),
            chance=self.rng.random(),
        )
        return _Done((outcome, *records.riding(outcome, claim.riders)), entry)

    async def _found(
        self, entry: Entry, since: datetime, thread_ts: str | None
    ) -> Receipt | SendFailure | None:
        return await self.messenger.find(
            entry.workspace_id,
            entry.recipient,
            send_id=entry.id,
            since=since - _SKEW,
            thread_ts=thread_ts,
        )

    async def _record(self, connection: AsyncConnection) -> None:
        """Record what is done; the caller keeps it until that is committed, should it fail."""
        batch = sorted(self._unrecorded, key=lambda done: done.entry.workspace_id)
        await records.record(connection, [outcome for done in batch for outcome in done.outcomes])
        for done in batch:
            if done.failure is not None:
                await self._heed(connection, done.entry, done.failure)

    def _forget_recorded(self) -> None:
        """Say and count what has been committed, and forget it."""
        for done in self._unrecorded:
            log.recorded(done.outcomes)
            records.count(done.outcomes, self.figures)
            self.failures.note(done.outcomes[0], done.failure, now_s=time.monotonic())
        self._unrecorded.clear()

    async def _heed(self, connection: AsyncConnection, entry: Entry, failure: SendFailure) -> None:
        """Draw the consequences of a failure beyond the entry that met it."""
        if await records.slow_down(connection, entry, failure, now=self.clock.now()):
            log.workspace_refused(entry.workspace_id, failure.reason)
        is_final = isinstance(failure, Refused) and not rules.concerns_workspace(failure)
        if is_final and self.on_refused is not None:
            async with narrowed(connection, entry.workspace_id):
                await self.on_refused(connection, entry, failure.reason)
