"""What a member does for themselves, in one transaction that holds them."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people.use_cases import the_member

T = TypeVar("T")


async def as_member(
    connection: AsyncConnection,
    verb: Callable[..., Awaitable[T]],
    workspace_id: WorkspaceId,
    *,
    slack_user_id: SlackUserId,
    **given: Any,
) -> T:
    """Do something about the member whom Slack calls this, as they are now."""
    member = await the_member(connection, workspace_id, slack_user_id, hold=True)
    return await verb(connection, member, **given)
