"""Members in Slack: what is sent about membership, what Home shows of it and asks."""

from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry, KindPolicy
from bot.flows import absences
from bot.flows.erasure import ERASURE, erasure_due, traces_due
from bot.kernel.ids import MemberId
from bot.kinds import MessageKind, ScheduleKind, ToDoKind
from bot.people import directory, private_links, roster_store, use_cases
from bot.people import roster_feed as roster_feed_store
from bot.people import store as people
from bot.people.conduct import has_accepted, is_asked_again, todos_again
from bot.people.model import PAIRED, Member, MemberState
from bot.people.store import todos
from bot.programme.use_cases import current_programme
from bot.schedule.claims import Duty, Outside
from bot.todos import ToDo
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, MessageType, ToDos, Viewer
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.people import (
    absence,
    absence_views,
    conduct,
    conduct_views,
    coordinator_views,
    coordinators,
    daily_reading,
    listeners,
    preferences,
    roles,
    roster_feed,
    roster_feed_views,
    roster_import,
    roster_sources,
    views,
)
from handlers.sending.messenger import Written


async def write_invite(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Ask a member to accept the code of conduct, or its new words; nothing once they have."""
    now = services.clock.now()
    member = await people.member(connection, entry.workspace_id, MemberId(entry.subject_id))
    if member is None or member.is_away(now):
        return None
    programme = await current_programme(connection, entry.workspace_id)
    if member.has_accepted_conduct:
        is_asked = programme and is_asked_again(member, programme.conduct_again)
        if not programme or not is_asked or await _has_accepted_now(services, connection, member):
            return None
        return conduct_views.conduct_changed(member, programme)
    with_profile = roles.asks_for_profile(programme, now)
    return conduct_views.conduct_invitation(member, with_profile=with_profile)


async def write_return(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Greet a member at the end of a break; nothing to somebody who is away again."""
    member = await people.member(connection, entry.workspace_id, MemberId(entry.subject_id))
    if member is None or member.is_away(services.clock.now()):
        return None
    return views.welcome_back(member)


async def home(viewer: Viewer) -> list[Block]:
    """Say to a member that they are away, and to a coordinator who does not fit."""
    member = viewer.member
    is_away = member.state is MemberState.PAUSED and member.is_away(viewer.now)
    return [
        *(views.on_a_break(member) if is_away else []),
        *await daily_reading.home(viewer),
        *await roster_import.home(viewer),
    ]


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find what a member, or a coordinator, can do about membership."""
    again = viewer.shown.conduct_again if viewer.shown else None
    asked = todos_again(viewer.member, again, viewer.now)
    if asked and await _has_accepted_now(viewer.services, viewer.connection, viewer.member):
        asked = []
    return [*await todos(viewer.connection, viewer.member, viewer.now), *asked]


async def _has_accepted_now(
    services: Services, connection: AsyncConnection, member: Member
) -> bool:
    """Say whether a member accepted the words of now; the files may have changed since they were
    asked for others."""
    code, programme = await conduct.code_now(services, connection, member.workspace_id)
    is_own = programme is not None and programme.conduct_text is not None
    return has_accepted(member, code, is_own=is_own)


async def settings(viewer: Viewer) -> list[Block]:
    """Give a member the buttons for breaks, leaving, deletion and the code of conduct."""
    member = viewer.member
    if not member.takes_part:
        return views.has_left()
    who = coordinator_views.settings_line()
    if not member.roles & PAIRED:
        shown = viewer.shown
        is_named = shown and member.id in (shown.concern_person, shown.concern_deputy)
        return [*(absence_views.line() if is_named or member.is_coordinator else []), *who]
    return [*views.membership_buttons(member, may_pause=not member.is_away(viewer.now)), *who]


async def tools(_viewer: Viewer) -> list[Block]:
    """Let a coordinator keep the list in step, name others, and say that they are away."""
    who = coordinator_views.settings_line()
    return [*roster_feed_views.line(), *who, *absence_views.line()]


def _listeners(edge: Edge) -> None:
    listeners.register(edge)
    preferences.register(edge)
    for one in (
        absence,
        conduct,
        coordinators,
        daily_reading,
        roles,
        roster_sources,
        roster_import,
        roster_feed,
    ):
        one.register(edge)


async def _erase(connection: AsyncConnection, member: Member, now: datetime) -> None:
    await directory.erase(connection, member)
    await roster_feed_store.forget_member(connection, member)
    await private_links.erase(connection, member)
    await use_cases.erase(connection, member, now)


def _duties(services: Services) -> dict[str, Duty]:
    finish = partial(erasure_due, erase=partial(listeners.finish_erasure, services))
    read = partial(daily_reading.read_daily, services)
    return {
        ScheduleKind.PAUSE_END: use_cases.end_pause,
        ScheduleKind.ABSENCE: absences.begin,
        ScheduleKind.ROSTER_FORGOTTEN: roster_store.forget_imports,
        ScheduleKind.DIRECTORY_READING: Outside(read),
        ScheduleKind.ROSTER_READING: Outside(partial(roster_feed.read_due, services)),
        ERASURE: Outside(finish),
        ScheduleKind.TRACES: Outside(partial(traces_due, database=services.database)),
    }


_NOTICE = KindPolicy(resend_unknown=False, counts=False, outlasts_absence=True)

CAPABILITY = Capability(
    name="people",
    listeners=_listeners,
    events=listeners.EVENTS,
    messages={
        MessageKind.CONDUCT_INVITATION: MessageType(
            name="invitation to the code of conduct", write=write_invite, policy=_NOTICE
        ),
        MessageKind.WELCOME_BACK: MessageType(
            name="welcome back", write=write_return, policy=_NOTICE
        ),
        MessageKind.ROSTER_NEWS: MessageType(
            name="news of the list on the web", write=roster_feed.write_news, policy=_NOTICE
        ),
        MessageKind.STAND_IN: MessageType(
            name="news of whom somebody stands in for", write=absence.write, policy=_NOTICE
        ),
        MessageKind.COORDINATOR_WELCOME: MessageType(
            name="welcome to a coordinator", write=roles.write_welcome, policy=_NOTICE
        ),
        MessageKind.DIRECTORY_NEWS: MessageType(
            name="news of who is in Slack", write=daily_reading.write_news, policy=_NOTICE
        ),
    },
    duties=_duties,
    home={HomeSection.TOP: home},
    settings=settings,
    tools=tools,
    privacy="*Breaks and leaving:* your mentor and coordinators see that you are away, never why.",
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.ACCEPT_CONDUCT: conduct_views.accept_conduct,
            ToDoKind.IMPORT_PEOPLE: views.import_people,
            ToDoKind.ASK_FOR_CONDUCT: views.ask_for_conduct,
        },
    ),
    erase=_erase,
)
