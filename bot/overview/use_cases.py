"""Find a coordinator's to-dos in a programme under way, and queue what tells of its week."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as outbox
from bot.delivery.model import Lane
from bot.kernel.clock import local_date, monday_of
from bot.kernel.database import Database
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.kinds import MessageKind, ScheduleKind, ToDoKind
from bot.overview import rules, store
from bot.overview.model import DayAhead, ProgrammeWeek
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.programme.digest_channel import DIGESTS
from bot.programme.model import Programme, ProgrammeState, is_over, week_of
from bot.schedule import store as schedule
from bot.schedule.rules import instant_of, zone
from bot.schedule.time_off import calendar_of
from bot.todos import ToDo, Weight

WORTH_SENDING_FOR = timedelta(days=4)
"""A week's message that is later than that tells of a week that is nearly over."""
DIGEST_AT = time(9)
_WEIGHTS: Mapping[ToDoKind, Weight] = {
    ToDoKind.ASKED_TO_MOVE: Weight.SOMEBODY_WAITS,
    ToDoKind.WAIT_FOR_SEAT: Weight.SOMEBODY_WAITS,
    ToDoKind.MENTORS_AWAY: Weight.SOMEBODY_WAITS,
}


async def todos(
    connection: AsyncConnection, member: Member, programme: Programme | None, now: datetime
) -> list[ToDo]:
    """Find what a coordinator can do for groups and people, one to-do for each kind."""
    if programme is None or not coordinates(member):
        return []
    return await needs_of(connection, programme, now)


async def needs_of(connection: AsyncConnection, programme: Programme, now: datetime) -> list[ToDo]:
    """Find what needs the coordinators of a programme, one to-do for each kind."""
    if not _is_under_way(programme, now):
        return []
    return [
        ToDo(
            kind=one.need,
            weight=_WEIGHTS.get(one.need, Weight.IS_DUE),
            since=one.since,
            about=programme.id,
            names=one.names,
            count=one.count,
        )
        for one in await store.needs(connection, programme, now=now)
    ]


def _is_under_way(programme: Programme, now: datetime) -> bool:
    return programme.state is ProgrammeState.RUNNING and not is_over(programme, now)


async def read_week(
    connection: AsyncConnection,
    programme: Programme,
    *,
    now: datetime,
    besides: Sequence[DayAhead] = (),
) -> ProgrammeWeek:
    """Read the figures of a programme's week and what comes next, `besides` among it."""
    its = (connection, programme.workspace_id)
    planned = await schedule.upcoming(*its, subject_ids=[programme.id])
    opens = next((one.due_at for one in planned if one.kind == ScheduleKind.PULSE_OPEN), None)
    return ProgrammeWeek(
        figures=await store.figures(connection, programme, now=now),
        coming=rules.coming(programme, await calendar_of(*its), opens, now, besides),
    )


async def queue_monday(connection: AsyncConnection, member: Member, now: datetime) -> None:
    """Put a coordinator's weekly message into the outbox, once a week."""
    running = await programmes.running_programmes(connection, member.workspace_id)
    if not any(_is_under_way(one, now) for one in running):
        return
    monday = monday_of(local_date(now, member.timezone))
    await outbox.enqueue(
        connection,
        member.workspace_id,
        kind=MessageKind.COORDINATORS_WEEK,
        subject_id=member.id,
        recipient=member.slack_user_id,
        dedupe_key=f"{MessageKind.COORDINATORS_WEEK}:{member.id}:{monday}",
        lane=Lane.PROMPT,
        now=now,
        expires_at=now + WORTH_SENDING_FOR,
    )


async def queue_digest(
    database: Database, workspace_id: WorkspaceId, programme_id: ProgrammeId, *, now: datetime
) -> None:
    """Put a programme's weekly digest into the outbox, on the first working day of each week.

    Nothing while there is no channel for digests, and none in the week of the start: nothing has
    happened then.
    """
    async with database.writing() as connection:
        programme = await programmes.programme(connection, workspace_id, programme_id)
        if programme is None or not programme.coordinator_channel:
            return
        if not _is_under_way(programme, now) or week_of(programme, now) <= 1:
            return
        today = local_date(now, programme.timezone)
        if not (await calendar_of(connection, workspace_id)).is_working(today):
            return
        await _queue_digest(connection, programme, today, now=now)


async def _queue_digest(
    connection: AsyncConnection, programme: Programme, today: date, *, now: datetime
) -> None:
    kind, monday = MessageKind.WEEKLY_DIGEST, monday_of(today)
    await outbox.enqueue(
        connection,
        programme.workspace_id,
        kind=kind,
        subject_id=f"{programme.id}:{monday}",
        recipient=f"{DIGESTS}{programme.id}",
        dedupe_key=f"{kind}:{programme.id}:{monday}",
        lane=Lane.DIGEST,
        now=now,
        not_before=instant_of(today, DIGEST_AT, zone(programme.timezone)),
        expires_at=instant_of(monday + timedelta(days=7), time(0), zone(programme.timezone)),
    )
