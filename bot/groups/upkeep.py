"""Keep approved groups in line with their members, and move those who ask. Repeating is safe."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.delivery import store as delivery
from bot.groups import store as seated
from bot.groups.approval import has_come, start_in
from bot.groups.arrangement import MentorWish, SeatWish, with_wish
from bot.groups.facts import read_facts
from bot.groups.joining import rather_another
from bot.groups.messages import INTRODUCTION, PRIVATE_FOR, news, see_out, tell
from bot.groups.plan import Move as Move  # noqa: PLC0414 - part of what reconciling gives
from bot.groups.plan import Plan, act_of, plan_for
from bot.groups.schedule import begin_schedules, end_schedules, follow_weeks
from bot.kernel.clock import local_date
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.kinds import MessageKind
from bot.matching import exclusions as barriers
from bot.matching.model import TO_BE_MOVED, WISHES_TO_MOVE, EndReason, Waiting, Weights
from bot.matching.proposals import WEIGHTS
from bot.people import store as people
from bot.people.delegation import coordinators_on_duty
from bot.people.use_cases import must_coordinate
from bot.programme import store as programmes
from bot.programme.model import Group, Programme, ProgrammeState
from bot.programme.use_cases import the_programme
from bot.stages.model import Framework

CLOSED = "This programme is closed and stays as it was. Nothing was changed."
NOT_THEIRS = "You are not waiting for another group, or a coordinator is looking for one, too."
TRIES = 3
"""How often a plan is made anew when what it was made from has changed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """The moves that were made."""

    moves: tuple[Move, ...] = ()

    def of(self, mentee_id: MemberId) -> Move | None:
        """Find this mentee's move, or None."""
        return next((one for one in self.moves if one.mentee_id == mentee_id), None)


class GroupsChanged(UserFacing):
    """The groups changed each time while their seats were being worked out."""

    def __init__(self) -> None:
        super().__init__(
            "The groups changed several times while seats were looked for. Your change is "
            "kept, and the seats are looked for again tomorrow morning."
        )


async def reconcile(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
    wish: SeatWish | MentorWish | None = None,
    by: MemberId | None = None,
) -> Reconciled:
    """Bring one programme's groups in line with its members; `by` is the coordinator who asks.

    Raises GroupsChanged, and UserFacing where a coordinator's wish cannot be met.
    """
    for _ in range(TRIES):
        plan = await make_plan(
            database,
            workspace_id,
            programme_id,
            now=now,
            framework=framework,
            weights=weights,
            wish=wish,
        )
        if plan is None and wish is not None:
            raise UserFacing(CLOSED)
        if plan is None:
            return Reconciled()
        if plan.is_empty:
            return Reconciled(moves=tuple(plan.moves))
        async with database.writing() as connection:
            if await carry_out(connection, plan):
                if by is not None:
                    its, (act, about) = programme_id, act_of(plan, wish)
                    await audit.record(
                        connection, workspace_id, act, by=by, now=now, programme_id=its, about=about
                    )
                return Reconciled(moves=tuple(plan.moves))
    raise GroupsChanged


async def make_plan(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
    without: MemberId | None = None,
    wish: SeatWish | MentorWish | None = None,
) -> Plan | None:
    """Work out, beside the event loop, what is to change; None for a closed programme."""
    async with database.reading() as connection:
        programme = await the_programme(connection, workspace_id, programme_id)
        if programme.state is ProgrammeState.CLOSED:
            return None
        with_stages = framework is not None
        facts = await read_facts(connection, programme, now=now, with_stages=with_stages)
    return await asyncio.to_thread(
        plan_for,
        facts,
        framework=framework,
        weights=weights,
        now=now,
        without=without,
        wish=wish,
    )


async def carry_out(connection: AsyncConnection, plan: Plan) -> bool:
    """Write what was planned. False, and nothing is written, when its facts have changed."""
    programme = plan.programme
    current = await the_programme(connection, programme.workspace_id, programme.id, hold=True)
    ids, groups = plan.leans_on()
    facts = await read_facts(connection, current, now=plan.now, about=(ids, groups))
    before, after = (one.without(plan.without).about(ids, groups) for one in (plan.facts, facts))
    if before != after:
        return False
    await _end(connection, plan, facts.groups)
    await _seat(connection, plan)
    for mentor_id, capacity in plan.capacities.items():
        mentor = await people.member(connection, programme.workspace_id, mentor_id, hold=True)
        if mentor is not None:
            changed = [replace(mentor, capacity=capacity)]
            await people.put_members(connection, programme.workspace_id, changed)
    await tell(connection, programme.workspace_id, plan.news, now=plan.now)
    anew = [one.subject_id for one in plan.to_groups if one.kind is INTRODUCTION]
    if anew:  # a group that is still to be introduced is introduced once, to the mentor of now
        await delivery.withdraw(
            connection, programme.workspace_id, subject_id=anew, kind=INTRODUCTION, now=plan.now
        )
    at = plan.now + PRIVATE_FOR
    await tell(connection, programme.workspace_id, plan.to_groups, now=plan.now, at=at)
    return True


async def _end(connection: AsyncConnection, plan: Plan, groups: Iterable[Group]) -> None:
    """Free seats, and end pairings and what fell due on their behalf."""
    workspace_id = plan.programme.workspace_id
    known = {one.id: one for one in groups}
    for why in EndReason:
        ended = [pairing.id for pairing, reason in plan.end if reason is why]
        await seated.end_pairings(connection, workspace_id, ended, why=why, now=plan.now)
    for seat in plan.unseat:
        await programmes.remove_seat(connection, workspace_id, seat.group_id, seat.member_id)
        await see_out(connection, known.get(seat.group_id), seat.member_id, now=plan.now)
    await end_schedules(connection, workspace_id, plan.stop)


async def _seat(connection: AsyncConnection, plan: Plan) -> None:
    """Write new seats and pairings, and begin what falls due on their behalf."""
    programme, workspace_id = plan.programme, plan.programme.workspace_id
    await programmes.enrol(connection, workspace_id, programme.id, plan.enrol)
    await programmes.put_groups(
        connection, workspace_id, programme.id, plan.groups.values(), plan.seats
    )
    await seated.add_pairings(connection, workspace_id, plan.pairings)
    await seated.wait(connection, workspace_id, programme.id, plan.wait)
    await seated.stop_waiting(connection, workspace_id, programme.id, plan.stop_waiting)
    if plan.begin:
        begin = {MemberId(subject) for _, subject in plan.begin}
        await begin_schedules(
            connection, programme, framework=plan.framework, members=begin, now=plan.now
        )


async def ask_rematch(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    mentee: MemberId,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
) -> Move | None:
    """Seat the mentee with other mentors at once, or as soon as there is a seat (None).

    While they alone know of their seat, they do not come to their group, and then look for another.
    Raises UserFacing for somebody who has no mentor or waits already.
    """
    async with database.writing() as connection:
        programme = await the_programme(connection, workspace_id, programme_id, hold=True)
        if await rather_another(connection, workspace_id, programme_id, mentee):
            return None
        await wait_for_another(connection, programme, mentee, why=WISHES_TO_MOVE, now=now)
    done = await reconcile(
        database, workspace_id, programme_id, now=now, framework=framework, weights=weights
    )
    return done.of(mentee)


async def move(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    mentee: MemberId,
    to: GroupId | None,
    by: MemberId,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
) -> Move | None:
    """Give a mentee a seat in the group `to`, for a coordinator; None: in any other than theirs.

    Without `to` they move as soon as there is a seat, and stay with nobody that they are with now.
    Raises UserFacing where they cannot have a seat in that group, or sit there already.
    """
    async with database.writing() as connection:
        await must_coordinate(connection, workspace_id, by)
        programme = await the_programme(connection, workspace_id, programme_id, hold=True)
        theirs = await seated.pairings(connection, workspace_id, programme.id, mentee_id=mentee)
        if to is None and theirs:
            await wait_for_another(connection, programme, mentee, why=TO_BE_MOVED, now=now)
            act = Act.MENTEE_MOVED
            await audit.record(connection, workspace_id, act, by=by, now=now, about=[mentee])
    wish = SeatWish(mentee, to) if to else None
    done = await reconcile(
        database,
        workspace_id,
        programme_id,
        now=now,
        framework=framework,
        weights=weights,
        wish=wish,
        by=by if wish else None,
    )
    return done.of(mentee)


async def give_group(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    wish: MentorWish,
    by: MemberId,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
) -> None:
    """Let a mentor take over a whole group that has none, beside their own, for a coordinator.

    Where they agreed to more mentees, that is what they can take from now on. Raises UserFacing.
    """
    async with database.reading() as connection:
        await must_coordinate(connection, workspace_id, by)
        await the_programme(connection, workspace_id, programme_id)
    await reconcile(
        database,
        workspace_id,
        programme_id,
        now=now,
        framework=framework,
        weights=weights,
        wish=wish,
        by=by,
    )


async def stay(
    database: Database, workspace_id: WorkspaceId, programme_id: ProgrammeId, *, mentee: MemberId
) -> None:
    """Take a wish for another mentor back. Raises UserFacing once the mentee has moved."""
    async with database.writing() as connection:
        await the_programme(connection, workspace_id, programme_id, hold=True)
        wish = await seated.waiting_of(connection, workspace_id, programme_id, mentee)
        if wish is None or wish.reason != WISHES_TO_MOVE:
            raise UserFacing(NOT_THEIRS)
        await seated.stop_waiting(connection, workspace_id, programme_id, [mentee])
        for one in await seated.pairings(connection, workspace_id, programme_id):
            if one.mentee_id == mentee:
                pair = (mentee, one.mentor_id)
                await barriers.allow(connection, workspace_id, programme_id, pair)


async def wait_for_another(
    connection: AsyncConnection, programme: Programme, mentee: MemberId, *, why: str, now: datetime
) -> None:
    """Put the mentee on the waitlist with their group kept, and their mentors ruled out."""
    if programme.state is ProgrammeState.CLOSED:
        raise UserFacing(CLOSED)
    workspace_id = programme.workspace_id
    theirs = await seated.pairings(connection, workspace_id, programme.id, mentee_id=mentee)
    if not theirs:
        raise UserFacing("There is no mentor to change: this seat has none at present.")
    before = await seated.waiting_of(connection, workspace_id, programme.id, mentee)
    reason = with_wish(before, why)
    for one in theirs:
        pair = (mentee, one.mentor_id)
        await barriers.forbid(connection, workspace_id, programme.id, pair, by=None, now=now)
    wish = Waiting(member_id=mentee, since=now, reason=reason, keeps_group=theirs[0].group_id)
    await seated.wait(connection, workspace_id, programme.id, [wish])


async def every_morning(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    now: datetime,
    frameworks: Mapping[str, Framework],
    weights: Weights = WEIGHTS,
) -> None:
    """Start the programme on its first day, and keep its groups in order.

    A start that is held back is told to the coordinators, once a day. Repeating changes nothing.
    """
    async with database.reading() as connection:
        programme = await programmes.programme(connection, workspace_id, programme_id)
    if programme is None:
        return
    framework = frameworks.get(programme.framework_id)
    if has_come(programme, now):
        async with database.writing() as connection:
            await _start(connection, programme, now=now, framework=framework)
    elif programme.shifts or programme.breaks:
        async with database.writing() as connection:
            current = await the_programme(connection, workspace_id, programme_id, hold=True)
            await follow_weeks(connection, current, now=now)
    await reconcile(
        database, workspace_id, programme_id, now=now, framework=framework, weights=weights
    )


async def _start(
    connection: AsyncConnection, programme: Programme, *, now: datetime, framework: Framework | None
) -> None:
    """Start a programme that has groups; tell the coordinators why, where it cannot start."""
    workspace_id = programme.workspace_id
    if not await programmes.groups(connection, workspace_id, programme.id):
        return
    try:
        await start_in(connection, programme, now=now, framework=framework)
    except UserFacing:
        today = local_date(now, programme.timezone)
        notices = [
            news(
                MessageKind.START_HELD,
                programme.id,
                one.slack_user_id,
                now=now,
                once=f"{programme.id}:{one.id}:{today}",
            )
            for one in await coordinators_on_duty(connection, programme.workspace_id, now)
        ]
        await tell(connection, programme.workspace_id, notices, now=now)


async def reconcile_groups(
    database: Database,
    workspace_id: WorkspaceId,
    *,
    now: datetime,
    frameworks: Mapping[str, Framework],
    weights: Weights = WEIGHTS,
) -> None:
    """Bring the groups of all programmes in line with the members. Raises GroupsChanged."""
    async with database.writing() as connection:
        await barriers.separate_peers(connection, workspace_id, now=now)
        every = await programmes.programmes(connection, workspace_id)
    for programme in every:
        if programme.state is ProgrammeState.CLOSED:
            continue
        await reconcile(
            database,
            workspace_id,
            programme.id,
            now=now,
            framework=frameworks.get(programme.framework_id),
            weights=weights,
        )
