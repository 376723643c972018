"""Store proposals, version by version. Each function sees one workspace only."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import read_as, read_each, rows_of, values_of, write_each
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.kinds import ToDoKind
from bot.matching.model import (
    Composition,
    EndReason,
    Match,
    Proposal,
    ProposalState,
    ProposalVersion,
    Totals,
    Unseated,
)
from bot.matching.tables import match_table, pairing_table, proposal_table, unseated_table
from bot.people import store as people
from bot.people.model import MENTORING, Member, MemberState, Role
from bot.people.permissions import coordinates
from bot.people.tables import member_table
from bot.programme.model import Programme, ProgrammeState
from bot.todos import ToDo, Weight

FACTS = "facts"
"""The key, in the column of the composition, of what a proposal was made from."""


OUTDATED = "outdated"
"""In a to-do: members changed since what the proposal was made from."""


async def add_proposal(
    connection: AsyncConnection, workspace_id: WorkspaceId, kept: ProposalVersion
) -> ProposalVersion:
    """Keep `kept` as the next version, in place of the open one. Hold its programme before."""
    own = rows_of(proposal_table, workspace_id, programme_id=kept.programme_id)
    last = await connection.scalar(sa.select(sa.func.max(proposal_table.c.version)).where(own))
    await connection.execute(
        sa.update(proposal_table)
        .where(own, proposal_table.c.state == ProposalState.OPEN.value)
        .values(state=ProposalState.SUPERSEDED.value)
    )
    kept = replace(kept, version=(last or 0) + 1, state=ProposalState.OPEN)
    found = kept.proposal
    await connection.execute(sa.insert(proposal_table).values(_proposal_values(kept)))
    key = {"workspace_id": workspace_id, "proposal_id": kept.id}
    rows = [key | _match_values(match) for match in found.matches]
    await write_each(connection, sa.insert(match_table), rows)
    left = [
        key | {"mentee_id": u.mentee, "reason": u.reason, "smallest_change": u.smallest_change}
        for u in found.unseated
    ]
    await write_each(connection, sa.insert(unseated_table), left)
    return kept


def _proposal_values(kept: ProposalVersion) -> dict[str, object]:
    found = kept.proposal
    return values_of(kept, proposal_table) | values_of(
        found,
        proposal_table,
        seated=len(found.matches),
        advice=list(found.advice),
        notes=list(found.notes),
        composition={
            **(asdict(found.composition) if found.composition else {}),
            FACTS: dict(found.facts),
        },
    )


def _match_values(match: Match) -> dict[str, object]:
    return {
        "mentee_id": match.mentee,
        "mentor_ids": list(match.mentors),
        "team": match.team,
        "score": match.score,
        "reason": match.reason,
        "parts": dict(match.parts),
        "is_locked": match.locked,
    }


async def proposal(
    connection: AsyncConnection, workspace_id: WorkspaceId, proposal_id: str
) -> ProposalVersion | None:
    """Find the proposal with this id, in whatever state, or None."""
    return await _one(connection, workspace_id, proposal_table.c.id == proposal_id)


async def current_proposal(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    whole: bool = True,
) -> ProposalVersion | None:
    """Find the open proposal, or the approved one, then without matches unless it is `whole`."""
    return await _one(
        connection,
        workspace_id,
        proposal_table.c.programme_id == programme_id,
        proposal_table.c.state != ProposalState.SUPERSEDED.value,
        whole=whole,
    )


async def _one(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *which: sa.ColumnElement[bool],
    whole: bool = True,
) -> ProposalVersion | None:
    query = (
        sa.select(proposal_table)
        .where(proposal_table.c.workspace_id == workspace_id, *which)
        .order_by(proposal_table.c.version.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    if not whole and row.state == ProposalState.APPROVED.value:
        return _kept(row, (), ())
    matches, unseated = await _contents(connection, workspace_id, row.id)
    return _kept(row, matches, unseated)


async def _contents(
    connection: AsyncConnection, workspace_id: WorkspaceId, proposal_id: str
) -> tuple[tuple[Match, ...], tuple[Unseated, ...]]:
    matches = (
        sa.select(match_table)
        .where(rows_of(match_table, workspace_id, proposal_id=proposal_id))
        .order_by(match_table.c.mentee_id)
    )
    unseated = (
        sa.select(unseated_table)
        .where(rows_of(unseated_table, workspace_id, proposal_id=proposal_id))
        .order_by(unseated_table.c.mentee_id)
    )
    return (
        tuple(await read_each(connection, matches, _match)),
        tuple(await read_each(connection, unseated, _unseated)),
    )


def _unseated(row: sa.Row[Any]) -> Unseated:
    return Unseated(mentee=row.mentee_id, reason=row.reason, smallest_change=row.smallest_change)


def _match(row: sa.Row[Any]) -> Match:
    return Match(
        mentee=row.mentee_id,
        mentors=tuple(row.mentor_ids),
        score=row.score,
        reason=row.reason,
        parts=row.parts,
        team=row.team,
        locked=row.is_locked,
    )


def _kept(
    row: sa.Row[Any], matches: tuple[Match, ...], unseated: tuple[Unseated, ...]
) -> ProposalVersion:
    found = read_as(
        Proposal,
        row,
        matches=matches,
        unseated=unseated,
        advice=tuple(row.advice),
        notes=tuple(row.notes),
        composition=_composition(row),
        facts=(row.composition or {}).get(FACTS, {}),
    )
    return read_as(ProposalVersion, row, state=ProposalState(row.state), proposal=found)


def _composition(row: sa.Row[Any]) -> Composition | None:
    found = {name: value for name, value in (row.composition or {}).items() if name != FACTS}
    return Composition(**found) if found else None


async def totals(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> list[Totals]:
    """Compare the versions of the programme's proposal, the latest first."""
    names = ("version", "seated", "total", "gap", "composition")
    columns = [proposal_table.c[name] for name in names]
    query = (
        sa.select(*columns)
        .where(rows_of(proposal_table, workspace_id, programme_id=programme_id))
        .order_by(proposal_table.c.version.desc())
    )
    return [
        read_as(Totals, row, exceptions=found.exceptions + found.few_seats if found else None)
        for row in await connection.execute(query)
        for found in [_composition(row)]
    ]


async def decide(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    proposal_id: str,
    *,
    approval_id: str,
    by: MemberId,
    now: datetime,
) -> bool:
    """Turn an open proposal into the approved one. False if it was not open any more."""
    decided = {"approval_id": approval_id, "decided_by": by, "decided_at": now}
    before, after = ProposalState.OPEN, ProposalState.APPROVED
    return await _turn(connection, workspace_id, proposal_id, before, state=after, **decided)


async def reopen(connection: AsyncConnection, workspace_id: WorkspaceId, proposal_id: str) -> bool:
    """Turn the approved proposal back into the open one. False if it was not approved."""
    undecided = dict.fromkeys(("approval_id", "decided_by", "decided_at"))
    before, after = ProposalState.APPROVED, ProposalState.OPEN
    return await _turn(connection, workspace_id, proposal_id, before, state=after, **undecided)


async def _turn(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    proposal_id: str,
    before: ProposalState,
    **values: object,
) -> bool:
    """Change a proposal that is in the state `before`. False if it was not."""
    this = rows_of(proposal_table, workspace_id, id=proposal_id, state=before)
    changed = await connection.execute(sa.update(proposal_table).where(this).values(values))
    return changed.rowcount > 0


async def mark_outdated(connection: AsyncConnection, workspace_id: WorkspaceId) -> None:
    """Note that members changed what proposals were made from: never who, or what."""
    last = proposal_table.c.state != ProposalState.SUPERSEDED.value
    statement = sa.update(proposal_table).where(rows_of(proposal_table, workspace_id), last)
    await connection.execute(statement.values(is_outdated=True))


async def set_lock(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    proposal_id: str,
    *,
    mentee_id: MemberId,
    locked: bool,
) -> bool:
    """Lock or unlock one match. False if there is none for this mentee."""
    changed = await connection.execute(
        sa.update(match_table)
        .where(rows_of(match_table, workspace_id, proposal_id=proposal_id, mentee_id=mentee_id))
        .values(is_locked=locked)
    )
    return changed.rowcount > 0


async def lasting_pairs(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> set[tuple[MemberId, MemberId]]:
    """Find the mentees and mentors whom an earlier programme kept together until it closed."""
    query = sa.select(pairing_table.c.mentee_id, pairing_table.c.mentor_id).where(
        rows_of(pairing_table, workspace_id, end_reason=EndReason.PROGRAMME_CLOSED),
        pairing_table.c.programme_id != programme_id,
    )
    return {(row.mentee_id, row.mentor_id) for row in await connection.execute(query)}


async def the_open_proposal(
    connection: AsyncConnection, workspace_id: WorkspaceId, proposal_id: str
) -> ProposalVersion:
    """Find the proposal with this id while it can be changed. Raises UserFacing once it cannot."""
    found = await proposal(connection, workspace_id, proposal_id)
    if found is None:
        raise UserFacing("This proposal is gone. Open the Home tab to see the present one.")
    if found.state is ProposalState.APPROVED:
        raise UserFacing("This proposal has been approved. Open the Home tab to see its groups.")
    if found.state is ProposalState.SUPERSEDED:
        raise UserFacing("There is a newer version of this proposal. Open it from the Home tab.")
    return found


async def todos(
    connection: AsyncConnection, member: Member, programme: Programme | None, now: datetime
) -> list[ToDo]:
    """List whether a coordinator can ask for groups, or has to decide on some."""
    if not programme or programme.state is ProgrammeState.CLOSED or not coordinates(member):
        return []
    query = (
        sa.select(*(proposal_table.c[one] for one in ("id", "state", "made_at", "is_outdated")))
        .where(
            rows_of(proposal_table, member.workspace_id, programme_id=programme.id),
            proposal_table.c.state != ProposalState.SUPERSEDED,
        )
        .order_by(proposal_table.c.version.desc())
        .limit(1)
    )
    latest = (await connection.execute(query)).one_or_none()
    weight = Weight.STARTS_THE_PROGRAMME
    if latest is None:
        if not await _can_match(connection, member):
            return []
        return [ToDo(kind=ToDoKind.PROPOSE_GROUPS, weight=weight, since=now, about=programme.id)]
    if latest.state != ProposalState.OPEN.value:
        return []
    kind, since = ToDoKind.APPROVE_PROPOSAL, latest.made_at
    what = OUTDATED if latest.is_outdated else ""
    return [ToDo(kind=kind, weight=weight, since=since, about=latest.id, what=what)]


async def is_approved(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    until: datetime | None = None,
) -> bool:
    """Say whether a proposal of this programme was approved, by `until`, and not taken back."""
    approved = rows_of(
        proposal_table,
        workspace_id,
        programme_id=programme_id,
        state=ProposalState.APPROVED.value,
    )
    if until is not None:
        approved &= proposal_table.c.decided_at <= until
    return bool((await connection.execute(sa.select(sa.exists().where(approved)))).scalar_one())


async def _can_match(connection: AsyncConnection, member: Member) -> bool:
    """Say whether a mentor and a mentee have accepted the code of conduct."""
    accepted = sa.and_(
        rows_of(member_table, member.workspace_id, state=MemberState.ACTIVE.value),
        member_table.c.conduct_accepted_at.is_not(None),
    )
    both = [sa.exists().where(accepted, people.having(*r)) for r in ({Role.MENTEE}, MENTORING)]
    return bool((await connection.execute(sa.select(sa.and_(*both)))).scalar_one())
