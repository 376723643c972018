"""Tells Bolt with which token a request is answered; Slack is never asked for it here."""

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from sqlalchemy.exc import SQLAlchemyError

from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from handlers.install.workspace_clients import InstalledClients

log = structlog.get_logger("cairn.workspaces")


class FixedAuthorize(AsyncAuthorize):
    """Gives the one token of the settings, as Slack told about it when the process began.

    Bolt itself would ask at the first request, and take a Slack that is busy then for one in which
    the app is not installed: events would be lost, and forms closed unsaved.
    """

    def __init__(self, who: AuthorizeResult) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.who = who

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **_actor: str | None,
    ) -> AuthorizeResult:
        """Give the token; there is no other, whichever workspace a person is from."""
        return AuthorizeResult(
            enterprise_id=self.who.enterprise_id,
            team_id=self.who.team_id or team_id,
            user_id=user_id,
            bot_user_id=self.who.bot_user_id,
            bot_id=self.who.bot_id,
            bot_token=self.who.bot_token,
        )


class StoredAuthorize(AsyncAuthorize):
    """Answers Bolt's question who we are in a workspace, without a call to Slack."""

    def __init__(self, clients: InstalledClients) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.clients = clients

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **_actor: str | None,
    ) -> AuthorizeResult | None:
        """Give our token there, None where Cairn is not installed.

        Without the database, and nothing known, a result without a token: the listener then fails
        on the database as well, and says so to whoever waits.
        """
        workspace_id = WorkspaceId(team_id or "")
        try:
            found = await self.clients.opened(workspace_id)
        except (SQLAlchemyError, OSError, OperatorFacing) as failure:
            log.warning(
                "token_out_of_reach", workspace=workspace_id, failure=type(failure).__name__
            )
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, user_id=user_id)
        if found is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            user_id=user_id,
            bot_user_id=found.installation.bot_user_id,
            bot_token=found.client.token,
            bot_scopes=list(found.installation.scopes),
        )
