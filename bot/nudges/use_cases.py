"""Send a mentor's weekly nudge when it is due, let it be put off, and remember what it told."""

from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Lane, OutboxState
from bot.delivery.paces import rhythm_of
from bot.delivery.rules import ALWAYS
from bot.delivery.tables import SET_OUT, outbox
from bot.groups.joining import known_groups_of_mentor
from bot.kernel.clock import local_date
from bot.kernel.database import add_row, delete_rows, read_as, rows_of, values_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId, new_id
from bot.kinds import ScheduleKind
from bot.nudges import rules
from bot.nudges.rules import NudgeId, Sending
from bot.nudges.tables import nudge
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.schedule.model import Due

NUDGE = ScheduleKind.MENTOR_NUDGE
USEFUL_FOR = timedelta(days=4)


async def nudge_when_due(connection: AsyncConnection, due: Due, now: datetime) -> None:
    """Queue this week's nudge of a mentor, who is here and has mentees: one a week at most."""
    mentor = await people.member(connection, due.workspace_id, MemberId(due.subject_id))
    if mentor is None or mentor.is_away(now):
        return
    day = local_date(due.due_at, due.tz)
    if await programmes.is_past_its_end(connection, due.workspace_id, mentor.id, day):
        return
    groups = await known_groups_of_mentor(connection, due.workspace_id, mentor.id)
    if not any(group.mentees for group in groups):
        return
    sending = Sending(
        id=NudgeId(new_id("nudge")),
        workspace_id=due.workspace_id,
        mentor_id=mentor.id,
        week_on=rules.week_of(due.due_at, due.tz),
        due_at=due.due_at,
        shared_since=await _told_until(connection, due.workspace_id, mentor.id, now=now),
    )
    if await add_row(connection, nudge, values_of(sending, nudge)):
        await _enqueue(connection, sending, mentor=mentor, now=now, at=None)


async def _told_until(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentor_id: MemberId, *, now: datetime
) -> datetime | None:
    """Say up to when the mentor has been told what was shared, and withdraw what still waits.

    The last message of the last nudge decides. An unknown outcome counts as sent: better told once
    than perhaps twice. None when they never were told.
    """
    last = await latest(connection, workspace_id, mentor_id)
    if last is None:
        return None
    await delivery.withdraw(connection, workspace_id, subject_id=last.id, kind=NUDGE, now=now)
    query = (
        sa.select(outbox.c.state, outbox.c.not_before)
        .where(rows_of(outbox, workspace_id, kind=NUDGE, subject_id=last.id))
        .order_by(outbox.c.not_before.desc())
        .limit(1)
    )
    sent = (await connection.execute(query)).one_or_none()
    if last.put_off or (sent is not None and OutboxState(sent.state) not in SET_OUT):
        return last.shared_since
    return rules.told_until(last, sent.not_before if sent else last.due_at)


async def _enqueue(
    connection: AsyncConnection,
    sending: Sending,
    *,
    mentor: Member,
    now: datetime,
    at: datetime | None,
) -> bool:
    suffix = f":{at.isoformat()}" if at else ""
    return await delivery.enqueue(
        connection,
        sending.workspace_id,
        kind=NUDGE,
        subject_id=sending.id,
        recipient=mentor.slack_user_id,
        dedupe_key=f"{NUDGE}:{sending.mentor_id}:{sending.week_on}{suffix}",
        lane=Lane.PROMPT,
        priority=ALWAYS,
        now=now,
        not_before=at,
        expires_at=(at or sending.due_at) + USEFUL_FOR,
    )


async def snooze_until_tomorrow(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    mentor: Member,
    nudge_id: NudgeId,
    at: time,
    now: datetime,
) -> datetime | None:
    """Send the nudge again tomorrow at the local time `at`, or when the mentor next welcomes it.

    Returns when that is; None when the next week's nudge comes by then and takes over. Raises
    UserFacing for another's.
    """
    rhythm = await rhythm_of(connection, workspace_id, mentor.slack_user_id)
    comes_at = rules.tomorrow(now, tz=mentor.timezone, at=at, rhythm=rhythm)
    sending = await _own(connection, workspace_id, mentor.id, nudge_id)
    if comes_at is None:
        await _put_off(connection, sending)
    else:
        await _enqueue(connection, sending, mentor=mentor, now=now, at=comes_at)
    return comes_at


async def snooze_until_next_week(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    mentor_id: MemberId,
    nudge_id: NudgeId,
    now: datetime,
) -> None:
    """Let next week's nudge tell what this one tells. Raises UserFacing for another's nudge."""
    await _put_off(connection, await _own(connection, workspace_id, mentor_id, nudge_id))
    await delivery.withdraw(connection, workspace_id, subject_id=nudge_id, kind=NUDGE, now=now)


async def _own(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentor_id: MemberId, nudge_id: NudgeId
) -> Sending:
    last = await latest(connection, workspace_id, mentor_id)
    if last is None or last.id != nudge_id:
        raise UserFacing("This nudge is from an earlier week. The latest one is further down.")
    return last


async def find(
    connection: AsyncConnection, workspace_id: WorkspaceId, nudge_id: NudgeId
) -> Sending | None:
    """Find the nudge with this id, or None."""
    query = sa.select(nudge).where(rows_of(nudge, workspace_id, id=nudge_id))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else read_as(Sending, row)


async def latest(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentor_id: MemberId
) -> Sending | None:
    """Find the mentor's most recent nudge, or None."""
    query = (
        sa.select(nudge)
        .where(rows_of(nudge, workspace_id, mentor_id=mentor_id))
        .order_by(nudge.c.week_on.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else read_as(Sending, row)


async def _put_off(connection: AsyncConnection, sending: Sending) -> None:
    """Remember that what this nudge covers goes into the next week's."""
    its = rows_of(nudge, sending.workspace_id, id=sending.id)
    await connection.execute(sa.update(nudge).where(its).values(put_off=True))


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Forget all nudges of this mentor; returns how many."""
    return await delete_rows(connection, nudge, member.workspace_id, mentor_id=member.id)
