"""Make, compare and change proposals; each change is a version."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.audit import store as audit
from bot.audit.model import Act
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId, new_id
from bot.kernel.outside import work_out
from bot.matching import exclusions as barriers
from bot.matching import store
from bot.matching.model import (
    ContradictionError,
    Match,
    Pair,
    Proposal,
    ProposalState,
    ProposalVersion,
    Weights,
)
from bot.matching.participants import (
    Applicants,
    Roll,
    applicants,
    digests_of,
    group_wishes,
    read_roll,
    refuse_unclear,
)
from bot.matching.rules.seats import judged_by
from bot.matching.store import the_open_proposal
from bot.people.use_cases import must_coordinate
from bot.programme.model import Programme
from bot.programme.use_cases import the_programme
from bot.stages.model import Framework

if TYPE_CHECKING:
    from bot.matching.rules import group_composition as composing

WEIGHTS = Weights()


async def propose(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    by: MemberId,
    seed: int,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
) -> ProposalVersion:
    """Match everybody who may be matched, and keep the result as the programme's open proposal.

    Locks are kept where they still hold. Raises UserFacing once the groups are approved.
    """
    async with database.reading() as connection:
        await must_coordinate(connection, workspace_id, by)
        programme = await the_programme(connection, workspace_id, programme_id)
        before = _open_one(await store.current_proposal(connection, workspace_id, programme_id))
        roll = await read_roll(connection, programme, with_stages=framework is not None)
    found = await work_out(
        len(roll.members),
        partial(_grouped, roll, before, seed=seed, framework=framework, weights=weights, now=now),
    )
    return await _keep(database, roll.programme, found, before=before, by=by, now=now)


async def run_again(
    database: Database,
    workspace_id: WorkspaceId,
    proposal_id: str,
    *,
    by: MemberId,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
) -> ProposalVersion:
    """Match again around the locks and without what is forbidden; the result is a new version."""
    before, roll = await _opened(database, workspace_id, proposal_id, by=by, framework=framework)
    seed = before.proposal.seed
    found = await work_out(
        len(roll.members),
        partial(_grouped, roll, before, seed=seed, framework=framework, weights=weights, now=now),
    )
    return await _keep(database, roll.programme, found, before=before, by=by, now=now)


async def swap(
    database: Database,
    workspace_id: WorkspaceId,
    proposal_id: str,
    *,
    mentees: tuple[MemberId, MemberId],
    by: MemberId,
    now: datetime,
    framework: Framework | None = None,
    weights: Weights = WEIGHTS,
) -> ProposalVersion:
    """Let two mentees, one of them perhaps without a seat, change seats and lock them there.

    Raises UserFacing where they sit together, or one may not sit with the other's mentors.
    """
    before, roll = await _opened(database, workspace_id, proposal_id, by=by, framework=framework)
    found = await asyncio.to_thread(
        _swapped, roll, before.proposal, mentees, framework=framework, weights=weights, now=now
    )
    return await _keep(
        database, roll.programme, found, before=before, by=by, now=now, swapping=mentees
    )


async def _opened(
    database: Database,
    workspace_id: WorkspaceId,
    proposal_id: str,
    *,
    by: MemberId,
    framework: Framework | None,
) -> tuple[ProposalVersion, Roll]:
    """Read an open proposal, and who can be seated by it now."""
    async with database.reading() as connection:
        await must_coordinate(connection, workspace_id, by)
        opened = await the_open_proposal(connection, workspace_id, proposal_id)
        programme = await the_programme(connection, workspace_id, opened.programme_id)
        roll = await read_roll(connection, programme, with_stages=framework is not None)
    return opened, roll


def swapped(
    matches: Sequence[Match], mentees: tuple[MemberId, MemberId], field: Applicants
) -> list[Pair]:
    """Every match as a pair to pin down, with the two mentees in each other's seat."""
    mentors = {m.mentee: m.mentors for m in matches}
    one, other = mentees
    names = f"{field.name(one)} and {field.name(other)}"
    if one == other or (one not in mentors and other not in mentors):
        raise UserFacing("Choose two different mentees, at least one of them with a mentor.")
    if mentors.get(one) == mentors.get(other):
        raise UserFacing(f"{names} are in the same group already. Choose somebody else.")
    left, right = mentors.pop(one, None), mentors.pop(other, None)
    if right is not None:
        mentors[one] = right
    if left is not None:
        mentors[other] = left
    return [(mentee, team[0]) for mentee, team in mentors.items()]


async def set_lock(
    database: Database,
    workspace_id: WorkspaceId,
    proposal_id: str,
    *,
    mentee: MemberId,
    locked: bool,
    by: MemberId,
    now: datetime,
) -> ProposalVersion:
    """Lock or unlock one match of the open proposal: running again goes around locks."""
    async with database.writing() as connection:
        await must_coordinate(connection, workspace_id, by)
        await the_open_proposal(connection, workspace_id, proposal_id)
        if not await store.set_lock(
            connection, workspace_id, proposal_id, mentee_id=mentee, locked=locked
        ):
            raise UserFacing("This mentee has no match to lock.")
        act = Act.MATCH_LOCKED if locked else Act.MATCH_UNLOCKED
        await audit.record(connection, workspace_id, act, by=by, now=now, about=[mentee])
        return await the_open_proposal(connection, workspace_id, proposal_id)


async def forbid(
    database: Database,
    workspace_id: WorkspaceId,
    proposal_id: str,
    *,
    mentee: MemberId,
    by: MemberId,
    now: datetime,
) -> ProposalVersion:
    """Never match this mentee with these mentors from the next run on, and take a lock off."""
    async with database.writing() as connection:
        await must_coordinate(connection, workspace_id, by)
        kept = await the_open_proposal(connection, workspace_id, proposal_id)
        match = next((m for m in kept.proposal.matches if m.mentee == mentee), None)
        if match is None:
            raise UserFacing("This mentee has no match to forbid.")
        for mentor in match.mentors:
            await barriers.forbid(
                connection, workspace_id, kept.programme_id, (mentee, mentor), by=by, now=now
            )
        await store.set_lock(connection, workspace_id, kept.id, mentee_id=mentee, locked=False)
        about, act = [mentee, *match.mentors], Act.MATCH_FORBIDDEN
        await audit.record(connection, workspace_id, act, by=by, now=now, about=about)
        return await the_open_proposal(connection, workspace_id, proposal_id)


def _open_one(kept: ProposalVersion | None) -> ProposalVersion | None:
    if kept is not None and kept.state is ProposalState.APPROVED:
        raise UserFacing(
            "The groups of this programme are approved. Undo that first, or let the waitlist and "
            "moves do the rest."
        )
    return kept


def _locks(before: ProposalVersion | None, field: Applicants) -> list[Pair]:
    """Find the locked matches whose people still stand for a seat."""
    if before is None:
        return []
    here = {p.id for p in field.people if p.code_accepted}
    return [
        (m.mentee, m.mentor)
        for m in before.proposal.matches
        if m.locked and {m.mentee, *m.mentors} <= here
    ]


def asked_of(
    field: Applicants, programme: Programme, *, seed: int, weights: Weights
) -> "composing.ProposalRequest":
    """Ask the engine about these people, in groups as the programme's template wishes."""
    from bot.matching.rules import group_composition as composing  # loads OR-tools, which is heavy

    return composing.ProposalRequest(
        people=field.people,
        weights=weights,
        wishes=group_wishes(programme.template, weights.group_stages),
        teams=field.teams,
        forbids=field.forbids,
        conflicts=field.conflicts,
        term=field.term,
        seed=seed,
    )


def _grouped(
    roll: Roll,
    before: ProposalVersion | None,
    *,
    seed: int,
    framework: Framework | None,
    weights: Weights,
    now: datetime,
) -> Proposal:
    """Find the best seats, in groups as they are wished; exceptions are named."""
    from bot.matching.rules import group_composition as composing  # loads OR-tools, which is heavy

    refuse_unclear(roll)
    field = applicants(roll, framework=framework, now=now)
    asked = asked_of(field, roll.programme, seed=seed, weights=weights)
    locks = _locks(before, field)
    found = _named(field, asked, lambda: composing.propose_groups(asked, locks=locks))
    return replace(found, facts=digests_of(field, roll.programme.template))


def _swapped(
    roll: Roll,
    before: Proposal,
    mentees: tuple[MemberId, MemberId],
    *,
    framework: Framework | None,
    weights: Weights,
    now: datetime,
) -> Proposal:
    """Put two mentees of `before` in each other's seat, locked there; exceptions are named."""
    from bot.matching.rules import group_composition as composing  # loads OR-tools, which is heavy

    refuse_unclear(roll)
    field = applicants(roll, framework=framework, now=now)
    asked = asked_of(field, roll.programme, seed=before.seed, weights=weights)
    pinned = swapped(before.matches, mentees, field)
    wanted = {m.mentee for m in before.matches if m.locked} | set(mentees)

    def work() -> Proposal:
        found = asked.proposal(pinned)
        matches = tuple(replace(m, locked=m.mentee in wanted) for m in found.matches)
        judged = judged_by(before, replace(found, matches=matches))
        return replace(composing.remeasured(asked, judged, before), facts=before.facts)

    return _named(field, asked, work)


def _named(
    field: Applicants, asked: "composing.ProposalRequest", work: Callable[[], Proposal]
) -> Proposal:
    """Run the engine, and put names into its answer and its contradictions."""
    from bot.matching.rules import group_composition as composing  # loads OR-tools, which is heavy

    try:
        found = work()
    except ContradictionError as contradiction:
        raise UserFacing(" ".join(map(field.named, contradiction.sentences))) from None
    left = (
        replace(u, reason=field.named(u.reason), smallest_change=field.named(u.smallest_change))
        for u in (*found.unseated, *field.absent)
    )
    off = composing.off_wishes(found, asked.people, asked.wishes, field.name)
    return replace(
        found,
        unseated=tuple(left),
        notes=(*map(field.named, found.notes), *field.notes, *off),
        advice=tuple(map(field.named, found.advice)),
    )


async def _keep(
    database: Database,
    programme: Programme,
    found: Proposal,
    *,
    before: ProposalVersion | None,
    by: MemberId,
    now: datetime,
    swapping: Sequence[MemberId] = (),
) -> ProposalVersion:
    """Keep `found` as the next version, unless somebody else decided or changed it meanwhile."""
    workspace_id = programme.workspace_id
    async with database.writing() as connection:
        await the_programme(connection, workspace_id, programme.id, hold=True)
        await must_coordinate(connection, workspace_id, by)
        current = _open_one(await store.current_proposal(connection, workspace_id, programme.id))
        if (current and current.id) != (before and before.id):
            raise UserFacing(
                "Another coordinator changed the proposal at the same moment. Open it again from "
                "the Home tab to see their version."
            )
        kept = ProposalVersion(
            id=new_id("proposal"),
            workspace_id=workspace_id,
            programme_id=programme.id,
            version=0,
            state=ProposalState.OPEN,
            proposal=found,
            made_by=by,
            made_at=now,
        )
        act = Act.SEATS_SWAPPED if swapping else Act.PROPOSAL_MADE
        await audit.record(
            connection,
            workspace_id,
            act,
            by=by,
            now=now,
            programme_id=programme.id,
            about=swapping,
        )
        return await store.add_proposal(connection, workspace_id, kept)
