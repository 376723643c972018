"""The close of a programme for its members: looking back, and thanks to one person."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.closing import store, use_cases
from bot.closing.model import ThanksId
from bot.delivery.model import Entry, KindPolicy
from bot.kinds import MessageKind, ToDoKind
from bot.people import store as people
from bot.people.model import PAIRED
from bot.programme.model import ProgrammeState, Use, in_use
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, MessageType, ToDos, Viewer
from handlers.closing import listeners, views
from handlers.edge.services import Services
from handlers.sending.messenger import Written


async def write_thanks(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell somebody that they are thanked; nothing of what is not for them any more."""
    one = await store.find_thanks(connection, entry.workspace_id, ThanksId(entry.subject_id))
    if one is None or not await use_cases.reaches(connection, one):
        return None
    giver = await people.member(connection, entry.workspace_id, one.member_id)
    return views.thanked(giver.name, one.id) if giver else None


async def _has_looked_back(viewer: Viewer) -> bool:
    member, programme = viewer.member, viewer.programme
    if programme is None or not member.is_mentee:
        return False
    its = (viewer.connection, member.workspace_id, member.id, programme.id)
    return await store.has_looked_back(*its)


async def home(viewer: Viewer) -> list[Block]:
    """Show a member at the close what they wrote, and whom they thanked."""
    member, programme = viewer.member, viewer.programme
    is_draft = programme is None or programme.state is ProgrammeState.DRAFT
    if programme is None or is_draft or not member.roles & PAIRED:
        return []
    its = (viewer.connection, member.workspace_id, member.id, programme.id)
    has_written = await viewer.once(_has_looked_back)
    given = await store.thanks_of(*its)
    to = given and await people.member(viewer.connection, member.workspace_id, given.to_member_id)
    return views.home(
        may_look_back=member.is_mentee,
        has_written=has_written,
        has_compass=member.is_mentee and in_use(programme, Use.COMPASS, viewer.now),
        thanks=given,
        to=to.name if to else "somebody",
    )


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find whether a mentee has yet to look back."""
    if viewer.programme is None:
        return []
    done = await viewer.once(_has_looked_back)
    return use_cases.todos(viewer.member, viewer.programme, has_looked_back=done, now=viewer.now)


CAPABILITY = Capability(
    name="closing",
    optional=Use.CLOSING,
    listeners=listeners.register,
    messages={
        MessageKind.THANKS: MessageType(
            name="thanks from a member",
            write=write_thanks,
            policy=KindPolicy(resend_unknown=True, counts=False, outlasts_absence=True),
        )
    },
    home={HomeSection.CLOSE: home},
    looking_back={HomeSection.CLOSE: home},
    privacy="*Looking back:* you alone. Thanks: the person whom you thank.",
    todos=ToDos(find=find_todos, say={ToDoKind.LOOK_BACK: views.look_back_todo}),
    erase=store.erase,
)
