"""Offer the peer-mentor role to mentees who did the training and whose programme has closed."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.community import rules
from bot.community.model import OfferAnswer, PeerTraining
from bot.community.tables import peer_training
from bot.delivery.model import Notice
from bot.kernel.database import delete_rows, put_rows, read_as, rows_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.kinds import MessageKind, ToDoKind
from bot.people import store as people
from bot.people.model import Member, Role
from bot.people.roles import change_roles
from bot.people.use_cases import send_all
from bot.programme.model import ProgrammeState
from bot.programme.tables import group_table, programme_table, seat_table
from bot.todos import ToDo, Weight

OFFER = MessageKind.PEER_MENTOR_OFFER
NO_OFFER = "This offer is not open any more, so nothing was changed. Ask your coordinator about it."
NOT_A_MENTEE = "Somebody chosen is not a mentee in your list. Choose mentees who did the training."


async def trainings(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_ids: Collection[MemberId] | None = None,
) -> list[PeerTraining]:
    """Find who did the training, all or of these members, the earliest first."""
    finished = sa.exists().where(
        rows_of(seat_table, workspace_id, role=Role.MENTEE.value),
        seat_table.c.member_id == peer_training.c.member_id,
        group_table.c.workspace_id == workspace_id,
        group_table.c.id == seat_table.c.group_id,
        programme_table.c.workspace_id == workspace_id,
        programme_table.c.id == group_table.c.programme_id,
        programme_table.c.state == ProgrammeState.CLOSED.value,
    )
    its = {} if member_ids is None else {"member_id": list(member_ids)}
    query = (
        sa.select(peer_training, finished.label("is_finished"))
        .where(rows_of(peer_training, workspace_id, **its))
        .order_by(peer_training.c.trained_at, peer_training.c.member_id)
    )
    return [
        read_as(PeerTraining, row, answer=OfferAnswer(row.answer) if row.answer else None)
        for row in await connection.execute(query)
    ]


async def offer_of(
    connection: AsyncConnection, member: Member, *, now: datetime
) -> PeerTraining | None:
    """Find the open offer to a member, or None."""
    if not member.takes_part:
        return None
    for one in await trainings(connection, member.workspace_id, [member.id]):
        if rules.is_offered(one, member.roles, now=now):
            return one
    return None


async def tick(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    slack_user_ids: Collection[str],
    *,
    now: datetime,
) -> tuple[list[Member], list[Member]]:
    """Note for a coordinator that these mentees did the training, and offer them the role.

    Gives those who count now, and those who said no within a year and are left in peace. Raises
    UserFacing, and notes nobody, where one of them is no mentee.
    """
    everybody = await people.members(connection, workspace_id)
    chosen = [one for one in everybody if one.slack_user_id in slack_user_ids]
    if len(chosen) < len(set(slack_user_ids)) or not all(
        one.is_mentee and one.takes_part for one in chosen
    ):
        raise UserFacing(NOT_A_MENTEE)
    ids = [one.id for one in chosen]
    before = {one.member_id: one for one in await trainings(connection, workspace_id, ids)}
    counted = [one for one in chosen if rules.may_be_ticked(before.get(one.id), now=now)]
    new = [
        one for one in counted if one.id not in before or before[one.id].answer is OfferAnswer.NO
    ]
    empty = {"workspace_id": workspace_id, "trained_at": now, "answer": None, "answered_at": None}
    await put_rows(connection, peer_training, [empty | {"member_id": one.id} for one in new])
    await offer_to(connection, workspace_id, [one.id for one in new], now=now)
    return counted, [one for one in chosen if one not in counted]


async def untick(connection: AsyncConnection, workspace_id: WorkspaceId, member_id: str) -> None:
    """Take a tick back for a coordinator; what somebody answered stays."""
    for one in await trainings(connection, workspace_id, [MemberId(member_id)]):
        if one.answer in (None, OfferAnswer.LATER):
            await delete_rows(connection, peer_training, workspace_id, member_id=one.member_id)


async def offer_to(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_ids: Collection[MemberId],
    *,
    now: datetime,
) -> None:
    """Tell those of these members once who are offered the role now."""
    found = {
        one.member_id: one for one in await trainings(connection, workspace_id, list(member_ids))
    }
    members = await people.members(connection, workspace_id, ids=list(found)) if found else []
    notices = [
        Notice(
            OFFER,
            one.id,
            one.slack_user_id,
            f"{OFFER}:{one.id}:{found[one.id].trained_at:%Y-%m-%d}",
        )
        for one in members
        if one.takes_part and rules.is_offered(found[one.id], one.roles, now=now)
    ]
    if notices:
        await send_all(connection, workspace_id, notices, now=now)


async def answer(
    connection: AsyncConnection, member: Member, said: OfferAnswer, *, now: datetime
) -> tuple[Member, Member]:
    """Keep a member's answer to the offer; on a yes they are a peer-mentor from the next groups on.

    Gives the member before and after. Raises UserFacing where the offer is not open.
    """
    training = await offer_of(connection, member, now=now)
    if training is None:
        raise UserFacing(NO_OFFER)
    values = {"answer": said.value, "answered_at": now, "trained_at": training.trained_at}
    row = {"workspace_id": member.workspace_id, "member_id": member.id, **values}
    await put_rows(connection, peer_training, [row])
    if said is not OfferAnswer.YES:
        return member, member
    roles = member.roles | {Role.PEER_MENTOR}
    return await change_roles(
        connection, member.workspace_id, member.id, roles=roles, capacity=None
    )


def todos(member: Member, offer: PeerTraining | None, now: datetime) -> list[ToDo]:
    """Say that the role is offered to a member."""
    if offer is None or member.is_away(now):
        return []
    kind, since = ToDoKind.ANSWER_OFFER, offer.answered_at or offer.trained_at
    return [ToDo(kind=kind, weight=Weight.IS_DUE, since=since, about=member.id)]


async def erase(connection: AsyncConnection, member: Member) -> None:
    """Delete the note about a member's training, and their answer."""
    await delete_rows(connection, peer_training, member.workspace_id, member_id=member.id)
