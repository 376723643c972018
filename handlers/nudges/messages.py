"""A mentor's weekly message, written at the moment it is sent, and what Home shares with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import store as checkins
from bot.checkins.rules import Visibility
from bot.checkins.use_cases import shown_to_mentor
from bot.delivery.model import Entry
from bot.groups.joining import known_groups_of_mentor
from bot.meetings import use_cases as meetings
from bot.nudges import rules
from bot.nudges.rules import Mentee, Met, NudgeId, Shared
from bot.nudges.use_cases import find
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers
from bot.programme.model import Programme
from bot.schedule import store as schedule
from bot.stages import store as stages
from bot.stages.changes import PROMPT, asked_at
from bot.stages.rules import current_level
from handlers.edge.services import Services
from handlers.nudges import views
from handlers.sending.messenger import Written


@dataclass(frozen=True, slots=True)
class MentorsNews:
    """A mentor's groups: the mentees, what these shared, the last meetings."""

    mentees: Sequence[Mentee]
    shared: Sequence[Shared]
    met: Sequence[Met]


async def write_nudge(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Write the weekly message as of now; nothing to a mentor who is away or has no mentees."""
    sending = await find(connection, entry.workspace_id, NudgeId(entry.subject_id))
    if sending is None:
        return None
    now = services.clock.now()
    mentor = await people.member(connection, entry.workspace_id, sending.mentor_id)
    if mentor is None or mentor.is_away(now):
        return None
    groups = await known_groups_of_mentor(connection, entry.workspace_id, mentor.id)
    until = rules.told_until(sending, entry.not_before)
    told = await told_of(
        services, connection, mentor, groups, since=sending.shared_since, until=until
    )
    if told is None:
        return None
    found = rules.this_weeks(
        sending,
        mentees=told.mentees,
        shared=told.shared,
        met=told.met,
        until=until,
        now=now,
    )
    return views.nudge(found, tz=mentor.timezone) if found else None


async def told_of(
    services: Services,
    connection: AsyncConnection,
    mentor: Member,
    groups: Sequence[GroupMembers],
    *,
    since: datetime | None,
    until: datetime,
    programme: Programme | None = None,
) -> MentorsNews | None:
    """Read what a mentor is told, with what was shared from `since` up to `until`.

    None without mentees who take part. `programme` is one that is at hand already.
    """
    ids = {mentee for group in groups for mentee in group.mentees}
    members = await people.members(connection, mentor.workspace_id, ids=ids) if ids else []
    present = [each for each in members if each.takes_part]
    mentees = await _mentees(services, connection, present, groups, programme)
    if not mentees:
        return None
    names = {each.id: each.name for each in present}
    written = await shown_to_mentor(connection, mentor, groups, since=since, until=until)
    shared = [
        Shared(
            name=names[each.member_id],
            shared_at=each.shared_at,
            with_group=each.entry.visibility is Visibility.GROUP,
        )
        for each in written
        if each.member_id in names
    ]
    group_ids = [group.group_id for group in groups]
    met = await meetings.last_met(connection, mentor.workspace_id, group_ids=group_ids)
    last_met = [Met(group.group_name, met.get(group.group_id)) for group in groups]
    return MentorsNews(mentees, shared, last_met)


async def _mentees(
    services: Services,
    connection: AsyncConnection,
    members: Sequence[Member],
    groups: Sequence[GroupMembers],
    programme: Programme | None,
) -> list[Mentee]:
    """The members as a nudge sees them; those whose programme is not running are left out."""
    if not members:
        return []
    workspace_id, now = members[0].workspace_id, services.clock.now()
    group_of = {mentee: group for group in groups for mentee in group.mentees}
    histories = await stages.histories(connection, workspace_id, member_ids=group_of)
    written = await checkins.last_written(connection, workspace_id, member_ids=group_of)
    upcoming = await schedule.upcoming(connection, workspace_id, subject_ids=group_of)
    next_at = {due.subject_id: due.due_at for due in upcoming if due.kind == PROMPT}
    running = {programme.id: programme} if programme else {}
    if any(group.programme_id not in running for group in groups):
        every = await programmes.running_programmes(connection, workspace_id)
        running = {each.id: each for each in every}

    def seen(member: Member, its: Programme) -> Mentee:
        framework = services.framework(its.framework_id)
        stage = current_level(framework, histories[member.id], initial=member.stage)
        due_at = next_at.get(member.id)
        return Mentee(
            id=member.id,
            name=member.name,
            stage=stage,
            last_checkin_at=written.get(member.id),
            asked_at=asked_at(its, stage.name, tz=member.timezone, next_at=due_at),
            next_at=due_at,
            is_away=member.is_away(now),
        )

    found = ((member, running.get(group_of[member.id].programme_id)) for member in members)
    return [seen(member, its) for member, its in found if its is not None]
