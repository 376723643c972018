"""Store looks back and thanks, sealed for those who may read them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.closing.model import LookingBack, Thanks, ThanksId
from bot.closing.tables import looking_back, thanks
from bot.kernel.database import add_row, delete_rows, put_rows, read_as, rows_of, values_of
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.people.model import Member

SEALED = SealedRows(looking_back, ("workspace_id", "member_id", "programme_id", "written_at"))
SEALED_THANKS = SealedRows(
    thanks, ("workspace_id", "id", "programme_id", "member_id", "to_member_id", "sent_at")
)


async def put_looking_back(connection: AsyncConnection, one: LookingBack) -> None:
    """Keep what a member wrote, in place of what they wrote before."""
    content = {"changed": one.changed, "next_network": one.next_network}
    row = await SEALED.seal(connection, values_of(one, looking_back), content)
    await put_rows(connection, looking_back, [row])


async def find_looking_back(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    programme_id: ProgrammeId,
) -> LookingBack | None:
    """Find what a member wrote at the close of a programme, or None."""
    its = rows_of(looking_back, workspace_id, member_id=member_id, programme_id=programme_id)
    row = (await connection.execute(sa.select(looking_back).where(its))).one_or_none()
    if row is None:
        return None
    try:
        content = await SEALED.open(connection, row)
    except KeyLost:
        return read_as(LookingBack, row, changed="", next_network="", is_readable=False)
    return read_as(LookingBack, row, **content)


async def has_looked_back(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    programme_id: ProgrammeId,
) -> bool:
    """Say whether a member has looked back at a programme."""
    its = rows_of(looking_back, workspace_id, member_id=member_id, programme_id=programme_id)
    return bool((await connection.execute(sa.select(sa.exists().where(its)))).scalar_one())


async def add_thanks(connection: AsyncConnection, one: Thanks) -> bool:
    """Keep thanks; False where this member thanked somebody in the programme before."""
    row = await SEALED_THANKS.seal(connection, values_of(one, thanks), {"text": one.text})
    try:
        async with connection.begin_nested():
            return await add_row(connection, thanks, row)
    except sa.exc.IntegrityError:
        return False


async def thanks_of(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    member_id: MemberId,
    programme_id: ProgrammeId,
) -> Thanks | None:
    """Find the thanks that a member gave in a programme, or None."""
    its = rows_of(thanks, workspace_id, member_id=member_id, programme_id=programme_id)
    return await _one(connection, its)


async def find_thanks(
    connection: AsyncConnection, workspace_id: WorkspaceId, thanks_id: ThanksId
) -> Thanks | None:
    """Find these thanks, or None."""
    return await _one(connection, rows_of(thanks, workspace_id, id=thanks_id))


async def _one(connection: AsyncConnection, its: sa.ColumnElement[bool]) -> Thanks | None:
    row = (await connection.execute(sa.select(thanks).where(its))).one_or_none()
    if row is None:
        return None
    try:
        content: dict[str, Any] = await SEALED_THANKS.open(connection, row)
    except KeyLost:
        return read_as(Thanks, row, text="", is_readable=False)
    return read_as(Thanks, row, **content)


async def note_read(connection: AsyncConnection, one: Thanks, *, at: object) -> None:
    """Note that thanks were read, the first time that they are."""
    its = rows_of(thanks, one.workspace_id, id=one.id, read_at=None)
    await connection.execute(sa.update(thanks).where(its).values(read_at=at))


async def take_back(connection: AsyncConnection, one: Thanks) -> bool:
    """Delete thanks that were not read; False where they were."""
    its = rows_of(thanks, one.workspace_id, id=one.id, read_at=None)
    return (await connection.execute(sa.delete(thanks).where(its))).rowcount > 0


async def erase(connection: AsyncConnection, member: Member, _now: object) -> int:
    """Delete what a member wrote at the close, and thanks to them; returns how many rows."""
    workspace_id = member.workspace_id
    gone = await delete_rows(connection, looking_back, workspace_id, member_id=member.id)
    gone += await delete_rows(connection, thanks, workspace_id, member_id=member.id)
    return gone + await delete_rows(connection, thanks, workspace_id, to_member_id=member.id)
