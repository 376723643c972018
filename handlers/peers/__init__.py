"""Peer rounds in Slack: rotating pairs or trios of peers meet for half an hour."""

from datetime import datetime
from functools import partial

from bot.delivery.model import KindPolicy
from bot.kernel.ids import ProgrammeId
from bot.kinds import MessageKind, ScheduleKind, ToDoKind
from bot.peers import rules, use_cases
from bot.peers.model import OwnPeers
from bot.peers.store import own_peers
from bot.peers.upkeep import every_day, separate_now
from bot.people.model import PAIRED
from bot.programme.model import ProgrammeState, Use
from bot.schedule.claims import Outside
from bot.schedule.model import Due
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, MessageType, ToDos, Viewer
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.peers import form_views, listeners, messages, plan_listeners, views


def register(edge: Edge) -> None:
    """Add the listeners of members and of coordinators."""
    listeners.register(edge)
    plan_listeners.register(edge)


async def peers_now(viewer: Viewer) -> list[OwnPeers]:
    """Read with whom a member meets in rounds that they have been told of: for `Viewer.once`."""
    member, programme = viewer.member, viewer.programme
    is_running = programme is not None and programme.state is ProgrammeState.RUNNING
    if not is_running or not member.roles & PAIRED:
        return []
    every = await own_peers(viewer.connection, member.workspace_id, member_id=member.id)
    tz = member.timezone
    return [one for one in every if viewer.now >= rules.announced_at(one.round, tz)]


async def home(viewer: Viewer) -> list[Block]:
    """Show a member whom they meet this week."""
    seen = await viewer.once(peers_now)
    tz = viewer.member.timezone
    asks = any(viewer.now >= rules.asked_at(one.round, tz) for one in seen)
    return views.home(seen, asks=asks)


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find the rounds of which a member can say whether they met."""
    return use_cases.todos(await viewer.once(peers_now), viewer.member, viewer.now)


async def tools(_viewer: Viewer) -> list[Block]:
    """Lead a coordinator to the peer rounds."""
    return [form_views.tools_line()]


async def rounds_due(due: Due, now: datetime, *, services: Services) -> None:
    """Look after a programme's peer rounds: the duty of PEER_ROUNDS."""
    frameworks = services.catalogue.frameworks
    its = (services.database, due.workspace_id, ProgrammeId(due.subject_id))
    await every_day(*its, now=now, frameworks=frameworks)
    services.wake()


async def apart_due(due: Due, now: datetime, *, services: Services) -> None:
    """Part at once who must not meet any more, or let out who is gone: the duty of PEERS_APART."""
    await separate_now(services.database, due.workspace_id, now=now)
    services.wake()


CAPABILITY = Capability(
    name="peers",
    optional=Use.PEERS,
    listeners=register,
    messages={
        MessageKind.PEER_ROUND: MessageType(
            name="peer round",
            write=messages.write_announced,
            policy=KindPolicy(resend_unknown=False, counts=True),
            follows_reader=True,
        ),
        MessageKind.PEER_CHANGE: MessageType(
            name="changed peer round",
            write=messages.write_changed,
            policy=KindPolicy(resend_unknown=True, counts=False),
        ),
        MessageKind.PEER_QUESTION: MessageType(
            name="question whether peers met",
            write=messages.write_question,
            policy=KindPolicy(resend_unknown=False, counts=True),
            follows_reader=True,
        ),
    },
    duties=lambda services: {
        ScheduleKind.PEER_ROUNDS: Outside(partial(rounds_due, services=services)),
        ScheduleKind.PEERS_APART: Outside(partial(apart_due, services=services)),
    },
    home={HomeSection.PEOPLE: home},
    tools=tools,
    privacy="*Peer rounds:* the people of your meeting. Coordinators read how many met, never who.",
    todos=ToDos(find=find_todos, say={ToDoKind.SAY_IF_PEERS_MET: views.say_if_met}),
    erase=use_cases.erase,
)
