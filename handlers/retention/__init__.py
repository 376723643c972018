"""Retention in Slack: how long a programme keeps what it knows, and the notice before it goes."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry, KindPolicy
from bot.flows.purge import Purge, retention_due
from bot.kernel.clock import local_date
from bot.kernel.ids import ProgrammeId, SlackUserId
from bot.kinds import MessageKind, ScheduleKind
from bot.people.model import PAIRED, Role
from bot.people.store import member_by_slack_id
from bot.programme.model import ProgrammeState
from bot.programme.store import programme, programmes
from bot.retention.store import plan_of, plans
from bot.schedule.claims import Duty, Outside
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, MessageType, Viewer
from handlers.edge.services import Services
from handlers.retention import listeners, views
from handlers.sending.messenger import Written


async def looking_back(viewer: Viewer) -> list[Block]:
    """Say to a member until when what is theirs stays, once their programme has ended."""
    if viewer.programme is None or viewer.programme.state is not ProgrammeState.CLOSED:
        return []
    return views.home(await plan_of(viewer.connection, viewer.programme))


async def tools(viewer: Viewer) -> list[Block]:
    """Lead a coordinator to the plan of each programme that still has something to forget."""
    workspace_id = viewer.member.workspace_id
    every = await programmes(viewer.connection, workspace_id)
    known = {one.programme_id: one for one in await plans(viewer.connection, workspace_id)}
    shown = [
        (one, known.get(one.id) or await plan_of(viewer.connection, one))
        for one in every
        if one.state is not ProgrammeState.CLOSED or one.id in known
    ]
    return [
        block
        for its, plan in shown
        for block in views.tools_line(its, plan, today=local_date(viewer.now, its.timezone))
    ]


async def write_notice(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a member until when they get what is theirs; nothing once it is gone."""
    ended = await programme(connection, entry.workspace_id, ProgrammeId(entry.subject_id))
    member = await member_by_slack_id(connection, entry.workspace_id, SlackUserId(entry.recipient))
    if ended is None or member is None or not member.roles & PAIRED:
        return None
    plan = await plan_of(connection, ended)
    if plan.words_gone_at is not None or plan.words_on is None:
        return None
    return views.notice_before(ended, plan, is_mentee=Role.MENTEE in member.roles)


async def write_news(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a coordinator how it stands at the moment it is sent."""
    ended = await programme(connection, entry.workspace_id, ProgrammeId(entry.subject_id))
    return views.news(ended, await plan_of(connection, ended)) if ended else None


def duties(services: Services) -> dict[str, Duty]:
    """Do what a plan says for the day, outside any transaction."""
    purge = Purge(services.database, services.vault, services.erasers)
    return {ScheduleKind.RETENTION: Outside(partial(retention_due, purge=purge))}


_MUST_ARRIVE = KindPolicy(resend_unknown=True, counts=False, outlasts_absence=True)

CAPABILITY = Capability(
    name="retention",
    listeners=listeners.register,
    messages={
        MessageKind.RETENTION_NOTICE: MessageType(
            name="notice before words are deleted", write=write_notice, policy=_MUST_ARRIVE
        ),
        MessageKind.RETENTION_NEWS: MessageType(
            name="news of what is deleted", write=write_news, policy=_MUST_ARRIVE
        ),
    },
    duties=duties,
    looking_back={HomeSection.CLOSE: looking_back},
    tools=tools,
    privacy="*After the end:* your words are deleted, later your name; you are told before.",
)
