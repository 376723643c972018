"""Tell the writer of a check-in that a mentor has read it, with a private word back or none."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins.disclosure import open_shared
from bot.checkins.rules import MAX_REPLY_CHARS, CheckIn, CheckInId, Reply
from bot.checkins.tables import checkin_reply
from bot.checkins.use_cases import own
from bot.delivery import store as delivery
from bot.delivery.model import Lane
from bot.kernel.database import delete_rows, put_rows, read_as, rows_of, values_of
from bot.kernel.errors import UserFacing
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.kinds import MessageKind
from bot.people import store as people
from bot.people.model import Member
from bot.stages.changes import mentors_of

REPLIED = MessageKind.CHECKIN_REPLIED
USEFUL_FOR = timedelta(days=7)
NOT_THERE = "There is nothing to answer here any more. Nothing was sent."
READ_BY_NOW = "They have read it by now, so it stays as it is. Tell them the rest when you meet."
SEALED = SealedRows(checkin_reply, ("workspace_id", "checkin_id", "member_id", "noted_at"))


async def reply(
    connection: AsyncConnection, mentor: Member, checkin_id: CheckInId, *, text: str, now: datetime
) -> CheckIn:
    """Note that a mentor has read a check-in, with their words if there are any.

    It is changed until the writer has read it. Raises UserFacing for anybody but a mentor of the
    writer with whom it is shared at this moment.
    """
    if len(text) > MAX_REPLY_CHARS:
        raise UserFacing(f"Please keep it under {MAX_REPLY_CHARS:,} characters.")
    found = await open_shared(connection, mentor, checkin_id)
    if found is None or mentor.id == found.member_id:
        raise UserFacing(NOT_THERE)
    if mentor.id not in await mentors_of(connection, mentor.workspace_id, found.member_id):
        raise UserFacing("Only their mentor writes back here; in the channel everybody may.")
    await people.must_stay(connection, mentor.workspace_id, mentor.id, found.member_id)
    before = await reply_by(connection, mentor, found.id)
    if before is not None and before.text:
        if before.seen_at is not None:
            raise UserFacing(READ_BY_NOW)
        text = text or before.text
    made = Reply(
        workspace_id=mentor.workspace_id,
        checkin_id=found.id,
        member_id=mentor.id,
        noted_at=now,
        text=text,
    )
    row = await SEALED.seal(connection, values_of(made, checkin_reply), {"text": text})
    await put_rows(connection, checkin_reply, [row])
    if text:
        await _tell(connection, found, mentor, now=now)
    return found


async def _tell(
    connection: AsyncConnection, found: CheckIn, mentor: Member, *, now: datetime
) -> None:
    writer = await people.member(connection, found.workspace_id, found.member_id)
    if writer is not None:
        await delivery.enqueue(
            connection,
            found.workspace_id,
            kind=REPLIED,
            subject_id=f"{found.id}:{mentor.id}",
            recipient=writer.slack_user_id,
            dedupe_key=f"{REPLIED}:{found.id}:{mentor.id}",
            lane=Lane.PROMPT,
            now=now,
            expires_at=now + USEFUL_FOR,
        )


async def reply_by(
    connection: AsyncConnection, mentor: Member, checkin_id: CheckInId
) -> Reply | None:
    """Find a mentor's own reply to a check-in, or None."""
    its = rows_of(checkin_reply, mentor.workspace_id, checkin_id=checkin_id, member_id=mentor.id)
    found = await _read(connection, its)
    return found[0] if found else None


async def replies_to(connection: AsyncConnection, one: CheckIn) -> list[Reply]:
    """Find all replies to a check-in, the oldest first."""
    return await _read(connection, rows_of(checkin_reply, one.workspace_id, checkin_id=one.id))


async def _read(connection: AsyncConnection, its: sa.ColumnElement[bool]) -> list[Reply]:
    query = sa.select(checkin_reply).where(its)
    query = query.order_by(checkin_reply.c.noted_at, checkin_reply.c.member_id)
    return [await _reply(connection, row) for row in await connection.execute(query)]


async def _reply(connection: AsyncConnection, row: sa.Row[tuple[object, ...]]) -> Reply:
    try:
        content = await SEALED.open(connection, row)
    except KeyLost:
        return read_as(Reply, row, text="", is_readable=False)
    return read_as(Reply, row, text=content["text"])


async def note_seen(
    connection: AsyncConnection, writer: Member, checkin_id: CheckInId, *, now: datetime
) -> None:
    """Note that the writer of a check-in has read what their mentors replied."""
    found = await own(connection, writer, checkin_id)
    its = rows_of(checkin_reply, writer.workspace_id, checkin_id=found.id, seen_at=None)
    await connection.execute(sa.update(checkin_reply).where(its).values(seen_at=now))


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Delete what a member replied to others; replies to their own go with the check-ins."""
    return await delete_rows(connection, checkin_reply, member.workspace_id, member_id=member.id)
