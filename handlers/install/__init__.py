"""Installing and uninstalling Cairn in workspaces; here, what happens when it is taken out."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.reasons import TOKEN_DEAD
from bot.inbox.store import Received
from bot.kernel.ids import WorkspaceId
from bot.keys.vault import KeyLost
from bot.people import installations
from handlers.capability import Capability
from handlers.edge.clients import reason_of
from handlers.edge.inbox import EventKind
from handlers.edge.services import Services

log = structlog.get_logger("cairn.workspaces")

APP = "app"


async def on_gone(services: Services, event: Received) -> None:
    """Destroy the workspace's token and pause everything there.

    Slack tells it late or twice; so nothing happens when the app is back by then, which its token
    shows.
    """
    while True:  # the token may be renewed, or sealed anew, while it is tried
        async with services.database.reading() as connection:
            found = await installations.find(connection, event.workspace_id)
        if found is None or found.sealed_tokens is None:
            return
        services.clients.forget(event.workspace_id)
        if await _still_works(services, event.workspace_id):
            return
        now = services.clock.now()
        if await installations.uninstall(services.database, found, now=now):
            services.clients.forget(event.workspace_id)
            return


async def _still_works(services: Services, workspace_id: WorkspaceId) -> bool:
    """Whether Slack takes the workspace's token; raises while nobody can say."""
    try:
        client = await services.clients.of(workspace_id)
        if client is None:
            return False
        await client.auth_test()
    except KeyLost:
        return False
    except SlackApiError as refused:
        if reason_of(refused) in TOKEN_DEAD:
            return False
        raise
    return True


async def _is_installed(
    connection: AsyncConnection, workspace_id: WorkspaceId, _subject: str
) -> bool:
    """Whether tokens are kept for the workspace; with one from the settings none are."""
    found = await installations.find(connection, workspace_id)
    return found is not None and found.sealed_tokens is not None


def _app_of_bots_token(event: Mapping[str, Any]) -> str | None:
    """The app, where its own token was revoked; of people's tokens Cairn has none."""
    revoked = event.get("tokens")
    return APP if isinstance(revoked, Mapping) and revoked.get("bot") else None


def _gone(subject: Callable[[Mapping[str, Any]], str | None]) -> EventKind:
    return EventKind(
        subject=subject, facts=lambda _event, _now: {}, concerns=_is_installed, act=on_gone
    )


CAPABILITY = Capability(
    name="install",
    events={
        "app_uninstalled": _gone(lambda _event: APP),
        "tokens_revoked": _gone(_app_of_bots_token),
    },
)
