"""Store compasses, sealed, version by version. They are read for their author and nobody else."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.compass.model import Compass, CompassId, Movement, Occasion, Principle, Ring, Writing
from bot.compass.tables import compass_put_off, compass_table
from bot.kernel.database import add_row, delete_rows, read_as, rows_of, values_of
from bot.kernel.ids import ProgrammeId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.people.model import Member

SEALED = SealedRows(
    compass_table,
    ("workspace_id", "id", "member_id", "programme_id", "phase", "written_at"),
)


async def add(connection: AsyncConnection, version: Compass) -> bool:
    """Write a version; False when that id is there already."""
    content = [
        [one.number, one.text, one.ring, list(one.movements), one.note]
        for one in version.principles
    ]
    row = values_of(version, compass_table, phase=version.phase.value)
    return await add_row(connection, compass_table, await SEALED.seal(connection, row, content))


async def versions(connection: AsyncConnection, member: Member) -> list[Compass]:
    """Open every version of a member's compass, the oldest first."""
    query = (
        sa.select(compass_table)
        .where(rows_of(compass_table, member.workspace_id, member_id=member.id))
        .order_by(compass_table.c.written_at, compass_table.c.id)
    )
    return [await _version(connection, row) for row in (await connection.execute(query)).all()]


async def _version(connection: AsyncConnection, row: sa.Row[Any]) -> Compass:
    its: dict[str, Any] = {"id": CompassId(row.id), "phase": Occasion(row.phase)}
    try:
        content = await SEALED.open(connection, row)
    except KeyLost:
        return read_as(Compass, row, **its, principles=(), is_readable=False)
    principles = tuple(
        Principle(
            number=number,
            text=text,
            ring=Ring(ring) if ring else None,
            movements=tuple(map(Movement, movements)),
            note=note,
        )
        for number, text, ring, movements, note in content
    )
    return read_as(Compass, row, **its, principles=principles)


async def written(connection: AsyncConnection, member: Member) -> list[Writing]:
    """Find when a member wrote each version, the oldest first, without opening any."""
    names = ("programme_id", "phase", "written_at")
    query = (
        sa.select(*(compass_table.c[name] for name in names))
        .where(rows_of(compass_table, member.workspace_id, member_id=member.id))
        .order_by(compass_table.c.written_at, compass_table.c.id)
    )
    rows = await connection.execute(query)
    return [read_as(Writing, row, phase=Occasion(row.phase)) for row in rows]


async def put_off(
    connection: AsyncConnection,
    member: Member,
    programme_id: ProgrammeId,
    phase: Occasion,
    *,
    now: datetime,
) -> None:
    """Note that a member would rather not be asked for this phase; again changes nothing."""
    key = {"workspace_id": member.workspace_id, "member_id": member.id}
    row = {**key, "programme_id": programme_id, "phase": phase.value, "put_off_at": now}
    await add_row(connection, compass_put_off, row)


async def phases_put_off(
    connection: AsyncConnection, member: Member, programme_id: ProgrammeId
) -> set[Occasion]:
    """Find the phases of a programme for which a member would rather not be asked."""
    query = sa.select(compass_put_off.c.phase).where(
        rows_of(
            compass_put_off, member.workspace_id, member_id=member.id, programme_id=programme_id
        )
    )
    return {Occasion(one) for one in (await connection.execute(query)).scalars()}


async def delete(connection: AsyncConnection, member: Member) -> int:
    """Delete every version of a member's compass; returns how many there were."""
    return await delete_rows(connection, compass_table, member.workspace_id, member_id=member.id)


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Delete a member's compass and what they put off; returns how many versions there were."""
    await delete_rows(connection, compass_put_off, member.workspace_id, member_id=member.id)
    return await delete(connection, member)
