"""Send a mentor's weekly nudge when it is due, let it be put off, and remember what it told."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Lane, OutboxState
from bot.delivery.rules import ALWAYS
from bot.delivery.tables import SET_OUT, outbox
from bot.groups.joining import known_groups_of
from bot.kernel.clock import local_date
from bot.kernel.database import add_row, delete_rows, read_as, rows_of, values_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId, new_id
from bot.kinds import ScheduleKind
from bot.nudges import rules
from bot.nudges.rules import Asked, NudgeId, Sending, next_peer_question, next_question
from bot.nudges.tables import nudge, nudge_silence
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers
from bot.programme.model import last_day
from bot.programme.quiet_hours import hours_of_member
from bot.schedule.model import Due
from bot.stages import store as stages
from bot.stages.model import Framework
from bot.stages.rules import current_level

NUDGE = ScheduleKind.MENTOR_NUDGE
USEFUL_FOR = timedelta(days=4)
QUESTIONS_REMEMBERED = 100
"""More than a framework has for all stages of a year's mentees."""


async def nudge_when_due(
    connection: AsyncConnection, due: Due, now: datetime, *, frameworks: Mapping[str, Framework]
) -> None:
    """Queue this week's nudge of a mentor, or of a peer-mentor beside one: one a week at most.

    Nothing for who is away, or has no mentees in their groups.
    """
    mentor = await people.member(connection, due.workspace_id, MemberId(due.subject_id))
    if mentor is None or mentor.is_away(now):
        return
    programme = await programmes.programme_of(connection, due.workspace_id, mentor.id)
    # A programme ends in its own zone; some of its members are ahead of it.
    if programme is not None and local_date(due.due_at, due.tz) > last_day(programme):
        return
    every = await known_groups_of(connection, due.workspace_id, mentor.id)
    groups = [one for one in every if mentor.id in one.mentors and one.mentees]
    if not (groups or any(one.has_beside(mentor.id) for one in every)):
        return
    framework = frameworks.get(programme.framework_id) if programme else None
    asked = await _question(connection, mentor, groups, framework, now)
    sending = Sending(
        id=NudgeId(new_id("nudge")),
        workspace_id=due.workspace_id,
        mentor_id=mentor.id,
        week_on=rules.week_of(due.due_at, due.tz),
        due_at=due.due_at,
        shared_since=await _told_until(connection, due.workspace_id, mentor.id, now=now),
        asked_about=(asked.member_id or None) if asked else None,
        question=asked.text if asked else None,
    )
    if await add_row(connection, nudge, values_of(sending, nudge)):
        await _enqueue(connection, sending, mentor=mentor, now=now, at=None)


async def _question(
    connection: AsyncConnection,
    mentor: Member,
    groups: Sequence[GroupMembers],
    framework: Framework | None,
    now: datetime,
) -> Asked | None:
    """Choose this week's question, by what was asked in the latest messages to this person.

    `groups` are those that they mentor; in none they have a peer-mentor's question.
    """
    workspace_id = mentor.workspace_id
    its = rows_of(nudge, workspace_id, mentor_id=mentor.id)
    query = sa.select(nudge.c.asked_about, nudge.c.question).where(its)
    query = query.where(nudge.c.question.is_not(None)).order_by(nudge.c.week_on.desc())
    rows = await connection.execute(query.limit(QUESTIONS_REMEMBERED))
    asked = [Asked(MemberId(row.asked_about or ""), row.question) for row in rows]
    if not groups:
        return Asked(MemberId(""), next_peer_question(asked))
    if framework is None:
        return None
    ids = {mentee for group in groups for mentee in group.mentees}
    mentees = await people.members(connection, workspace_id, ids=ids)
    histories = await stages.histories(connection, workspace_id, member_ids=ids)
    return next_question(
        {
            one.id: current_level(framework, histories[one.id], initial=one.stage)
            for one in mentees
            if not one.is_away(now)
        },
        asked,
    )


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
    await _withdraw(connection, last, now=now)
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
    suffix = f":{at.isoformat()}:{now.isoformat()}" if at else ""
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

    Returns when that is; None when the next week's nudge comes by then and takes over. One that
    waits already gives way to it. Raises UserFacing for another's.
    """
    rhythm = await hours_of_member(connection, mentor)
    comes_at = rules.tomorrow(now, tz=mentor.timezone, at=at, rhythm=rhythm)
    sending = await _own(connection, workspace_id, mentor.id, nudge_id)
    if comes_at is None:
        await _put_off(connection, sending, now=now)
    elif await _change(connection, sending, put_off=False, comes_at=comes_at):
        await _withdraw(connection, sending, now=now)
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
    sending = await _own(connection, workspace_id, mentor_id, nudge_id)
    await _put_off(connection, sending, now=now)


async def _put_off(connection: AsyncConnection, sending: Sending, *, now: datetime) -> None:
    await _change(connection, sending, put_off=True)
    await _withdraw(connection, sending, now=now)


async def _withdraw(connection: AsyncConnection, sending: Sending, *, now: datetime) -> None:
    its = {"subject_id": sending.id, "kind": NUDGE}
    await delivery.withdraw(connection, sending.workspace_id, **its, now=now)


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
    return await _one(connection, _select(workspace_id, id=nudge_id))


async def latest(
    connection: AsyncConnection, workspace_id: WorkspaceId, mentor_id: MemberId
) -> Sending | None:
    """Find the mentor's most recent nudge, or None."""
    newest = _select(workspace_id, mentor_id=mentor_id).order_by(nudge.c.week_on.desc())
    return await _one(connection, newest.limit(1))


def _select(workspace_id: WorkspaceId, **which: object) -> sa.Select[Any]:
    """Select nudges, with whether their mentor wants none in quiet weeks."""
    silence = sa.and_(
        nudge_silence.c.workspace_id == nudge.c.workspace_id,
        nudge_silence.c.mentor_id == nudge.c.mentor_id,
    )
    query = sa.select(nudge, nudge_silence.c.mentor_id.is_not(None).label("silent"))
    joined = query.select_from(nudge.outerjoin(nudge_silence, silence))
    return joined.where(rows_of(nudge, workspace_id, **which))


async def _one(connection: AsyncConnection, query: sa.Select[Any]) -> Sending | None:
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else read_as(Sending, row)


async def _change(connection: AsyncConnection, sending: Sending, **values: object) -> bool:
    """Remember when a nudge comes again, or that the next week's covers what it covers.

    False where all that is so already: a second press of a button is none.
    """
    its = rows_of(nudge, sending.workspace_id, id=sending.id)
    is_new = sa.or_(*(nudge.c[name].is_distinct_from(value) for name, value in values.items()))
    changed = await connection.execute(sa.update(nudge).where(its, is_new).values(values))
    return changed.rowcount > 0


async def choose_silence(connection: AsyncConnection, mentor: Member, *, silent: bool) -> None:
    """Send this mentor nothing in quiet weeks, or one line."""
    row = {"workspace_id": mentor.workspace_id, "mentor_id": mentor.id}
    if silent:
        await add_row(connection, nudge_silence, row)
    else:
        await delete_rows(connection, nudge_silence, mentor.workspace_id, mentor_id=mentor.id)


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Forget all nudges of this mentor, and for whom others' questions were; returns how many."""
    workspace_id = member.workspace_id
    about = rows_of(nudge, workspace_id, asked_about=member.id)
    await connection.execute(sa.update(nudge).where(about).values(asked_about=None))
    await delete_rows(connection, nudge_silence, workspace_id, mentor_id=member.id)
    return await delete_rows(connection, nudge, workspace_id, mentor_id=member.id)
