"""Every listener, message and duty of Cairn, in one place to find them."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows import pulse_rounds as rounds
from bot.flows.daily_check import every_morning
from bot.groups.schedule import SETTLE
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId
from bot.people.use_cases import PAUSE_END, end_pause
from bot.programme import store as programmes
from bot.schedule.duties import Duty
from bot.schedule.model import Due
from handlers.checkins import listeners as checkins
from handlers.edge.call import Call
from handlers.edge.checks import Seen, refuse_events_without_database, refuse_repeats
from handlers.edge.dispatch import Edge
from handlers.edge.inbox import EventKind, Inbox, keep_events
from handlers.edge.services import Services
from handlers.groups import listeners as rematch
from handlers.home import tab as home
from handlers.install import uninstalled as workspaces
from handlers.matching import listeners as pairing
from handlers.nudges import listeners as nudges
from handlers.people import erasure
from handlers.people import listeners as people
from handlers.people import preferences as rhythm
from handlers.programme import listeners as programme
from handlers.pulse import listeners as pulse
from handlers.queue import listeners as operations
from handlers.sending.composer import Compose
from handlers.stages import listeners as stages

if TYPE_CHECKING:
    from handlers.install.flow import Installing

CAPABILITIES = (
    checkins,
    pulse,
    home,
    people,
    erasure,
    programme,
    pairing,
    rematch,
    stages,
    nudges,
    rhythm,
    operations,
)

MESSAGES: Mapping[str, Compose] = {
    kind: compose
    for capability in (people, pairing, checkins, stages, nudges, pulse)
    for kind, compose in capability.MESSAGES.items()
}

EVENTS: Mapping[str, EventKind] = {**people.EVENTS, **workspaces.EVENTS}
"""Events that must not be lost; listeners are for those that may be."""

REDRAWN: Mapping[str, Compose] = {**MESSAGES, **nudges.REDRAWN}
"""How a message is written that stands in Slack already."""


def bolt_app(
    services: Services,
    inbox: Inbox,
    *,
    client: AsyncWebClient,
    signing_secret: str | None,
    installing: "Installing | None" = None,
) -> AsyncApp:
    """A Bolt app with all listeners, for Socket Mode and HTTP alike.

    Without a signing secret it can only be used over Socket Mode. With `installing`, each request
    is answered with the token of its own workspace.
    """
    # Bolt gives its own loggers the level of the one it is handed.
    app = AsyncApp(
        client=client,
        signing_secret=signing_secret,
        logger=logging.getLogger("slack_bolt"),
        oauth_flow=installing.flow if installing else None,
        authorize=installing.authorize if installing else None,  # type: ignore[arg-type]
        user_facing_authorize_error_message=NOT_INSTALLED,
    )
    checks = (
        keep_events(inbox),
        refuse_events_without_database(services.database),
        refuse_repeats(Seen()),
    )
    edge = Edge(services)
    for capability in CAPABILITIES:
        capability.register(edge)
    edge.join(app, checks=checks, anything_else=_not_known)
    return app


NOT_INSTALLED = (
    "Cairn is not installed in this workspace any more, so nothing was done. Ask whoever "
    "administers the workspace to install it again."
)


async def _not_known(_call: Call, _services: Services) -> None:
    raise UserFacing(
        "This is from an earlier version of Cairn and no longer works. Nothing was changed. "
        "Open Cairn's Home tab to find what you need."
    )


def duties(services: Services) -> dict[str, Duty]:
    """What is done when something of each kind falls due."""
    means = rounds.Means(services.database, services.vault, services.catalogue.instruments)

    async def morning(connection: AsyncConnection, due: Due, now: datetime) -> None:
        found = await programmes.programme(
            connection, due.workspace_id, ProgrammeId(due.subject_id)
        )
        if found is not None:
            await every_morning(
                connection,
                found,
                now=now,
                framework=services.catalogue.frameworks.get(found.framework_id),
                weights=services.catalogue.weights,
            )

    return {
        PAUSE_END: end_pause,
        SETTLE: morning,
        **checkins.DUTIES,
        **nudges.DUTIES,
        **rounds.duties(means),
        **erasure.duties(services),
    }
