"""A group's charter and the offer to become a peer-mentor in Slack: Home, to-dos, one message."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.community import peer_mentors, store
from bot.community.model import Charter, PeerTraining
from bot.community.use_cases import charters_of, todos
from bot.delivery.model import KindPolicy
from bot.kinds import MessageKind, ToDoKind
from bot.people.model import PAIRED, Member
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.programme.model import Use
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, MessageType, ToDos, Viewer, seating_here
from handlers.community import charters, training, training_views, views
from handlers.edge.dispatch import Edge


async def _charters(viewer: Viewer) -> list[Charter]:
    if viewer.programme is None or not viewer.member.roles & PAIRED:
        return []
    here = await viewer.once(seating_here)
    return await charters_of(viewer.connection, viewer.member, viewer.programme, seating=here)


async def _offer(viewer: Viewer) -> PeerTraining | None:
    if not viewer.member.is_mentee:
        return None
    return await peer_mentors.offer_of(viewer.connection, viewer.member, now=viewer.now)


async def home(viewer: Viewer) -> list[Block]:
    """Show a member the charter of their group."""
    return views.home(await viewer.once(_charters))


async def overview(viewer: Viewer) -> list[Block]:
    """Show a coordinator who is trained, as a count, once there is or was a programme."""
    its = viewer.connection, viewer.member.workspace_id
    if not coordinates(viewer.member):
        return []
    if viewer.programme is None and not await programmes.programmes(*its):
        return []
    found = await peer_mentors.trainings(*its)
    return training_views.coordinator_home(found)


async def looking_back(viewer: Viewer) -> list[Block]:
    """Show somebody whose programme has ended their group's charter, and an offer to them."""
    offer = await viewer.once(_offer)
    offered = training_views.offer_section() if offer else []
    return [*offered, *views.home(await viewer.once(_charters))]


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find what the charters and the offer of the peer-mentor role ask of a member."""
    found = await viewer.once(_charters)
    return [
        *todos(viewer.member, viewer.programme, found, viewer.now),
        *peer_mentors.todos(viewer.member, await viewer.once(_offer), viewer.now),
    ]


def _listeners(edge: Edge) -> None:
    charters.register(edge)
    training.register(edge)


async def _erase(connection: AsyncConnection, member: Member, now: datetime) -> None:
    await store.erase(connection, member, now)
    await peer_mentors.erase(connection, member)


CAPABILITY = Capability(
    name="community",
    optional=Use.COMMUNITY,
    listeners=_listeners,
    messages={
        MessageKind.PEER_MENTOR_OFFER: MessageType(
            name="offer of the peer-mentor role",
            write=training.write_offer,
            policy=KindPolicy(resend_unknown=False, counts=False, outlasts_absence=True),
        )
    },
    home={HomeSection.PEOPLE: home, HomeSection.TOP: overview},
    looking_back={HomeSection.PEOPLE: looking_back},
    privacy="*Charter:* everybody in your group. Nothing says who wrote which line.",
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.WRITE_CHARTER: views.write_charter,
            ToDoKind.READ_CHARTER: views.read_charter,
            ToDoKind.ANSWER_OFFER: training_views.answer_offer,
        },
    ),
    erase=_erase,
)
