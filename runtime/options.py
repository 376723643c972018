"""What a process needs to know about where it runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId

if TYPE_CHECKING:
    from bot.keys.hashicorp import VaultAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a process needs to know; app.py reads it from the settings."""

    bot_token: str | None
    app_token: str | None
    signing_secret: str | None
    api_url: str
    database_url: str
    key_folder: Path
    config_folder: Path | None = None
    """An operator's own frameworks, instruments, programmes and weights."""
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    """For several workspaces, instead of `bot_token`."""
    heartbeat_url: str | None = None
    vault: "VaultAccess | None" = None
    """HashiCorp Vault, instead of `key_folder`."""


async def who_we_are(auth_test: Callable[[], Awaitable[Any]]) -> WorkspaceId:
    try:
        answer = await auth_test()
    except SlackApiError as failure:
        reason = failure.response.get("error", "unknown")
        raise OperatorFacing(
            f"Slack refused SLACK_BOT_TOKEN ({reason}); copy the Bot User OAuth Token from your "
            "app's OAuth page",
            permanent=True,
        ) from None
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise OperatorFacing(
            "Slack cannot be reached; check SLACK_API_URL and this machine's network"
        ) from None
    return WorkspaceId(str(answer["team_id"]))
