"""The services that every listener may use. Built once, by runtime/process.py."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypedDict

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.course.model import Change
from bot.course.people import PersonChange
from bot.delivery.outcomes import latest_sent
from bot.errands import store as errands
from bot.errands.store import HOME, Want
from bot.flows.erasure import Eraser
from bot.flows.weekly_messages import WeeklyMessage
from bot.groups.upkeep import reconcile_groups
from bot.kernel.clock import Clock
from bot.kernel.database import Database
from bot.kernel.download import Downloads
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.figures import UNMONITORED, Ledger
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.keys.vault import Vault
from bot.matching.model import Weights
from bot.people.model import Member
from bot.people.use_cases import the_coordinator, the_member
from bot.programme.groups import GroupMembers
from bot.programme.model import Programme
from bot.programme.use_cases import the_programme
from bot.rehearsal.model import RehearsalOrder, Rehearse, Summary, Told
from bot.stages.model import Framework
from config.catalogue import Catalogue
from handlers.blocks import AgendaLine, ToDoLine, View
from handlers.edge.call import Call
from handlers.edge.clients import CALL_FAILURES, Clients, FixedClients, send_failure

log = structlog.get_logger("cairn.home")

FOLLOWED_FOR = timedelta(days=7)
"""A message that is older has had its week."""

PRIVATE_PATH = "/private/"
"""The beginning of a private address; the workspace, the kind and the secret follow."""


@dataclass(slots=True)
class InFlight:
    """Counts listeners from before their ack until their end, and what they set going."""

    count: int = 0
    _none: asyncio.Event = field(default_factory=asyncio.Event)
    _started: set["asyncio.Task[None]"] = field(default_factory=set)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count one more until the end of the block."""
        self._begin()
        try:
            yield
        finally:
            self._end()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let `work` go on by itself; it counts from now until its end."""
        self._begin()
        task = asyncio.ensure_future(work)
        self._started.add(task)
        task.add_done_callback(self._ended)

    async def none(self) -> None:
        """Wait until nothing is under way."""
        if self.count:
            await self._none.wait()

    def _begin(self) -> None:
        self.count += 1
        self._none.clear()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._started.discard(task)
        self._end()

    def _end(self) -> None:
        self.count -= 1
        if not self.count:
            self._none.set()


async def _no_home(_call: Call, _services: "Services") -> None:
    """Show nothing: where no Home tab is assembled."""


async def _no_page(_call: Call, _services: "Services") -> View:
    """Refuse: where no Home tab is assembled."""
    raise UserFacing("This does not work here.")


class ShowChange(Protocol):
    """Shows a coordinator what a change does before it is made."""

    async def __call__(
        self,
        call: Call,
        services: "Services",
        change: Change | PersonChange,
        *,
        programme: Programme,
        block: str,
    ) -> None: ...


class FindToDos(Protocol):
    """Says what a member can do now, of some kinds."""

    async def __call__(
        self,
        services: "Services",
        connection: AsyncConnection,
        member: Member,
        *,
        programme: Programme | None,
        kinds: Collection[str],
        known: Mapping[Any, object],
    ) -> Sequence[ToDoLine]: ...


async def _no_todos(*_: object, **__: object) -> Sequence[ToDoLine]:
    """Find nothing: where no capabilities are assembled."""
    return ()


async def _no_rehearsal(_asked: RehearsalOrder, _told: Told) -> Summary:
    """Refuse: where there is nothing to play it in."""
    raise UserFacing("A rehearsal cannot be played here.")


async def _no_preview(*_: object, **__: object) -> None:
    """Refuse: where no capabilities are assembled."""
    raise UserFacing("This does not work here.")


async def _no_agenda(
    _services: "Services",
    _connection: AsyncConnection,
    _mentor: Member,
    _group: GroupMembers,
    _since: datetime | None,
) -> list[AgendaLine]:
    """Find nothing: where no capabilities are put together."""
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateFile:
    """A file that a program fetches from a member's private address.

    `keeps_for` is how long the program may go without asking again, none for never keep it.
    """

    content: bytes
    content_type: str
    name: str
    keeps_for: timedelta = timedelta(0)


class MatchingInputs(TypedDict):
    """The arguments of every matching: the time, in UTC, and how people are compared."""

    now: datetime
    framework: Framework | None
    weights: Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`wake` tells the dispatcher that there is something to send: call it after a commit.

    `clients` are for what is done in Slack when no request brought a client along. `publish_home`,
    `home_page` (what opens behind a button at its end), `message_names`, `erasers`, `weekly`,
    `agenda`, `to_dos` and `following` (the kinds of messages that are drawn anew when their reader
    has done something) and `uncounted` (those that leave a member's week as it is) are what all
    capabilities add together.
    `rehearse` plays a programme that is prepared, in a process of its own. `show_change` shows a
    coordinator what a change of a programme or of a member does, before it is made; what cannot
    be is said beside a block of the form.
    `public_url` is the address at which programs reach Cairn over HTTP, None where they cannot.
    """

    database: Database
    clock: Clock
    catalogue: Catalogue
    vault: Vault
    wake: Callable[[], None] = lambda: None
    clients: Clients = field(default_factory=lambda: FixedClients({}))
    in_flight: InFlight = field(default_factory=InFlight)
    publish_home: Callable[[Call, "Services"], Awaitable[None]] = _no_home
    home_page: Callable[[Call, "Services"], Awaitable[View]] = _no_page
    message_names: Mapping[str, str] = field(default_factory=dict)
    erasers: Sequence[Eraser] = ()
    weekly: Mapping[str, WeeklyMessage] = field(default_factory=dict)
    to_dos: FindToDos = _no_todos
    following: Sequence[str] = ()
    uncounted: Sequence[str] = ()
    agenda: Callable[..., Awaitable[list[AgendaLine]]] = _no_agenda
    public_url: str | None = None
    downloads: Downloads = field(default_factory=Downloads)
    figures: Ledger = UNMONITORED
    rehearse: Rehearse = _no_rehearsal
    show_change: ShowChange = _no_preview

    def framework(self, framework_id: str) -> Framework:
        """Find a competency framework. Raises OperatorFacing where the catalogue has none."""
        found = self.catalogue.frameworks.get(framework_id)
        if found is None:
            raise OperatorFacing(f"no framework {framework_id} in the catalogue", permanent=True)
        return found

    def framework_of(self, programme: Programme) -> Framework | None:
        """Find the competency framework of this programme, by which stages are compared."""
        return self.catalogue.frameworks.get(programme.framework_id)

    def for_matching(self, programme: Programme) -> MatchingInputs:
        """Give the time, the programme's framework and the weights."""
        return {
            "now": self.clock.now(),
            "framework": self.framework_of(programme),
            "weights": self.catalogue.weights,
        }

    async def member(self, call: Call) -> Member:
        """Read who calls. Raises UserFacing for somebody who is no member."""
        async with self.database.reading() as connection:
            return await the_member(connection, call.workspace_id, call.slack_user_id)

    async def coordinator(self, call: Call) -> Member:
        """Read the coordinator who calls. Raises UserFacing for anybody else."""
        async with self.database.reading() as connection:
            return await the_coordinator(connection, call.workspace_id, call.slack_user_id)

    async def record(
        self,
        connection: AsyncConnection,
        call: Call,
        act: Act,
        *,
        programme_id: str | None = None,
        about: Collection[str] = (),
        what: object = "",
        count: int | None = None,
    ) -> Member:
        """Write down what a coordinator does, in the transaction that does it.

        Raises UserFacing for anybody else, who may have been one when the request began.
        """
        me = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        await audit.record(
            connection,
            call.workspace_id,
            act,
            by=me.id,
            now=self.clock.now(),
            programme_id=ProgrammeId(programme_id) if programme_id else None,
            about=about,
            what=str(what),
            count=count,
        )
        return me

    async def programme(self, call: Call, programme_id: str | None) -> Programme:
        """Read a programme of the caller's workspace. Raises UserFacing for one that is gone."""
        wanted = ProgrammeId(programme_id or "")
        async with self.database.reading() as connection:
            return await the_programme(connection, call.workspace_id, wanted)

    def private_url(self, workspace_id: WorkspaceId, kind: str, secret: str) -> str:
        """Write the private address of a file. Raises UserFacing where none can be fetched."""
        if self.public_url is None:
            raise UserFacing(
                "Cairn cannot be reached by calendars here. Use the addresses beside each meeting."
            )
        return f"{self.public_url}{PRIVATE_PATH}{workspace_id}/{kind}/{secret}"

    async def reconcile_groups(self, workspace_id: WorkspaceId) -> None:
        """Bring all groups under way in line with the roster, and let what there is to tell go.

        Call it after anything that changes the roster, outside any transaction.
        """
        await reconcile_groups(
            self.database,
            workspace_id,
            now=self.clock.now(),
            frameworks=self.catalogue.frameworks,
            weights=self.catalogue.weights,
        )
        self.wake()

    async def refresh_home(self, call: Call) -> None:
        """Show the caller as it is now, after something was done: Home and their last messages."""
        await self.show_home(call)
        await self._draw_messages_anew(call)

    async def show_home(self, call: Call) -> None:
        """Show the caller their Home tab as it is now.

        What was done stays done when the tab cannot be shown: it is shown as soon as Slack takes
        it, by an errand.
        """
        try:
            await self._publish_home_or_owe_it(call)
        except (SQLAlchemyError, OSError) as failure:
            log.warning(
                "home_not_drawn", workspace=call.workspace_id, failure=type(failure).__name__
            )

    async def _publish_home_or_owe_it(self, call: Call) -> None:
        try:
            await self.publish_home(call, self)
        except CALL_FAILURES as failure:
            reason = send_failure(failure).reason
            log.warning("home_not_shown", workspace=call.workspace_id, reason=reason)
        else:
            return
        async with self.database.writing() as connection:
            await errands.ask(
                connection,
                call.workspace_id,
                Want.SHOWN,
                place=HOME,
                person=call.slack_user_id,
                now=self.clock.now(),
            )
        self.wake()

    async def _draw_messages_anew(self, call: Call) -> None:
        """Have the caller's latest messages say what is now true; what was done stays done."""
        workspace_id, now = call.workspace_id, self.clock.now()
        since = now - FOLLOWED_FOR
        try:
            async with self.database.reading() as connection:
                latest = await latest_sent(
                    connection, workspace_id, call.slack_user_id, kinds=self.following, since=since
                )
            if latest:
                async with self.database.writing() as connection:
                    for place in latest:
                        await errands.ask(
                            connection, workspace_id, Want.REDRAWN, place=place, now=now
                        )
                self.wake()
        except (SQLAlchemyError, OSError) as failure:
            log.warning("message_not_drawn", workspace=workspace_id, failure=type(failure).__name__)
