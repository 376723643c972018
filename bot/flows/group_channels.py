"""See to the channels of mentoring groups: whether posts may go there, and who is not in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import store as checkins
from bot.checkins.rules import CheckInId
from bot.delivery import store as delivery
from bot.delivery.hours import welcome_from
from bot.delivery.model import Entry, Lane, Notice
from bot.delivery.reasons import CHANNEL_SHUT, OPEN_TO_OTHERS
from bot.errands import store as errands
from bot.errands.store import Errand, Want
from bot.flows.recipients import recipients
from bot.groups.messages import GROUP
from bot.kernel.ids import GroupId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind, ToDoKind
from bot.people import store as people
from bot.people.delegation import coordinators_on_duty
from bot.people.model import Member, Role
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.programme.model import Group, ProgrammeState
from bot.todos import ToDo, Weight

KEPT_FOR = timedelta(days=14)
"""How long news of a group's channel is worth sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A member with a seat in a group who is not in its channel, and why if that is known."""

    member: Member
    group: Group
    reason: str | None = None


def seat_key(channel: str, slack_user_id: str) -> str:
    """Write down who should be in which channel, as the subject of a message or an event."""
    return f"{channel}:{slack_user_id}"


async def group_in(
    connection: AsyncConnection, workspace_id: WorkspaceId, channel: str
) -> Group | None:
    """Find the mentoring group whose channel this is, while its programme is not over."""
    group = await programmes.group_in(connection, workspace_id, channel)
    if group is None:
        return None
    programme = await programmes.programme(connection, workspace_id, group.programme_id)
    is_over = programme is None or programme.state is ProgrammeState.CLOSED
    return None if is_over else group


async def absent(
    connection: AsyncConnection, workspace_id: WorkspaceId, place: str
) -> Absent | None:
    """Find the member who should be in a channel, None for who has no seat there (any more)."""
    channel, _colon, who = place.partition(":")
    group = await group_in(connection, workspace_id, channel)
    member = await people.member_by_slack_id(connection, workspace_id, SlackUserId(who))
    if group is None or member is None or not member.takes_part:
        return None
    seats = await programmes.seats(connection, workspace_id, group.programme_id, group_id=group.id)
    if member.id not in {seat.member_id for seat in seats}:
        return None
    failed = await errands.impossible(connection, workspace_id, Want.IN)
    why = {seat_key(one.place, one.person): one.last_error for one in failed}
    return Absent(member=member, group=group, reason=why.get(place))


async def post_refused(
    connection: AsyncConnection, entry: Entry, reason: str, *, now: datetime
) -> None:
    """Follow a post that a group's channel did not take: it waits until that is put right.

    The people who can put it right are told once, and so is the author of a shared check-in.
    """
    if reason not in CHANNEL_SHUT or not entry.recipient.startswith(GROUP):
        return
    owed = await errands.find_impossible(
        connection,
        entry.workspace_id,
        Want.OPENED,
        place=entry.recipient,
        reason=reason,
        now=now,
    )
    await channel_shut(connection, owed, reason, now=now)
    if entry.kind != MessageKind.CHECKIN_SHARED:
        return
    shared = await checkins.find(connection, entry.workspace_id, CheckInId(entry.subject_id))
    author = shared and await people.member(connection, entry.workspace_id, shared.member_id)
    if author:
        kind = MessageKind.SHARE_HELD
        news = Notice(kind, entry.id, author.slack_user_id, f"{kind}:{entry.id}")
        await _tell(connection, entry.workspace_id, [news], now=now)


async def channel_shut(
    connection: AsyncConnection, errand: Errand, reason: str, *, now: datetime
) -> None:
    """Tell the coordinators once that nothing is posted in a group's channel, and why.

    Its mentors, too, where others can read it.
    """
    workspace_id, group_id = errand.workspace_id, GroupId(errand.place.removeprefix(GROUP))
    group = await programmes.group(connection, workspace_id, group_id)
    if group is None or reason not in CHANNEL_SHUT:
        return
    kind, about = MessageKind.CHANNEL_SHUT, f"{group.id}:{group.slack_channel or ''}"
    once = f":{errand.id}:{reason}"
    mentors = await _mentors(connection, group) if reason in OPEN_TO_OTHERS else []
    await _tell_coordinators(
        connection, workspace_id, kind, about, now=now, once=once, besides=mentors
    )


async def may_retry(connection: AsyncConnection, group: Group, member: Member) -> bool:
    """Whether a member may let a group's channel be looked at again: coordinators, its mentors."""
    return coordinates(member) or member.id in {one.id for one in await _mentors(connection, group)}


async def _mentors(connection: AsyncConnection, group: Group) -> Sequence[Member]:
    seats = await programmes.seats(
        connection, group.workspace_id, group.programme_id, group_id=group.id, role=Role.MENTOR
    )
    ids = [seat.member_id for seat in seats]
    return await people.members(connection, group.workspace_id, ids=ids)


async def look_at(
    connection: AsyncConnection, workspace_id: WorkspaceId, channel: str, *, now: datetime
) -> None:
    """Let a group's channel be looked at, since something about it has changed in Slack."""
    group = await group_in(connection, workspace_id, channel)
    if group is not None:
        places = [f"{GROUP}{group.id}"]
        await errands.look_again(connection, workspace_id, Want.OPENED, places=places, now=now)


async def open_another(
    connection: AsyncConnection, group: Group, channel: str, *, now: datetime
) -> bool:
    """Let a channel be opened in place of `channel`; False where the group has another by now."""
    workspace_id, places = group.workspace_id, [f"{GROUP}{group.id}"]
    if channel:
        is_its_own = await programmes.set_group_channel(
            connection, workspace_id, group.id, slack_channel=None, instead_of=channel
        )
        if not is_its_own:
            return False
        await errands.forget_invitations_into(connection, workspace_id, channel)
    elif group.slack_channel:
        return False
    await errands.look_again(connection, workspace_id, Want.OPENED, places=places, now=now)
    return True


async def welcome_in_channels(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    names: Collection[str],
    *,
    now: datetime,
) -> dict[str, datetime]:
    """Say from when these people may be invited: it disturbs them as a message would.

    People who may never be are left out.
    """
    known = await recipients(connection, workspace_id, names, now)
    found = {one: welcome_from(known.get(one), now=now) for one in names}
    return {one: at for one, at in found.items() if at is not None}


async def invitation_refused(connection: AsyncConnection, errand: Errand, *, now: datetime) -> None:
    """Tell the coordinators once that somebody cannot be invited into a channel."""
    about = seat_key(errand.place, errand.person)
    kind = MessageKind.INVITATION_REFUSED
    await _tell_coordinators(connection, errand.workspace_id, kind, about, now=now)


async def left(
    connection: AsyncConnection, workspace_id: WorkspaceId, place: str, *, at: datetime
) -> None:
    """Invite somebody who left a channel no more, and tell the coordinators."""
    channel, _colon, who = place.partition(":")
    await errands.forget_invitations_into(connection, workspace_id, channel, person=who)
    kind = MessageKind.LEFT_CHANNEL
    await _tell_coordinators(
        connection, workspace_id, kind, place, now=at, once=f":{at:%Y-%m-%dT%H:%M:%S}"
    )


async def post_again(
    connection: AsyncConnection, workspace_id: WorkspaceId, recipient: str, *, now: datetime
) -> None:
    """Queue again what a group's channel did not take: nothing speaks against it any more."""
    for one in await delivery.dead_letters(connection, workspace_id, limit=1_000):
        if one.recipient == recipient and one.last_error in CHANNEL_SHUT:
            await delivery.resend(connection, workspace_id, now=now, entry_id=one.id)


async def todos(connection: AsyncConnection, member: Member) -> list[ToDo]:
    """Find who could not be invited into the channel of their group, for a coordinator."""
    if not coordinates(member):
        return []
    found = []
    for one in await errands.impossible(connection, member.workspace_id, Want.IN):
        place = seat_key(one.place, one.person)
        who = await absent(connection, member.workspace_id, place)
        if who is not None:
            todo = ToDo(
                kind=ToDoKind.INVITE_BY_HAND,
                weight=Weight.SOMEBODY_WAITS,
                since=one.failed_at or one.asked_at,
                about=place,
                names=(who.member.name, who.group.name),
                what=one.last_error or "",
            )
            found.append(todo)
    return found


async def _tell_coordinators(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    kind: MessageKind,
    about: str,
    *,
    now: datetime,
    once: str = "",
    besides: Sequence[Member] = (),
) -> None:
    """Put one message to each coordinator who is there, else to all, and to `besides`."""
    here = await coordinators_on_duty(connection, workspace_id, now)
    news = [
        Notice(kind, about, one, f"{kind}:{about}{once}:{one}")
        for one in {one.slack_user_id for one in (*here, *besides)}
    ]
    await _tell(connection, workspace_id, news, now=now)


async def _tell(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    news: Sequence[Notice],
    *,
    now: datetime,
) -> None:
    await delivery.enqueue_all(
        connection, workspace_id, news, lane=Lane.PROMPT, now=now, expires_at=now + KEPT_FOR
    )
