"""Store what only the close of a round reads and writes, and the reason of an end."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import MemberId
from bot.pulse.model import CellId, Pseudonym, RoundId, Stratum
from bot.pulse.tables import before_table, eligible_table, round_table


async def code_of(connection: AsyncConnection, round_id: RoundId) -> bytes | None:
    """Find the code that authenticates a round's terms."""
    query = sa.select(round_table.c.terms_code).where(round_table.c.id == round_id)
    code: bytes | None = (await connection.execute(query)).scalar_one_or_none()
    return code


async def before_in(
    connection: AsyncConnection, round_id: RoundId
) -> dict[CellId, frozenset[Pseudonym]]:
    """Find the people of the cells that a round is compared with."""
    query = sa.select(before_table).where(before_table.c.round_id == round_id)
    rows = await connection.execute(query)
    return {row.cell_id: frozenset(row.people) for row in rows}


async def set_aside(
    connection: AsyncConnection, round_id: RoundId, members: Collection[MemberId]
) -> None:
    """Count these people no more among those who may be counted together."""
    its = eligible_table.c.round_id == round_id, eligible_table.c.member_id.in_(list(members))
    await connection.execute(
        sa.update(eligible_table).where(*its).values(stratum=Stratum.OTHER.value)
    )


async def ending_of(connection: AsyncConnection, round_id: RoundId) -> str | None:
    """Find the reason why a round is void; None for one that is not, or from before it was kept."""
    query = sa.select(round_table.c.ending).where(round_table.c.id == round_id)
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found
