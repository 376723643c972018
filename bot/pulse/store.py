"""Store rounds, who may answer them, and what was published; never who answered what."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.clock import as_utc
from bot.kernel.database import read_as, rows_of, values_of, write_each
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.pulse.model import (
    NAME_CHARS,
    Band,
    CellFate,
    CellId,
    CellLevel,
    Eligible,
    Ending,
    Fate,
    Instrument,
    Item,
    ItemUse,
    Pseudonym,
    Published,
    Release,
    Results,
    Round,
    RoundId,
    RoundKey,
    RoundState,
    Stratum,
    Threshold,
)
from bot.pulse.tables import (
    before_table,
    cell_table,
    comment_table,
    eligible_table,
    release_table,
    round_table,
)

T = TypeVar("T")
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""The failures of reading a row that is not as Cairn wrote it."""


def _instrument(snapshot: dict[str, Any]) -> Instrument:
    items = tuple(Item(**{**item, "place": ItemUse(item["place"])}) for item in snapshot["items"])
    return Instrument(**{**snapshot, "scale": tuple(snapshot["scale"]), "items": items})


def _round(row: sa.Row[Any]) -> Round:
    return read_as(
        Round,
        row,
        state=RoundState(row.state),
        opens_at=as_utc(row.opens_at),
        closes_at=as_utc(row.closes_at),
        closes_not_before=as_utc(row.closes_not_before or row.closes_at),
        instrument=_instrument(row.instrument),
        items=tuple(row.items),
        threshold=Threshold(row.k, row.c),
        cell_level=CellLevel(row.cell_level),
    )


async def put_round(
    connection: AsyncConnection,
    round_: Round,
    eligible: Iterable[Eligible],
    *,
    before: Mapping[CellId, Collection[Pseudonym]],
    terms_code: bytes,
) -> None:
    """Write a new round, who may answer it, and whom it is compared with."""
    values = values_of(
        round_,
        round_table,
        terms_code=terms_code,
        state=round_.state.value,
        instrument_version=round_.instrument.version,
        instrument=asdict(round_.instrument),
        items=list(round_.items),
        k=round_.threshold.k,
        c=round_.threshold.c,
        cell_level=round_.cell_level.value,
    )
    await connection.execute(round_table.insert().values(values))
    rows = [
        values_of(
            person,
            eligible_table,
            round_id=round_.id,
            pseudonym=f"{person.pseudonym}{person.account}",
        )
        for person in sorted(eligible, key=lambda person: person.member_id)
    ]
    await write_each(connection, eligible_table.insert(), rows)
    past = [
        {"round_id": round_.id, "cell_id": cell, "people": sorted(people)}
        for cell, people in sorted(before.items())
    ]
    await write_each(connection, before_table.insert(), past)


async def find_rounds(
    connection: AsyncConnection,
    *where: sa.ColumnElement[bool],
    order: Sequence[sa.ColumnElement[Any]] = (round_table.c.opens_at, round_table.c.id),
    limit: int | None = None,
) -> list[Round]:
    """Find the rounds that match all of `where`, the earliest first unless `order` says else.

    One whose row cannot be read is left out, so that it stands in the way of no other.
    """
    query = sa.select(round_table).where(*where).order_by(*order).limit(limit)
    try:
        return [_round(row) for row in await connection.execute(query)]
    except UNREADABLE:
        if limit == 1:
            return []
    ids = await connection.execute(sa.select(round_table.c.id).where(*where).order_by(*order))
    found: list[Round] = []
    for round_id in ids.scalars().all():
        found += await find_rounds(connection, round_table.c.id == round_id, limit=1)
    return found[:limit]


async def round_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, round_id: RoundId
) -> Round | None:
    """Find the round with this id, or None: also for a round of another workspace."""
    found = await find_rounds(connection, rows_of(round_table, workspace_id, id=round_id))
    return found[0] if found else None


async def rounds_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> list[Round]:
    """Find all rounds of the programme, earliest first."""
    its = rows_of(round_table, workspace_id, programme_id=programme_id)
    return await find_rounds(connection, its)


async def ending(connection: AsyncConnection, *, now: datetime) -> list[RoundKey]:
    """Find rounds of any workspace that are past their close and not yet released or void.

    What is in a state that there is not counts as past its close.
    """
    is_over = sa.or_(~_in_state(RoundState.OPEN), round_table.c.closes_at <= now)
    return await _keys_of_rounds(connection, ~_HAS_ENDED, is_over)


async def under_way(connection: AsyncConnection) -> list[RoundKey]:
    """Find the rounds of any workspace whose keys are needed still."""
    return await _keys_of_rounds(connection, ~_HAS_ENDED)


async def key_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, round_id: RoundId
) -> RoundKey | None:
    """Find a round by name, also one whose row cannot be read."""
    found = await _keys_of_rounds(connection, rows_of(round_table, workspace_id, id=round_id))
    return found[0] if found else None


async def _keys_of_rounds(
    connection: AsyncConnection, *where: sa.ColumnElement[bool]
) -> list[RoundKey]:
    its = round_table.c
    query = sa.select(its.id, its.workspace_id, its.programme_id).where(*where).order_by(its.id)
    return [
        RoundKey(id=row.id, workspace_id=row.workspace_id, programme_id=row.programme_id)
        for row in await connection.execute(query)
    ]


async def ended(connection: AsyncConnection, round_ids: Iterable[str]) -> list[RoundId]:
    """Find those of `round_ids` that are released or void."""
    query = sa.select(round_table.c.id).where(round_table.c.id.in_(list(round_ids)), _HAS_ENDED)
    return [RoundId(found) for found in (await connection.execute(query)).scalars()]


async def move(
    connection: AsyncConnection, round_id: RoundId, *, from_state: RoundState, to: RoundState
) -> bool:
    """Move the round to `to` if it is in `from_state`; True if it was."""
    return await _change(connection, round_id, _in_state(from_state), state=to.value)


async def make_void(connection: AsyncConnection, round_id: RoundId, ending: Ending) -> bool:
    """Make the round void, for this reason, unless it has ended; True if it had not."""
    values = {"state": RoundState.VOID.value, "ending": ending.value}
    return await _change(connection, round_id, ~_HAS_ENDED, **values)


async def _change(
    connection: AsyncConnection,
    round_id: RoundId,
    *where: sa.ColumnElement[bool],
    **values: object,
) -> bool:
    its = sa.update(round_table).where(round_table.c.id == round_id, *where)
    return (await connection.execute(its.values(**values))).rowcount == 1


async def postpone(
    connection: AsyncConnection, round_id: RoundId, *, closes_at: datetime, now: datetime
) -> bool:
    """Let a round that is open at `now` close at a later time; True if it was to close sooner."""
    closes_between = (round_table.c.closes_at > now, round_table.c.closes_at < closes_at)
    is_open = _in_state(RoundState.OPEN)
    return await _change(connection, round_id, is_open, *closes_between, closes_at=closes_at)


def _in_state(*states: RoundState) -> sa.ColumnElement[bool]:
    return round_table.c.state.in_([state.value for state in states])


_HAS_ENDED = _in_state(RoundState.RELEASED, RoundState.VOID)


async def eligible_for(connection: AsyncConnection, round_id: RoundId) -> list[Eligible]:
    """Find the people who may answer the round, by member id."""
    query = sa.select(eligible_table).where(eligible_table.c.round_id == round_id)
    rows = await connection.execute(query.order_by(eligible_table.c.member_id))
    return [_eligible(row) for row in rows]


def _eligible(row: sa.Row[Any]) -> Eligible:
    names = row.pseudonym or ""
    return read_as(
        Eligible,
        row,
        stratum=Stratum(row.stratum),
        pseudonym=names[:NAME_CHARS] or None,
        account=names[NAME_CHARS:],
    )


async def cells_of(connection: AsyncConnection, round_id: RoundId) -> dict[MemberId, CellId]:
    """Find everybody who may answer the round, and their cell.

    To look for one person, look in here: a database that logs its statements would otherwise
    name them right beside their ballot.
    """
    query = sa.select(eligible_table.c.member_id, eligible_table.c.cell_id).where(
        eligible_table.c.round_id == round_id
    )
    return {row.member_id: row.cell_id for row in await connection.execute(query)}


async def account_codes_of(connection: AsyncConnection, round_id: RoundId) -> dict[MemberId, str]:
    """Find everybody who may answer the round, and the code of the Slack account that does."""
    query = sa.select(eligible_table.c.member_id, eligible_table.c.pseudonym).where(
        eligible_table.c.round_id == round_id
    )
    rows = await connection.execute(query)
    return {row.member_id: (row.pseudonym or "")[NAME_CHARS:] for row in rows}


async def rename(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_id: MemberId, to: MemberId
) -> None:
    """Let `to` stand for this person on every list of who may answer."""
    here = sa.select(round_table.c.id).where(rows_of(round_table, workspace_id))
    await connection.execute(
        sa.update(eligible_table)
        .where(eligible_table.c.member_id == member_id, eligible_table.c.round_id.in_(here))
        .values(member_id=to)
    )


async def round_for(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    round_id: RoundId,
    *,
    member_id: MemberId,
) -> Round | None:
    """Find the round, in whatever state, if this person is among those who may answer it."""
    found = await round_of(connection, workspace_id, round_id)
    if found is None or member_id not in await cells_of(connection, round_id):
        return None
    return found


async def open_for(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> list[Round]:
    """Find the open rounds that this person may answer, for Home, which names them in any case."""
    asked = sa.select(eligible_table.c.round_id).where(eligible_table.c.member_id == member_id)
    is_open = rows_of(round_table, workspace_id, state=RoundState.OPEN.value)
    by_end = [round_table.c.closes_at, round_table.c.id]
    return await find_rounds(connection, is_open, round_table.c.id.in_(asked), order=by_end)


async def open_round_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> Round | None:
    """Find the programme's open round, or None."""
    its = rows_of(round_table, workspace_id, programme_id=programme_id, state=RoundState.OPEN.value)
    found = await find_rounds(connection, its, limit=1)
    return found[0] if found else None


async def put_results(
    connection: AsyncConnection, round_id: RoundId, results: Results, *, released_on: date
) -> None:
    """Write what is published, once and for all."""
    cells = [values_of(fate, cell_table, round_id=round_id) for fate in results.fates]
    shared = {"round_id": round_id, "released_on": released_on}
    bands = [values_of(release, release_table, **shared) for release in results.releases]
    comments = [
        {"round_id": round_id, "number": number, "text": text}
        for number, text in enumerate(results.comments, start=1)
    ]
    for table, rows in ((cell_table, cells), (release_table, bands), (comment_table, comments)):
        await write_each(connection, table.insert(), rows)


async def fates_in(
    connection: AsyncConnection, rounds: Sequence[Round], cells: Collection[CellId] | None
) -> dict[str, tuple[CellFate, ...]]:
    """Find the fates of `cells` (None: of all) in released rounds, by round, then cell."""

    def fate(row: sa.Row[Any]) -> CellFate:
        return read_as(CellFate, row, fate=Fate(row.fate), pooled=tuple(row.pooled))

    order = [cell_table.c.cell_id]
    return await _by_round(connection, cell_table, rounds, cells, order=order, make=fate)


async def bands_in(
    connection: AsyncConnection, rounds: Sequence[Round], cells: Collection[CellId] | None
) -> dict[str, tuple[Release, ...]]:
    """Find the published bands of `cells` (None: of all), by round, then cell and item."""

    def band(row: sa.Row[Any]) -> Release:
        return read_as(Release, row, band=Band(row.band))

    order = [release_table.c.cell_id, release_table.c.item_id]
    return await _by_round(connection, release_table, rounds, cells, order=order, make=band)


async def _by_round(
    connection: AsyncConnection,
    table: sa.Table,
    rounds: Sequence[Round],
    cells: Collection[CellId] | None,
    *,
    order: Sequence[sa.ColumnElement[Any]],
    make: Callable[[sa.Row[Any]], T],
) -> dict[str, tuple[T, ...]]:
    if not rounds or (cells is not None and not cells):
        return {}
    query = sa.select(table).where(table.c.round_id.in_([one.id for one in rounds]))
    if cells is not None:
        query = query.where(table.c.cell_id.in_(list(cells)))
    found: dict[str, list[T]] = {}
    for row in await connection.execute(query.order_by(*order)):
        found.setdefault(row.round_id, []).append(make(row))
    return {round_id: tuple(made) for round_id, made in found.items()}


async def comments_of(
    connection: AsyncConnection, round_id: RoundId, *, limit: int | None = None
) -> tuple[str, ...]:
    """Find the comments that a released round published, in their order, or the first `limit`."""
    query = (
        sa.select(comment_table.c.text)
        .where(comment_table.c.round_id == round_id)
        .order_by(comment_table.c.number)
        .limit(limit)
    )
    return tuple((await connection.execute(query)).scalars())


async def published(connection: AsyncConnection, round_: Round) -> Published | None:
    """Find what a round published, or None when it is not released."""
    if round_.state is not RoundState.RELEASED:
        return None
    query = sa.select(release_table.c.released_on).where(release_table.c.round_id == round_.id)
    released_on = (await connection.execute(query.limit(1))).scalar_one_or_none()
    fates = await fates_in(connection, [round_], None)
    releases = await bands_in(connection, [round_], None)
    results = Results(
        fates.get(round_.id, ()),
        releases.get(round_.id, ()),
        await comments_of(connection, round_.id),
    )
    return Published(
        round=round_, released_on=released_on or round_.closes_at.date(), results=results
    )
