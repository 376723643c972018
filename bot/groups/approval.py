"""Approval: a proposal becomes mentoring groups, once, and can be undone until they know."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.groups import store as seated
from bot.groups.messages import PREVIEW, PRIVATE_FOR, announce, withdraw
from bot.groups.schedule import FOR_MEMBERS, begin_mornings, begin_schedules, end_schedules
from bot.kernel.clock import local_date
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId, new_id
from bot.kernel.words import listed, plural
from bot.matching import store
from bot.matching.model import Match, Method, Pairing, ProposalState, ProposalVersion, Waiting
from bot.matching.participants import (
    Applicants,
    Roll,
    applicants,
    digests_of,
    read_roll,
    refuse_unclear,
)
from bot.matching.store import the_open_proposal
from bot.people.model import Role
from bot.people.use_cases import must_coordinate
from bot.programme import store as programmes
from bot.programme import use_cases as starting
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
        founded = await asyncio.to_thread(_founded, kept, roll, framework=framework, now=now)
        async with database.writing() as connection:
            programme = await the_programme(connection, workspace_id, programme.id, hold=True)
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
    if changed := _changes(kept, field, roll.programme):
        raise UserFacing(" ".join((SINCE, *changed, "Match again, then approve.")))
    return _seated(kept, field, now=now)


SINCE = "Something changed since this proposal was made."


async def changes_since(
    connection: AsyncConnection,
    kept: ProposalVersion,
    programme: Programme,
    *,
    now: datetime,
    framework: Framework | None = None,
) -> tuple[str, ...]:
    """Write why an open proposal cannot be approved as it is; nothing where it can."""
    if kept.state is not ProposalState.OPEN:
        return ()
    roll = await read_roll(connection, programme, with_stages=framework is not None)

    def look() -> tuple[str, ...]:
        return _changes(kept, applicants(roll, framework=framework, now=now), programme)

    return await asyncio.to_thread(look)


DETAILS = "Sites, stages or other details have changed, or who must not be matched."
"""One sentence for all of these, so that it does not tell a wish given in confidence."""
MORE_PEOPLE = (
    "Others can be matched now: somebody joined, came back or accepted the code of conduct."
)
OFFERS = "Roles, or how many mentees a mentor can take, have changed."
WISHES = "What the programme wishes about groups has changed."


def _changed_facts(kept: ProposalVersion, field: Applicants, programme: Programme) -> list[str]:
    """Write which kinds of facts differ; only that others can be matched, where that is so."""
    now = digests_of(field, programme.template)
    differs = {
        kind for kind, before in kept.proposal.facts.items() if before != now.get(kind, before)
    }
    if "people" in differs:
        return [MORE_PEOPLE]
    by_kind = {"offers": OFFERS, "fit": DETAILS, "stages": DETAILS, "wishes": WISHES}
    return list(dict.fromkeys(said for kind, said in by_kind.items() if kind in differs))


def _changes(kept: ProposalVersion, field: Applicants, programme: Programme) -> tuple[str, ...]:
    """Write which people, barriers and limits no longer are as the proposal has them."""
    found, said = kept.proposal, []
    here = {p.id for p in field.people if p.code_accepted}
    people = {one for m in found.matches for one in (m.mentee, *m.mentors)}
    if absent := sorted(map(field.name, people - here)):
        said.append(f"These cannot have their seats any more: {_some(absent)}.")
    if _are_barred(found.matches, field):
        said.append(DETAILS)
    seats = {team.mentors: team.capacity or 0 for team in field.teams}
    for mentors, size in sorted(Counter(m.mentors for m in found.matches).items()):
        who = listed(map(field.name, mentors))
        if mentors in seats and size > seats[mentors]:
            left = plural(seats[mentors], "seat")
            said.append(f"The group of {who} has {plural(size, 'mentee')} and {left}.")
        elif mentors not in seats and here.issuperset(mentors):
            said.append(f"{who} can no longer have a group in this way.")
    waiting, matched = {u.mentee for u in found.unseated}, {m.mentee for m in found.matches}
    mentees = {one.id for one in field.mentees}
    if late := sorted(map(field.name, mentees - waiting - matched)):
        said.append(f"These have joined since: {_some(late)}.")
    if gone := waiting - mentees:
        said.append(f"{plural(len(gone), 'mentee has', 'mentees have')} left since.")
    facts = _changed_facts(kept, field, programme)
    return tuple(dict.fromkeys([*said, *(one for one in facts if one != MORE_PEOPLE or not said)]))


def _are_barred(matches: Iterable[Match], field: Applicants) -> bool:
    """Say whether something keeps two apart now who are to sit in one group."""
    from bot.matching.rules import scoring  # loads numpy, which is heavy

    barred = scoring.bars(
        field.people, conflicts=field.conflicts, forbids=field.forbids, term=field.term
    )
    groups: dict[tuple[str, ...], set[str]] = {}
    for one in matches:
        groups.setdefault(one.mentors, set(one.mentors)).add(one.mentee)
    return any((m.mentee, mentor) in barred for m in matches for mentor in m.mentors) or not all(
        scoring.sit_apart(group, field.apart) for group in groups.values()
    )


def _some(names: Sequence[str]) -> str:
    more = [f"{len(names) - 5} more"] if len(names) > 5 else []
    return listed([*names[:5], *more])


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
