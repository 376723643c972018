"""The channels of mentoring groups: those that take no messages, and who is not in them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.erasure import erase_about
from bot.delivery.model import Entry, KindPolicy, OutboxState
from bot.errands import store as errands
from bot.flows import group_channels
from bot.groups.messages import GROUP
from bot.inbox import store as inbox
from bot.kernel.ids import GroupId, SlackUserId
from bot.kinds import MessageKind, ToDoKind
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from handlers.capability import Capability, MessageType, ToDos
from handlers.channels import listeners, views
from handlers.edge.services import Services
from handlers.sending.messenger import Written


async def write_shut(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a coordinator or mentor why nothing is posted in a group's channel; nothing once that
    is put right, or it has another."""
    workspace_id = entry.workspace_id
    group_id, _colon, channel = entry.subject_id.partition(":")
    group = await programmes.group(connection, workspace_id, GroupId(group_id))
    place = f"{GROUP}{group_id}"
    owed = (await errands.about(connection, workspace_id, [place])).get(place)
    reader = await people.member_by_slack_id(connection, workspace_id, SlackUserId(entry.recipient))
    if group is None or (group.slack_channel or "") != channel or owed is None:
        return None
    return views.shut(group, why=owed.last_error, may_reopen=coordinates(reader))


async def write_held(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell who shared something that it is not in the channel; nothing once it is."""
    shared = await delivery.entry(connection, entry.workspace_id, entry.subject_id)
    is_held = shared is not None and shared.state is OutboxState.FAILED
    return views.share_waits() if is_held else None


async def write_refused(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a coordinator whom Slack does not let in; nothing once they are, or have no seat."""
    who = await group_channels.absent(connection, entry.workspace_id, entry.subject_id)
    if who is None or who.reason is None:
        return None
    return views.refused(who.member, who.group, why=who.reason, place=entry.subject_id)


async def write_left(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Tell a coordinator who left a channel; nothing once they have no seat there."""
    who = await group_channels.absent(connection, entry.workspace_id, entry.subject_id)
    return views.left(who.member, who.group, place=entry.subject_id) if who else None


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> None:
    """Delete what was told about a member's place in channels."""
    whose = f":{member.slack_user_id}"
    await erase_about(connection, member.workspace_id, ending=whose)
    await inbox.erase_ending(connection, member.workspace_id, ending=whose)


_NEWS = KindPolicy(resend_unknown=False, counts=False)

CAPABILITY = Capability(
    name="channels",
    listeners=listeners.register,
    events=listeners.EVENTS,
    messages={
        kind: MessageType(name=name, write=write, policy=_NEWS)
        for kind, name, write in (
            (MessageKind.CHANNEL_SHUT, "news of a channel that takes no messages", write_shut),
            (MessageKind.SHARE_HELD, "news of a check-in that is not in its channel", write_held),
            (MessageKind.INVITATION_REFUSED, "news of who cannot be invited", write_refused),
            (MessageKind.LEFT_CHANNEL, "news of who left a channel", write_left),
        )
    },
    todos=ToDos(
        find=lambda viewer: group_channels.todos(viewer.connection, viewer.member),
        say={ToDoKind.INVITE_BY_HAND: views.invite_by_hand},
    ),
    erase=erase,
)
