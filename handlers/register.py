"""Every listener, message and duty of Cairn, in one place to find them."""

from collections.abc import Mapping

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.model import KindPolicy
from bot.jobs import Duty
from bot.kernel.errors import UserFacing
from handlers import checkins, home, nudges, pairing, people, programme, pulse, stages
from handlers.call import Call
from handlers.composer import Compose
from handlers.edge import Edge
from handlers.guard import Seen, refuse_repeats
from handlers.services import Services

CAPABILITIES = (home, people, programme, pairing, checkins, stages, nudges, pulse)

MESSAGES: Mapping[str, Compose] = {
    kind: compose
    for capability in (people, pairing, checkins, nudges, pulse)
    for kind, compose in capability.MESSAGES.items()
}

DELIVERY_POLICIES: Mapping[str, KindPolicy] = {}


def bolt_app(services: Services, *, client: AsyncWebClient, signing_secret: str | None) -> AsyncApp:
    """A Bolt app with all listeners, for Socket Mode and HTTP alike.

    Without a signing secret it can only be used over Socket Mode.
    """
    app = AsyncApp(client=client, signing_secret=signing_secret)
    app.middleware(refuse_repeats(Seen()))
    edge = Edge(app, services)
    for capability in CAPABILITIES:
        capability.register(edge)
    edge.anything_else(_not_known)
    return app


async def _not_known(call: Call, _services: Services) -> None:
    raise UserFacing(
        "This is from an earlier version of Cairn and no longer works. Nothing was changed. "
        "Open Cairn's Home tab to find what you need."
    )


def duties(services: Services) -> dict[str, Duty]:
    """What is done when something of each kind falls due."""
    means = rounds.Means(services.database, services.vault, services.catalogue.instruments)
    return {
        PAUSE_END: end_pause,
        PROMPT: prompt_when_due,
        NUDGE: nudge_when_due,
        SETTLE: settle_when_due,
        **rounds.duties(means),
    }
