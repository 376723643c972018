"""Answer what is written to Cairn, and lead the words after `/checkin` to what they ask for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import use_cases
from bot.conversation.rules import Verb, understood
from bot.inbox.store import Received
from bot.kernel.ids import SlackUserId, WorkspaceId
from handlers.conversation import views
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.inbox import EventKind
from handlers.edge.services import Services

WRITTEN = frozenset({None, "file_share", "me_message", "thread_broadcast"})
"""The subtypes of what a person writes; the others tell of edits, joins and the like:
docs.slack.dev/reference/events/message#subtypes"""


def register(edge: Edge) -> None:
    """Add the listeners of conversations."""

    async def on_checkin(call: Call, services: Services) -> None:
        await follow(edge, call, services)

    async def on_resume(call: Call, services: Services) -> None:
        """Take a member back in, and say so where they asked for it."""
        await edge.listener_of("people.resume")(call, services)
        await call.tell(views.back())

    edge.command("/checkin", on_checkin)
    edge.action("conversation.resume", on_resume)


async def follow(edge: Edge, call: Call, services: Services) -> None:
    """Do what the words after `/checkin` ask for, or lead to it."""
    match understood(call.text):
        case Verb.PAUSE:
            await edge.listener_of("people.pause")(call, services)
        case Verb.OPEN | Verb.PAST | Verb.HELP as verb:
            await edge.listener_of("checkin.typed")(replace(call, text=verb.value), services)
        case Verb.UNKNOWN:
            await edge.listener_of("checkin.typed")(call, services)
        case verb:
            now = services.clock.now()
            async with services.database.reading() as connection:
                seen = await use_cases.correspondent(
                    connection, call.workspace_id, call.slack_user_id, now=now
                )
            await call.tell(views.lead_to(verb, seen, now=now))
            if verb is Verb.HOME:
                await services.refresh_home(call)


def _writer(event: Mapping[str, Any]) -> str | None:
    """Name the person who wrote this to Cairn; None for apps, and for anything but new words."""
    is_written = event.get("channel_type") == "im" and event.get("subtype") in WRITTEN
    if not is_written or event.get("bot_id") or event.get("hidden"):
        return None
    found = event.get("user")
    return found if isinstance(found, str) and found else None


def _nothing(_event: Mapping[str, Any], _now: datetime) -> Mapping[str, object]:
    """Take nothing from an event: what was written is not kept."""
    return {}


async def on_written(services: Services, event: Received) -> None:
    """Put the answer in the outbox, once an hour."""
    who, now = SlackUserId(event.subject_id), services.clock.now()
    async with services.database.writing() as connection:
        await use_cases.answer(connection, event.workspace_id, who, now=now)
    services.wake()


async def _always(_connection: AsyncConnection, _workspace_id: WorkspaceId, _subject: str) -> bool:
    return True


EVENTS = {"message": EventKind(subject=_writer, facts=_nothing, concerns=_always, act=on_written)}
