"""Set a goal, take its next step, note how it goes, share it, and finish it or let it go."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.goals import rules, store
from bot.goals.model import Goal, GoalDraft, GoalId, GoalNote, GoalStatus, Progress, SeenGoal
from bot.groups.joining import is_private
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kinds import ToDoKind
from bot.people import store as people
from bot.people.model import Member
from bot.programme.groups import groups_of_mentee
from bot.programme.model import Programme, Use, monday_of_week
from bot.programme.store import programme_of
from bot.schedule.rules import instant_of, zone
from bot.stages.changes import mentors_of
from bot.todos import ToDo, Weight

GONE = "This goal is not there any more. Open the Home tab to see your goals. Nothing was changed."
CHANGED_MEANWHILE = "This goal was changed a moment ago. Please open it again and repeat it."
CHANGED_BESIDE_THE_FORM = (
    "This goal was changed while this form was open, so nothing was saved now. Copy what you want "
    "to keep, close the form and open the goal again."
)
NEW_MENTOR = (
    "Your mentor changed while this form was open, so this was not saved, and nobody has read it. "
    "Keep it to yourself for now: you can share it once it is saved."
)
NOT_A_MENTEE = (
    "Goals are set by mentees in a running programme, and you are not one now, so this was not "
    "saved. Copy what you want to keep before you close the form."
)
NOT_YET_SHARED = (
    "There is no mentor yet who could read it. Keep it to yourself for now, and share it once your "
    "group has formed."
)


async def set_goal(
    connection: AsyncConnection,
    member: Member,
    draft: GoalDraft,
    *,
    confidence: int | None,
    share_with: Collection[MemberId] | None,
    form_key: str,
    now: datetime,
) -> Goal:
    """Keep a new goal, once for each `form_key`, for its author alone or to share with mentors.

    Raises UserFacing for a fourth, for somebody who is no mentee in a running programme, for a day
    that has passed, and where the mentors are others than `share_with` by now.
    """
    goal_id = _id_of(member.workspace_id, form_key)
    programme = await programme_of_mentee(connection, member)
    _check(member, draft, confidence=confidence, now=now)
    if await people.member(connection, member.workspace_id, member.id, hold=True) is None:
        raise UserFacing(people.ERASED)
    goals = await store.goals_of(connection, member.workspace_id, [member.id])
    before = next((one for one in goals if one.id == goal_id), None)
    if before is not None:
        return before
    rules.check_space(goals)
    shared_at = None
    if share_with is not None:
        shared_at = await _shared(connection, member, programme, now)
        if set(share_with) != await mentors_of(connection, member.workspace_id, member.id):
            raise UserFacing(NEW_MENTOR)
    goal = Goal(
        id=goal_id,
        workspace_id=member.workspace_id,
        member_id=member.id,
        programme_id=programme.id,
        status=GoalStatus.OPEN,
        set_at=now,
        shared_at=shared_at,
        title=draft.title.strip(),
        next_step=draft.next_step.strip(),
        domain=draft.domain,
        due_on=draft.due_on,
        importance=draft.importance,
    )
    await store.add(connection, goal)
    return await _note(connection, goal, GoalNote(number=1, at=now, confidence=confidence))


async def change_goal(
    connection: AsyncConnection,
    member: Member,
    shown: SeenGoal,
    draft: GoalDraft,
    *,
    confidence: int | None,
    now: datetime,
) -> Goal:
    """Word one's own open goal anew, as it was `shown`; a confidence is noted if it was given."""
    goal = await own_open(connection, member, shown.goal_id)
    if goal.revision != shown.revision and goal.draft != draft:
        raise UserFacing(CHANGED_BESIDE_THE_FORM)
    today = None if draft.due_on == goal.due_on else now
    _check(member, draft, confidence=confidence, now=today)
    changed = replace(
        goal,
        title=draft.title.strip(),
        next_step=draft.next_step.strip(),
        domain=draft.domain,
        due_on=draft.due_on,
        importance=draft.importance,
    )
    changed = await _write(connection, goal, changed)
    if confidence is None or confidence == (goal.confidences or (None,))[-1]:
        return changed
    return await _note(connection, changed, _next(goal, now, confidence=confidence))


async def take_step(
    connection: AsyncConnection,
    member: Member,
    shown: SeenGoal,
    next_step: str,
    *,
    confidence: int | None,
    now: datetime,
) -> Goal:
    """Note that the next step that was `shown` is done, and put another in its place."""
    rules.check_step(next_step)
    rules.check_confidence(confidence)
    goal = await own_open(connection, member, shown.goal_id)
    if next_step.strip() == goal.next_step:
        raise UserFacing("This is the step that you have just done. Name the one after it.")
    if goal.revision != shown.revision:
        raise UserFacing(CHANGED_BESIDE_THE_FORM)
    changed = await _write(connection, goal, replace(goal, next_step=next_step.strip()))
    done = _next(goal, now, confidence=confidence, step_done=goal.next_step)
    return await _note(connection, changed, done)


async def finish(
    connection: AsyncConnection,
    member: Member,
    goal_id: GoalId,
    status: GoalStatus,
    *,
    now: datetime,
) -> Goal:
    """Mark one's own open goal as done, or let it go without a reason."""
    goal = await own_open(connection, member, goal_id)
    return await _write(connection, goal, replace(goal, status=status, ended_at=now))


async def reopen(connection: AsyncConnection, member: Member, goal_id: GoalId) -> Goal:
    """Take one's own goal up again; raises UserFacing where three are open, or it is."""
    goal = await own(connection, member, goal_id)
    await programme_of_mentee(connection, member)
    if goal.is_open:
        raise UserFacing("This goal is open already.")
    await people.member(connection, member.workspace_id, member.id, hold=True)
    rules.check_space(await store.goals_of(connection, member.workspace_id, [member.id]))
    return await _write(connection, goal, replace(goal, status=GoalStatus.OPEN, ended_at=None))


async def share(
    connection: AsyncConnection, member: Member, goal_id: GoalId, *, now: datetime
) -> Goal:
    """Let one's mentors of now read a goal."""
    goal = await own(connection, member, goal_id)
    programme = await programme_of_mentee(connection, member)
    if goal.status is GoalStatus.LET_GO:
        raise UserFacing("A goal that you let go stays with you. Take it up again to share it.")
    shared_at = await _shared(connection, member, programme, now)
    return await _write(
        connection, goal, replace(goal, shared_at=shared_at, programme_id=programme.id)
    )


async def keep_private(connection: AsyncConnection, member: Member, goal_id: GoalId) -> Goal:
    """Let nobody but its author read a goal from now on."""
    goal = await own(connection, member, goal_id)
    return await _write(connection, goal, replace(goal, shared_at=None))


async def delete(connection: AsyncConnection, member: Member, goal_id: GoalId) -> None:
    """Delete one's own goal with its history, for good."""
    await store.remove(connection, await own(connection, member, goal_id))


async def own(connection: AsyncConnection, member: Member, goal_id: GoalId) -> Goal:
    """Find one's own goal. Raises UserFacing when it is gone or another's."""
    goal = await store.find(connection, member.workspace_id, goal_id)
    if goal is None or goal.member_id != member.id:
        raise UserFacing(GONE)
    return goal


async def goals_of(connection: AsyncConnection, member: Member) -> list[Goal]:
    """Find all of a member's own goals with their history, oldest first."""
    return await store.goals_of(connection, member.workspace_id, [member.id])


async def open_goals(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> list[Goal]:
    """Find a member's own open goals that can be read: what a check-in asks about."""
    found = await store.goals_of(connection, workspace_id, [member_id])
    return [one for one in found if one.is_open and one.is_readable]


async def past_goals(connection: AsyncConnection, member: Member) -> list[Goal]:
    """Find a member's own goals that are done or let go, the latest first.

    Where they are in no programme any more, those that are still open are among them.
    """
    goals = await goals_of(connection, member)
    if await programme_of(connection, member.workspace_id, member.id) is not None:
        goals = [one for one in goals if not one.is_open]
    return sorted(goals, key=lambda one: one.ended_at or one.set_at, reverse=True)


async def note_progress(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    progress: Mapping[GoalId, Progress],
    *,
    now: datetime,
) -> list[Goal]:
    """Note at a check-in how each of one's own open goals goes; those noted, in their order.

    What is not among one's open goals any more is left out: the check-in is kept all the same.
    """
    noted = []
    for goal in await open_goals(connection, workspace_id, member_id):
        if goal.id in progress:
            note = _next(goal, now, progress=progress[goal.id])
            noted.append(await _note(connection, goal, note))
    return noted


def todos(
    member: Member, programme: Programme | None, goals: Sequence[Goal], *, now: datetime
) -> list[ToDo]:
    """Say that a mentee has never set a goal, and which goals' days have passed."""
    if programme is None or not member.is_mentee or member.is_away(now):
        return []
    tz = zone(member.timezone)
    if not goals:
        first_week = dict(programme.template.uses).get(Use.GOALS, 1)
        since = instant_of(monday_of_week(programme, first_week), time(0), tz)
        return [ToDo(kind=ToDoKind.SET_GOAL, weight=Weight.IS_DUE, since=since)]
    today = local_date(now, member.timezone)
    return [
        ToDo(
            kind=ToDoKind.REVIEW_GOAL,
            weight=Weight.IS_DUE,
            since=instant_of(one.due_on, time(0), tz),
            about=one.id,
            what=one.due_on.isoformat(),
        )
        for one in goals
        if rules.is_past(one, today=today)
    ]


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Delete everything about a member's goals."""
    return await store.erase(connection, member.workspace_id, member.id)


async def programme_of_mentee(connection: AsyncConnection, member: Member) -> Programme:
    """Find the running programme in which a member is a mentee. Raises UserFacing for none."""
    found = await programme_of(connection, member.workspace_id, member.id)
    if found is None or not member.is_mentee or not member.takes_part:
        raise UserFacing(NOT_A_MENTEE)
    return found


async def _shared(
    connection: AsyncConnection, member: Member, programme: Programme, now: datetime
) -> datetime:
    if not await can_share(connection, member, programme):
        raise UserFacing(NOT_YET_SHARED)
    return now


async def can_share(connection: AsyncConnection, member: Member, programme: Programme) -> bool:
    """Say whether a member has a mentor who knows of them and could read a goal."""
    groups = await groups_of_mentee(connection, member.workspace_id, member.id)
    in_this = [one for one in groups if one.programme_id == programme.id]
    return any(one.mentors for one in in_this) and not await is_private(
        connection, member.workspace_id, programme.id, member.id
    )


async def own_open(connection: AsyncConnection, member: Member, goal_id: GoalId) -> Goal:
    """Find one's own open goal. Raises UserFacing when it is not, or its words are lost."""
    goal = await own(connection, member, goal_id)
    if not goal.is_open:
        raise UserFacing("This goal is not open any more. Take it up again first, if you like.")
    if not goal.is_readable:
        raise UserFacing("The words of this goal cannot be read any more, so it cannot be changed.")
    return goal


def _check(
    member: Member, draft: GoalDraft, *, confidence: int | None, now: datetime | None
) -> None:
    rules.check(draft)
    rules.check_confidence(confidence)
    if now is not None:
        rules.check_day(draft.due_on, today=local_date(now, member.timezone))


def _next(goal: Goal, now: datetime, **said: Any) -> GoalNote:
    return GoalNote(number=len(goal.notes) + 1, at=now, **said)


async def _write(connection: AsyncConnection, before: Goal, after: Goal) -> Goal:
    changed = await store.change(connection, before, after)
    if changed is None:
        raise UserFacing(CHANGED_MEANWHILE)
    return changed


async def _note(connection: AsyncConnection, goal: Goal, note: GoalNote) -> Goal:
    if not await store.add_note(connection, goal, note):
        raise UserFacing(CHANGED_MEANWHILE)
    return replace(goal, notes=(*goal.notes, note))


def _id_of(workspace_id: WorkspaceId, form_key: str) -> GoalId:
    digest = hashlib.sha256(f"goal|{workspace_id}|{form_key}".encode()).hexdigest()
    return GoalId(f"goal_{digest[:20]}")
