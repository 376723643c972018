"""Store profiles, sealed. Each function sees one workspace only."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import delete_rows, put_rows, rows_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.people.model import PAIRED, Member, MemberState
from bot.people.store import having
from bot.people.tables import member_table
from bot.profiles.model import MemberProfile
from bot.profiles.tables import profile_table

SEALED = SealedRows(profile_table, ("workspace_id", "member_id"))


async def put(
    connection: AsyncConnection, member: Member, profile: MemberProfile, *, now: datetime
) -> None:
    """Keep a member's profile in place of the one before."""
    row = {"workspace_id": member.workspace_id, "member_id": member.id, "saved_at": now}
    words = {"about": profile.about, "hope": profile.hope, "offer": profile.offer}
    await put_rows(connection, profile_table, [await SEALED.seal(connection, row, words)])


async def profiles(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_ids: Collection[MemberId]
) -> dict[MemberId, MemberProfile]:
    """Find the profiles of these members; those who have written none are left out."""
    query = sa.select(profile_table).where(
        rows_of(profile_table, workspace_id, member_id=member_ids)
    )
    rows = await connection.execute(query)
    return {MemberId(row.member_id): await _opened(connection, row) for row in rows.all()}


async def _opened(connection: AsyncConnection, row: sa.Row[tuple[object, ...]]) -> MemberProfile:
    try:
        return MemberProfile(**await SEALED.open(connection, row))
    except KeyLost:
        return MemberProfile(is_readable=False)


async def is_written(connection: AsyncConnection, member: Member) -> bool:
    """Say whether a member has saved a profile, whatever is in it."""
    theirs = rows_of(profile_table, member.workspace_id, member_id=member.id)
    return bool((await connection.execute(sa.select(sa.exists().where(theirs)))).scalar_one())


async def owners(connection: AsyncConnection, workspace_id: WorkspaceId) -> set[MemberId]:
    """Find everybody who has saved a profile."""
    query = sa.select(profile_table.c.member_id).where(rows_of(profile_table, workspace_id))
    return set((await connection.execute(query)).scalars())


async def count_written(connection: AsyncConnection, workspace_id: WorkspaceId) -> tuple[int, int]:
    """Count the mentees and mentors who take part: those with a profile, and all."""
    written = sa.exists().where(
        profile_table.c.workspace_id == member_table.c.workspace_id,
        profile_table.c.member_id == member_table.c.id,
    )
    states = [MemberState.ACTIVE, MemberState.PAUSED]
    query = sa.select(sa.func.count(sa.case((written, 1))), sa.func.count()).where(
        rows_of(member_table, workspace_id, state=states), having(*PAIRED)
    )
    row = (await connection.execute(query)).one()
    return row[0], row[1]


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Delete a member's profile."""
    return await delete_rows(connection, profile_table, member.workspace_id, member_id=member.id)
