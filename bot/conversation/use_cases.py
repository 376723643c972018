"""Answer whoever writes, and tell coordinators who would like to be contacted."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import store
from bot.conversation.model import Correspondent
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kinds import MessageKind
from bot.people import store as people
from bot.people.model import Member, Role
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.programme.use_cases import current_programme

ANSWERED_EVERY = timedelta(hours=1)
ASKED_EVERY = timedelta(hours=12)
"""Within this, whoever was asked to get in touch knows already."""
KEPT_FOR = timedelta(days=2)
"""How long an answer, or a wish to be contacted, is worth sending."""


async def correspondent(
    connection: AsyncConnection, workspace_id: WorkspaceId, who: SlackUserId, *, now: datetime
) -> Correspondent:
    """Read who somebody is to Cairn, and who can get in touch with them."""
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


async def ask_for_contact(
    connection: AsyncConnection, workspace_id: WorkspaceId, who: SlackUserId, *, now: datetime
) -> tuple[Correspondent, bool]:
    """Tell the coordinators who are there that somebody would like to be contacted.

    Gives who that was, and False when they know it already, or nobody is there. They read it in
    the morning where it is night.
    """
    seen = await correspondent(connection, workspace_id, who, now=now)
    kind = MessageKind.CONTACT_WISHED
    if await store.was_queued_since(
        connection, workspace_id, kind, about=who, since=now - ASKED_EVERY
    ):
        return seen, False
    notices = [
        Notice(kind, who, one.slack_user_id, f"{kind}:{who}:{one.slack_user_id}:{now.isoformat()}")
        for one in seen.present
    ]
    await delivery.enqueue_all(
        connection, workspace_id, notices, lane=Lane.PROMPT, now=now, expires_at=now + KEPT_FOR
    )
    return seen, bool(notices)


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> None:
    """Delete that a member wrote, and that they asked for a person."""
    await store.forget(connection, member.workspace_id, member.slack_user_id)
