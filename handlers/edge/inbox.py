"""Check requests before every listener: events are kept or refused, none is taken twice.

Events that must not be lost are kept before Slack is told that they arrived, and done from there.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox import store
from bot.inbox.store import Received
from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import everywhere, is_an_id, one_workspace
from bot.kernel.words import storable
from handlers.edge.errors import failure_of
from handlers.edge.services import Services

log = structlog.get_logger("cairn.inbox")

AT_ONCE = 20
REMEMBERED = 10_000
DATABASE_WITHIN_S = 2.0
"""Slack waits 3 s for an answer."""

Check = Callable[[AsyncBoltRequest], Awaitable[BoltResponse | None]]
"""Looks at a request before its listener is sought: what to answer instead, None to go on."""

Facts = Mapping[str, object]
Concerns = Callable[[AsyncConnection, WorkspaceId, str], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """The treatment of one kind of event.

    `subject` names whom it is about, None for an event that says nothing; `facts` takes from it
    what acting on it needs, never words that somebody wrote. What does not concern anybody known
    here is not kept. `act` may be called again for the same event after a crash.
    """

    subject: Callable[[Mapping[str, Any]], str | None]
    facts: Callable[[Mapping[str, Any], datetime], Facts]
    concerns: Concerns
    act: Callable[[Services, Received], Awaitable[None]]


@dataclass(slots=True)
class Inbox:
    """Keeps events of `kinds` and works them off. Any number of replicas may share one database."""

    services: Services
    kinds: Mapping[str, EventKind]
    _is_at_work: bool = False
    _is_asked_again: bool = False

    async def keep(self, body: Mapping[str, Any], workspace_id: WorkspaceId) -> bool:
        """Keep the event in `body`, once; whether there is something to do about it.

        Raises SQLAlchemyError, OSError or TimeoutError while the database is away.
        """
        found = self._read(body, workspace_id)
        if found is None:
            return False
        concerns = self.kinds[found.kind].concerns
        database = self.services.database
        with one_workspace(workspace_id):
            async with asyncio.timeout(DATABASE_WITHIN_S):
                async with database.reading() as connection:
                    if not await concerns(connection, workspace_id, found.subject_id):
                        return False
                async with database.writing() as connection:
                    return await store.keep(connection, found, now=self.services.clock.now())

    def _read(self, body: Mapping[str, Any], workspace_id: WorkspaceId) -> Received | None:
        event = body["event"]
        kind = self.kinds[event["type"]]
        subject = kind.subject(event)
        if subject is None:
            return None
        now = self.services.clock.now()
        return Received(
            workspace_id=workspace_id,
            event_id=storable(str(body["event_id"])),
            kind=event["type"],
            subject_id=storable(subject),
            happened_at=_happened_at(body) or now,
            facts=kind.facts(event, now),
        )

    async def work(self) -> None:
        """Do what waits, as far as it can be done now; also what a dead process has left.

        While the database is away everything waits.
        """
        self._is_asked_again = True
        if self._is_at_work:
            return
        self._is_at_work = True
        try:
            with everywhere():
                while self._is_asked_again:
                    self._is_asked_again = await self._work_once()
        except (SQLAlchemyError, OSError) as failure:
            self.services.database.outage.note(failure)
        finally:
            self._is_at_work = False

    async def _work_once(self) -> bool:
        """Do some of what waits; whether there may be more."""
        self._is_asked_again = False
        async with self.services.database.writing() as connection:
            claimed = await store.claim(connection, now=self.services.clock.now(), limit=AT_ONCE)
        for event in claimed:
            with one_workspace(event.workspace_id):
                await self._do(event)
        return bool(claimed) or self._is_asked_again

    async def _do(self, event: Received) -> None:
        kind = self.kinds.get(event.kind)
        reason = await failure_of(kind.act(self.services, event)) if kind else "unknown_kind"
        now = self.services.clock.now()
        async with self.services.database.writing() as connection:
            if reason is None:
                await store.finish(connection, event, now=now)
            elif await store.put_off(connection, event, reason=reason, now=now):
                log.error(
                    "event_given_up",
                    workspace=event.workspace_id,
                    kind=event.kind,
                    failure=reason,
                )


def _happened_at(body: Mapping[str, Any]) -> datetime | None:
    """When the event came about: to the microsecond where it says so, else to the second."""
    for told_s in (body["event"].get("event_ts"), body.get("event_time")):
        try:
            return datetime.fromtimestamp(float(told_s or "none"), UTC)
        except (TypeError, ValueError, OverflowError, OSError):
            continue
    return None


def keep_events(inbox: Inbox) -> Check:
    """Keep events of the inbox's kinds, and no others.

    Slack is told that one arrived once it is kept; while it cannot be, the answer is 500 (and no
    acknowledgement over Socket Mode), so that Slack sends it again, up to three times within an
    hour: docs.slack.dev/apis/events-api. 400 for one without an id.
    """

    async def check(request: AsyncBoltRequest) -> BoltResponse | None:
        workspace_id = team_of(request)
        if workspace_id is None or not _is_for(inbox, request.body):
            return None
        if not request.body.get("event_id"):  # Slack names each: without, it could not be kept once
            log.warning("event_without_id")
            return BoltResponse(status=400)
        try:
            has_work = await inbox.keep(request.body, workspace_id)
        except (SQLAlchemyError, OSError, TimeoutError):
            log.warning("event_refused_without_database")
            return BoltResponse(status=500)
        if has_work:
            inbox.services.in_flight.start(inbox.work())
        return BoltResponse(status=200)

    return check


def _is_for(inbox: Inbox, body: Mapping[str, Any]) -> bool:
    event = body.get("event")
    return (
        body.get("type") == "event_callback"
        and isinstance(event, Mapping)
        and event.get("type") in inbox.kinds
    )


def team_of(request: AsyncBoltRequest) -> WorkspaceId | None:
    """Name the workspace in which Cairn is asked, as Bolt reads it: that of our token.

    The payload's own `team.id` is a person's in a channel shared between workspaces, and an
    organisation's in an org-wide install.
    """
    context = request.context
    found = (context.authorize_result and context.authorize_result.team_id) or context.team_id
    return WorkspaceId(found) if found and is_an_id(found) else None


async def refuse_without_token(request: AsyncBoltRequest) -> BoltResponse | None:
    """Answer 503 (over Socket Mode, nothing) to what needs a token that is out of reach for now.

    Slack sends events again; to a click it says that Cairn did not answer. A form goes on: it can
    be saved and answered without a token. So does a command, which brings an address to answer at.
    """
    context = request.context
    if context.authorize_result is None or context.authorize_result.bot_token:
        return None
    is_event = request.body.get("type") == "event_callback"
    is_click = request.body.get("type") == "block_actions" and context.response_url is None
    if not (is_event or is_click):
        return None
    if (
        workspace_id := team_of(request)
    ) is None:  # it names no workspace, and would not get better
        return BoltResponse(status=400)
    log.warning("refused_without_token", workspace=workspace_id)
    return BoltResponse(status=503)


def request_id(body: Mapping[str, Any]) -> str | None:
    """Read what Slack repeats when it delivers a request twice: an event's id or a trigger.

    A trigger belongs to one click or submission, but several clicks in one view share none.
    """
    found = body.get("event_id") or body.get("trigger_id")
    return found if isinstance(found, str) and found else None


def refuse_events_without_database(database: Database) -> Check:
    """Answer an event with 500 while the database is away.

    Slack then sends it again, up to three times within an hour, and over Socket Mode when no
    envelope was acknowledged: docs.slack.dev/apis/events-api. Commands and clicks are never
    repeated, so they go on, and their author reads one sentence.
    """

    async def check(request: AsyncBoltRequest) -> BoltResponse | None:
        if request.body.get("type") == "event_callback" and not await answers(database):
            log.warning("event_refused_without_database")
            return BoltResponse(status=500)
        return None

    return check


async def answers(database: Database, *, within_s: float = DATABASE_WITHIN_S) -> bool:
    """Tell whether the database answers in time.

    A driver that has to give a statement up may take seconds for it: it is not waited for.
    """
    asking = asyncio.create_task(_ask(database))
    done, _ = await asyncio.wait({asking}, timeout=within_s)
    if not done:
        asking.cancel()
        return False
    return asking.result()


async def _ask(database: Database) -> bool:
    try:
        with everywhere():
            async with database.reading() as connection:
                await connection.execute(sa.text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True


def refuse_repeats() -> Check:
    """Answer a repeated event with 200 and do nothing.

    The latest ids are in memory alone: a pulse submission leaves no other trace. What must survive
    a restart is protected where it is written (the inbox, unique keys, upserts). Whatever a person
    waits for is let through: its repetition gets the answer of the first.
    """
    seen: OrderedDict[str, None] = OrderedDict()

    async def check(request: AsyncBoltRequest) -> BoltResponse | None:
        body = request.body
        known = request_id(body) if body.get("type") == "event_callback" else None
        if known is None:
            return None
        if known in seen:
            return BoltResponse(status=200)
        seen[known] = None
        if len(seen) > REMEMBERED:
            seen.popitem(last=False)
        return None

    return check
