"""Change who meets whom in a round under way: somebody skips, leaves, or must not meet another."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Lane, OutboxState
from bot.delivery.outcomes import latest_sent
from bot.delivery.rules import ALWAYS
from bot.delivery.tables import in_state, outbox
from bot.errands import store as errands
from bot.errands.store import Want
from bot.kernel.clock import local_date
from bot.kernel.database import rows_of
from bot.kernel.ids import MemberId, WorkspaceId, new_id
from bot.kinds import MessageKind
from bot.matching.exclusions import WishesUnreadable
from bot.peers import store
from bot.peers.facts import kept_from_meeting
from bot.peers.model import (
    Pair,
    PeerComing,
    PeerMeeting,
    PeerMeetingId,
    PeerRound,
    PeerRoundState,
)
from bot.peers.rules import company_for, in_order, let_out, pairs_of
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.model import Programme

ROUND, CHANGE = MessageKind.PEER_ROUND, MessageKind.PEER_CHANGE
WORTH_SENDING_FOR = timedelta(days=2)


async def rearrange(
    connection: AsyncConnection,
    one: PeerRound,
    *,
    gone: Mapping[MemberId, PeerComing] | None = None,
    apart: Collection[Pair] = (),
    now: datetime,
) -> None:
    """Let those `gone` not come, each for their reason, and part those who must not meet.

    Who is alone then meets somebody else who is, and all whose meeting has changed hear of it: no
    reason, and nobody's name. Doing it twice changes nothing.
    """
    its, gone = (connection, one.workspace_id), gone or {}
    before = {each.id: each for each in await store.meetings_of(connection, one)}
    after = let_out(list(before.values()), gone, apart, new_id=_new_meeting_id)
    changed = [each for each in after if each != before.get(each.id)]
    programme = await _programme_of(connection, one)
    if not changed or programme is None:
        return
    for member in gone.keys() & {member for each in before.values() for member in each.members}:
        await store.change_seat(*its, one.id, member, coming=gone[member].value)
    await store.put_meetings(connection, one, changed)
    if local_date(now, programme.timezone) > one.last_day:
        return
    joined = await _bring_together(connection, one, programme, after)
    told = {member for each in [*changed, *joined] for member in each.members}
    await _tell(connection, one, await people.members(*its, ids=told), now=now)


def _new_meeting_id() -> PeerMeetingId:
    return PeerMeetingId(new_id("peer_meeting"))


async def keep_apart_now(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    two: Collection[MemberId],
    *,
    now: datetime,
) -> None:
    """Part two people in every round under way: from now on they must not meet."""
    for round_id in await store.open_rounds_of(connection, workspace_id, two):
        one = await store.one_round(connection, workspace_id, round_id, hold=True)
        if one is not None and one.state is PeerRoundState.OPEN:
            await rearrange(connection, one, apart=[in_order(*two)], now=now)


async def _programme_of(connection: AsyncConnection, one: PeerRound) -> Programme | None:
    series = await store.one_series(connection, one.workspace_id, one.series_id)
    if series is None:
        return None
    return await programmes.programme(connection, one.workspace_id, series.programme_id)


async def _bring_together(
    connection: AsyncConnection,
    one: PeerRound,
    programme: Programme,
    meetings: Collection[PeerMeeting],
) -> list[PeerMeeting]:
    """Let those who are alone meet each other, and give their meetings.

    While wishes cannot be read, nobody is brought together.
    """
    alone = [each for each in meetings if len(each.members) == 1]
    if len(alone) < 2:
        return []
    ids = [each.members[0] for each in alone]
    try:
        apart = await kept_from_meeting(connection, programme, ids)
    except WishesUnreadable:
        return []
    met = pairs_of(await store.history(connection, one.workspace_id, programme.id, of=ids))
    joined, left = company_for(alone, apart=apart, met=met)
    await store.put_meetings(connection, one, joined)
    await store.call_off(connection, one.workspace_id, *left)
    return joined


async def _tell(
    connection: AsyncConnection, one: PeerRound, members: Iterable[Member], *, now: datetime
) -> None:
    """Tell members that their round has changed, unless they are still to hear of it at all."""
    its = (connection, one.workspace_id)
    query = sa.select(outbox.c.recipient).where(
        rows_of(outbox, one.workspace_id, kind=ROUND, subject_id=one.id),
        in_state(OutboxState.QUEUED),
    )
    waiting = set((await connection.execute(query)).scalars())
    for member in members:
        recipient, about = member.slack_user_id, f"{one.id}:{member.id}"
        await delivery.withdraw(*its, subject_id=about, now=now, kind=CHANGE)
        if recipient in waiting:
            continue
        await delivery.enqueue(
            *its,
            kind=CHANGE,
            subject_id=about,
            recipient=recipient,
            dedupe_key=f"{CHANGE}:{about}:{now.isoformat()}",
            lane=Lane.PROMPT,
            priority=ALWAYS,
            now=now,
            expires_at=now + WORTH_SENDING_FOR,
        )
        since = now - timedelta(days=9)
        for message in await latest_sent(*its, recipient, kinds=[ROUND, CHANGE], since=since):
            await errands.ask(*its, Want.REDRAWN, place=message, now=now)
