"""Store proposals, version by version. Each function sees one workspace only."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import read_each, write_each
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.matching.model import Composition, Match, Proposal, Unseated
from bot.matching.records import EndReason, ProposalState, ProposalVersion, Totals
from bot.matching.tables import match_table, pairing_table, proposal_table, unseated_table
from bot.programme import store as programmes
from bot.programme.model import Programme


async def hold(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> None:
    """Make other changes to this programme's pairing wait until this transaction has ended."""
    await programmes.programme(connection, workspace_id, programme_id, hold=True)


async def add_proposal(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    kept: ProposalVersion,
) -> ProposalVersion:
    """Keep `proposed` as the next version, open, in place of the one that was open.

    Returns it with its version. Call `hold` before.
    """
    own = (
        proposal_table.c.workspace_id == workspace_id,
        proposal_table.c.programme_id == kept.programme_id,
    )
    last = await connection.scalar(sa.select(sa.func.max(proposal_table.c.version)).where(*own))
    await connection.execute(
        sa.update(proposal_table)
        .where(*own, proposal_table.c.state == ProposalState.OPEN.value)
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
    return {
        "workspace_id": kept.workspace_id,
        "id": kept.id,
        "programme_id": kept.programme_id,
        "version": kept.version,
        "state": kept.state.value,
        "seed": found.seed,
        "total": found.total,
        "balance_penalty": found.balance_penalty,
        "upper_bound": found.upper_bound,
        "gap": found.gap,
        "most_seats": found.most_seats,
        "worst": found.worst,
        "seated": len(found.matches),
        "advice": list(found.advice),
        "notes": list(found.notes),
        "composition": asdict(found.composition) if found.composition else None,
        "made_by": kept.made_by,
        "made_at": kept.made_at,
        "approval_id": kept.approval_id,
        "decided_by": kept.decided_by,
        "decided_at": kept.decided_at,
    }


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
    """Find the programme's open proposal, or the approved one, or None.

    The approved one comes without its matches unless it is wanted `whole`.
    """
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
        .where(match_table.c.workspace_id == workspace_id, match_table.c.proposal_id == proposal_id)
        .order_by(match_table.c.mentee_id)
    )
    unseated = (
        sa.select(unseated_table)
        .where(
            unseated_table.c.workspace_id == workspace_id,
            unseated_table.c.proposal_id == proposal_id,
        )
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
    found = Proposal(
        matches=matches,
        unseated=unseated,
        total=row.total,
        balance_penalty=row.balance_penalty,
        upper_bound=row.upper_bound,
        gap=row.gap,
        most_seats=row.most_seats,
        worst=row.worst,
        seed=row.seed,
        advice=tuple(row.advice),
        notes=tuple(row.notes),
        composition=Composition(**row.composition) if row.composition else None,
    )
    return ProposalVersion(
        id=row.id,
        workspace_id=row.workspace_id,
        programme_id=row.programme_id,
        version=row.version,
        state=ProposalState(row.state),
        proposal=found,
        made_by=row.made_by,
        made_at=row.made_at,
        approval_id=row.approval_id,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


async def totals(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> list[Totals]:
    """Compare the versions of the programme's proposal, the latest first."""
    names = ("version", "seated", "total", "gap", "composition")
    columns = [proposal_table.c[name] for name in names]
    query = (
        sa.select(*columns)
        .where(
            proposal_table.c.workspace_id == workspace_id,
            proposal_table.c.programme_id == programme_id,
        )
        .order_by(proposal_table.c.version.desc())
    )
    return [
        Totals(
            version=row.version,
            seated=row.seated,
            total=row.total,
            gap=row.gap,
            exceptions=(row.composition or {}).get("exceptions"),
        )
        for row in await connection.execute(query)
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
    changed = await connection.execute(
        sa.update(proposal_table)
        .where(
            proposal_table.c.workspace_id == workspace_id,
            proposal_table.c.id == proposal_id,
            proposal_table.c.state == ProposalState.OPEN.value,
        )
        .values(
            state=ProposalState.APPROVED.value,
            approval_id=approval_id,
            decided_by=by,
            decided_at=now,
        )
    )
    return changed.rowcount > 0


async def reopen(connection: AsyncConnection, workspace_id: WorkspaceId, proposal_id: str) -> bool:
    """Turn the approved proposal back into the open one. False if it was not approved."""
    changed = await connection.execute(
        sa.update(proposal_table)
        .where(
            proposal_table.c.workspace_id == workspace_id,
            proposal_table.c.id == proposal_id,
            proposal_table.c.state == ProposalState.APPROVED.value,
        )
        .values(state=ProposalState.OPEN.value, approval_id=None, decided_by=None, decided_at=None)
    )
    return changed.rowcount > 0


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
        .where(
            match_table.c.workspace_id == workspace_id,
            match_table.c.proposal_id == proposal_id,
            match_table.c.mentee_id == mentee_id,
        )
        .values(is_locked=locked)
    )
    return changed.rowcount > 0


async def lasting_pairs(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> set[tuple[MemberId, MemberId]]:
    """Mentees and mentors whom an earlier programme kept together until it closed."""
    query = sa.select(pairing_table.c.mentee_id, pairing_table.c.mentor_id).where(
        pairing_table.c.workspace_id == workspace_id,
        pairing_table.c.programme_id != programme_id,
        pairing_table.c.end_reason == EndReason.PROGRAMME_CLOSED.value,
    )
    return {(row.mentee_id, row.mentor_id) for row in await connection.execute(query)}


async def the_programme(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> Programme:
    """Find the programme with this id, to look at. Raises UserFacing where there is none."""
    found = await programmes.programme(connection, workspace_id, programme_id)
    if found is None:
        raise UserFacing("This programme is gone. Open the Home tab to see those there are.")
    return found


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
