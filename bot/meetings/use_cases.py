"""Record that a mentoring group met, correct a record, and object to one."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.groups.joining import known_groups_of, known_groups_of_mentor
from bot.groups.store import joining
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, WorkspaceId
from bot.meetings import rules, store
from bot.meetings.model import Meeting, MeetingId, Mode, PlanId, PlanState
from bot.people.model import Member
from bot.people.permissions import (
    NOT_YOUR_MEETING,
    coordinates,
    may_answer_times,
    may_plan_meeting,
)
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers, group_of_seats
from bot.programme.model import ProgrammeState

MAX_AGE = timedelta(days=60)
MOST_MINUTES = 480
NO_SUCH_GROUP = "This group is in no running programme any more. Nothing was planned."
GONE = "This record is not there any more. Open your Home tab to see your meetings."
NOTED_ALREADY = (
    "Somebody has noted this meeting already. Open your Home tab to see it, and correct it there."
)
TOO_LATE = (
    "A record can be corrected for 14 days. If this one is wrong, tell your coordinator, who "
    "counts the meetings."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """A mentor's word on a meeting. `held_on` is their local date.

    `mentees` are those who were there, by group; without `mentors` only the writer was. `plan_id`
    is the planned meeting of which it tells, if any.
    """

    held_on: date
    mentees: Mapping[GroupId, frozenset[MemberId]]
    mentors: frozenset[MemberId] = frozenset()
    mode: Mode | None = None
    minutes: int | None = None
    plan_id: PlanId | None = None


def check(told: Attendance, group: GroupMembers, *, today: date) -> None:
    """Raise UserFacing where this meeting cannot be recorded; `today` is the mentor's date."""
    mentees = told.mentees.get(group.group_id, frozenset())
    if told.held_on > today:
        raise UserFacing("Choose today or an earlier day: only meetings that took place count.")
    if told.held_on < today - MAX_AGE:
        raise UserFacing(f"Choose a day within the last {MAX_AGE.days} days.")
    if not mentees:
        raise UserFacing("Choose at least one mentee whom you met.")
    if not mentees <= group.mentees:
        raise UserFacing(
            "Somebody chosen is not in your mentoring group any more. Open the form again."
        )
    if told.minutes is not None and not 0 < told.minutes <= MOST_MINUTES:
        raise UserFacing(f"Choose up to {MOST_MINUTES} minutes.")


async def record(
    connection: AsyncConnection, by: Member, told: Attendance, *, form_key: str, now: datetime
) -> list[Meeting]:
    """Keep that a mentor met these mentees, by group: all or nothing, once for each `form_key`.

    What was planned for that day counts as held. Raises UserFacing where `by` mentors no such
    group, and where another mentor has noted it meanwhile.
    """
    held = []
    today = local_date(now, by.timezone)
    for group_id in sorted(told.mentees):
        group = await mentored(connection, by, group_id)
        check(told, group, today=today)
        one = _meeting(told, group, by, _id_of(by.workspace_id, form_key, group_id), now=now)
        await store.hold_group(connection, by.workspace_id, group_id)
        if await store.add(connection, one):
            await _refuse_twice(connection, told, one)
            await _note_planned(connection, by, told, one, now=now)
        held.append(one)
    return held


async def _refuse_twice(connection: AsyncConnection, told: Attendance, held: Meeting) -> None:
    """Refuse the planned meeting that is noted already, and another mentor's of the same day with
    the same mentees."""
    plan = await store.plan(connection, held.workspace_id, told.plan_id) if told.plan_id else None
    if plan and plan.group_id == held.group_id and plan.state is PlanState.HELD:
        raise UserFacing(NOTED_ALREADY)
    its = {"group_id": held.group_id, "held_on": held.held_on}
    for one in await store.meetings(connection, held.workspace_id, **its):
        if one.mentees == held.mentees and one.recorded_by not in ("", held.recorded_by):
            raise UserFacing(NOTED_ALREADY)


def _meeting(
    told: Attendance, group: GroupMembers, by: Member, meeting_id: MeetingId, *, now: datetime
) -> Meeting:
    return Meeting(
        id=meeting_id,
        workspace_id=by.workspace_id,
        programme_id=group.programme_id,
        group_id=group.group_id,
        held_on=told.held_on,
        mode=told.mode,
        minutes=told.minutes,
        length=rules.length_of(told.minutes),
        mentees=told.mentees[group.group_id],
        mentors=(told.mentors & group.mentors) or frozenset({by.id}),
        recorded_by=by.id,
        recorded_at=now,
    )


def _id_of(workspace_id: WorkspaceId, form_key: str, group_id: GroupId) -> MeetingId:
    digest = hashlib.sha256(f"{workspace_id}|{form_key}|{group_id}".encode()).hexdigest()
    return MeetingId(f"meeting_{digest[:20]}")


async def _note_planned(
    connection: AsyncConnection, by: Member, told: Attendance, held: Meeting, *, now: datetime
) -> None:
    states = (PlanState.FIXED, PlanState.MISSED)
    workspace_id, group_id = by.workspace_id, held.group_id
    for plan in await store.plans(connection, workspace_id, states=states, group_id=group_id):
        if plan.starts_at is None or plan.starts_at > now:
            continue
        is_that_day = local_date(plan.starts_at, by.timezone) == held.held_on
        if is_that_day or plan.id == told.plan_id:
            its = {"state": PlanState.HELD, "meeting_id": held.id, "changed_at": now}
            if not await store.change_plan(connection, plan, **its):
                raise UserFacing(NOTED_ALREADY)
            return


async def mentored(connection: AsyncConnection, by: Member, group_id: GroupId) -> GroupMembers:
    """Find a group of which a member is the mentor. Raises UserFacing for any other."""
    for group in await known_groups_of_mentor(connection, by.workspace_id, by.id):
        if group.group_id == group_id and may_plan_meeting(by, group.mentors):
            return group
    raise UserFacing(NOT_YOUR_MEETING)


async def plannable(connection: AsyncConnection, by: Member, group_id: GroupId) -> GroupMembers:
    """Find a group to which a member may offer times: as its mentor, or as a coordinator who helps.

    Raises UserFacing for any other, and for a group of a programme that does not run.
    """
    if not coordinates(by):
        return await mentored(connection, by, group_id)
    its = (connection, by.workspace_id)
    programme = await programmes.programme_of_group(*its, group_id)
    group = await programmes.group(*its, group_id)
    if programme is None or group is None or programme.state is not ProgrammeState.RUNNING:
        raise UserFacing(NO_SUCH_GROUP)
    later = await joining(*its, group_id)
    seats = await programmes.seats(*its, programme.id, group_id=group_id)
    return group_of_seats(
        group, {one.member_id: one.role for one in seats if one.member_id not in later}
    )


async def to_correct(
    connection: AsyncConnection,
    by: Member,
    meeting_id: MeetingId,
    *,
    now: datetime,
    hold: bool = False,
) -> tuple[Meeting, GroupMembers]:
    """Find a record that a mentor may correct, and its group, to `hold` or to look at.

    Raises UserFacing for any other.
    """
    if hold:
        await store.hold(connection, by.workspace_id, meeting_id)
    held = await _known(connection, by.workspace_id, meeting_id)
    group = await mentored(connection, by, held.group_id)
    if not held.may_change(now):
        raise UserFacing(TOO_LATE)
    return held, group


async def correct(
    connection: AsyncConnection,
    by: Member,
    meeting_id: MeetingId,
    told: Attendance,
    *,
    now: datetime,
) -> Meeting:
    """Write a record anew, which answers whoever objected. Raises UserFacing as `record` does.

    Mentees who have left the group stay on record as having been there.
    """
    held, group = await to_correct(connection, by, meeting_id, now=now, hold=True)
    check(told, group, today=local_date(now, by.timezone))
    said = _meeting(told, group, by, held.id, now=now)
    changed = replace(
        said,
        length=held.length if told.minutes is None else said.length,
        mentees=said.mentees | (held.mentees - group.mentees),
        mentors=said.mentors | (held.mentors - group.mentors),
        recorded_by=held.recorded_by,
        recorded_at=held.recorded_at,
    )
    await store.change(connection, changed)
    return changed


async def delete(
    connection: AsyncConnection, by: Member, meeting_id: MeetingId, *, now: datetime
) -> None:
    """Delete a record of a meeting that did not take place."""
    held, _ = await to_correct(connection, by, meeting_id, now=now, hold=True)
    await store.remove(connection, held)


async def leave_as_is(
    connection: AsyncConnection, by: Member, meeting_id: MeetingId, *, now: datetime
) -> None:
    """Note that the mentor looked at a record again and finds it right."""
    held, _ = await to_correct(connection, by, meeting_id, now=now, hold=True)
    await store.drop_objections(connection, held)


async def object_to(
    connection: AsyncConnection, by: Member, meeting_id: MeetingId, *, now: datetime
) -> None:
    """Note that a mentee says it was not so; their mentor is asked to look again.

    Raises UserFacing for a record of another group, and for one that is older than 14 days.
    """
    await store.hold(connection, by.workspace_id, meeting_id)
    held = await _known(connection, by.workspace_id, meeting_id)
    groups = await known_groups_of(connection, by.workspace_id, by.id)
    theirs = next((one for one in groups if one.group_id == held.group_id), None)
    if theirs is None or not may_answer_times(by, theirs.mentees):
        raise UserFacing(GONE)
    if not held.may_change(now):
        raise UserFacing(TOO_LATE)
    await store.object_to(connection, held, by.id, now=now)


async def _known(
    connection: AsyncConnection, workspace_id: WorkspaceId, meeting_id: MeetingId
) -> Meeting:
    found: Collection[Meeting] = await store.meetings(connection, workspace_id, id=meeting_id)
    for one in found:
        return one
    raise UserFacing(GONE)
