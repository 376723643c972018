"""Approval: a proposal becomes mentoring groups, once, and can be undone until they know."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.delivery import store as delivery
from bot.groups import store as seated
from bot.groups.changes import SINCE, changes_in
from bot.groups.messages import PREVIEW, PRIVATE_FOR, announce, withdraw
from bot.groups.schedule import FOR_MEMBERS, begin_mornings, begin_schedules, end_schedules
from bot.kernel.clock import local_date
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId, new_id
from bot.kernel.words import listed
from bot.matching import store
from bot.matching.model import Match, Method, Pairing, ProposalState, ProposalVersion, Waiting
from bot.matching.participants import (
    Applicants,
    Roll,
    applicants,
    read_roll,
    refuse_unclear,
)
from bot.matching.store import the_open_proposal
from bot.people.model import Role
from bot.people.use_cases import must_coordinate
from bot.programme import store as programmes
from bot.programme import use_cases as starting
from bot.programme.checks import must_be_ahead, must_be_startable
from bot.programme.model import Group, Programme, ProgrammeState, Seat
from bot.programme.use_cases import the_programme
from bot.stages.model import Framework

UNDO_FOR = timedelta(minutes=5)
"""How long nobody is told of an approval, so that a slip can be taken back unseen."""
TRIES = 3
"""How often a proposal is looked through anew when members have changed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The results of an approval; nobody is told before `told_at`."""

    programme: Programme
    groups: tuple[Group, ...]
    waiting: int
    told_at: datetime


async def approve(
    database: Database,
    workspace_id: WorkspaceId,
    proposal_id: str,
    *,
    by: MemberId,
    now: datetime,
    framework: Framework | None = None,
    private_for: timedelta = PRIVATE_FOR,
) -> Approved:
    """Make groups, seats and pairings of the open proposal, and start the programme on its day.

    After UNDO_FOR members are told of their seats in private, and `private_for` later groups are
    introduced; with none, at once. Raises UserFacing for a proposal that was approved or replaced
    meanwhile, for matches that may not be any more, and without contacts.
    """
    for _ in range(TRIES):
        async with database.reading() as connection:
            await must_coordinate(connection, workspace_id, by)
            kept = await the_open_proposal(connection, workspace_id, proposal_id)
            programme = await the_programme(connection, workspace_id, kept.programme_id)
            roll = await read_roll(connection, programme, with_stages=framework is not None)
            refuse_unclear(roll)
            must_be_ahead(programme, now)
        founded = await asyncio.to_thread(_founded, kept, roll, framework=framework, now=now)
        async with database.writing() as connection:
            programme = await the_programme(connection, workspace_id, programme.id, hold=True)
            must_be_startable(programme)
            await must_coordinate(connection, workspace_id, by)
            same = kept == await the_open_proposal(connection, workspace_id, proposal_id)
            now_on_record = await read_roll(
                connection, programme, with_stages=framework is not None
            )
            if not same or roll != now_on_record:
                continue
            approval_id = new_id("approval")
            if not await store.decide(
                connection, workspace_id, kept.id, approval_id=approval_id, by=by, now=now
            ):
                raise UserFacing("Another coordinator approved this proposal a moment ago.")
            await audit.record(
                connection,
                workspace_id,
                Act.GROUPS_APPROVED,
                by=by,
                now=now,
                programme_id=programme.id,
                count=len(founded.groups),
            )
            kept = replace(kept, approval_id=approval_id)
            return await _found(
                connection,
                kept,
                programme,
                founded,
                now=now,
                framework=framework,
                private_for=private_for,
            )
    raise UserFacing(
        "Members and conflicts changed several times while this was looked through. Approve again."
    )


async def _found(
    connection: AsyncConnection,
    kept: ProposalVersion,
    programme: Programme,
    founded: "Founded",
    *,
    now: datetime,
    framework: Framework | None,
    private_for: timedelta,
) -> Approved:
    """Write groups and waitlist, begin what falls due, and let everybody be told in time."""
    workspace_id, groups = kept.workspace_id, founded.groups
    await programmes.put_groups(connection, workspace_id, programme.id, groups, founded.seats)
    await seated.add_pairings(connection, workspace_id, founded.pairings)
    waiting = [
        Waiting(member_id=MemberId(u.mentee), since=now, reason=u.reason)
        for u in kept.proposal.unseated
    ]
    await seated.wait(connection, workspace_id, programme.id, waiting)
    if has_come(programme, now):
        programme = await start_in(connection, programme, now=now, framework=framework)
    elif programme.state is ProgrammeState.RUNNING:
        await begin_schedules(connection, programme, now=now, framework=framework)
    else:
        await begin_mornings(connection, programme, now=now)
    told_at = now + UNDO_FOR if private_for else now
    await announce(
        connection,
        kept,
        groups,
        founded.seats,
        preview_at=told_at if private_for else None,
        at=told_at + private_for,
        now=now,
    )
    return Approved(programme=programme, groups=groups, waiting=len(waiting), told_at=told_at)


async def undo(
    database: Database, workspace_id: WorkspaceId, proposal_id: str, *, by: MemberId, now: datetime
) -> ProposalVersion:
    """Take an approval back. Raises UserFacing once the first message about it is on its way."""
    async with database.writing() as connection:
        kept = await _the_approved(connection, workspace_id, proposal_id, by=by)
        act, its = Act.APPROVAL_UNDONE, kept.programme_id
        await audit.record(connection, workspace_id, act, by=by, now=now, programme_id=its)
        if not await store.reopen(connection, workspace_id, proposal_id):
            raise UserFacing("Another coordinator took this approval back a moment ago.")
        await withdraw(connection, kept, now=now)
        seats = await programmes.seats(connection, workspace_id, kept.programme_id)
        theirs = [(kind, seat.member_id) for seat in seats for kind in FOR_MEMBERS]
        await end_schedules(connection, workspace_id, theirs)
        await seated.forget_programme(connection, workspace_id, kept.programme_id)
        groups = await programmes.groups(connection, workspace_id, kept.programme_id)
        await programmes.remove_groups(connection, workspace_id, [one.id for one in groups])
        return await the_open_proposal(connection, workspace_id, proposal_id)


async def tell_now(
    database: Database, workspace_id: WorkspaceId, proposal_id: str, *, by: MemberId, now: datetime
) -> None:
    """Tell members of their seats without waiting any longer; this ends the undo.

    Groups are introduced when each has had as long in private as ever.
    """
    async with database.writing() as connection:
        kept = await _the_approved(connection, workspace_id, proposal_id, by=by)
        act, its = Act.SEATS_TOLD, kept.programme_id
        await audit.record(connection, workspace_id, act, by=by, now=now, programme_id=its)
        groups = await withdraw(connection, kept, now=now)
        seats = await programmes.seats(connection, workspace_id, kept.programme_id)
        at = now + PRIVATE_FOR
        await announce(connection, kept, groups, seats, preview_at=now, at=at, now=now)


async def is_undoable(
    connection: AsyncConnection, workspace_id: WorkspaceId, kept: ProposalVersion, *, now: datetime
) -> bool:
    """Say whether members are still to be told of this approval."""
    approved = kept.state is ProposalState.APPROVED and kept.decided_at
    if not approved or now >= approved + UNDO_FOR:
        return False
    ids = [one.id for one in await programmes.groups(connection, workspace_id, kept.programme_id)]
    return bool(
        await delivery.waiting_about(connection, workspace_id, ids, kind=PREVIEW, after=now)
    )


async def start(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    by: MemberId,
    now: datetime,
    framework: Framework | None = None,
) -> Programme:
    """Start the programme now. Raises UserFacing while it has no contacts or no groups."""
    async with database.writing() as connection:
        programme = await the_programme(connection, workspace_id, programme_id, hold=True)
        await must_coordinate(connection, workspace_id, by)
        if not await programmes.groups(connection, workspace_id, programme_id):
            raise UserFacing("Approve a proposal first: this programme has no groups yet.")
        act, its = Act.PROGRAMME_STARTED, programme_id
        await audit.record(connection, workspace_id, act, by=by, now=now, programme_id=its)
        return await start_in(connection, programme, now=now, framework=framework)


async def start_in(
    connection: AsyncConnection,
    programme: Programme,
    *,
    now: datetime,
    framework: Framework | None = None,
) -> Programme:
    """Start the programme within a transaction that is under way, without asking who wants it."""
    running = await starting.start(connection, programme.workspace_id, programme.id)
    await begin_schedules(connection, running, now=now, framework=framework)
    return running


def has_come(programme: Programme, now: datetime) -> bool:
    """Say whether this is a draft whose first day, in its own zone, is here or past."""
    today = local_date(now, programme.timezone)
    return programme.state is ProgrammeState.DRAFT and programme.starts_on <= today


async def _the_approved(
    connection: AsyncConnection, workspace_id: WorkspaceId, proposal_id: str, *, by: MemberId
) -> ProposalVersion:
    """Find an approved proposal, and hold its programme. Raises UserFacing for others."""
    kept = await store.proposal(connection, workspace_id, proposal_id)
    if kept is None or kept.state is not ProposalState.APPROVED:
        raise UserFacing("This proposal is not approved. Open the Home tab to see where it is.")
    await the_programme(connection, workspace_id, kept.programme_id, hold=True)
    await must_coordinate(connection, workspace_id, by)
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """The groups of a proposal with their seats and pairings."""

    groups: tuple[Group, ...]
    seats: tuple[Seat, ...]
    pairings: tuple[Pairing, ...]


def _founded(
    kept: ProposalVersion, roll: Roll, *, framework: Framework | None, now: datetime
) -> Founded:
    """Make the groups of a proposal. Raises UserFacing where the facts changed since."""
    field = applicants(roll, framework=framework, now=now)
    if changed := changes_in(kept, field, roll.programme):
        raise UserFacing(" ".join((SINCE, *changed, "Match again, then approve.")))
    return _seated(kept, field, now=now)


def _seated(kept: ProposalVersion, field: Applicants, *, now: datetime) -> Founded:
    together: dict[tuple[str, ...], list[Match]] = {}
    for match in kept.proposal.matches:
        together.setdefault(match.mentors, []).append(match)
    names = group_names([[field.name(m) for m in mentors] for mentors in together])
    groups, seats, pairings = [], [], []
    for (mentors, matches), name in zip(together.items(), names, strict=True):
        group = Group(
            id=GroupId(new_id("group")),
            workspace_id=kept.workspace_id,
            programme_id=kept.programme_id,
            name=name,
        )
        groups.append(group)
        seats += [Seat(group.id, MemberId(m), field.members[m].mentoring_role) for m in mentors]
        seats += [Seat(group.id, MemberId(m.mentee), Role.MENTEE) for m in matches]
        pairings += [one for m in matches for one in new_pairings(m, group, now=now)]
    return Founded(groups=tuple(groups), seats=tuple(seats), pairings=tuple(pairings))


def group_names(mentors: Iterable[Sequence[str]]) -> list[str]:
    """Name each group after its mentors; groups whose mentors share a name are numbered."""
    plain = [f"Group of {listed(sorted(names))}" for names in mentors]
    often, met, named = Counter(plain), Counter[str](), []
    for name in plain:
        met[name] += 1
        named.append(f"{name} {met[name]}" if often[name] > 1 else name)
    return named


def new_pairings(
    match: Match, group: Group, *, now: datetime, method: Method | None = None
) -> list[Pairing]:
    """Pair the matched mentee with each mentor of the group."""
    return [
        Pairing(
            id=new_id("pairing"),
            workspace_id=group.workspace_id,
            programme_id=group.programme_id,
            group_id=group.id,
            mentee_id=MemberId(match.mentee),
            mentor_id=MemberId(mentor),
            method=method or (Method.LOCKED if match.locked else Method.PROPOSED),
            score=match.score,
            reason=match.reason,
            started_at=now,
        )
        for mentor in match.mentors
    ]
