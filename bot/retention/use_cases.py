"""Change, begin and postpone the plan by which a programme forgets, and tell everybody of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.kernel.words import full_date
from bot.kinds import MessageKind, ScheduleKind
from bot.overview.model import DayAhead
from bot.people.delegation import coordinators_on_duty
from bot.people.model import Member
from bot.people.use_cases import must_coordinate
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState
from bot.programme.use_cases import the_programme
from bot.research.participants import people_of
from bot.retention import store
from bot.retention.model import LONGEST_DAYS, POSTPONED_DAYS, SHORTEST_DAYS, RetentionPlan
from bot.schedule import store as schedule
from bot.schedule.model import Daily

MORNING = time(9)
WORTH_SENDING_FOR = timedelta(days=14)
NOTICE, NEWS = MessageKind.RETENTION_NOTICE, MessageKind.RETENTION_NEWS
CLOSED = "This programme has ended: what members were told stands. It can be postponed once."
ONCE = "This was postponed before, or it is done. It can be postponed once, so nothing was changed."


def checked(plan: RetentionPlan) -> RetentionPlan:
    """Raise UserFacing for days that cannot be."""
    if not SHORTEST_DAYS <= plan.words_days <= plan.names_days <= LONGEST_DAYS:
        raise UserFacing(
            f"Words stay {SHORTEST_DAYS} days at least, names as long as words at least, and "
            f"{LONGEST_DAYS:,} days at most. Nothing was changed."
        )
    if not 7 <= plan.notice_days <= plan.words_days:
        raise UserFacing("Tell members 7 days before at least, and not before the end.")
    return plan


async def change(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    days: tuple[int, int, int],
    by: MemberId,
    now: datetime,
) -> RetentionPlan:
    """Let words, names and the notice have these days. Raises UserFacing after the close."""
    await must_coordinate(connection, workspace_id, by)
    programme = await the_programme(connection, workspace_id, programme_id, hold=True)
    if programme.state is ProgrammeState.CLOSED:
        raise UserFacing(CLOSED)
    words, names, notice = days
    before = await store.plan_of(connection, programme)
    plan = checked(replace(before, words_days=words, names_days=names, notice_days=notice))
    await store.put(connection, plan)
    what = f"words {words}, names {names}, notice {notice} days"
    await audit.record(
        connection,
        workspace_id,
        Act.RETENTION_CHANGED,
        by=by,
        now=now,
        programme_id=programme_id,
        what=what,
    )
    return plan


async def begin(connection: AsyncConnection, closed: Programme, *, now: datetime) -> None:
    """Count the days of a programme from its close on; once."""
    plan = await store.plan_of(connection, closed, hold=True)
    if plan.closed_on is None:
        on = local_date(now, closed.timezone)
        await store.put(connection, replace(plan, closed_on=on))
        await schedule.put(
            connection,
            closed.workspace_id,
            kind=ScheduleKind.RETENTION,
            subject_id=closed.id,
            rule=Daily(MORNING),
            tz=closed.timezone,
            now=now,
        )


async def begin_late(
    connection: AsyncConnection, closed: Programme, *, now: datetime
) -> RetentionPlan:
    """Count from today on for a programme that was closed before there were plans; say so."""
    await begin(connection, closed, now=now)
    await tell_coordinators(connection, closed, "begun", now=now)
    return await store.plan_of(connection, closed)


async def days_ahead(
    connection: AsyncConnection, workspace_id: WorkspaceId, now: datetime
) -> list[DayAhead]:
    """List the days soon on which programmes that have ended forget words, or names."""
    plans = [one for one in await store.plans(connection, workspace_id) if one.closed_on]
    if not any(one.ahead(local_date(now, "UTC")) for one in plans):
        return []
    ended = {one.id: one for one in await programmes.programmes(connection, workspace_id)}
    found = []
    for plan in plans:
        its = ended[plan.programme_id]
        if step := plan.ahead(today := local_date(now, its.timezone)):
            what, on = step
            found.append(DayAhead(on=max(on, today), what=f"The {what} of {its.name} are deleted"))
    return found


async def postpone(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    by: MemberId,
    now: datetime,
) -> RetentionPlan:
    """Let words and names stay POSTPONED_DAYS longer, once. Raises UserFacing for a second time."""
    await must_coordinate(connection, workspace_id, by)
    programme = await the_programme(connection, workspace_id, programme_id, hold=True)
    before = await store.plan_of(connection, programme, hold=True)
    if not before.may_be_postponed:
        raise UserFacing(ONCE)
    plan = replace(before, postponed_days=POSTPONED_DAYS)
    await store.put(connection, plan)
    until = full_date(plan.words_on) if plan.words_on else ""
    await audit.record(
        connection,
        workspace_id,
        Act.PURGE_POSTPONED,
        by=by,
        now=now,
        programme_id=programme_id,
        what=until,
    )
    return plan


async def tell(
    connection: AsyncConnection, programme: Programme, plan: RetentionPlan, *, now: datetime
) -> RetentionPlan:
    """Tell each member once, and the coordinators, on which day words go."""
    found, _, _ = await people_of(connection, programme.workspace_id, programme.id)
    members = [one for one in found if one.takes_part]
    await _queue(connection, programme, members, NOTICE, "", now=now)
    told = replace(plan, told_on=local_date(now, programme.timezone))
    await store.put(connection, told)
    await tell_coordinators(connection, programme, "told", now=now)
    return told


async def tell_coordinators(
    connection: AsyncConnection, programme: Programme, about: str, *, now: datetime
) -> None:
    """Tell coordinators how it stands, once about each thing."""
    found = await coordinators_on_duty(connection, programme.workspace_id, now)
    await _queue(connection, programme, found, NEWS, f":{about}", now=now)


async def _queue(
    connection: AsyncConnection,
    programme: Programme,
    members: Sequence[Member],
    kind: MessageKind,
    about: str,
    *,
    now: datetime,
) -> None:
    notices = [
        Notice(kind, programme.id, one.slack_user_id, f"{kind}:{programme.id}{about}:{one.id}")
        for one in members
    ]
    await delivery.enqueue_all(
        connection,
        programme.workspace_id,
        notices,
        lane=Lane.PROMPT,
        now=now,
        expires_at=now + WORTH_SENDING_FOR,
    )
