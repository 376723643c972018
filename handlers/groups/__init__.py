"""Mentoring groups in Slack, after their approval: the daily check, messages, Home."""

from datetime import datetime

from bot.delivery.model import KindPolicy
from bot.flows.weekly_messages import begin_weekly
from bot.groups import store as seated
from bot.groups.store import todos
from bot.groups.upkeep import every_morning
from bot.kernel.ids import ProgrammeId
from bot.kinds import MessageKind, ScheduleKind, ToDoKind
from bot.people.model import Role
from bot.schedule.claims import Duty, Outside
from bot.schedule.model import Due
from handlers.blocks import Block
from handlers.capability import Capability, MessageType, ToDos, Viewer
from handlers.edge.services import Services
from handlers.groups import listeners, messages, views


def _duties(services: Services) -> dict[str, Duty]:
    async def check(due: Due, now: datetime) -> None:
        await every_morning(
            services.database,
            due.workspace_id,
            ProgrammeId(due.subject_id),
            now=now,
            frameworks=services.catalogue.frameworks,
            weights=services.catalogue.weights,
        )
        await begin_weekly(services.database, due.workspace_id, services.weekly, now=now)
        services.wake()

    return {ScheduleKind.DAILY_CHECK: Outside(check)}


async def home(viewer: Viewer) -> list[Block]:
    """Show a member their group and its people."""
    connection, member, programme = viewer.connection, viewer.member, viewer.programme
    if member.role is Role.COORDINATOR:
        return []
    if programme is None:
        return views.before_groups()
    known = await messages.groups_shown(connection, programme, member.id)
    if member.role is not Role.MENTEE:
        return views.mentor_home(known)
    waiting = await seated.waiting_of(connection, member.workspace_id, programme.id, member.id)
    return views.mentee_home(known[0] if known else None, waiting)


_MUST_ARRIVE = KindPolicy(resend_unknown=True, counts=False, outlasts_absence=True)
"""Where somebody belongs must reach them: no weekly limit holds it back; doubt sends it again."""

CAPABILITY = Capability(
    name="groups",
    listeners=listeners.register,
    messages={
        kind: MessageType(name=name, write=write, policy=_MUST_ARRIVE)
        for kind, name, write in (
            (MessageKind.GROUP_INTRODUCTION, "introduction", messages.write_introduction),
            (MessageKind.UNMATCHED_NOTICE, "news of the waitlist", messages.write_unmatched),
            (MessageKind.SEAT_FOUND, "news of a seat", messages.write_seat_found),
            (MessageKind.MEMBER_JOINED, "news of who joins", messages.write_joined),
            (MessageKind.MEMBER_MOVED, "news of a move", messages.write_moved),
            (MessageKind.MENTOR_LEFT, "news of a mentor who left", messages.write_mentor_left),
            (MessageKind.GROUP_CONFLICT, "conflict in a group", messages.write_conflict),
            (MessageKind.START_HELD, "start held back", messages.write_start_held),
        )
    },
    duties=_duties,
    home=home,
    todos=ToDos(
        find=lambda viewer: todos(viewer.connection, viewer.member, viewer.programme, viewer.now),
        say={ToDoKind.RESOLVE_CONFLICT: views.resolve_conflict},
    ),
)
