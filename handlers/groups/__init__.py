"""Mentoring groups in Slack, after their approval: the daily check, messages, Home."""

from dataclasses import replace
from datetime import datetime

from bot.care.covers import warn_where_nobody_hears
from bot.delivery.model import KindPolicy
from bot.flows.closing import ask_about_the_end
from bot.flows.weekly_messages import begin_weekly
from bot.groups import joining
from bot.groups import store as seated
from bot.groups.approval import UNDO_FOR
from bot.groups.store import todos
from bot.groups.upkeep import every_morning
from bot.kernel.ids import ProgrammeId
from bot.kinds import MessageKind, ScheduleKind, ToDoKind
from bot.matching.store import is_approved
from bot.overview.use_cases import queue_digest
from bot.people.model import PAIRED
from bot.people.use_cases import reconcile_pauses
from bot.programme.model import Programme, ProgrammeState, Use, in_use
from bot.schedule.claims import Duty, Outside
from bot.schedule.model import Due
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, MessageType, ToDos, Viewer, seating_here
from handlers.edge.services import Services
from handlers.groups import listeners, mentor_views, messages, views
from handlers.groups.views import GroupShown
from handlers.sending.channels import check_channels
from handlers.sending.digest_channel import check_daily


def _duties(services: Services) -> dict[str, Duty]:
    async def check(due: Due, now: datetime) -> None:
        async with services.database.writing() as connection:
            await reconcile_pauses(connection, due.workspace_id, now=now)
            await warn_where_nobody_hears(connection, due.workspace_id, now=now)
        await every_morning(
            services.database,
            due.workspace_id,
            ProgrammeId(due.subject_id),
            now=now,
            frameworks=services.catalogue.frameworks,
            weights=services.catalogue.weights,
        )
        programme_id = ProgrammeId(due.subject_id)
        await ask_about_the_end(services.database, due.workspace_id, programme_id, now=now)
        await check_daily(services, due.workspace_id, programme_id, now=now)
        await check_channels(services, due.workspace_id, programme_id, now=now)
        await queue_digest(services.database, due.workspace_id, programme_id, now=now)
        await begin_weekly(services.database, due.workspace_id, services.weekly, now=now)
        services.wake()

    return {ScheduleKind.DAILY_CHECK: Outside(check)}


async def _groups(viewer: Viewer) -> list[GroupShown]:
    if viewer.programme is None:
        return []
    here = await viewer.once(seating_here)
    return await messages.groups_shown(viewer.connection, viewer.programme, viewer.member.id, here)


async def home(viewer: Viewer) -> list[Block]:
    """Show a member their group and its people, before the first day as well."""
    shown = viewer.shown
    if not viewer.member.roles & PAIRED:
        return []
    if viewer.programme is not None:
        return await _people(viewer, viewer.programme)
    if shown is None or not await _is_told(viewer, shown):
        return views.before_groups()
    return await _people(replace(viewer, programme=shown, _read={}), shown) or views.no_seat_yet()


async def _is_told(viewer: Viewer, programme: Programme) -> bool:
    """Say whether groups are approved and cannot be taken back unseen any more."""
    until = viewer.now - UNDO_FOR
    return await is_approved(viewer.connection, programme.workspace_id, programme.id, until=until)


async def _people(viewer: Viewer, programme: Programme) -> list[Block]:
    connection, member = viewer.connection, viewer.member
    known = await viewer.once(_groups)
    with_profiles = in_use(programme, Use.PROFILE, viewer.now)
    blocks: list[Block] = []
    if member.is_mentee:
        waiting = await seated.waiting_of(connection, member.workspace_id, programme.id, member.id)
        own = next((one for one in known if member in one.mentees), None)
        keeps_apart = (
            own is not None
            and own.is_private
            and await joining.stands_between(connection, own.group, member.id)
        )
        blocks += views.mentee_home(
            own,
            waiting,
            keeps_apart=keeps_apart,
            has_accepted=member.has_accepted_conduct,
            with_profiles=with_profiles,
        )
    if member.is_mentor:
        mentored = [one for one in known if member in one.mentors]
        blocks += views.mentor_home(mentored, with_profiles=with_profiles)
        if not mentored and await _is_told(viewer, programme):
            blocks += mentor_views.mentor_without_group(member)
    return blocks


async def settings(viewer: Viewer) -> list[Block]:
    """Let a mentee ask for another mentor, and all say whom they would rather not be with."""
    member, programme = viewer.member, viewer.programme
    if programme is None or not member.takes_part or not member.roles & PAIRED:
        return []
    may_move = False
    if member.is_mentee and programme.state is not ProgrammeState.CLOSED:
        its = (viewer.connection, member.workspace_id, programme.id, member.id)
        seated_as_mentee = any(member in one.mentees for one in await viewer.once(_groups))
        may_move = seated_as_mentee and await seated.waiting_of(*its) is None
    return views.settings(programme.id if may_move else None)


async def looking_back(viewer: Viewer) -> list[Block]:
    """Show a member who was in their group when the programme ended."""
    if viewer.programme is None:
        return []
    return views.mentor_home(await viewer.once(_groups))


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
            (MessageKind.SEAT_PREVIEW, "seat told in private", messages.write_preview),
            (MessageKind.SEAT_FOUND, "news of a seat", messages.write_seat_found),
            (MessageKind.MEMBER_JOINED, "news of who joins", messages.write_joined),
            (MessageKind.MEMBER_MOVED, "news of a move", messages.write_moved),
            (MessageKind.MENTOR_LEFT, "news of a mentor who left", messages.write_mentor_left),
            (
                MessageKind.MENTOR_MISSING,
                "news of a mentor who is missing",
                messages.write_mentor_missing,
            ),
            (MessageKind.MENTOR_FOUND, "news of a mentor again", messages.write_mentor_found),
            (MessageKind.GROUP_CONFLICT, "conflict in a group", messages.write_conflict),
            (MessageKind.START_HELD, "start held back", messages.write_start_held),
        )
    },
    duties=_duties,
    home={HomeSection.PEOPLE: home},
    looking_back={HomeSection.PEOPLE: looking_back},
    settings=settings,
    privacy=(
        "*Another mentor:* coordinators see that you asked. Your mentor reads only that you moved."
    ),
    todos=ToDos(
        find=lambda viewer: todos(viewer.connection, viewer.member, viewer.programme, viewer.now),
        say={ToDoKind.RESOLVE_CONFLICT: views.resolve_conflict},
    ),
)
