"""The capabilities of Cairn: this tuple is the only list of them, in the order of Home."""

import logging

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.errors import UserFacing
from handlers import (
    agreements,
    announcements,
    audit,
    care,
    channels,
    checkins,
    closing,
    community,
    compass,
    conversation,
    course,
    goals,
    groups,
    home,
    install,
    matching,
    meetings,
    my_data,
    nudges,
    overview,
    peers,
    people,
    portfolio,
    profiles,
    programme,
    pulse,
    queue,
    rehearsal,
    relationship,
    reports,
    research,
    retention,
    stages,
    training,
)
from handlers.capability import Capabilities
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import BoltApp
from handlers.edge.inbox import (
    Inbox,
    keep_events,
    refuse_events_without_database,
    refuse_repeats,
    refuse_without_token,
)
from handlers.edge.services import Services

CAPABILITIES = Capabilities(
    tuple(
        each.CAPABILITY
        for each in (
            people,
            programme,
            course,
            overview,
            rehearsal,
            matching,
            groups,
            channels,
            meetings,
            nudges,
            peers,
            profiles,
            stages,
            goals,
            agreements,
            community,
            compass,
            checkins,
            relationship,
            closing,
            portfolio,
            research,
            my_data,
            retention,
            care,
            pulse,
            training,
            reports,
            queue,
            announcements,
            audit,
            home,
            conversation,
            install,
        )
    )
)

NOT_INSTALLED = (
    "Cairn is not installed in this workspace any more, so nothing was done. Ask somebody who "
    "administers the workspace to install it again."
)


def bolt_app(
    services: Services,
    inbox: Inbox,
    *,
    capabilities: Capabilities,
    client: AsyncWebClient,
    authorize: AsyncAuthorize,
    flow: AsyncOAuthFlow | None = None,
) -> AsyncApp:
    """Make a Bolt app with all listeners, for Socket Mode and HTTP alike.

    It verifies no signatures: `runtime/http_mode.py` does, over raw bytes that nobody has parsed.
    `authorize` gives the token with which a request is answered; `client` has none.
    """
    # Bolt gives its own loggers the level of the one it is handed.
    app = BoltApp(
        name="cairn",  # else it looks through the whole stack for one
        client=client,
        request_verification_enabled=False,
        logger=logging.getLogger("slack_bolt"),
        oauth_flow=flow,
        authorize=authorize,
        user_facing_authorize_error_message=NOT_INSTALLED,
    )
    checks = (
        keep_events(inbox),
        refuse_events_without_database(services.database),
        refuse_without_token,
        refuse_repeats(),
    )
    edge = Edge(services)
    capabilities.listen(edge)
    edge.join(app, checks=checks, anything_else=_not_known)
    return app


async def _not_known(_call: Call, _services: Services) -> None:
    raise UserFacing(
        "This is from an earlier version of Cairn and no longer works. Nothing was changed. "
        "Open Cairn's Home tab to find what you need."
    )
