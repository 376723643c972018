"""Gather what a member sees of meetings, and find what there is to do about them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.words import day_and_month
from bot.kinds import ToDoKind
from bot.meetings import store
from bot.meetings.model import GroupMeetings, PlanState
from bot.people.model import Member
from bot.programme.groups import GroupMembers
from bot.todos import ToDo, Weight

PATIENCE = timedelta(days=2)
"""How long a mentor is not asked to choose a time while nobody has answered."""


async def meetings_of(
    connection: AsyncConnection, member: Member, groups: Sequence[GroupMembers]
) -> list[GroupMeetings]:
    """Read the meetings of a member's groups, and each group's latest."""
    return await with_latest(connection, member, await planned_of(connection, member, groups))


async def with_latest(
    connection: AsyncConnection, member: Member, planned: Sequence[GroupMeetings]
) -> list[GroupMeetings]:
    """Add each group's latest meeting to what is planned."""
    ids = [one.group_id for one in planned]
    last = await store.latest(connection, member.workspace_id, ids) if ids else {}
    return [replace(one, last=last.get(one.group_id)) for one in planned]


async def planned_of(
    connection: AsyncConnection, member: Member, groups: Sequence[GroupMembers]
) -> list[GroupMeetings]:
    """Read what is planned in a member's groups, and the records to which somebody objects."""
    if not groups:
        return []
    workspace_id, ids = member.workspace_id, [one.group_id for one in groups]
    mentored = [one for one in groups if member.id in one.mentors]
    plans = await store.plans(connection, workspace_id, group_id=ids)
    known = {one.group_id: one.mentees for one in mentored}
    objections = await store.objected(connection, workspace_id, known) if known else []
    return [
        GroupMeetings(
            group_id=one.group_id,
            name=one.group_name,
            mentees=one.mentees,
            is_mentor=one in mentored,
            plans=[plan for plan in plans if plan.group_id == one.group_id],
            objections=[each for each in objections if each.group_id == one.group_id],
        )
        for one in groups
    ]


def todos(seen: Sequence[GroupMeetings], member: Member, now: datetime) -> list[ToDo]:
    """Find what a member can do about the meetings of their groups; no word of theirs is in it."""
    return [one for its in seen for one in (*_mentors(its, now), *_mentees(its, member, now))]


def _mentees(its: GroupMeetings, member: Member, now: datetime) -> list[ToDo]:
    if member.id not in its.mentees:
        return []
    return [
        ToDo(
            kind=ToDoKind.ANSWER_TIMES,
            weight=Weight.SOMEBODY_WAITS,
            since=plan.offered_at,
            about=plan.id,
            count=len(plan.open_times(now)),
        )
        for plan in its.offered(now)
        if not plan.has_answered(member.id, now)
    ]


def _mentors(its: GroupMeetings, now: datetime) -> list[ToDo]:
    if not its.is_mentor:
        return []
    name = its.name
    found = [
        ToDo(
            kind=ToDoKind.FIX_TIME,
            weight=Weight.SOMEBODY_WAITS if answered else Weight.IS_DUE,
            since=plan.offered_at,
            about=plan.id,
            what=name,
            count=answered,
        )
        for plan in its.offered(now)
        for answered in [len(plan.answers.keys() & its.mentees)]
        if answered or now - plan.offered_at >= PATIENCE
    ]
    found += [
        ToDo(
            kind=ToDoKind.SAY_IF_MET,
            weight=Weight.IS_DUE,
            since=plan.ends_at,
            about=plan.id,
            what=name,
        )
        for plan in its.plans
        if plan.state is PlanState.FIXED and plan.ends_at is not None and plan.ends_at <= now
    ]
    return found + [
        ToDo(
            kind=ToDoKind.CHECK_MEETING,
            weight=Weight.SOMEBODY_WAITS,
            since=one.since,
            about=one.meeting_id,
            names=one.names,
            what=day_and_month(one.held_on),
        )
        for one in its.objections
    ]
