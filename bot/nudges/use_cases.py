"""Send a mentor's weekly nudge when it is due, and let it be put off."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Entry, Lane, OutboxState
from bot.delivery.rules import ALWAYS
from bot.delivery.tables import SET_OUT, in_state, outbox
from bot.kernel.database import rows_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId, new_id
from bot.kinds import ScheduleKind
from bot.nudges import rules, store
from bot.nudges.model import NudgeId, Sending
from bot.people import store as people
from bot.people.model import Member
from bot.programme.groups import groups_of_mentor
from bot.schedule.model import Due

NUDGE = ScheduleKind.MENTOR_NUDGE
USEFUL_FOR = timedelta(days=4)


async def nudge_when_due(connection: AsyncConnection, due: Due, now: datetime) -> None:
    """Queue this week's nudge of a mentor: one a week at most, none when away or without mentees.

    What an unsent or put-off nudge would have told is told by this one.
    """
    mentor = await people.member(connection, due.workspace_id, MemberId(due.subject_id))
    if mentor is None or mentor.is_away(now):
        return
    circles = await groups_of_mentor(connection, due.workspace_id, mentor.id)
    if not any(circle.mentees for circle in circles):
        return
    sending = Sending(
        id=NudgeId(new_id("nudge")),
        workspace_id=due.workspace_id,
        mentor_id=mentor.id,
        week_on=rules.week_of(due.due_at, due.tz),
        due_at=due.due_at,
        shared_since=await _told_until(connection, due.workspace_id, mentor.id, now=now),
    )
    if await store.add(connection, sending):
        await _enqueue(connection, sending, mentor=mentor, now=now, at=None)


async def _told_until(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentor_id: MemberId, *, now: datetime
) -> datetime | None:
    """Say up to when the mentor has been told what was shared; None when they never were.

    The last message of the last nudge decides: a first one that was snoozed is replaced by the
    second. An outcome that is unknown counts as sent: better told once than perhaps twice. What
    still waits is withdrawn, for the nudge of this week tells it.
    """
    last = await store.latest(connection, workspace_id, mentor_id)
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


async def told_of(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    mentors: Iterable[Member],
    at: datetime,
) -> list[str]:
    """Find the outbox entries of nudges that told these mentors what was shared at that instant."""
    by_recipient = {one.slack_user_id: one.id for one in mentors}
    query = sa.select(outbox.c.id, outbox.c.recipient, outbox.c.subject_id, outbox.c.not_before)
    rows = await connection.execute(
        query.where(
            rows_of(outbox, workspace_id, recipient=by_recipient),
            in_state(*SET_OUT),
            outbox.c.kind == NUDGE,
            outbox.c.not_before > at,
        )
    )
    entries = rows.all()
    ids = [NudgeId(row.subject_id) for row in entries]
    sendings = {one.id: one for one in await store.find_all(connection, workspace_id, ids)}
    return [
        str(row.id)
        for row in entries
        if (sending := sendings.get(NudgeId(row.subject_id)))
        and (sending.shared_since is None or sending.shared_since <= at)
    ]


async def is_replaced(connection: AsyncConnection, entry: Entry) -> bool:
    """Say whether the mentor snoozed what this entry brought, so that a later message tells it."""
    later = sa.select(outbox.c.id).where(
        rows_of(
            outbox,
            entry.workspace_id,
            recipient=entry.recipient,
            kind=NUDGE,
            subject_id=entry.subject_id,
        ),
        outbox.c.not_before > entry.not_before,
    )
    sending = await store.find(connection, entry.workspace_id, NudgeId(entry.subject_id))
    snoozed = (await connection.execute(later.limit(1))).one_or_none()
    return snoozed is not None or (sending is not None and sending.put_off)


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
    """Send the nudge again tomorrow at the local time `at`; when that is, as an instant.

    It tells what this one did and what is new by then. None when the next week's nudge comes by
    then: it takes over what this one tells. Raises UserFacing for a nudge that is not this
    mentor's.
    """
    comes_at = rules.tomorrow(now, tz=mentor.timezone, at=at)
    sending = await _own(connection, workspace_id, mentor_id=mentor.id, nudge_id=nudge_id)
    if comes_at is None:
        await store.put_off(connection, workspace_id, nudge_id)
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
    await _own(connection, workspace_id, mentor_id=mentor_id, nudge_id=nudge_id)
    await store.put_off(connection, workspace_id, nudge_id)
    await delivery.withdraw(connection, workspace_id, subject_id=nudge_id, kind=NUDGE, now=now)


async def _own(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    mentor_id: MemberId,
    nudge_id: NudgeId,
) -> Sending:
    sending = await store.find(connection, workspace_id, nudge_id)
    latest = await store.latest(connection, workspace_id, mentor_id)
    if sending is None or sending != latest:
        raise UserFacing("This nudge is from an earlier week. The latest one is further down.")
    return sending
