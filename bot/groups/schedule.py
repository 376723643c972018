"""Begin and end what falls due for members: check-ins, nudges and the pulse."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.clock import local_date
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kinds import ScheduleKind
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, Seat, Use, is_over, monday_of_week, uses
from bot.programme.rules import pulse_rule, pulses_of
from bot.schedule import store as schedule
from bot.schedule.model import Daily, Planned, Weekly
from bot.schedule.rules import instant_of, zone
from bot.schedule.time_off import calendar_of
from bot.stages import store as stages
from bot.stages.changes import PROMPT as CHECKIN
from bot.stages.changes import plan_prompts
from bot.stages.model import Framework
from bot.stages.rules import MOVES, current_level

NUDGE, PULSE = ScheduleKind.MENTOR_NUDGE, ScheduleKind.PULSE_OPEN
FOR_MEMBERS = (CHECKIN, NUDGE)
_OF_USE = {CHECKIN: Use.CHECKINS, NUDGE: Use.NUDGES}
FallsDue = tuple[str, str]
"""A kind of schedule, and the id of the member or programme for whom it falls due."""
DAILY_CHECK = ScheduleKind.DAILY_CHECK
MORNING = time(6, 30)
"""When a programme is started, and its waitlist and conflicts looked at, in its zone."""


def falls_due(programme: Programme, seats: Iterable[Seat], *, now: datetime) -> set[FallsDue]:
    """List what should fall due by these seats: none before the start or after the end."""
    if programme.state is not ProgrammeState.RUNNING or is_over(programme, now):
        return set()
    due = {(_kind_for(seat), seat.member_id) for seat in seats}
    used = {(kind.value, subject) for kind, subject in due if uses(programme, _OF_USE[kind])}
    return {(PULSE, programme.id), *used}


def _kind_for(seat: Seat) -> ScheduleKind:
    return CHECKIN if seat.role is Role.MENTEE else NUDGE


async def begin_schedules(
    connection: AsyncConnection,
    programme: Programme,
    *,
    now: datetime,
    framework: Framework | None = None,
    members: Collection[MemberId] | None = None,
) -> None:
    """Schedule what the template promises to everybody with a seat, or to `members` among them.

    Check-ins and nudges follow each member's zone, at the pace of the stage reached by now, the
    pulse the programme's. Repeating it changes nothing.
    """
    workspace_id = programme.workspace_id
    seats = [
        seat
        for seat in await programmes.seats(connection, workspace_id, programme.id)
        if members is None or seat.member_id in members
    ]
    due = [(_kind_for(seat), seat.member_id) for seat in seats]
    mentees, mentors = (
        {member for kind, member in due if kind is wanted and uses(programme, _OF_USE[wanted])}
        for wanted in FOR_MEMBERS
    )
    found = await people.members(connection, workspace_id, ids=list(mentees | mentors))
    at = await _stages(connection, programme, [m for m in found if m.id in mentees], framework)
    wanted = {member: at[member.id] for member in found if member.id in mentees}
    await plan_prompts(connection, programme, wanted, now=now)
    await schedule.put_all(
        connection,
        workspace_id,
        kind=NUDGE,
        planned=[_nudges(member, programme) for member in found if member.id in mentors],
        now=now,
    )
    await begin_rounds(connection, programme, now=now)
    await begin_mornings(connection, programme, now=now)


async def _stages(
    connection: AsyncConnection,
    programme: Programme,
    mentees: Sequence[Member],
    framework: Framework | None,
) -> dict[MemberId, str]:
    """Find the stage of each. Without its framework: the last move, else the roster's."""
    histories = await stages.histories(
        connection, programme.workspace_id, member_ids=[one.id for one in mentees]
    )
    found = {}
    for one in mentees:
        if framework is not None:
            found[one.id] = current_level(framework, histories[one.id], initial=one.stage).name
            continue
        moves = [
            e.to_level
            for e in histories[one.id]
            if e.kind in MOVES and e.framework_id == programme.framework_id
        ]
        found[one.id] = moves[-1] if moves else one.stage or ""
    return found


async def end_schedules(
    connection: AsyncConnection, workspace_id: WorkspaceId, ended: Iterable[FallsDue]
) -> None:
    """Let these fall due no more."""
    by_kind: dict[str, list[str]] = {}
    for kind, subject in ended:
        by_kind.setdefault(kind, []).append(subject)
    for kind, subjects in by_kind.items():
        await schedule.remove(connection, workspace_id, kind=kind, subject_id=subjects)


def _nudges(member: Member, programme: Programme) -> Planned:
    template = programme.template
    return Planned(
        subject_id=member.id,
        rule=Weekly(
            weekday=template.nudge_weekday, at=template.nudge_time, anchor=programme.starts_on
        ),
        tz=member.timezone,
        not_before=_morning(programme.starts_on, member.timezone),
    )


async def begin_rounds(connection: AsyncConnection, programme: Programme, *, now: datetime) -> None:
    """Let pulse rounds fall due by the programme's template, in its zone.

    They follow its weeks: what is not counted between now and the next round moves that round.
    """
    calendar = await calendar_of(connection, programme.workspace_id)
    today = local_date(now, programme.timezone)
    first = programme.template.pulse_first_week
    coming = (
        week
        for week, at in pulses_of(programme, calendar)
        if local_date(at, programme.timezone) >= today
    )
    week = next(coming, first)
    anchor, begins = monday_of_week(programme, week), monday_of_week(programme, first)
    is_moved = anchor - begins != timedelta(weeks=week - first)
    await schedule.put(
        connection,
        programme.workspace_id,
        kind=PULSE,
        subject_id=programme.id,
        rule=pulse_rule(programme, anchor=anchor if is_moved else begins),
        tz=programme.timezone,
        now=now,
        not_before=_morning(
            anchor if is_moved else max(begins, programme.starts_on), programme.timezone
        ),
    )


async def follow_weeks(connection: AsyncConnection, programme: Programme, *, now: datetime) -> None:
    """Let the next pulse round come in its week, where weeks that are not counted lie between."""
    if programme.state is ProgrammeState.RUNNING and (programme.shifts or programme.breaks):
        await begin_rounds(connection, programme, now=now)


async def begin_mornings(
    connection: AsyncConnection, programme: Programme, *, now: datetime
) -> None:
    """Look at the programme's groups every morning, in its zone."""
    await schedule.put(
        connection,
        programme.workspace_id,
        kind=DAILY_CHECK,
        subject_id=programme.id,
        rule=Daily(MORNING),
        tz=programme.timezone,
        now=now,
    )


def _morning(day: date, tz: str) -> datetime:
    return instant_of(day, time(0), zone(tz))
