"""Read people from Slack: everybody, some of them, a channel's members or a user group's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.delivery.reasons import MISSING_SCOPE, NOT_IN_CHANNEL, NOT_IN_DIRECTORY
from bot.kernel.clock import LATEST
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kernel.ports import Paused
from bot.people.absence import SlackStatus
from bot.people.profiles import Account, Directory, Profile
from handlers.edge.clients import send_failure

PAGE = 500
"""People in one answer; docs.slack.dev/reference/methods/users.list takes up to 1,000."""
PATIENCE = timedelta(minutes=3)
"""So long in all a reading waits for Slack, which may ask for pauses between pages."""
EMAILS, CHANNELS, PRIVATE_CHANNELS, USER_GROUPS, FILES = (
    "users:read.email",
    "channels:read",
    "groups:read",
    "usergroups:read",
    "files:read",
)
Call = Callable[..., Awaitable[AsyncSlackResponse]]
Told = Callable[[int], Awaitable[None]]
"""Is told how many people have been read."""


class MissingScope(UserFacing):
    """Slack does not let Cairn read this here."""

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"Cairn may not read this here: it lacks the permission {scope}. Ask somebody who "
            "administers this Slack workspace to add it, or choose another way to bring people in."
        )


class SlackIsBusy(UserFacing):
    """Slack asked for longer pauses than somebody can wait for."""

    def __init__(self) -> None:
        super().__init__(
            "Slack is busy and did not give out everybody. Nothing was changed. Try again in a "
            "few minutes."
        )


async def _nobody_listens(_count: int) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Patience:
    """The time that one reading may still spend on the pauses that Slack asks for."""

    left: timedelta = PATIENCE

    async def call(self, method: Call, **given: Any) -> AsyncSlackResponse:
        """Call Slack, and wait as long as it says while there is patience.

        Raises MissingScope, SlackIsBusy, and SlackApiError for every other refusal.
        """
        while True:
            try:
                return await method(**given)
            except SlackApiError as failure:
                if failure.response.get("error") == MISSING_SCOPE:
                    needed = str(failure.response.get("needed") or "another scope")
                    raise MissingScope(needed.partition(",")[0]) from None
                known = send_failure(failure)
                if not isinstance(known, Paused):
                    raise
                if known.retry_after > self.left:
                    raise SlackIsBusy from None
                self.left -= known.retry_after
                await asyncio.sleep(known.retry_after.total_seconds())


async def scopes_of(client: AsyncWebClient) -> frozenset[str] | None:
    """Ask Slack what Cairn may do here, None where it does not say.

    https://docs.slack.dev/reference/scopes: every answer names them in `x-oauth-scopes`.
    """
    headers = (await client.auth_test()).headers
    named = next((value for key, value in headers.items() if key.lower() == "x-oauth-scopes"), None)
    if named is None:
        return None
    return frozenset(one.strip() for one in str(named).split(",") if one.strip())


async def read_everybody(
    client: AsyncWebClient,
    workspace_id: WorkspaceId,
    *,
    tell: Told = _nobody_listens,
    patience: Patience | None = None,
) -> Directory:
    """Read the whole workspace, page by page; `tell` hears how many there are so far.

    Raises MissingScope, SlackIsBusy or SlackApiError: half a workspace is never given.
    """
    profiles: dict[SlackUserId, Profile] = {}
    async for page in _pages(patience or Patience(), client.users_list, limit=PAGE):
        found = [profile_of(one, workspace_id) for one in page.get("members") or []]
        profiles |= {one.slack_user_id: one for one in found}
        await tell(len(profiles))
    return Directory(profiles=profiles, is_whole=True)


async def read_some(
    client: AsyncWebClient, workspace_id: WorkspaceId, slack_ids: Sequence[str]
) -> Directory:
    """Read these people; whom Slack does not know is left out."""
    patience, profiles = Patience(), {}
    for one in dict.fromkeys(slack_ids):
        try:
            answer = await patience.call(client.users_info, user=one)
        except SlackApiError as failure:
            if failure.response.get("error") not in NOT_IN_DIRECTORY:
                raise
            continue
        profile = profile_of(answer["user"], workspace_id)
        profiles[profile.slack_user_id] = profile
    return Directory(profiles=profiles)


async def channel_members(client: AsyncWebClient, channel: str) -> list[str]:
    """Read who is in a channel. Raises UserFacing for one that Cairn cannot see."""
    found: list[str] = []
    try:
        async for page in _pages(
            Patience(), client.conversations_members, channel=channel, limit=PAGE
        ):
            found += page.get("members") or []
    except SlackApiError as failure:
        if failure.response.get("error") not in NOT_IN_CHANNEL:
            raise
        raise UserFacing(
            "Cairn cannot see this channel. Invite Cairn to it, then try again."
        ) from None
    return found


async def user_groups(client: AsyncWebClient) -> list[tuple[str, str]]:
    """List the workspace's user groups: id and name, by name."""
    answer = await Patience().call(client.usergroups_list, include_count=True)
    found = answer.get("usergroups") or []
    named = [
        (str(one["id"]), f"{one.get('name') or one.get('handle')} ({one.get('user_count', 0)})")
        for one in found
        if not one.get("date_delete")
    ]
    return sorted(named, key=lambda one: one[1].casefold())


async def user_group_members(client: AsyncWebClient, group_id: str) -> list[str]:
    """Read who is in a user group."""
    answer = await Patience().call(client.usergroups_users_list, usergroup=group_id)
    return [str(one) for one in answer.get("users") or []]


async def _pages(
    patience: Patience, method: Call, **given: Any
) -> AsyncIterator[Mapping[str, Any]]:
    """Give each page of a list: docs.slack.dev/apis/web-api/pagination."""
    cursor = ""
    while True:
        answer = await patience.call(method, **given, **({"cursor": cursor} if cursor else {}))
        yield answer.data if isinstance(answer.data, dict) else {}
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return


def profile_of(user: Mapping[str, Any], workspace_id: WorkspaceId) -> Profile:
    """Read a user of the workspace, or of one that shares a channel with it, as Slack tells it.

    https://docs.slack.dev/reference/objects/user-object
    """
    told = user.get("profile")
    profile: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    names = (profile.get("real_name"), user.get("real_name"), user.get("name"))
    email = str(profile.get("email") or "").strip().lower()
    return Profile(
        slack_user_id=SlackUserId(str(user["id"])),
        name=next((" ".join(str(one).split()) for one in names if one), str(user["id"])),
        email=email or None,
        timezone=str(user.get("tz") or "") or None,
        account=_account(user, workspace_id),
        is_deactivated=bool(user.get("deleted")),
        status=status_of(user),
    )


def _account(user: Mapping[str, Any], workspace_id: WorkspaceId) -> Account:
    if user.get("is_bot") or user.get("is_workflow_bot") or user.get("id") == "USLACKBOT":
        return Account.BOT
    homes = (user.get("enterprise_user") or {}).get("teams") or ()  # of an Enterprise organization
    if user.get("is_stranger") or user.get("team_id", workspace_id) not in {workspace_id, *homes}:
        return Account.OUTSIDER
    if user.get("is_ultra_restricted"):
        return Account.SINGLE_CHANNEL_GUEST
    return Account.GUEST if user.get("is_restricted") else Account.PERSON


MOST_OF_A_STATUS = 100
"""Characters: docs.slack.dev/apis/web-api/user-presence-and-status."""


def status_of(user: Mapping[str, Any]) -> SlackStatus:
    """Read the status that a user has set."""
    told = user.get("profile")
    profile: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    expires_s = profile.get("status_expiration")
    until = None
    if isinstance(expires_s, int) and expires_s > 0:
        with suppress(OverflowError, ValueError, OSError):  # a year that does not exist
            ends_at = datetime.fromtimestamp(expires_s, UTC)
            until = ends_at if ends_at <= LATEST else None
    return SlackStatus(
        text=str(profile.get("status_text") or "")[:MOST_OF_A_STATUS],
        emoji=str(profile.get("status_emoji") or ""),
        until=until,
    )
