"""A mentor's weekly message, written at the moment it is sent, and what Home shares with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import store as checkins
from bot.checkins.model import CheckIn, Visibility
from bot.checkins.use_cases import shown_to_mentor
from bot.delivery.model import Entry as OutboxEntry
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kernel.ports import Message
from bot.meetings import store as meetings
from bot.nudges import rules, store
from bot.nudges.model import Mentee, Met, NudgeId, Shared, Words
from bot.nudges.use_cases import is_replaced
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers, groups_of_mentor
from bot.programme.model import Programme
from bot.schedule import store as schedule
from bot.stages import store as stages
from bot.stages.changes import PROMPT, asked_at
from bot.stages.rules import current_level
from handlers.edge.services import Services
from handlers.free_text import BLOCKERS, headed
from handlers.nudges import views


async def members_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, circles: Sequence[GroupMembers]
) -> list[Member]:
    """The mentees of these circles, whether they take part or not."""
    ids = {mentee for circle in circles for mentee in circle.mentees}
    return await people.members(connection, workspace_id, ids=ids) if ids else []


def names_of(members: Sequence[Member]) -> Mapping[MemberId, str]:
    return {each.id: each.name for each in members if each.takes_part}


async def compose_nudge(
    services: Services, connection: AsyncConnection, entry: OutboxEntry
) -> Message | None:
    """The weekly message as things stand now; None for who is away or mentors nobody any more."""
    sending = await store.find(connection, entry.workspace_id, NudgeId(entry.subject_id))
    if sending is None:
        return None
    now = services.clock.now()
    mentor = await people.member(connection, entry.workspace_id, sending.mentor_id)
    if mentor is None or mentor.is_away(now):
        return None
    circles = await groups_of_mentor(connection, entry.workspace_id, mentor.id)
    members = await members_of(connection, entry.workspace_id, circles)
    mentees = await mentees_of(services, connection, members, circles, now=now)
    found = rules.this_weeks(
        sending.id,
        mentees=mentees,
        shared=await shared_with(
            connection,
            mentor,
            circles,
            names=names_of(members),
            since=sending.shared_since,
            until=rules.told_until(sending, entry.not_before),
        ),
        met=await met_of(connection, entry.workspace_id, circles),
        week_on=sending.week_on,
        now=now,
    )
    return views.nudge(found, tz=mentor.timezone) if found else None


async def redraw_nudge(
    services: Services, connection: AsyncConnection, entry: OutboxEntry
) -> Message | None:
    """A nudge that was sent, as things stand now, and as short as a snooze left it."""
    if await is_replaced(connection, entry):
        return views.told_later()
    return await compose_nudge(services, connection, entry)


async def mentees_of(
    services: Services,
    connection: AsyncConnection,
    members: Sequence[Member],
    circles: Sequence[GroupMembers],
    *,
    now: datetime,
    programme: Programme | None = None,
) -> list[Mentee]:
    """The mentees as a nudge sees them. `programme` is one that is at hand already."""
    if not members:
        return []
    workspace_id = members[0].workspace_id
    where = {mentee: circle for circle in circles for mentee in circle.mentees}
    histories = await stages.histories(connection, workspace_id, member_ids=where)
    written = await checkins.last_written(connection, workspace_id, member_ids=where)
    upcoming = await schedule.upcoming(connection, workspace_id, subject_ids=where)
    next_at = {due.subject_id: due.due_at for due in upcoming if due.kind == PROMPT}
    running = {programme.id: programme} if programme else {}
    if any(circle.programme_id not in running for circle in circles):
        every = await programmes.running_programmes(connection, workspace_id)
        running = {each.id: each for each in every}
    mentees = []
    for member in members:
        its = running.get(where[member.id].programme_id)
        if its is None or not member.takes_part:
            continue
        framework = services.catalogue.frameworks[its.framework_id]
        stage = current_level(framework, histories[member.id], initial=member.stage)
        mentees.append(
            Mentee(
                id=member.id,
                name=member.name,
                stage=stage,
                last_checkin_at=written.get(member.id),
                asked_at=asked_at(
                    its, stage.name, tz=member.timezone, next_at=next_at.get(member.id)
                ),
                next_at=next_at.get(member.id),
                is_away=member.is_away(now),
            )
        )
    return mentees


async def shared_with(
    connection: AsyncConnection,
    mentor: Member,
    circles: Sequence[GroupMembers],
    *,
    names: Mapping[MemberId, str],
    since: datetime | None,
    until: datetime,
) -> list[Shared]:
    found = await shown_to_mentor(connection, mentor, circles, since=since, until=until)
    return [_as_shared(each, names[each.member_id]) for each in found if each.member_id in names]


def _as_shared(checkin: CheckIn, name: str) -> Shared:
    entry = checkin.entry
    return Shared(
        id=checkin.id,
        name=name,
        written_at=checkin.written_at,
        stage=checkin.stage,
        words=tuple(Words(heading, text) for heading, text in headed(entry)),
        confidence=entry.confidence,
        blocker=BLOCKERS[entry.blocker] if entry.blocker else None,
        with_group=entry.visibility is Visibility.GROUP,
    )


async def met_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, circles: Sequence[GroupMembers]
) -> tuple[Met, ...]:
    found = await meetings.last_met(
        connection, workspace_id, group_ids=[circle.group_id for circle in circles]
    )
    return tuple(Met(each.group_name, found.get(each.group_id)) for each in circles)
