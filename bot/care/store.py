"""Store concerns: who raised one, and its words, are sealed for the people who are asked."""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.care.model import Concern, ConcernId
from bot.care.tables import concern
from bot.delivery.model import OutboxState
from bot.delivery.tables import in_state, outbox
from bot.kernel.database import add_row, delete_rows, read_as, rows_of, values_of
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId, new_id
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.kinds import MessageKind
from bot.matching.tables import pairing_table
from bot.people.model import Member

log = structlog.get_logger("cairn.care")

SEALED = SealedRows(
    concern,
    ("workspace_id", "id", "to_id", "deputy_id", "asked_at"),
    bound_to_filled=("stand_ins",),
)
"""A row whose address was changed does not open any more."""
_CHANGING = (
    *("due_at", "asked_last_at", "deputy_asked_at"),
    *("seen_by", "seen_at", "solved_at", "closed_at"),
)


async def add(connection: AsyncConnection, raised: Concern) -> bool:
    """Write a concern; False when that id is there already."""
    row = await SEALED.seal(connection, _row(raised), {"by": raised.by, "words": raised.words})
    return await add_row(connection, concern, row)


async def every(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, hold: bool = False
) -> list[Concern]:
    """Read all concerns of a workspace, the longest waiting first, without opening any."""
    query = (
        sa.select(concern)
        .where(concern.c.workspace_id == workspace_id)
        .order_by(concern.c.asked_at, concern.c.id)
    )
    query = query.with_for_update() if hold else query
    return [_concern(row) for row in await connection.execute(query)]


def _row(one: Concern) -> dict[str, object]:
    return values_of(one, concern, stand_ins=list(one.stand_ins) or None)


def _concern(row: sa.Row[Any], **content: object) -> Concern:
    return read_as(Concern, row, stand_ins=tuple(row.stand_ins or ()), **content)


async def opened(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    ids: Collection[ConcernId] | None = None,
) -> list[Concern]:
    """Read concerns with who raised them and their words; one that does not open has neither.

    Raises OperatorFacing while the keys cannot be reached.
    """
    its = {} if ids is None else {"id": ids}
    query = sa.select(concern).where(rows_of(concern, workspace_id, **its))
    rows = await connection.execute(query.order_by(concern.c.asked_at, concern.c.id))
    return [await _opened(connection, row) for row in rows]


async def _opened(connection: AsyncConnection, row: sa.Row[Any]) -> Concern:
    try:
        content = await SEALED.open(connection, row)
    except KeyLost:
        log.error("concern_unreadable", workspace=row.workspace_id)  # noqa: TRY400 - no values
        return _concern(row)
    return _concern(row, by=SlackUserId(content["by"]), words=content["words"])


async def change(connection: AsyncConnection, changed: Concern) -> None:
    """Write how far a concern has come; to whom it is addressed stays: see `hand_over`."""
    every_value = asdict(changed)
    await connection.execute(
        sa.update(concern)
        .where(rows_of(concern, changed.workspace_id, id=changed.id))
        .values({name: every_value[name] for name in _CHANGING})
    )


async def hand_over(connection: AsyncConnection, changed: Concern) -> bool:
    """Address a concern to its stand-ins, too, and seal it anew for them; False where nobody can.

    Raises OperatorFacing while the keys cannot be reached.
    """
    (before,) = await opened(connection, changed.workspace_id, ids=[changed.id])
    if before.by is None:
        return False
    content = {"by": before.by, "words": before.words}
    row = await SEALED.seal(connection, _row(changed), content)
    its = rows_of(concern, changed.workspace_id, id=changed.id)
    kept = {name: row[name] for name in ("stand_ins", "key_id", "sealed")}
    await connection.execute(sa.update(concern).where(its).values(kept))
    return True


async def remove(
    connection: AsyncConnection, workspace_id: WorkspaceId, ids: Collection[ConcernId]
) -> None:
    """Delete concerns with their words."""
    await delete_rows(connection, concern, workspace_id, id=ids)


async def paired_with(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> set[MemberId]:
    """Find everybody who mentors a member, or did, and whom the member mentors, or did."""
    mentee, mentor = pairing_table.c.mentee_id, pairing_table.c.mentor_id
    query = sa.select(mentee, mentor).where(
        sa.or_(
            rows_of(pairing_table, workspace_id, mentee_id=member_id),
            rows_of(pairing_table, workspace_id, mentor_id=member_id),
        )
    )
    return {one for row in await connection.execute(query) for one in row} - {member_id}


async def not_reached(
    connection: AsyncConnection, workspace_id: WorkspaceId, recipients: Collection[str]
) -> dict[str, datetime]:
    """Find who could not be told, and when they were last to be: Slack refused, or it came late."""
    query = (
        sa.select(outbox.c.recipient, sa.func.max(outbox.c.created_at).label("at"))
        .where(
            rows_of(outbox, workspace_id, kind=MessageKind.PERSONAL_NOTE, recipient=recipients),
            sa.or_(in_state(OutboxState.FAILED), in_state(OutboxState.EXPIRED)),
        )
        .group_by(outbox.c.recipient)
    )
    return {row.recipient: row.at for row in await connection.execute(query)}


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> None:
    """Delete what a member raised, and let no concern name them as one who was asked.

    Raises OperatorFacing where nobody knows whose a row is.
    """
    kept = await opened(connection, member.workspace_id)
    if any(one.by is None for one in kept):
        raise OperatorFacing("a concern cannot be opened, so nobody knows whether it is theirs")
    theirs = [one.id for one in kept if one.by == member.slack_user_id]
    await remove(connection, member.workspace_id, theirs)
    gone = MemberId(new_id("erased"))
    for one in kept:
        if member.id in one.named and one.id not in theirs:
            await _name_instead(connection, one, member.id, gone)


async def _name_instead(
    connection: AsyncConnection, before: Concern, whom: MemberId, by: MemberId
) -> None:
    """Let a concern name somebody who was asked by another id, sealed for that one."""
    other = {whom: by}
    after = replace(
        before,
        to_id=other.get(before.to_id, before.to_id),
        deputy_id=before.deputy_id and other.get(before.deputy_id, before.deputy_id),
        seen_by=before.seen_by and other.get(before.seen_by, before.seen_by),
        stand_ins=tuple(other.get(one, one) for one in before.stand_ins),
    )
    content = {"by": before.by, "words": before.words}
    row = await SEALED.seal(connection, _row(after), content)
    its = rows_of(concern, before.workspace_id, id=before.id)
    names = ("to_id", "deputy_id", "seen_by", "stand_ins", "key_id", "sealed")
    changed = {name: row[name] for name in names}
    await connection.execute(sa.update(concern).where(its).values(**changed))
