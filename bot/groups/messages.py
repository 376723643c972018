"""Tell members about their groups, take it back while it waits, and owe channels."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Entry, Lane, Notice, OutboxState
from bot.delivery.tables import in_state, outbox
from bot.errands import store as errands
from bot.errands.store import Want
from bot.kernel.database import rows_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, WorkspaceId, new_id
from bot.kinds import MessageKind
from bot.matching.model import ProposalVersion
from bot.people import store as people
from bot.programme import store as programmes
from bot.programme.model import Group, Seat

GROUP = "group:"
"""The prefix of a group's recipient, and of the errand that opens its channel."""
PRIVATE_FOR = timedelta(hours=24)
"""How long a new seat is known to its owner alone, so that they can ask for another in private.

The same for everybody: a shorter time for some would tell of a wish.
"""
KEPT_FOR = timedelta(days=14)
"""How long a message about a group is worth sending."""
INTRODUCTION, UNMATCHED = MessageKind.GROUP_INTRODUCTION, MessageKind.UNMATCHED_NOTICE
PREVIEW = MessageKind.SEAT_PREVIEW
TO_GROUPS = (INTRODUCTION, MessageKind.MEMBER_JOINED)
"""By these a group learns of its people."""


async def announce(
    connection: AsyncConnection,
    kept: ProposalVersion,
    groups: Sequence[Group],
    seats: Sequence[Seat],
    *,
    preview_at: datetime | None,
    at: datetime,
    now: datetime,
) -> None:
    """Let groups be introduced and unmatched mentees be told, at `at` or after.

    Whoever has a seat is told of it alone at `preview_at`.
    """
    workspace_id, approval = kept.workspace_id, kept.approval_id
    attempt = new_id("told")  # what was withdrawn keeps its key, so a second attempt needs its own
    notices = [
        Notice(INTRODUCTION, group.id, f"group:{group.id}", f"{INTRODUCTION}:{group.id}:{attempt}")
        for group in groups
    ]
    left = [MemberId(one.mentee) for one in kept.proposal.unseated]
    notices += [
        Notice(
            UNMATCHED,
            f"{approval}:{member.id}",
            member.slack_user_id,
            f"{UNMATCHED}:{approval}:{member.id}:{attempt}",
        )
        for member in await people.members(connection, workspace_id, ids=left)
        if not member.is_away(now)  # somebody on a break is told by the seat they get
    ]
    await tell(connection, workspace_id, notices, now=now, at=at)
    if preview_at is None:
        return
    ids = [seat.member_id for seat in seats]
    found = {one.id: one for one in await people.members(connection, workspace_id, ids=ids)}
    previews = [
        news(PREVIEW, seat.group_id, found[seat.member_id].slack_user_id, now=now, once=attempt)
        for seat in seats
    ]
    await tell(connection, workspace_id, previews, now=now, at=preview_at)


async def withdraw(
    connection: AsyncConnection, kept: ProposalVersion, *, now: datetime
) -> list[Group]:
    """Take back what `announce` put in, and give the groups it was about.

    Raises UserFacing where somebody has been told, or is being told.
    """
    workspace_id = kept.workspace_id
    groups = await programmes.groups(connection, workspace_id, kept.programme_id)
    seats = await programmes.seats(connection, workspace_id, kept.programme_id)
    ids = [one.id for one in groups]
    for kind, count in ((INTRODUCTION, len(groups)), (PREVIEW, len(seats))):
        taken = await delivery.withdraw(
            connection, workspace_id, subject_id=ids, kind=kind, now=now
        )
        if taken < count:
            raise UserFacing(
                "Members have been told of their seats, so this approval stays. You can still "
                "move single members from the Home tab."
            )
    await delivery.withdraw(
        connection,
        kept.workspace_id,
        subject_id=[f"{kept.approval_id}:{one.mentee}" for one in kept.proposal.unseated],
        kind=UNMATCHED,
        now=now,
    )
    return groups


def news(
    kind: MessageKind, subject_id: str, recipient: str, *, now: datetime, once: str | None = None
) -> Notice:
    """Write one message about a change of groups; `once` keeps it from repeating."""
    key = f"{kind}:{subject_id}:{recipient}:{once or now.isoformat()}"
    return Notice(kind, subject_id, recipient, key)


async def tell(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    notices: Sequence[Notice],
    *,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Put messages about groups in the outbox, to be sent at `at` or after."""
    keeps = (at or now) + KEPT_FOR
    await delivery.enqueue_all(
        connection,
        workspace_id,
        notices,
        lane=Lane.PROMPT,
        now=now,
        not_before=at,
        expires_at=keeps,
    )


async def waits_since(connection: AsyncConnection, entry: Entry) -> datetime:
    """Say since when what `entry` tells is new: since an introduction that it took the place of."""
    about = {"kind": entry.kind, "subject_id": entry.subject_id}
    its = rows_of(outbox, entry.workspace_id, **about)
    sent = sa.select(sa.func.max(outbox.c.ended_at)).where(its, in_state(OutboxState.SENT))
    last = (await connection.execute(sent)).scalar_one()
    query = sa.select(outbox.c.created_at).where(its, in_state(OutboxState.WITHDRAWN))
    if last is not None:
        query = query.where(outbox.c.created_at > last)
    before: Sequence[datetime] = (await connection.execute(query)).scalars().all()
    return min([entry.created_at, *before])


async def hold_closed(
    connection: AsyncConnection, workspace_id: WorkspaceId, entries: Sequence[Entry], now: datetime
) -> Collection[str]:
    """Find the groups among the recipients whose channel is still to be opened.

    Where nobody has asked for that, or it was impossible before this was written, it is asked for,
    unless the group is still to be introduced. What waited until then goes on, and is refused with
    the reason.
    """
    latest: dict[str, datetime] = {}
    for entry in entries:
        if entry.recipient.startswith(GROUP):
            known = latest.get(entry.recipient, entry.ready_at)
            latest[entry.recipient] = max(known, entry.ready_at)
    if not latest:
        return ()
    ids = [GroupId(place.removeprefix(GROUP)) for place in latest]
    later = await delivery.waiting_about(
        connection, workspace_id, ids, kind=INTRODUCTION, after=now
    )
    closed = await programmes.without_channel(
        connection, workspace_id, [one for one in ids if one in later]
    )
    early = {f"{GROUP}{one}" for one in closed}
    latest = {place: at for place, at in latest.items() if place not in early}
    owed = await errands.about(connection, workspace_id, latest)
    failed = {one.place: one.failed_at for one in owed.values() if one.failed_at is not None}
    opening = owed.keys() - failed.keys()
    ids = [GroupId(place.removeprefix(GROUP)) for place in latest.keys() - opening]
    missing = {
        place
        for group_id in await programmes.without_channel(connection, workspace_id, ids)
        if (place := f"{GROUP}{group_id}") not in failed or failed[place] < latest[place]
    }
    await errands.ask_for_all(
        connection, workspace_id, Want.OPENED, places=sorted(missing), now=now
    )
    return opening | missing | early


async def let_in(
    connection: AsyncConnection, group: Group, members: Sequence[MemberId], *, now: datetime
) -> None:
    """Let members be invited into their group's channel, if it is open: opening it invites all.

    Call it once the group may know of them.
    """
    known = await programmes.group(connection, group.workspace_id, group.id)
    if known is not None:
        await _ask(connection, known, members, Want.IN, now=now)


async def see_out(
    connection: AsyncConnection, group: Group | None, member_id: MemberId, *, now: datetime
) -> None:
    """Let somebody be taken out of the channel of a group in which they have no seat any more."""
    if group is not None:
        await _ask(connection, group, [member_id], Want.OUT, now=now)


async def _ask(
    connection: AsyncConnection,
    group: Group,
    members: Sequence[MemberId],
    want: Want,
    *,
    now: datetime,
) -> None:
    if group.slack_channel is None:
        return
    for one in await people.members(connection, group.workspace_id, ids=list(members)):
        await errands.ask(
            connection,
            group.workspace_id,
            want,
            place=group.slack_channel,
            person=one.slack_user_id,
            now=now,
        )
