"""Who may decide about pairing, and what they decide about."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.matching import store
from bot.matching.records import KeptProposal, ProposalState
from bot.people import store as people
from bot.people.model import Member, MemberState, Role
from bot.programme import store as programmes
from bot.programme.model import Programme


async def must_coordinate(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> Member:
    """The coordinator with this id. Raises UserFacing for anybody else."""
    found = await people.member(connection, workspace_id, member_id)
    if found is None or found.role is not Role.COORDINATOR or not found.takes_part:
        raise UserFacing("Only coordinators can do this. Ask yours if something should change.")
    return found


async def coordinators(connection: AsyncConnection, workspace_id: WorkspaceId) -> Sequence[Member]:
    """Everybody who coordinates in this workspace and may be written to."""
    return await people.members(
        connection, workspace_id, roles=[Role.COORDINATOR], states=[MemberState.ACTIVE]
    )


async def the_programme(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> Programme:
    """The programme with this id, to look at. Raises UserFacing where there is none."""
    found = await programmes.programme(connection, workspace_id, programme_id)
    if found is None:
        raise UserFacing("This programme is gone. Open the Home tab to see those there are.")
    return found


async def the_open_proposal(
    connection: AsyncConnection, workspace_id: WorkspaceId, proposal_id: str
) -> KeptProposal:
    """The proposal with this id while it can be changed. Raises UserFacing once it cannot."""
    found = await store.proposal(connection, workspace_id, proposal_id)
    if found is None:
        raise UserFacing("This proposal is gone. Open the Home tab to see the present one.")
    if found.state is ProposalState.APPROVED:
        raise UserFacing("This proposal has been approved. Open the Home tab to see its groups.")
    if found.state is ProposalState.SUPERSEDED:
        raise UserFacing("There is a newer version of this proposal. Open it from the Home tab.")
    return found
