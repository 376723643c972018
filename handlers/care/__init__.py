"""Concerns and blocks in Slack: always there, for everybody, at the foot of Home."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.care import store, use_cases
from bot.care.covers import somebody_hears
from bot.care.model import Concern
from bot.care.upkeep import watch
from bot.delivery.model import Entry, KindPolicy
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import ProgrammeId, SlackUserId
from bot.kinds import MessageKind, ScheduleKind, ToDoKind
from bot.people import store as people
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.schedule.claims import Heavy
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, MessageType, ToDos, Viewer
from handlers.care import listeners, views
from handlers.edge.services import Services
from handlers.sending.messenger import Written


async def write_note(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Say that something waits, in the same words to everybody; nothing where nothing does."""
    who, now = SlackUserId(entry.recipient), services.clock.now()
    found = await use_cases.concerns_of(connection, entry.workspace_id, who, now=now)
    return None if found.is_empty else views.note()


async def write_nobody_hears(
    services: Services, connection: AsyncConnection, entry: Entry
) -> Written:
    """Tell a coordinator that nobody can hear a concern now; nothing once somebody can."""
    programme_id, now = ProgrammeId(entry.subject_id), services.clock.now()
    programme = await programmes.programme(connection, entry.workspace_id, programme_id)
    if programme is None or await somebody_hears(connection, programme, now=now):
        return None
    return views.nobody_hears(programme)


async def write_wish(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a coordinator of a wish from before there were concerns, if it still waits."""
    who = SlackUserId(entry.recipient)
    reader = await people.member_by_slack_id(connection, entry.workspace_id, who)
    return views.earlier_wish(entry.subject_id) if reader and coordinates(reader) else None


async def _every(viewer: Viewer) -> list[Concern]:
    return await store.every(viewer.connection, viewer.member.workspace_id)


async def foot(viewer: Viewer) -> list[Block]:
    """Show somebody how far their own concerns have come, and what they were asked."""
    member = viewer.member
    if not await viewer.once(_every):
        return []
    its = (viewer.connection, member.workspace_id, member.slack_user_id)
    try:
        found = await use_cases.concerns_of(*its, now=viewer.now)
    except OperatorFacing:
        return views.unreadable()
    return views.foot(found)


async def settings(viewer: Viewer) -> list[Block]:
    """Give a member the way to block somebody."""
    return views.settings() if viewer.member.takes_part else []


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find the concerns that wait for this member, and contact people who are to be named."""
    kept = await viewer.once(_every)
    its = (viewer.connection, viewer.member, viewer.programme)
    return await use_cases.todos(*its, kept, viewer.now)


_MUST_ARRIVE = KindPolicy(resend_unknown=True, counts=False, outlasts_absence=True)

CAPABILITY = Capability(
    name="care",
    is_private=True,
    listeners=listeners.register,
    messages={
        MessageKind.PERSONAL_NOTE: MessageType(
            name="personal note", write=write_note, policy=_MUST_ARRIVE
        ),
        MessageKind.NOBODY_HEARS: MessageType(
            name="nobody is there for concerns", write=write_nobody_hears, policy=_MUST_ARRIVE
        ),
        MessageKind.CONTACT_WISHED: MessageType(
            name="wish to be contacted", write=write_wish, policy=_MUST_ARRIVE
        ),
    },
    duties=lambda _services: {ScheduleKind.CARE: Heavy(watch)},
    foot=foot,
    settings=settings,
    privacy="*Concerns:* only the people whom you choose. Whom you block: you alone.",
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.ANSWER_CONCERN: views.answer_concern,
            ToDoKind.NAME_CONTACT_PEOPLE: views.name_contact_people,
        },
    ),
    erase=store.erase,
)
