"""The record of all that a capability adds to Cairn, and what follows from many of them."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry, KindPolicy
from bot.flows.erasure import Eraser
from bot.flows.recipients import programme_of_recipient
from bot.flows.weekly_messages import WeeklyMessage, weekly_duty
from bot.groups.joining import MembersSeats, seating_of
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import is_an_id, one_workspace
from bot.people.model import PAIRED, Member
from bot.people.private_links import owner_of_link
from bot.programme.groups import GroupMembers
from bot.programme.model import Programme, ProgrammeState, Use, in_use
from bot.programme.store import programme_of, programme_of_group, programme_of_slack_user
from bot.programme.use_cases import must_be_in_use
from bot.schedule.claims import Duty
from bot.todos import ToDo, in_order
from handlers.blocks import AgendaLine, Block, ToDoLine
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge, Listener
from handlers.edge.inbox import EventKind
from handlers.edge.services import PrivateFile, Services
from handlers.sending.messenger import Compose, Written

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A member who looks at their Home tab, and what is read for them on the way.

    `programme` is None while they are in none, `shown` then the one that is prepared; `now` is in
    UTC.
    """

    services: Services
    connection: AsyncConnection
    member: Member
    programme: Programme | None
    now: datetime
    shown: Programme | None = None
    kinds: Collection[str] | None = None
    _read: dict[object, object] = field(default_factory=dict)

    def wants(self, *kinds: str) -> bool:
        """Say whether to-dos of one of these kinds are wanted."""
        return self.kinds is None or not set(kinds).isdisjoint(self.kinds)

    async def once(self, read: "Callable[[Viewer], Awaitable[Thing]]") -> Thing:
        """Read what several capabilities, or Home and to-dos, need of this member, only once."""
        if read not in self._read:
            self._read[read] = await read(self)
        return cast("Thing", self._read[read])


async def seating(viewer: Viewer) -> MembersSeats:
    """Read where a member sits in running programmes: for `Viewer.once`."""
    member = viewer.member
    if not member.roles & PAIRED:
        return MembersSeats((), {})
    return await seating_of(viewer.connection, member.workspace_id, member.id)


async def seating_here(viewer: Viewer) -> MembersSeats:
    """Read where a member sits in their own programme, running or not: for `Viewer.once`."""
    member, programme = viewer.member, viewer.programme
    if programme is None or not member.roles & PAIRED:
        return MembersSeats((), {})
    if programme.state is ProgrammeState.RUNNING:
        return (await viewer.once(seating)).within(programme.id)
    its = (viewer.connection, member.workspace_id, member.id)
    return await seating_of(*its, programme=programme)


async def groups_of(viewer: Viewer) -> list[GroupMembers]:
    """Read the mentoring groups that a member is in, as they know them: for `Viewer.once`."""
    return (await viewer.once(seating)).known_to(viewer.member.id)


class HomeSection(StrEnum):
    """The sections of the Home tab, in their order, by their headings: the same every time."""

    TOP = ""
    """For what a coordinator sees of the programme, and that somebody is on a break."""
    PATH = "My path"
    PEOPLE = "My people"
    GOALS = "My goals"
    CHECKINS = "My check-ins"
    CLOSE = "The close"


Look = Callable[[Viewer], Awaitable[list[Block]]]
"""Reads what a member is to see."""
Looks = Mapping[HomeSection, Look]
"""The looks of a capability by section: a line or two each, and at most two buttons."""
FindAgenda = Callable[[Viewer, GroupMembers, datetime | None], Awaitable[Sequence[AgendaLine]]]
"""Reads what a mentor has to talk about with a group, since they met last (UTC, None for never)."""
MakeFile = Callable[[Services, AsyncConnection, Member], Awaitable[PrivateFile]]
"""Makes a file of a member's own, at the moment it is fetched."""
FindToDos = Callable[[Viewer], Awaitable[list[ToDo]]]
"""Reads what a member can do now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDos:
    """The to-dos of a capability: how they are found, and how each kind is said."""

    find: FindToDos
    say: Mapping[str, Callable[[ToDo], ToDoLine]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageType:
    """A kind of message: what operators call it, how it is written, how it is sent."""

    name: str
    write: Compose
    policy: KindPolicy
    checks_use: bool = False
    """Whether the writer itself looks whether the programme uses it, from what it reads anyway."""
    follows_reader: bool = False
    """Whether it is drawn anew when its reader has done something: what is done disappears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """All that one capability adds to Cairn. What it does not have is left out.

    `optional` says as what a programme may do without it: then nothing of it is seen anywhere.
    `duties` says what is done when a kind falls due, `weekly` what comes by itself every week to
    everybody of a role. `home` is its part of the Home tab, `looking_back` that of a member whose
    programme has ended, `foot` what stands below the contacts of everybody, `settings` its buttons
    behind *Settings*, or on the tab of somebody who has left; `tools` what coordinators find behind
    *Tools*: a line with its button each. `privacy` says in a line of Slack
    markup who sees what of it. `agenda` is what it adds to the agenda of a meeting, `files` what
    it makes of each kind behind a member's private address.
    """

    name: str
    optional: Use | None = None
    listeners: Callable[[Edge], None] = lambda _edge: None
    events: Mapping[str, EventKind] = field(default_factory=dict)
    messages: Mapping[str, MessageType] = field(default_factory=dict)
    duties: Callable[[Services], Mapping[str, Duty]] = lambda _services: {}
    weekly: Mapping[str, WeeklyMessage] = field(default_factory=dict)
    home: Looks = field(default_factory=dict)
    looking_back: Looks = field(default_factory=dict)
    foot: Look | None = None
    settings: Look | None = None
    tools: Look | None = None
    privacy: str = ""
    todos: ToDos | None = None
    agenda: FindAgenda | None = None
    files: Mapping[str, MakeFile] = field(default_factory=dict)
    erase: Eraser | None = None
    is_private: bool = False
    """Whether nobody may learn from figures that, or when, one of its listeners was called."""


@dataclass(frozen=True)
class Capabilities:
    """The sum of several capabilities, in their order.

    Raises ValueError where two of them bear one name or answer for the same kind.
    """

    every: tuple[Capability, ...]

    def __post_init__(self) -> None:
        _joined({one.name: one} for one in self.every)
        _joined(one.todos.say for one in self.every if one.todos)
        _ = (self.messages, self.events)

    @cached_property
    def messages(self) -> Mapping[str, MessageType]:
        """Gather every kind of message."""
        return _joined(one.messages for one in self.every)

    @cached_property
    def events(self) -> Mapping[str, EventKind]:
        """Gather the events that must not be lost; listeners are for those that may be."""
        return _joined(one.events for one in self.every)

    @property
    def weekly(self) -> Mapping[str, WeeklyMessage]:
        """Gather what comes by itself every week."""
        return _joined(one.weekly for one in self.every)

    @property
    def writers(self) -> Mapping[str, Compose]:
        """Gather how each kind of message is written when it is sent; what is off is not."""
        return {
            kind: message.write
            if one.optional is None or message.checks_use
            else _if_used(one.optional, message.write)
            for one in self.every
            for kind, message in one.messages.items()
        }

    @property
    def policies(self) -> Mapping[str, KindPolicy]:
        """Gather how each kind is sent when things go wrong or a member's week is full."""
        return {kind: one.policy for kind, one in self.messages.items()}

    @property
    def names(self) -> Mapping[str, str]:
        """Gather the names of kinds of messages, for where the queue is shown."""
        return {kind: one.name for kind, one in self.messages.items()}

    @property
    def following(self) -> Sequence[str]:
        """List the kinds of messages that are drawn anew when their reader has done something."""
        return [kind for kind, one in self.messages.items() if one.follows_reader]

    @property
    def uncounted(self) -> Sequence[str]:
        """List the kinds of messages that do not use up a member's week."""
        return [kind for kind, one in self.policies.items() if not one.counts]

    @property
    def erasers(self) -> Sequence[Eraser]:
        """Gather what deletes a member's rows when they are erased, members themselves last."""
        return [one.erase for one in reversed(self.every) if one.erase is not None]

    def listen(self, edge: Edge) -> None:
        """Add every listener to the edge, behind a guard where a programme may do without it."""
        for one in self.every:
            guard = _must_be_used(one.optional)
            one.listeners(replace(edge, guard=guard, is_private=one.is_private))

    def duties(self, services: Services) -> dict[str, Duty]:
        """Gather what is done when something of each kind falls due."""
        weekly = {kind: weekly_duty(kind, one) for kind, one in self.weekly.items()}
        return dict(_joined([*(one.duties(services) for one in self.every), weekly]))

    def used_by(self, viewer: Viewer) -> list[Capability]:
        """List what this member's programme uses by now, in the order of Home."""
        programme, now = viewer.programme or viewer.shown, viewer.now
        return [
            one
            for one in self.every
            if one.optional is None or programme is None or in_use(programme, one.optional, now)
        ]

    async def lines(self, viewer: Viewer) -> list[ToDoLine]:
        """Say what a member can do now, of the kinds that are wanted, by how much it matters."""
        every = [one.todos for one in self.used_by(viewer) if one.todos]
        asked = [one for one in every if viewer.wants(*one.say)]
        say = _joined(one.say for one in asked)
        found = [todo for one in asked for todo in await one.find(viewer)]
        shown = [todo for todo in found if viewer.wants(todo.kind)]
        return [say[todo.kind](todo) for todo in in_order(shown)]

    async def to_dos(
        self,
        services: Services,
        connection: AsyncConnection,
        member: Member,
        *,
        programme: Programme | None,
        kinds: Collection[str],
        known: Mapping[Any, object],
    ) -> list[ToDoLine]:
        """Say what a member can do now of these kinds, for a message to them.

        `known` holds what `Viewer.once` would read and is at hand already.
        """
        viewer = Viewer(
            services=services,
            connection=connection,
            member=member,
            programme=programme,
            now=services.clock.now(),
            kinds=kinds,
            _read=dict(known),
        )
        return await self.lines(viewer)

    async def agenda(
        self,
        services: Services,
        connection: AsyncConnection,
        mentor: Member,
        group: GroupMembers,
        since: datetime | None,
    ) -> list[AgendaLine]:
        """List what a mentor has to talk about with a group, in the order of Home."""
        programme = await programme_of_group(connection, mentor.workspace_id, group.group_id)
        viewer = Viewer(
            services=services,
            connection=connection,
            member=mentor,
            programme=programme,
            now=services.clock.now(),
        )
        finding = [one.agenda for one in self.used_by(viewer) if one.agenda]
        return [line for find in finding for line in await find(viewer, group, since)]

    async def file(
        self, services: Services, workspace_id: str, kind: str, secret: str
    ) -> PrivateFile | None:
        """Make the file of the member whose private address this is; None where there is none."""
        makers = {
            name: (one.optional, make) for one in self.every for name, make in one.files.items()
        }
        if kind not in makers or not is_an_id(workspace_id):
            return None
        use, make = makers[kind]
        now, workspace = services.clock.now(), WorkspaceId(workspace_id)
        with one_workspace(workspace_id):
            async with services.database.reading() as connection:
                owner = await owner_of_link(connection, workspace, kind, secret, now=now)
                if owner is None:
                    return None
                programme = await programme_of(connection, workspace, owner.id, or_closed=True)
                if use and programme and not in_use(programme, use, now):
                    return None
                return await make(services, connection, owner)


def _if_used(use: Use, write: Compose) -> Compose:
    """Make a writer that writes nothing once the recipient's programme does without `use`."""

    async def written(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
        programme = await programme_of_recipient(connection, entry.workspace_id, entry.recipient)
        if programme is not None and not in_use(programme, use, services.clock.now()):
            return None
        return await write(services, connection, entry)

    return written


def _must_be_used(use: Use | None) -> Listener | None:
    """Make the guard that refuses what the caller's programme does without."""
    if use is None:
        return None

    async def guard(call: Call, services: Services) -> None:
        async with services.database.reading() as connection:
            programme = await programme_of_slack_user(
                connection, call.workspace_id, call.slack_user_id
            )
        if programme is not None:
            must_be_in_use(programme, use, now=services.clock.now())

    return guard


def _joined(many: Iterable[Mapping[str, Thing]]) -> Mapping[str, Thing]:
    found: dict[str, Thing] = {}
    for one in many:
        twice = found.keys() & one.keys()
        if twice:
            raise ValueError(f"two capabilities answer for {', '.join(sorted(twice))}")
        found |= one
    return MappingProxyType(found)
