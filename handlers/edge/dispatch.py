"""Joins listeners to Bolt: found by name, begun in turn, in a wrapper that never raises."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.kernel.figures import Figure
from bot.kernel.scope import one_workspace
from handlers.blocks import Choice
from handlers.edge.call import OPTIONS, Call, Unreadable, read_call
from handlers.edge.errors import explain
from handlers.edge.inbox import Check, request_id, team_of
from handlers.edge.services import Services
from handlers.menus import matching

log = structlog.get_logger("cairn.edge")

Listener = Callable[[Call, Services], Awaitable[None]]
FindChoices = Callable[[Call, Services], Awaitable[Sequence[Choice]]]
"""Reads everything that a menu offers to whoever asks; raises UserFacing for who may not see it."""

COMMAND, ACTION, SUBMITTED, CLOSED, EVENT = (
    "command",
    "block_actions",
    "view_submission",
    "view_closed",
    "event_callback",
)
AT_WORK = 64
"""Listeners at work at once. More would only make all of them late."""
EVENTS_AT_WORK = 16
"""Events wait in a line of their own, so that they are in nobody's way."""
TURN_WITHIN_S = 2.0
"""A trigger lives 3 s: whoever waits longer for a turn could not open a modal any more."""
ACK_WITHIN_S = 2.9
"""Slack waits 3 s."""
REMEMBERED = 1_000
REMEMBERED_S = 60.0
"""Slack repeats what it waits for within seconds. An answer holds words: it is not kept longer."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Registers listeners under the names of the interface.

    `checkin.open` also takes `checkin.open:2`: what follows the colon only keeps several buttons
    of one message apart. Commands, clicks and events are acked before the listener runs; a
    submitted modal is acked by its listener, or plainly after it. `guard` goes before every
    button and form that is added, and raises UserFacing to keep the listener from running. What is
    added by a capability that `is_private` is not counted.
    """

    services: Services
    guard: Listener | None = None
    is_private: bool = False
    _listeners: dict[tuple[str, str], Listener] = field(default_factory=dict)
    _forgotten: set[tuple[str, str]] = field(default_factory=set)
    _counted: set[tuple[str, str]] = field(default_factory=set)

    def command(self, name: str, listener: Listener) -> None:
        self._add(COMMAND, name, listener)

    def action(self, name: str, listener: Listener) -> None:
        self._add(ACTION, name, self._guarded(listener))

    def options(self, name: str, find: FindChoices) -> None:
        """Let `find` give what a long menu offers, which narrows as somebody types.

        Who may not see it is offered nothing, and nothing is said while somebody types.
        """

        async def listener(call: Call, services: Services) -> None:
            await call.offer(matching(await find(call, services), call.text))

        self._listeners[OPTIONS, name] = self._guarded(listener)

    def view(self, name: str, listener: Listener, *, is_forgotten: bool = False) -> None:
        """Let `listener` take a form. `is_forgotten`: nothing is kept to answer a repetition with,
        which is done as the first was, so it must lead to the same."""
        self._add(SUBMITTED, name, self._guarded(listener))
        if is_forgotten:
            self._forgotten.add((SUBMITTED, name))

    def event(self, name: str, listener: Listener) -> None:
        self._listeners[EVENT, name] = listener

    def _add(self, kind: str, name: str, listener: Listener) -> None:
        self._listeners[kind, name] = listener
        if not self.is_private:
            self._counted.add((kind, name))

    def _guarded(self, listener: Listener) -> Listener:
        guard = self.guard
        if guard is None:
            return listener

        async def after_guard(call: Call, services: Services) -> None:
            await guard(call, services)
            await listener(call, services)

        return after_guard

    @property
    def names(self) -> Collection[tuple[str, str]]:
        """Give the kind and name of everything that a listener is registered for."""
        return self._listeners.keys()

    @property
    def counted(self) -> Collection[tuple[str, str]]:
        """Give the kind and name of those whose requests figures count."""
        return self._counted

    def listener_of(self, action: str) -> Listener:
        """Find the listener of a button, for what leads to the same. Raises KeyError for none."""
        return self._listeners[ACTION, action]

    def join(self, app: AsyncApp, *, checks: Sequence[Check], anything_else: Listener) -> None:
        """Take every request that Slack has signed, after `checks`. `anything_else` takes what no
        listener took: unknown commands, stale buttons and forms."""
        app.middleware(
            _Dispatch(
                self.services,
                self._listeners,
                self._forgotten,
                checks,
                anything_else,
                counted=self.counted,
            )
        )


class _Ack(AsyncAck):
    """Bolt's ack, which can be waited for."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.given = asyncio.Event()

    async def __call__(self, *args: Any, **kwargs: Any) -> BoltResponse:
        response = await super().__call__(*args, **kwargs)
        self.given.set()
        return response

    async def answer(self) -> BoltResponse:
        """Wait for what to tell Slack; 503 if that takes too long or nothing is said.

        Slack then tells the person that it did not work, and keeps their form open.
        """
        try:
            async with asyncio.timeout(ACK_WITHIN_S):
                await self.given.wait()
        except TimeoutError:
            log.warning("ack_too_late")
        return self.response or BoltResponse(status=503)


class _Dispatch(AsyncMiddleware):
    """The last middleware: finds a request's listener by name, and begins it when its turn comes.

    Bolt's own way would ask each listener in turn whether a request is for it, and look every
    10 ms whether it has acked. Requests get their turn in the order in which they came.
    """

    def __init__(
        self,
        services: Services,
        listeners: Mapping[tuple[str, str], Listener],
        forgotten: Collection[tuple[str, str]],
        checks: Sequence[Check],
        anything_else: Listener,
        *,
        counted: Collection[tuple[str, str]] = (),
    ) -> None:
        self.services = services
        self.counted = counted
        self.listeners = listeners
        self.forgotten = forgotten
        self.checks = checks
        self.anything_else = anything_else
        self.turns = asyncio.Semaphore(AT_WORK)
        self.turns_of_events = asyncio.Semaphore(EVENTS_AT_WORK)
        self.answered: dict[str, _Ack] = {}
        self.clicks_at_work: set[str] = set()
        """Clicks that are still being done: a second click is done by the first."""

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's interface
    ) -> BoltResponse | None:
        for check in self.checks:
            if answer := await check(req):
                return answer
        kind, name = address(req.body)
        listener = self._listener(kind, name)
        if listener is None:
            return BoltResponse(status=200)
        ack = _Ack()
        known = _asked(req.body, kind, name) if kind != EVENT else None
        if known in self.answered:
            return await self.answered[known].answer()
        click = _click(req.body) if kind == ACTION else None
        if click in self.clicks_at_work:
            return BoltResponse(status=200)
        if known is not None and (kind, name) not in self.forgotten:
            self._remember(known, ack)
        with self.services.in_flight.counted():
            work = self._begun_in_turn(listener, kind, req, click=click, ack=ack)
            self.services.in_flight.start(self._timed(work, kind, name))
            return await ack.answer()

    def _listener(self, kind: str, name: str) -> Listener | None:
        found = self.listeners.get((kind, name)) or self.listeners.get(
            (kind, name.partition(":")[0])
        )
        return found or (None if kind in {CLOSED, EVENT} else self.anything_else)

    async def _timed(self, work: Awaitable[None], kind: str, name: str) -> None:
        """Note how long a listener took; of private ones, events, menus and strays nothing.

        They are in no sum either: the difference would tell when somebody answered a pulse.
        """
        began_s = time.monotonic()
        await work
        known = next(
            (each for each in (name, name.partition(":")[0]) if (kind, each) in self.counted), None
        )
        if known is not None:
            self.services.figures.observe(Figure.LISTENER, time.monotonic() - began_s, known)

    def _remember(self, known: str, ack: _Ack) -> None:
        """Keep the ack of a request for a while, in case Slack delivers it once more.

        Told at once that all is well, Slack would close a form before it is saved.
        """
        self.answered[known] = ack
        asyncio.get_running_loop().call_later(REMEMBERED_S, self.answered.pop, known, None)
        if len(self.answered) > REMEMBERED:
            self.answered.pop(next(iter(self.answered)))

    async def _begun_in_turn(
        self,
        listener: Listener,
        kind: str,
        request: AsyncBoltRequest,
        *,
        click: str | None,
        ack: _Ack,
    ) -> None:
        with self._noted(click):
            turns = self.turns_of_events if kind == EVENT else self.turns
            try:
                if kind == EVENT:  # nobody waits for it
                    await ack()
                async with asyncio.timeout(None if kind == EVENT else TURN_WITHIN_S):
                    await turns.acquire()
            except TimeoutError:
                log.warning("too_busy", kind=kind)
                ack.given.set()
                return
            try:
                if kind not in {SUBMITTED, OPTIONS} and not ack.response:
                    await ack()
                await self._listen(listener, request, ack=ack)
            finally:
                turns.release()
                ack.given.set()

    @contextmanager
    def _noted(self, click: str | None) -> Iterator[None]:
        """Note a click until it has been done."""
        if click is not None:
            self.clicks_at_work.add(click)
        try:
            yield
        finally:
            self.clicks_at_work.discard(click or "")

    async def _listen(self, listener: Listener, request: AsyncBoltRequest, *, ack: _Ack) -> None:
        client, workspace_id = request.context.client, team_of(request)
        try:
            call = read_call(request.body, client, ack, workspace_id=workspace_id)
        except Unreadable as why:
            log.warning("request_unreadable", reason=str(why))
            await ack()
            return
        with one_workspace(call.workspace_id):
            await explain(listener)(call, self.services)
        await call.ack()


def _asked(body: Mapping[str, Any], kind: str, name: str) -> str | None:
    """Write down which request this is; None where a repetition could not be told by it.

    With who asks for what: an answer is for nobody else, whatever trigger they bring.
    """
    trigger = request_id(body)
    who = body.get("user") or body.get("user_id")
    return None if trigger is None else json.dumps([trigger, kind, name, who], sort_keys=True)


def _click(body: Mapping[str, Any]) -> str:
    """Write down who clicked what where: the same for each click of a double click."""
    given = body.get("actions")
    actions = [
        {**one, "action_ts": None}
        for one in (given if isinstance(given, list) else ())
        if isinstance(one, Mapping)
    ]
    return json.dumps([body.get("user"), body.get("container"), actions], sort_keys=True)


def address(body: Mapping[str, Any]) -> tuple[str, str]:
    """Read what kind of request this is, and the name that it is for."""
    if "command" in body:
        return COMMAND, str(body["command"])
    kind = str(body.get("type") or "")
    match kind, body:
        case "event_callback", {"event": {"type": str(name)}}:
            return kind, name
        case "block_actions", {"actions": [{"action_id": str(name)}, *_]}:
            return kind, name
        case "block_suggestion", {"action_id": str(name)}:
            return kind, name
        case "view_submission" | "view_closed", {"view": {"callback_id": str(name)}}:
            return kind, name
    return kind, ""
