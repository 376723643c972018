"""Check-ins in Slack: what is sent, what Home shows of them and asks."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import store
from bot.checkins.disclosure import shown_to_mentor
from bot.checkins.handover import handover_of
from bot.checkins.replies import erase as erase_replies
from bot.checkins.schedule import MenteesCheckins, mentees_checkins, prompt_when_due
from bot.delivery.model import KindPolicy
from bot.groups.joining import known_groups_of, known_groups_of_mentor
from bot.kinds import MessageKind, ScheduleKind, ToDoKind
from bot.meetings.store import has_missed, missed_meetings
from bot.people.model import Member
from bot.programme.groups import GroupMembers
from bot.programme.model import Use
from bot.todos import ToDo
from handlers.blocks import AgendaLine, Block
from handlers.capability import (
    Capability,
    HomeSection,
    MessageType,
    ToDos,
    Viewer,
    groups_of,
)
from handlers.checkins import checkin_views, handover, listeners, messages, page_views, views
from handlers.free_text import SharedWeek


async def _checkins(viewer: Viewer) -> MenteesCheckins | None:
    return await mentees_checkins(
        viewer.connection,
        viewer.member,
        viewer.programme,
        now=viewer.now,
    )


async def home(viewer: Viewer) -> list[Block]:
    """Show a mentee when they wrote last and are asked next; nothing to anybody else."""
    found = await viewer.once(_checkins)
    if found is None:
        return []
    is_near = found.next_at is not None and found.next_at > viewer.now - timedelta(days=1)
    return views.home_mentee(
        last_on=found.last_at,
        next_at=found.next_at if is_near else None,
        tz=viewer.member.timezone,
        is_away=viewer.member.is_away(viewer.now),
        is_due=bool(found.todos()),
    )


async def looking_back(viewer: Viewer) -> list[Block]:
    """Show somebody who was a mentee the way to what they wrote."""
    return checkin_views.looking_back() if viewer.member.is_mentee else []


async def find_todos(viewer: Viewer) -> list[ToDo]:
    """Find the check-in that a mentee was asked for, and what a new mentor may read of before."""
    found = await viewer.once(_checkins)
    if found is None:
        return []
    groups = await viewer.once(groups_of)
    change = await handover_of(viewer.connection, viewer.member, now=viewer.now, groups=groups)
    return [*found.todos(), *([change.todo()] if change else [])]


async def _last_missed(connection: AsyncConnection, member: Member) -> datetime | None:
    """Find when a meeting of a mentee's groups last did not take place, or None."""
    if not await has_missed(connection, member.workspace_id, member.id):  # as for almost everybody
        return None
    groups = await known_groups_of(connection, member.workspace_id, member.id)
    ids = [one.group_id for one in groups if member.id in one.mentees]
    missed = await missed_meetings(connection, member.workspace_id, group_ids=ids) if ids else {}
    return max((at for those in missed.values() for at in those), default=None)


async def _erase(connection: AsyncConnection, member: Member, now: datetime) -> int:
    replied = await erase_replies(connection, member, now)
    return replied + await store.erase(connection, member, now)


async def agenda(viewer: Viewer, group: GroupMembers, since: datetime | None) -> list[AgendaLine]:
    """Say how many check-ins of a group were shared since it met, and lead to them."""
    groups = await known_groups_of_mentor(
        viewer.connection, viewer.member.workspace_id, viewer.member.id
    )
    shared = await shown_to_mentor(
        viewer.connection, viewer.member, groups, since=since, until=viewer.now
    )
    theirs = [one for one in shared if one.member_id in group.mentees]
    week = SharedWeek(since, viewer.now, len(shared))
    return [page_views.shared_since(len(theirs), week)] if theirs else []


CAPABILITY = Capability(
    name="checkins",
    optional=Use.CHECKINS,
    listeners=listeners.register,
    messages={
        MessageKind.CHECKIN_PROMPT: MessageType(
            name="prompt for a check-in",
            write=messages.write_prompt,
            policy=KindPolicy(resend_unknown=False, counts=True, reminder_of="checkin"),
        ),
        MessageKind.CHECKIN_SHARED: MessageType(
            name="check-in shared with a group",
            write=messages.write_shared,
            policy=KindPolicy(resend_unknown=True, counts=False),
        ),
        MessageKind.CHECKIN_REPLIED: MessageType(
            name="word back to a check-in",
            write=messages.write_replied,
            policy=KindPolicy(resend_unknown=True, counts=False),
        ),
    },
    duties=lambda services: {
        ScheduleKind.CHECKIN_PROMPT: partial(
            prompt_when_due, frameworks=services.catalogue.frameworks, missed=_last_missed
        )
    },
    home={HomeSection.CHECKINS: home},
    looking_back={HomeSection.CHECKINS: looking_back},
    privacy=(
        "*Check-ins:* those whom you choose, for each check-in. Your mentor sees when you wrote "
        "last. Coordinators read none."
    ),
    todos=ToDos(
        find=find_todos,
        say={
            ToDoKind.WRITE_CHECKIN: views.write_checkin,
            ToDoKind.CHOOSE_HANDOVER: handover.choose_handover,
        },
    ),
    agenda=agenda,
    erase=_erase,
)
