"""Find what rounds published, as far as it is asked for: it never changes."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import rows_of
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.pulse.actions import action_on
from bot.pulse.model import Band, CellId, Published, Results, Round, RoundId, RoundState
from bot.pulse.store import bands_in, fates_in, find_rounds
from bot.pulse.tables import release_table, round_table

MOST_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class Overview:
    """The day of a release, and how many of its results stand in which band, by item."""

    released_on: date
    counts: Mapping[str, Mapping[Band, int]]


_overviews: OrderedDict[RoundId, Overview] = OrderedDict()
"""Read once for each round: they are counts of what is published, and nothing of anybody."""


async def latest(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    until: datetime | None = None,
    limit: int | None = 2,
) -> list[Round]:
    """Find the programme's last released rounds, the latest first; those opened up to `until`."""
    where = [
        rows_of(
            round_table, workspace_id, programme_id=programme_id, state=RoundState.RELEASED.value
        )
    ]
    if until is not None:
        where.append(round_table.c.opens_at <= until)
    order = [round_table.c.opens_at.desc(), round_table.c.id.desc()]
    return await find_rounds(connection, *where, order=order, limit=limit)


async def overview(connection: AsyncConnection, round_: Round) -> Overview:
    """Find what a released round says of the whole programme."""
    return (await _overviews_of(connection, [round_]))[round_.id]


async def waits_for_word(connection: AsyncConnection, round_: Round) -> bool:
    """Say whether members wait to hear what was done: there was a result, and nothing is said."""
    if not (await overview(connection, round_)).counts:
        return False
    return await action_on(connection, round_.id) is None


async def _overviews_of(
    connection: AsyncConnection, rounds: Sequence[Round]
) -> dict[RoundId, Overview]:
    """Find the same of several rounds, in one query for those that are not remembered."""
    found = {one.id: _overviews[one.id] for one in rounds if one.id in _overviews}
    missing = [one for one in rounds if one.id not in found]
    if not missing:
        return found
    names = ("round_id", "item_id", "band", "released_on")
    columns = [release_table.c[name] for name in names]
    query = sa.select(*columns, sa.func.count().label("how_many")).group_by(*columns)
    query = query.where(release_table.c.round_id.in_([one.id for one in missing]))
    rows = (await connection.execute(query)).all()
    for one in missing:
        counts: dict[str, dict[Band, int]] = {}
        released_on = one.closes_at.date()
        for row in rows:
            if row.round_id == one.id:
                counts.setdefault(row.item_id, {})[Band(row.band)] = row.how_many
                released_on = row.released_on
        _overviews[one.id] = found[one.id] = Overview(released_on, counts)
    while len(_overviews) > MOST_REMEMBERED:
        _overviews.popitem(last=False)
    return found


async def published_in(
    connection: AsyncConnection, rounds: Sequence[Round], cells: Collection[CellId] | None
) -> list[Published]:
    """Find what each of these released rounds published about `cells`, without comments.

    None stands for every cell's fate, without any bands. Counts are always of all cells.
    """
    fates = await fates_in(connection, rounds, cells)
    releases = await bands_in(connection, rounds, cells or ())
    found, overviews = [], await _overviews_of(connection, rounds)
    for round_ in rounds:
        about = overviews[round_.id]
        results = Results(fates.get(round_.id, ()), releases.get(round_.id, ()))
        found.append(
            Published(
                round=round_, released_on=about.released_on, results=results, counts=about.counts
            )
        )
    return found
