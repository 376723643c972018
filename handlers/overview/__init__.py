"""A programme at a glance: Monday's message to coordinators, the weekly digest, Home, lists."""

from datetime import time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry, KindPolicy
from bot.flows.weekly_messages import WeeklyMessage
from bot.kernel.ids import MemberId, ProgrammeId
from bot.kinds import NEEDS_COORDINATOR, MessageKind
from bot.overview import store
from bot.overview.model import NEEDS
from bot.overview.use_cases import needs_of, queue_monday, read_week, todos
from bot.people import store as people
from bot.people.model import Role
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, is_over, week_of
from bot.programme.use_cases import current_programme
from bot.pulse import results
from bot.pulse import store as rounds
from bot.retention.use_cases import days_ahead
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, MessageType, ToDos, Viewer
from handlers.edge.services import Services
from handlers.overview import listeners, message_views, views
from handlers.sending.messenger import Written

NEWS_FOR = timedelta(days=7)
MONDAY_AT = time(8)


async def write_monday(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Write a coordinator's week as of now; nothing to a former one, or when nothing runs."""
    member = await people.member(connection, entry.workspace_id, MemberId(entry.subject_id))
    programme = await current_programme(connection, entry.workspace_id)
    if member is None or not coordinates(member) or programme is None:
        return None
    if programme.state is not ProgrammeState.RUNNING:
        return None
    now = services.clock.now()
    lines = await services.to_dos(
        services, connection, member, programme=programme, kinds=NEEDS_COORDINATOR, known={}
    )
    purges = await days_ahead(connection, entry.workspace_id, now)
    week = await read_week(connection, programme, now=now, besides=purges)
    number = min(week_of(programme, now), programme.weeks)
    return message_views.monday(programme, lines, week, number_of=number)


async def write_digest(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Write a programme's week for its channel; nothing once it is over."""
    programme_id = ProgrammeId(entry.subject_id.partition(":")[0])
    programme = await programmes.programme(connection, entry.workspace_id, programme_id)
    now = services.clock.now()
    if programme is None or programme.state is not ProgrammeState.RUNNING:
        return None
    if is_over(programme, now):
        return None
    every = await people.members(connection, entry.workspace_id, roles=[Role.COORDINATOR])
    return message_views.digest(
        programme,
        await needs_of(connection, programme, now),
        await read_week(connection, programme, now=now),
        number_of=week_of(programme, now),
        pulse=await _pulse(connection, programme, services),
        is_coordinated=any(one.takes_part for one in every),
    )


async def _pulse(connection: AsyncConnection, programme: Programme, services: Services) -> str:
    """Say what the pulse of a programme is about in this week, or nothing."""
    its = (connection, programme.workspace_id, programme.id)
    open_round = await rounds.open_round_of(*its)
    if open_round is not None:
        return message_views.pulse_open(open_round.closes_at)
    released = await results.latest(*its, limit=1)
    is_news = released and services.clock.now() - released[0].closes_at <= NEWS_FOR
    return message_views.PULSE_TOLD if is_news else ""


async def home(viewer: Viewer) -> list[Block]:
    """Show a coordinator how the groups of a running programme are doing."""
    programme = viewer.programme
    if programme is None or not coordinates(viewer.member):
        return []
    if programme.state is not ProgrammeState.RUNNING:
        return []
    return views.home(await store.figures(viewer.connection, programme, now=viewer.now))


_WEEKLY = KindPolicy(resend_unknown=False, counts=False, reminder_of="week")

CAPABILITY = Capability(
    name="overview",
    listeners=listeners.register,
    messages={
        MessageKind.COORDINATORS_WEEK: MessageType(
            name="a coordinator's week", write=write_monday, policy=_WEEKLY, follows_reader=True
        ),
        MessageKind.WEEKLY_DIGEST: MessageType(
            name="weekly digest", write=write_digest, policy=KindPolicy(counts=False)
        ),
    },
    weekly={
        MessageKind.COORDINATORS_WEEK: WeeklyMessage(
            role=Role.COORDINATOR, weekday=0, at=MONDAY_AT, queue=queue_monday
        )
    },
    home={HomeSection.TOP: home},
    todos=ToDos(
        find=lambda viewer: todos(viewer.connection, viewer.member, viewer.programme, viewer.now),
        say=dict.fromkeys(NEEDS, views.line_of),
    ),
)
