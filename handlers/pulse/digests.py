"""Gathers what was published for whoever reads it: their own cell, a part of all, or counts."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows import pulse_messages as round_news
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.programme import store as programmes
from bot.programme.model import Group
from bot.pulse import results as released
from bot.pulse import store as kept
from bot.pulse.model import SMALL_GROUPS, WHOLE_PROGRAMME, CellFate, CellId, Published, Round
from handlers.pulse import result_views as results


async def programme_name(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> str:
    programme = await programmes.programme(connection, workspace_id, programme_id)
    return programme.name if programme else "your programme"


async def own_digest(
    connection: AsyncConnection,
    told: Sequence[Round],
    programme: str,
    *,
    cell: CellId | None,
    group: Group | None,
) -> results.Digest:
    """What the latest of `told` says to the members of a cell, beside the round before it.

    `group` is the cell's group, where it still is one.
    """
    wanted = (SMALL_GROUPS, WHOLE_PROGRAMME, *([cell] if cell else []))
    now, *before = await released.published_in(connection, told, wanted)
    return results.Digest(
        programme=programme,
        now=await _with_a_comment(connection, now),
        before=before[0] if before else None,
        names={cell: group.name} if cell and group else {},
    )


async def _with_a_comment(connection: AsyncConnection, now: Published) -> Published:
    """The same with the first of its comments: enough to say that there are some."""
    if not now.round.comments:
        return now
    some = await kept.comments_of(connection, now.round.id, limit=1)
    return replace(now, results=replace(now.results, comments=some))


async def digest_of(
    connection: AsyncConnection, told: Sequence[Round], *, part: int
) -> tuple[results.Digest, list[CellFate]]:
    """What the latest of `told` says of one part of all cells, beside the round before it."""
    latest = told[0]
    groups = await programmes.groups(connection, latest.workspace_id, latest.programme_id)
    found = await released.published_in(connection, told, None)
    digest = results.Digest(
        programme=await programme_name(connection, latest.workspace_id, latest.programme_id),
        now=await _with_a_comment(connection, found[0]),
        before=found[1] if len(found) > 1 else None,
        names={CellId(group.id): group.name for group in groups},
    )
    start = part * round_news.CELLS_PER_DIGEST
    cells = digest.cells[start : start + round_news.CELLS_PER_DIGEST]
    bands = await kept.bands_in(connection, told, [one.cell_id for one in cells])

    def with_bands(one: Published) -> Published:
        told_of = bands.get(one.round.id, ())
        return replace(one, results=replace(one.results, releases=told_of))

    now, before = with_bands(digest.now), digest.before and with_bands(digest.before)
    return replace(digest, now=now, before=before), cells


async def digest_in_short(
    connection: AsyncConnection, told: Sequence[Round], programme: str
) -> results.Digest:
    """What stands on a coordinator's Home: counts, or the whole where it is a single result."""
    now, *_ = await released.published_in(connection, told[:1], ())
    digest = results.Digest(programme=programme, now=await _with_a_comment(connection, now))
    if results.programme_lines(digest):
        return digest
    whole, _ = await digest_of(connection, told, part=0)
    return whole
