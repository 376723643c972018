"""Give members private addresses for files of their own, which programs fetch without signing in.

An address ends in 256 random bits, of which only the hash is kept: it cannot be shown again.
"""

import hashlib
import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import delete_rows, put_rows, rows_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.people import store
from bot.people.model import Member
from bot.people.tables import private_link


async def make_link(
    connection: AsyncConnection,
    member: Member,
    kind: str,
    *,
    now: datetime,
    expires_at: datetime | None = None,
) -> str:
    """Make the secret of a member's address for files of this kind; the one before ends."""
    secret = secrets.token_urlsafe(32)
    row = {
        "workspace_id": member.workspace_id,
        "member_id": member.id,
        "kind": kind,
        "secret_hash": _hash(secret),
        "made_at": now,
        "expires_at": expires_at,
    }
    await put_rows(connection, private_link, [row])
    return secret


async def owner_of_link(
    connection: AsyncConnection, workspace_id: WorkspaceId, kind: str, secret: str, *, now: datetime
) -> Member | None:
    """Find the member whose address this is, while it holds and they take part.

    Only a hash is looked up, so the time it takes tells nothing of how near a guess was.
    """
    query = sa.select(private_link).where(
        rows_of(private_link, workspace_id, kind=kind, secret_hash=_hash(secret))
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    member = await store.member(connection, workspace_id, MemberId(row.member_id))
    return member if member is not None and member.takes_part else None


async def link_made_at(connection: AsyncConnection, member: Member, kind: str) -> datetime | None:
    """Find when a member's address for this kind was made; None while there is none."""
    query = sa.select(private_link.c.made_at).where(
        rows_of(private_link, member.workspace_id, member_id=member.id, kind=kind)
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def end_link(connection: AsyncConnection, member: Member, kind: str) -> None:
    """Let a member's address for this kind lead nowhere any more."""
    its = {"member_id": member.id, "kind": kind}
    await delete_rows(connection, private_link, member.workspace_id, **its)


async def erase(connection: AsyncConnection, member: Member) -> None:
    """Forget all addresses of a member."""
    await delete_rows(connection, private_link, member.workspace_id, member_id=member.id)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
