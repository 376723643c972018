"""Choose the texts of a programme: its own, or those of the files."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.programme.model import Programme
from bot.programme.use_cases import change_programme


async def set_conduct(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    digest: str | None,
) -> Programme:
    """Let another code of conduct hold: its own, or that of the files (None).

    Nobody is asked by that: who accepted another keeps what they accepted.
    """
    return await change_programme(
        connection,
        workspace_id,
        programme_id,
        lambda one: replace(one, conduct_text=digest, conduct_again=None),
    )


async def ask_conduct_again(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId, digest: str
) -> Programme:
    """Note that who accepted another wording is asked to accept this one, too."""
    return await change_programme(
        connection, workspace_id, programme_id, lambda one: replace(one, conduct_again=digest)
    )


async def set_consent(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    digest: str | None,
) -> Programme:
    """Let another text of the consent to research hold: its own, or that of the files (None)."""
    return await change_programme(
        connection, workspace_id, programme_id, lambda one: replace(one, consent_text=digest)
    )
