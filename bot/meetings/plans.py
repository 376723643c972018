"""Offer times to a mentoring group, fix one, call it off, and say that it did not take place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.groups.joining import known_groups_of
from bot.groups.messages import GROUP
from bot.kernel.database import values_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, WorkspaceId, new_id
from bot.kinds import MessageKind, ScheduleKind
from bot.meetings import rules, store
from bot.meetings.model import LENGTHS, PlanId, PlannedMeeting, PlanState
from bot.meetings.tables import planned_meeting
from bot.meetings.use_cases import mentored, plannable
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import NOT_ASKED, may_answer_times
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers, group_of_seats
from bot.programme.model import ProgrammeState
from bot.schedule import store as schedule
from bot.schedule.model import Due, Once

NOT_OPEN = (
    "These times are not open any more: one was fixed, or others were offered. Open your Home tab "
    "to see where things stand."
)
NOT_PLANNED = "This meeting is not planned any more. Open your Home tab to see what is."


async def offer(
    connection: AsyncConnection,
    by: Member,
    group_id: GroupId,
    times: Sequence[datetime],
    *,
    minutes: int,
    now: datetime,
) -> PlannedMeeting:
    """Offer times to a group's mentees, in place of those that were open; ask each once.

    Where a coordinator helps, the group's mentors are told, too: one of them chooses the time.
    Raises UserFacing for another's group, and for times that cannot be offered.
    """
    group = await plannable(connection, by, group_id)
    rules.check_times(times, now=now)
    if minutes not in LENGTHS:
        raise UserFacing("Choose how long you would like to meet.")
    await store.hold_group(connection, by.workspace_id, group_id)
    for before in await store.plans(
        connection, by.workspace_id, states=[PlanState.OFFERED], group_id=group_id
    ):
        await _change(connection, before, PlanState.REPLACED, now=now)
    plan = PlannedMeeting(
        id=PlanId(new_id("plan")),
        workspace_id=by.workspace_id,
        programme_id=group.programme_id,
        group_id=group_id,
        minutes=minutes,
        state=PlanState.OFFERED,
        offered_by=by.id,
        offered_at=now,
        changed_at=now,
        times=dict(enumerate(sorted(set(times)))),
    )
    await store.put_plan(connection, plan)
    asked = await asked_of(connection, group, by.workspace_id, now=now)
    if by.id not in group.mentors:
        asked += await _here(connection, group.mentors, by.workspace_id, now=now)
        await audit.record(
            connection,
            by.workspace_id,
            Act.TIMES_OFFERED,
            by=by.id,
            now=now,
            programme_id=group.programme_id,
            what=group.group_name,
        )
    await delivery.enqueue_all(
        connection,
        by.workspace_id,
        [_notice(MessageKind.MEETING_OFFERED, plan, one.slack_user_id) for one in asked],
        lane=Lane.PROMPT,
        now=now,
        expires_at=max(times),
    )
    return plan


async def asked_of(
    connection: AsyncConnection, group: GroupMembers, workspace_id: WorkspaceId, *, now: datetime
) -> list[Member]:
    """Find the mentees of a group who can be asked now: people on a break are left in peace."""
    return await _here(connection, group.mentees, workspace_id, now=now)


async def _here(
    connection: AsyncConnection,
    ids: Collection[MemberId],
    workspace_id: WorkspaceId,
    *,
    now: datetime,
) -> list[Member]:
    found = await people.members(connection, workspace_id, ids=list(ids))
    return sorted((one for one in found if not one.is_away(now)), key=lambda one: one.name)


def _notice(kind: MessageKind, plan: PlannedMeeting, to: str) -> Notice:
    return Notice(kind, plan.id, to, f"{kind}:{plan.id}:{to}")


async def answer(
    connection: AsyncConnection,
    by: Member,
    plan_id: PlanId,
    can: Mapping[int, bool],
    *,
    now: datetime,
) -> PlannedMeeting:
    """Keep at which of the offered times a mentee can; an answer may be changed.

    Raises UserFacing for another group's times, and once they are closed.
    """
    plan = await store.plan(connection, by.workspace_id, plan_id)
    if plan is None:
        raise UserFacing(NOT_OPEN)
    groups = await known_groups_of(connection, by.workspace_id, by.id)
    theirs = next((one for one in groups if one.group_id == plan.group_id), None)
    if theirs is None or not may_answer_times(by, theirs.mentees):
        raise UserFacing(NOT_ASKED)
    said = {number: one for number, one in can.items() if number in plan.open_times(now)}
    if not said or not await store.hold_open(connection, plan):
        raise UserFacing(NOT_OPEN)
    await store.put_answers(connection, plan, by.id, said)
    mine = {**plan.answers.get(by.id, {}), **said}
    return replace(plan, answers={**plan.answers, by.id: mine})


async def planned(
    connection: AsyncConnection, by: Member, plan_id: PlanId, state: PlanState
) -> tuple[PlannedMeeting, GroupMembers]:
    """Find a planned meeting in this state of a group of which `by` is the mentor.

    Raises UserFacing for any other.
    """
    plan = await store.plan(connection, by.workspace_id, plan_id)
    if plan is None:
        raise UserFacing(NOT_PLANNED)
    group = await mentored(connection, by, plan.group_id)
    if plan.state is not state:
        raise UserFacing(NOT_OPEN if state is PlanState.OFFERED else NOT_PLANNED)
    return plan, group


async def fix(
    connection: AsyncConnection,
    by: Member,
    plan_id: PlanId,
    number: int,
    *,
    hours: rules.Availability,
    now: datetime,
) -> PlannedMeeting:
    """Fix one of the offered times, tell the group in its channel, and plan the agenda.

    `hours` are the mentor's own. Raises UserFacing for another's, and for a time that has passed.
    """
    plan, _ = await planned(connection, by, plan_id, PlanState.OFFERED)
    starts_at = plan.open_times(now).get(number)
    if starts_at is None:
        raise UserFacing("This time has passed meanwhile. Choose another, or offer new times.")
    plan = _changed(
        await _change(connection, plan, PlanState.FIXED, starts_at=starts_at, now=now), NOT_OPEN
    )
    await schedule.put(
        connection,
        by.workspace_id,
        kind=ScheduleKind.MEETING_AGENDA,
        subject_id=plan.id,
        rule=Once(rules.agenda_at(starts_at, hours, now=now)),
        tz=by.timezone,
        now=now,
    )
    await _tell_group(connection, plan, MessageKind.MEETING_FIXED, now=now)
    return plan


async def call_off(
    connection: AsyncConnection, by: Member, plan_id: PlanId, *, now: datetime
) -> PlannedMeeting:
    """Call a planned meeting off before it begins, and tell the group. It counts as nothing."""
    plan, _ = await planned(connection, by, plan_id, PlanState.FIXED)
    if plan.starts_at is None or plan.starts_at <= now:
        raise UserFacing("It should have begun already. Say whether you met, from your Home tab.")
    plan = _changed(await _change(connection, plan, PlanState.CALLED_OFF, now=now), NOT_PLANNED)
    await schedule.remove_subject(connection, by.workspace_id, subject_id=plan.id)
    await _tell_group(connection, plan, MessageKind.MEETING_CALLED_OFF, now=now)
    return plan


async def did_not_happen(
    connection: AsyncConnection, by: Member, plan_id: PlanId, *, now: datetime
) -> PlannedMeeting:
    """Note that a planned meeting did not take place: it resets nothing, and nobody is told."""
    plan, _ = await planned(connection, by, plan_id, PlanState.FIXED)
    if plan.ends_at is None or plan.ends_at > now:
        raise UserFacing("It is still to come. If it does not suit any more, call it off.")
    return _changed(await _change(connection, plan, PlanState.MISSED, now=now), NOT_PLANNED)


async def _change(
    connection: AsyncConnection,
    plan: PlannedMeeting,
    state: PlanState,
    *,
    now: datetime,
    starts_at: datetime | None = None,
) -> PlannedMeeting | None:
    """Write the next state, and take back what still waits to be said about the one before.

    None, and nothing is written, where somebody has changed the plan since it was read.
    """
    changed = replace(
        plan,
        state=state,
        starts_at=starts_at or plan.starts_at,
        changed_at=now,
        changes=plan.changes + 1,
        times={},
    )
    if not await store.change_plan(connection, plan, **values_of(changed, planned_meeting)):
        return None
    await delivery.withdraw(connection, plan.workspace_id, subject_id=plan.id, now=now)
    return changed


def _changed(plan: PlannedMeeting | None, otherwise: str) -> PlannedMeeting:
    if plan is None:
        raise UserFacing(otherwise)
    return plan


async def _tell_group(
    connection: AsyncConnection, plan: PlannedMeeting, kind: MessageKind, *, now: datetime
) -> None:
    assert plan.starts_at is not None, "only a fixed time is told"
    await delivery.enqueue_all(
        connection,
        plan.workspace_id,
        [_notice(kind, plan, f"{GROUP}{plan.group_id}")],
        lane=Lane.INTERACTIVE,
        now=now,
        expires_at=plan.starts_at,
    )


async def agenda_when_due(connection: AsyncConnection, due: Due, now: datetime) -> None:
    """Queue the agenda for the mentor who planned the meeting, else for all of the group."""
    plan = await store.plan(connection, due.workspace_id, PlanId(due.subject_id))
    if plan is None or plan.state is not PlanState.FIXED or plan.starts_at is None:
        return
    programme = await programmes.programme_of_group(connection, due.workspace_id, plan.group_id)
    if programme is None or programme.state is not ProgrammeState.RUNNING:
        return
    group = await programmes.group(connection, due.workspace_id, plan.group_id)
    seats = await programmes.seats(
        connection, due.workspace_id, programme.id, group_id=plan.group_id
    )
    assert group is not None, "its programme was found by it"
    mentors = group_of_seats(group, {one.member_id: one.role for one in seats}).mentors
    told = (mentors & {plan.offered_by}) or mentors
    found = await people.members(connection, due.workspace_id, ids=list(told))
    await delivery.enqueue_all(
        connection,
        due.workspace_id,
        [
            _notice(MessageKind.MEETING_AGENDA, plan, one.slack_user_id)
            for one in found
            if not one.is_away(now)
        ],
        lane=Lane.PROMPT,
        now=now,
        expires_at=plan.starts_at,
    )
