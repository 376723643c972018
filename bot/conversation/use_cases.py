"""Answer whoever writes."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import store
from bot.conversation.model import Correspondent
from bot.delivery import store as delivery
from bot.delivery.model import Lane
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kinds import MessageKind
from bot.people import store as people
from bot.people.model import Member, Role
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.programme.use_cases import current_programme

ANSWERED_EVERY = timedelta(hours=1)
KEPT_FOR = timedelta(days=2)
"""How long an answer is worth sending."""


async def correspondent(
    connection: AsyncConnection, workspace_id: WorkspaceId, who: SlackUserId, *, now: datetime
) -> Correspondent:
    """Read who somebody is to Cairn, and who coordinates mentoring here."""
    member = await people.member_by_slack_id(connection, workspace_id, who)
    current = await current_programme(connection, workspace_id)
    own = None
    if member is not None and not coordinates(member):
        own = await programmes.programme_of(connection, workspace_id, member.id)
    known = await people.members(connection, workspace_id, roles=[Role.COORDINATOR])
    present = [one for one in known if one.slack_user_id != who and not one.is_away(now)]
    return Correspondent(
        slack_user_id=who, member=member, programme=own or current, present=present
    )


async def is_unanswered(
    connection: AsyncConnection, workspace_id: WorkspaceId, who: SlackUserId, *, now: datetime
) -> bool:
    """Find whether nobody has answered this person within the last hour."""
    return not await store.was_queued_since(
        connection,
        workspace_id,
        MessageKind.CONVERSATION_ANSWER,
        about=who,
        since=now - ANSWERED_EVERY,
    )


async def answer(
    connection: AsyncConnection, workspace_id: WorkspaceId, who: SlackUserId, *, now: datetime
) -> bool:
    """Put the one answer that there is in the outbox; False within an hour of the last."""
    if not await is_unanswered(connection, workspace_id, who, now=now):
        return False
    kind = MessageKind.CONVERSATION_ANSWER
    return await delivery.enqueue(
        connection,
        workspace_id,
        kind=kind,
        subject_id=who,
        recipient=who,
        dedupe_key=f"{kind}:{who}:{now.isoformat()}",
        lane=Lane.INTERACTIVE,
        now=now,
        expires_at=now + KEPT_FOR,
    )


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> None:
    """Delete that a member wrote, and that they asked for a person."""
    await store.forget(connection, member.workspace_id, member.slack_user_id)
