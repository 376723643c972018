"""Tell a workspace that Cairn knows from one that was mistyped."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.people import installations
from bot.people import store as people


async def refuse_unknown(connection: AsyncConnection, workspace_id: WorkspaceId) -> None:
    """Raise OperatorFacing for a workspace of which nothing is kept: it may be mistyped."""
    is_known = await people.members(connection, workspace_id) or (
        await installations.find(connection, workspace_id)
    )
    if not is_known:
        raise OperatorFacing(
            f"Cairn keeps nothing about a workspace {workspace_id}; look its id up with "
            "`python app.py installations`",
            permanent=True,
        )
