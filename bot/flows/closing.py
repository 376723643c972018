"""End a programme for good, in every room at once: groups, schedules, the pulse, what waits."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.community import peer_mentors
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.errands import store as errands
from bot.flows import pulse_rounds
from bot.groups import store as seated
from bot.groups.facts import due_elsewhere
from bot.groups.joining import told_later
from bot.groups.messages import GROUP
from bot.groups.schedule import FOR_MEMBERS, end_schedules
from bot.kernel.clock import local_date
from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.kinds import MessageKind
from bot.matching.model import EndReason
from bot.people import store as people
from bot.people.delegation import coordinators_on_duty
from bot.people.model import PAIRED, Member
from bot.programme import store as programmes
from bot.programme import use_cases as ending
from bot.programme.model import (
    Programme,
    ProgrammeState,
    Use,
    closing_day,
    is_over,
    uses,
    week_of,
)
from bot.pulse import actions
from bot.pulse import store as rounds
from bot.retention import use_cases as retention

GOODBYE, ENDS = MessageKind.GOODBYE, MessageKind.PROGRAMME_ENDS
WORTH_SENDING_FOR = timedelta(days=14)
OF_MEMBERS = (
    MessageKind.CHECKIN_PROMPT,
    MessageKind.MENTOR_NUDGE,
    MessageKind.CONDUCT_INVITATION,
    MessageKind.UNMATCHED_NOTICE,
    MessageKind.SEAT_FOUND,
    MessageKind.MEMBER_MOVED,
    MessageKind.MENTOR_MISSING,
    MessageKind.MENTOR_FOUND,
    MessageKind.STAGE_CLAIMED,
)
"""The kinds that members who are in no other programme are not sent any more."""


async def close_programme(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    now: datetime,
    by: MemberId | None = None,
) -> Programme:
    """End a programme, its open pulse, and all that would still be sent for it; say goodbye once.

    Seats stay on record, so that members can look back, but for those of which only their owners
    knew. Raises UserFacing where there is none.
    """
    async with database.writing() as connection:
        before = await ending.the_programme(connection, workspace_id, programme_id, hold=True)
        return await _close(connection, before, now=now, by=by)


async def _close(
    connection: AsyncConnection, before: Programme, *, now: datetime, by: MemberId | None = None
) -> Programme:
    workspace_id, programme_id = before.workspace_id, before.id
    closed = await ending.close(connection, workspace_id, programme_id)
    if before.state is ProgrammeState.CLOSED:
        return closed
    act = Act.PROGRAMME_CLOSED
    await audit.record(connection, workspace_id, act, by=by, now=now, programme_id=programme_id)
    await _end_groups(connection, closed, now=now)
    await _end_pulse(connection, closed, now=now)
    await retention.begin(connection, closed, now=now)
    members = await _members(connection, closed)
    only_here = await _only_here(connection, closed, members, now=now)
    recipients = [one.slack_user_id for one in only_here]
    await delivery.withdraw_from(connection, workspace_id, recipients, OF_MEMBERS, now=now)
    if before.state is ProgrammeState.RUNNING:
        await _say_goodbye(connection, closed, members, now=now)
        if uses(closed, Use.COMMUNITY):
            finished = [one.id for one in members if one.is_mentee]
            await peer_mentors.offer_to(connection, workspace_id, finished, now=now)
    return closed


async def _end_groups(connection: AsyncConnection, closed: Programme, *, now: datetime) -> None:
    """End pairings and the waitlist, and what still waits for the groups' channels."""
    workspace_id = closed.workspace_id
    await _free_untold(connection, closed)
    lasting = await seated.pairings(connection, workspace_id, closed.id)
    ids, why = [one.id for one in lasting], EndReason.PROGRAMME_CLOSED
    await seated.end_pairings(connection, workspace_id, ids, why=why, now=now)
    waiting = await seated.waitlist(connection, workspace_id, closed.id)
    listed = [one.member_id for one in waiting]
    await seated.stop_waiting(connection, workspace_id, closed.id, listed)
    groups = await programmes.groups(connection, workspace_id, closed.id)
    channels = [f"{GROUP}{one.id}" for one in groups]
    await errands.take_back(connection, workspace_id, channels)
    await delivery.withdraw_from(connection, workspace_id, channels, None, now=now)


async def _free_untold(connection: AsyncConnection, closed: Programme) -> None:
    """Take the seats of people of whom their group was still to be told: it never learns of them.

    They stay enrolled, and are said goodbye like everybody else.
    """
    workspace_id = closed.workspace_id
    sitting: dict[GroupId, set[MemberId]] = {}
    for seat in await programmes.seats(connection, workspace_id, closed.id):
        sitting.setdefault(seat.group_id, set()).add(seat.member_id)
    later = await told_later(connection, workspace_id, sitting) if sitting else {}
    for group_id, members in later.items():
        await programmes.enrol(connection, workspace_id, closed.id, members)
        for one in sorted(members):
            await programmes.remove_seat(connection, workspace_id, group_id, one)


async def _end_pulse(connection: AsyncConnection, closed: Programme, *, now: datetime) -> None:
    """End the round that is open, without results; what it asks is withdrawn."""
    for one in await rounds.rounds_of(connection, closed.workspace_id, closed.id):
        await pulse_rounds.end_in(connection, one, now=now)
    await actions.let_go(connection, closed.workspace_id, closed.id)


async def _members(connection: AsyncConnection, closed: Programme) -> list[Member]:
    """Find the mentors and mentees of the programme who take part, on a break or not."""
    workspace_id = closed.workspace_id
    seats = await programmes.seats(connection, workspace_id, closed.id)
    ids = await programmes.enrolled(connection, workspace_id, closed.id)
    ids |= {seat.member_id for seat in seats}
    found = await people.members(connection, workspace_id, ids=list(ids))
    return [one for one in found if one.takes_part and one.roles & PAIRED]


async def _only_here(
    connection: AsyncConnection, closed: Programme, members: list[Member], *, now: datetime
) -> list[Member]:
    """Find the members who are in no other running programme; nothing falls due for them now."""
    elsewhere = await due_elsewhere(connection, closed, now=now)
    ended = {(kind, one.id) for kind in FOR_MEMBERS for one in members} - elsewhere
    await end_schedules(connection, closed.workspace_id, ended)
    others = await programmes.taking_part(connection, closed.workspace_id)
    return [one for one in members if one.id not in others]


async def _say_goodbye(
    connection: AsyncConnection, closed: Programme, members: list[Member], *, now: datetime
) -> None:
    notices = [
        Notice(GOODBYE, closed.id, one.slack_user_id, f"{GOODBYE}:{closed.id}:{one.id}")
        for one in members
    ]
    await delivery.enqueue_all(
        connection,
        closed.workspace_id,
        notices,
        lane=Lane.PROMPT,
        now=now,
        expires_at=now + WORTH_SENDING_FOR,
    )


async def ask_about_the_end(
    database: Database, workspace_id: WorkspaceId, programme_id: ProgrammeId, *, now: datetime
) -> None:
    """Ask the coordinators to extend or close: in the last week, and once it has passed.

    A programme for which nobody does either closes by itself on the day of which they were told.
    """
    async with database.writing() as connection:
        its = (connection, workspace_id, programme_id)
        programme = await programmes.programme(*its, hold=True)
        if programme is None or programme.state is not ProgrammeState.RUNNING:
            return
        if week_of(programme, now) < programme.weeks:
            return
        day = None
        if is_over(programme, now):
            today = local_date(now, programme.timezone)
            day = closing_day(programme, today)
            if day == programme.closes_on and today >= day:
                await _close(connection, programme, now=now)
                return
            if day != programme.closes_on:  # kept before anybody is told of it
                changed = replace(programme, closes_on=day)
                await programmes.put_programme(connection, workspace_id, changed)
        await _ask_coordinators(connection, programme, closes_on=day, now=now)


async def _ask_coordinators(
    connection: AsyncConnection, programme: Programme, *, closes_on: date | None, now: datetime
) -> None:
    """Ask once before the end, and once more for each day on which it closes by itself."""
    workspace_id = programme.workspace_id
    when = f"closes {closes_on}" if closes_on else "before"
    once = f"{programme.id}:{programme.weeks}:{when}"
    found = await coordinators_on_duty(connection, workspace_id, now)
    await delivery.enqueue_all(
        connection,
        workspace_id,
        [Notice(ENDS, programme.id, one.slack_user_id, f"{ENDS}:{once}:{one.id}") for one in found],
        lane=Lane.PROMPT,
        now=now,
        expires_at=now + WORTH_SENDING_FOR,
    )
