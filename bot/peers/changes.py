"""Change who meets whom in a round under way: somebody skips, leaves, or must not meet another."""

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    PeerMeetingId,
    PeerRound,
    PeerRoundId,
    PeerRoundState,
)
from bot.peers.rounds import pairs_of
from bot.peers.rules import Alone, company_for
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.model import Programme

ROUND, CHANGE = MessageKind.PEER_ROUND, MessageKind.PEER_CHANGE
WORTH_SENDING_FOR = timedelta(days=2)


async def take_out(
    connection: AsyncConnection,
    one: PeerRound,
    seats: Mapping[MemberId, tuple[PeerMeetingId, PeerComing]],
    *,
    now: datetime,
) -> None:
    """Let these members not come, each for their reason, and the others hear what is next.

    `seats` name the meeting and how they are from now on. Doing it twice changes nothing.
    """
    touched = set()
    for member_id, (meeting_id, coming) in seats.items():
        its = (connection, one.workspace_id, one.id, member_id)
        if await store.change_seat(*its, coming=coming.value):
            touched.add(meeting_id)
    await _rearrange(connection, one, touched, now=now)


async def move_out(
    connection: AsyncConnection,
    one: PeerRound,
    moving: Mapping[MemberId, PeerMeetingId],
    *,
    now: datetime,
) -> None:
    """Let these members out of their meetings, to be brought together with somebody else.

    They hear the same as everybody whose round changes: no reason, and nobody's name.
    """
    alone = [
        (
            PeerMeetingId(new_id("peer_meeting")),
            await store.about_of(connection, one.workspace_id, meeting),
            [member],
        )
        for member, meeting in moving.items()
    ]
    await store.add_meetings(connection, one, alone, is_off=True)
    await _rearrange(connection, one, {*moving.values(), *(new for new, *_ in alone)}, now=now)


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
        if one is None or one.state is not PeerRoundState.OPEN:
            continue
        for meeting_id, coming in (await store.coming_to(connection, workspace_id, one.id)).items():
            if set(two) <= set(coming):
                await move_out(connection, one, {min(two): meeting_id}, now=now)


async def _rearrange(
    connection: AsyncConnection,
    one: PeerRound,
    touched: Collection[PeerMeetingId],
    *,
    now: datetime,
) -> None:
    """Bring those together who are alone now, and tell everybody whose round has changed."""
    workspace_id = one.workspace_id
    programme = await programme_of_round(connection, one)
    if not touched or programme is None:
        return
    changed = set(touched)
    await store.count_company(connection, workspace_id, changed)
    if local_date(now, programme.timezone) > one.last_day:
        return
    for first, second in await _company(connection, one, programme):
        its = (connection, workspace_id, one.id, second.member_id)
        await store.change_seat(*its, meeting_id=first.meeting_id)
        await store.count_company(connection, workspace_id, [first.meeting_id, second.meeting_id])
        changed |= {first.meeting_id, second.meeting_id}
    coming = await store.coming_to(connection, workspace_id, one.id)
    ids = [member for meeting in changed for member in coming.get(meeting, ())]
    await _tell(connection, one, await people.members(connection, workspace_id, ids=ids), now=now)


async def programme_of_round(connection: AsyncConnection, one: PeerRound) -> Programme | None:
    """Find the programme in which a round is."""
    series = await store.one_series(connection, one.workspace_id, one.series_id)
    if series is None:
        return None
    return await programmes.programme(connection, one.workspace_id, series.programme_id)


async def _company(
    connection: AsyncConnection, one: PeerRound, programme: Programme
) -> list[tuple[Alone, Alone]]:
    """Find who are alone and may meet. While wishes cannot be read, nobody is brought together."""
    alone = await store.alone_in(connection, one.workspace_id, one.id)
    if len(alone) < 2:
        return []
    ids = [each.member_id for each in alone]
    try:
        apart = await kept_from_meeting(connection, programme, ids)
    except WishesUnreadable:
        return []
    before = await store.history(connection, one.workspace_id, programme.id, of=ids)
    return company_for(alone, apart=apart, met=pairs_of(before))


async def _tell(
    connection: AsyncConnection, one: PeerRound, members: Iterable[Member], *, now: datetime
) -> None:
    """Tell members that their round has changed, unless they are still to hear of it at all."""
    workspace_id = one.workspace_id
    query = sa.select(outbox.c.recipient).where(
        rows_of(outbox, workspace_id, kind=ROUND, subject_id=one.id), in_state(OutboxState.QUEUED)
    )
    waiting = set((await connection.execute(query)).scalars())
    for member in members:
        recipient, about = member.slack_user_id, change_subject(one.id, member.id)
        await delivery.withdraw(connection, workspace_id, subject_id=about, now=now, kind=CHANGE)
        if recipient in waiting:
            continue
        await delivery.enqueue(
            connection,
            workspace_id,
            kind=CHANGE,
            subject_id=about,
            recipient=recipient,
            dedupe_key=f"{CHANGE}:{about}:{now.isoformat()}",
            lane=Lane.PROMPT,
            priority=ALWAYS,
            now=now,
            expires_at=now + WORTH_SENDING_FOR,
        )
        await _draw_anew(connection, one, recipient, now=now)


async def _draw_anew(
    connection: AsyncConnection, one: PeerRound, recipient: str, *, now: datetime
) -> None:
    """Let the message that announced a round say what is now true."""
    since = now - timedelta(days=9)
    its = (connection, one.workspace_id)
    for message in await latest_sent(*its, recipient, kinds=[ROUND, CHANGE], since=since):
        await errands.ask(*its, Want.REDRAWN, place=message, now=now)


def change_subject(round_id: PeerRoundId, member_id: MemberId) -> str:
    """Name what a message about a changed round is about."""
    return f"{round_id}:{member_id}"


def barred_in(
    coming: Mapping[PeerMeetingId, Sequence[MemberId]], apart: Collection[Pair]
) -> dict[MemberId, PeerMeetingId]:
    """Find whom to let out of each meeting, so that nobody meets whom they must not."""
    found: dict[MemberId, PeerMeetingId] = {}
    barred = set(apart)
    for meeting_id, members in coming.items():
        for pair in sorted(pairs_of([members]) & barred):
            if not {*pair} & found.keys():
                found[MemberId(pair[0])] = meeting_id
    return found
