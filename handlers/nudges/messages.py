"""A mentor's weekly message, written at the moment it is sent, and what Home shares with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import store as checkins
from bot.checkins.disclosure import shown_to_mentor
from bot.checkins.prompts import unanswered
from bot.checkins.rules import Visibility
from bot.delivery.model import Entry, OutboxState
from bot.groups import store as seated
from bot.groups.joining import seating_of
from bot.groups.messages import PRIVATE_FOR
from bot.kernel.clock import local_date
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.kinds import WAITS_FOR_MENTOR
from bot.matching.model import Pairing
from bot.meetings import store as meetings
from bot.meetings.model import GroupMeetings
from bot.meetings.todos import planned_of
from bot.nudges import rules
from bot.nudges.rules import Beside, Mentee, Met, NudgeId, Sending, Shared
from bot.nudges.use_cases import find
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers
from bot.programme.model import Programme, Use, in_use, uses
from bot.schedule.rules import zone
from bot.stages import store as stages
from bot.stages.changes import asked_at
from bot.stages.model import History
from bot.stages.rules import current_level
from handlers.capability import groups_of, seating
from handlers.edge.services import Services
from handlers.member_reading import Mentored, mentored, planned
from handlers.nudges import views
from handlers.sending.messenger import Written


@dataclass(frozen=True, slots=True)
class MentorsNews:
    """The news of a mentor: their mentees, what these shared up to `until`, when each group last
    met, and the groups where they are a peer-mentor `beside` a mentor. `programme` is that of the
    first group."""

    mentor: Member
    programme: Programme
    mentees: Sequence[Mentee]
    shared: Sequence[Shared]
    met: Sequence[Met]
    until: datetime
    mentored: Mentored
    beside: Sequence[Beside] = ()


async def write_nudge(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Write the weekly message as of now; nothing to a mentor who is away or has no mentees, nor
    where it was put off.

    One that stands in Slack is drawn anew with what is now true, whatever that is.
    """
    sending = await find(connection, entry.workspace_id, NudgeId(entry.subject_id))
    if sending is None:
        return None
    seats = await seating_of(connection, sending.workspace_id, sending.mentor_id)
    every = seats.known_to(sending.mentor_id)
    groups = [one for one in every if sending.mentor_id in one.mentors]
    beside = [one for one in every if one.has_beside(sending.mentor_id)]
    people_of = {one for group in (*groups, *beside) for one in group.mentees}
    members = await people.members(
        connection, sending.workspace_id, ids={sending.mentor_id, *people_of}
    )
    mentor = next((one for one in members if one.id == sending.mentor_id), None)
    if mentor is None:
        return None
    stands = entry.state is OutboxState.SENT
    if not stands and rules.is_out_of_date(sending, entry.not_before):
        return None
    put_off = _snoozed(sending, entry, mentor) if stands else None
    if put_off is not None:
        return put_off
    written = None
    if not mentor.is_away(services.clock.now()):
        plans = await planned_of(connection, mentor, every)
        told = await told_of(
            services,
            connection,
            mentor,
            groups,
            since=sending.shared_since,
            until=rules.told_until(sending, entry.not_before),
            mentees=[one for one in members if one is not mentor],
            beside=beside,
            plans=plans,
            for_message=True,
        )
        if told is not None and in_use(told.programme, Use.NUDGES, services.clock.now()):
            known = {seating: seats, groups_of: every, mentored: told.mentored, planned: plans}
            written = await _week(services, connection, sending, told, known=known, stands=stands)
    return written or (views.out_of_date() if stands else None)


def _snoozed(sending: Sending, entry: Entry, mentor: Member) -> Written:
    """Say of a message that was put off when it comes again."""
    if sending.put_off:
        return views.put_off_until_next_week()
    if sending.comes_at is None or not rules.is_out_of_date(sending, entry.not_before):
        return None
    there = sending.comes_at.astimezone(zone(mentor.timezone))
    return views.snoozed_until(there.date(), there.strftime("%H:%M"))


async def _week(
    services: Services,
    connection: AsyncConnection,
    sending: Sending,
    told: MentorsNews,
    *,
    known: Mapping[Any, object],
    stands: bool,
) -> Written:
    """Write what is told, with what waits for the mentor; nothing where they want silence."""
    found = rules.this_weeks(
        sending,
        mentees=told.mentees,
        shared=told.shared,
        met=told.met,
        beside=told.beside,
        until=told.until,
        now=services.clock.now(),
    )
    waiting = await services.to_dos(
        services,
        connection,
        told.mentor,
        programme=told.programme,
        kinds=WAITS_FOR_MENTOR,
        known=known,
    )
    if waiting or not found.is_calm:
        return views.nudge(found, waiting, tz=told.mentor.timezone)
    silent = sending.silent
    return None if silent and not stands else views.calm_week(found, is_silent=silent)


async def told_of(
    services: Services,
    connection: AsyncConnection,
    mentor: Member,
    groups: Sequence[GroupMembers],
    *,
    since: datetime | None,
    until: datetime,
    programme: Programme | None = None,
    mentees: Sequence[Member] | None = None,
    histories: Mapping[MemberId, History] | None = None,
    beside: Sequence[GroupMembers] = (),
    plans: Sequence[GroupMeetings] = (),
    for_message: bool = False,
) -> MentorsNews | None:
    """Read what a mentor is told, with what was shared from `since` up to `until`.

    None without mentees who take part. `programme`, `mentees` (with those of the groups `beside`),
    their `histories` and the `plans` of all these groups are those at hand already; `for_message`
    reads also when the groups last met.
    """
    running = await _programmes_of(connection, mentor.workspace_id, [*groups, *beside], programme)
    where = {mentee: group for group in groups for mentee in group.mentees}
    if mentees is None:
        mentees = await people.members(connection, mentor.workspace_id, ids=where)
    its = {
        one: running[where[one.id].programme_id]
        for one in mentees
        if one.takes_part and one.id in where and where[one.id].programme_id in running
    }
    beside = [one for one in beside if one.programme_id in running]
    theirs = sorted({one.programme_id for one in (*groups, *beside)})
    pairings = await seated.pairings(
        connection, mentor.workspace_id, theirs, with_ended=True, mentor_id=mentor.id
    )
    peer = _beside(beside, mentees, running, pairings, plans, since=since, until=until)
    if not its:
        own = [running[one.programme_id] for one in beside]
        nobody = Mentored({}, {}, running)
        return MentorsNews(mentor, own[0], [], [], [], until, nobody, peer) if own else None
    ids = [one.id for one in its]
    if histories is None:
        histories = await stages.histories(connection, mentor.workspace_id, member_ids=ids)
    seen = await _mentees(services, connection, its, histories)
    names = {each.id: each.name for each in its}
    written = await shown_to_mentor(
        connection, mentor, groups, since=since, until=until, pairings=pairings
    )
    shared = [
        Shared(
            name=names[each.member_id],
            member_id=each.member_id,
            shared_at=each.shared_at,
            with_group=each.entry.visibility is Visibility.GROUP,
        )
        for each in written
        if each.member_id in names
    ]
    known = Mentored({one.id: one for one in its}, histories, running)
    today = local_date(until, mentor.timezone)
    met = []
    if for_message:
        met = await _met(connection, groups, running, plans, until=until, today=today)
    first = next(iter(its.values()))
    return MentorsNews(mentor, first, seen, shared, met, until, known, peer)


def _beside(
    groups: Sequence[GroupMembers],
    mentees: Sequence[Member],
    running: Mapping[ProgrammeId, Programme],
    pairings: Sequence[Pairing],
    plans: Sequence[GroupMeetings],
    *,
    since: datetime | None,
    until: datetime,
) -> list[Beside]:
    """Say who came `since` to each of a peer-mentor's groups, and when it meets next.

    Nothing of what is shared with its mentor. Somebody counts as new once the group knows of them.
    """
    names = {one.id: one.name for one in mentees if one.takes_part}
    came = {
        (one.group_id, one.mentee_id)
        for one in pairings
        if since and one.ended_at is None and one.started_at > since - PRIVATE_FOR
    }
    meets_at = _meets_at([one for one in groups if _plans_there(one, running)], plans, until=until)
    return [
        Beside(
            one.group_name,
            tuple(
                sorted(names[m] for m in one.mentees & names.keys() if (one.group_id, m) in came)
            ),
            meets_at.get(one.group_id),
        )
        for one in groups
    ]


def _plans_there(group: GroupMembers, running: Mapping[ProgrammeId, Programme]) -> bool:
    """Say whether meetings are planned and noted in a group."""
    its = running.get(group.programme_id)
    return its is not None and uses(its, Use.MEETINGS)


def _meets_at(
    groups: Sequence[GroupMembers], plans: Sequence[GroupMeetings], *, until: datetime
) -> dict[GroupId, datetime]:
    """Find when each of these groups meets next, later than `until`."""
    ahead = {
        one.group_id: [plan.starts_at for plan in one.plans if plan.starts_at]
        for one in plans
        if one.group_id in {group.group_id for group in groups}
    }
    later = {group_id: [at for at in begins if at > until] for group_id, begins in ahead.items()}
    return {group_id: min(begins) for group_id, begins in later.items() if begins}


async def _programmes_of(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    groups: Sequence[GroupMembers],
    known: Programme | None,
) -> dict[ProgrammeId, Programme]:
    """Find the running programmes of these groups; `known` is one that is at hand already."""
    wanted = {group.programme_id for group in groups}
    if known is not None and wanted <= {known.id}:
        return {known.id: known}
    if not wanted:
        return {}
    every = await programmes.running_programmes(connection, workspace_id)
    return {each.id: each for each in every if each.id in wanted}


async def _met(
    connection: AsyncConnection,
    groups: Sequence[GroupMembers],
    running: Mapping[ProgrammeId, Programme],
    plans: Sequence[GroupMeetings],
    *,
    until: datetime,
    today: date,
) -> list[Met]:
    """Say when each group last met and meets next, where meetings are noted at all."""
    noting = [group for group in groups if _plans_there(group, running)]
    meets_at = _meets_at(noting, plans, until=until)
    if not noting:
        return []
    workspace_id = next(iter(running.values())).workspace_id
    ids = [group.group_id for group in noting]
    last = await meetings.last_met(connection, workspace_id, group_ids=ids)
    found = []
    for group in noting:
        on = last.get(group.group_id)
        since = on or running[group.programme_id].starts_on
        weeks, next_at = (today - since).days // 7, meets_at.get(group.group_id)
        found.append(Met(group.group_name, on, weeks_since=weeks, meets_at=next_at))
    return found


async def _mentees(
    services: Services,
    connection: AsyncConnection,
    its: Mapping[Member, Programme],
    histories: Mapping[MemberId, History],
) -> list[Mentee]:
    """Describe mentees, each with their programme, as a nudge sees them."""
    workspace_id, now = next(iter(its)).workspace_id, services.clock.now()
    turns = await checkins.turns_of(connection, workspace_id, member_ids=[one.id for one in its])

    def seen(member: Member, programme: Programme) -> Mentee:
        framework = services.framework(programme.framework_id)
        stage = current_level(framework, histories[member.id], initial=member.stage)
        turn = turns[member.id]
        return Mentee(
            id=member.id,
            name=member.name,
            stage=stage,
            last_checkin_at=turn.last_at,
            asked_at=asked_at(programme, stage.name, tz=member.timezone, next_at=turn.next_at),
            next_at=turn.next_at,
            is_away=member.is_away(now),
            unanswered=unanswered(turn.asks, before=now - rules.PATIENCE),
        )

    return [seen(member, programme) for member, programme in its.items()]
