"""Read with whom a member meets, as they see it themselves."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import read_as
from bot.kernel.ids import MemberId, WorkspaceId
from bot.peers.model import OwnPeers, Peer, PeerComing, PeerReach, PeerRoundId, PeerRoundState
from bot.peers.store import is_round, is_series, round_from
from bot.peers.tables import peer_meeting, peer_round, peer_seat, peer_series
from bot.people.tables import member_table


async def own_peers(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    member_id: MemberId | None = None,
    slack_user_id: str | None = None,
    round_id: PeerRoundId | None = None,
) -> list[OwnPeers]:
    """Find with whom a member meets: in this round, or in every open one. One statement."""
    mine, me = peer_seat.alias("mine"), member_table.alias("me")
    query = (
        sa.select(
            peer_round,
            peer_series.c.programme_id,
            peer_series.c.reach,
            peer_meeting.c.about,
            peer_meeting.c.met_at,
            mine.c.meeting_id,
            mine.c.member_id.label("own_id"),
            mine.c.coming.label("own_coming"),
            mine.c.said_met,
            peer_seat.c.member_id,
            peer_seat.c.coming,
            member_table.c.slack_user_id,
            member_table.c.name,
        )
        .select_from(mine)
        .join(peer_round, is_round(mine, workspace_id))
        .join(peer_series, is_series(workspace_id))
        .join(
            peer_meeting,
            sa.and_(
                peer_meeting.c.workspace_id == workspace_id,
                peer_meeting.c.id == mine.c.meeting_id,
            ),
        )
        .join(
            peer_seat,
            sa.and_(
                peer_seat.c.workspace_id == workspace_id,
                peer_seat.c.meeting_id == mine.c.meeting_id,
            ),
        )
        .join(
            member_table,
            sa.and_(
                member_table.c.workspace_id == workspace_id,
                member_table.c.id == peer_seat.c.member_id,
            ),
        )
        .where(mine.c.workspace_id == workspace_id)
        .order_by(peer_round.c.begins_on, peer_round.c.id, member_table.c.name)
    )
    if member_id is not None:
        query = query.where(mine.c.member_id == member_id)
    else:
        is_me = sa.and_(me.c.workspace_id == workspace_id, me.c.id == mine.c.member_id)
        query = query.join(me, is_me).where(me.c.slack_user_id == slack_user_id)
    if round_id is None:
        query = query.where(peer_round.c.state == PeerRoundState.OPEN.value)
    else:
        query = query.where(mine.c.round_id == round_id)
    rows = (await connection.execute(query)).all()
    return [_own(list(its)) for _, its in groupby(rows, key=attrgetter("id"))]


def _own(rows: Sequence[sa.Row[Any]]) -> OwnPeers:
    first = rows[0]
    others = [
        read_as(Peer, row, coming=PeerComing(row.coming))
        for row in rows
        if row.member_id != row.own_id
    ]
    return read_as(
        OwnPeers,
        first,
        round=round_from(first),
        reach=PeerReach(first.reach),
        coming=PeerComing(first.own_coming),
        others=tuple(others),
        was_held=first.met_at is not None,
    )
