"""Store rounds, who may answer them, and what was published; never who answered what."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.clock import as_utc
from bot.kernel.database import add_row, delete_rows, read_as, rows_of, values_of
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.pulse.model import (
    Action,
    Band,
    CellFate,
    CellId,
    CellLevel,
    Eligible,
    Fate,
    Instrument,
    Item,
    ItemUse,
    Published,
    Release,
    Results,
    Round,
    RoundId,
    RoundState,
    Stratum,
    Threshold,
)
from bot.pulse.tables import (
    action_table,
    cell_table,
    comment_table,
    eligible_table,
    hold_table,
    release_table,
    round_table,
)


def _instrument(snapshot: dict[str, Any]) -> Instrument:
    items = tuple(Item(**{**item, "place": ItemUse(item["place"])}) for item in snapshot["items"])
    return Instrument(**{**snapshot, "scale": tuple(snapshot["scale"]), "items": items})


def round_from(row: Any) -> Round:
    """Give the round in a row of `pulse_round`."""
    return read_as(
        Round,
        row,
        state=RoundState(row.state),
        opens_at=as_utc(row.opens_at),
        closes_at=as_utc(row.closes_at),
        instrument=_instrument(row.instrument),
        items=tuple(row.items),
        threshold=Threshold(row.k, row.c),
        cell_level=CellLevel(row.cell_level),
    )


async def put_round(
    connection: AsyncConnection, round_: Round, eligible: Iterable[Eligible]
) -> None:
    """Write a new round and who may answer it."""
    values = values_of(
        round_,
        round_table,
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
        {
            "round_id": round_.id,
            "member_id": person.member_id,
            "stratum": person.stratum.value,
            "cell_id": person.cell_id,
        }
        for person in sorted(eligible, key=lambda person: person.member_id)
    ]
    if rows:
        await connection.execute(eligible_table.insert(), rows)


async def round_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, round_id: RoundId
) -> Round | None:
    """Find the round with this id, or None: also for a round of another workspace."""
    query = sa.select(round_table).where(rows_of(round_table, workspace_id, id=round_id))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else round_from(row)


async def rounds_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> list[Round]:
    """Find all rounds of the programme, earliest first."""
    query = (
        sa.select(round_table)
        .where(rows_of(round_table, workspace_id, programme_id=programme_id))
        .order_by(round_table.c.opens_at, round_table.c.id)
    )
    return [round_from(row) for row in await connection.execute(query)]


async def ending(connection: AsyncConnection, *, now: datetime) -> list[Round]:
    """Find rounds of any workspace that are past their close and not yet released or void."""
    query = sa.select(round_table).where(
        sa.or_(
            round_table.c.state == RoundState.CLOSING.value,
            sa.and_(round_table.c.state == RoundState.OPEN.value, round_table.c.closes_at <= now),
        )
    )
    return [round_from(row) for row in await connection.execute(query.order_by(round_table.c.id))]


async def under_way(connection: AsyncConnection) -> list[Round]:
    """Find the rounds of any workspace whose keys are needed still."""
    states = (RoundState.OPEN.value, RoundState.CLOSING.value)
    query = sa.select(round_table).where(round_table.c.state.in_(states))
    return [round_from(row) for row in await connection.execute(query.order_by(round_table.c.id))]


async def ended(connection: AsyncConnection, round_ids: Iterable[str]) -> list[RoundId]:
    """Find those of `round_ids` that are released or void."""
    over = (RoundState.RELEASED.value, RoundState.VOID.value)
    query = sa.select(round_table.c.id).where(
        round_table.c.id.in_(list(round_ids)), round_table.c.state.in_(over)
    )
    return [RoundId(found) for found in (await connection.execute(query)).scalars()]


async def move(
    connection: AsyncConnection,
    round_id: RoundId,
    *,
    from_states: Sequence[RoundState],
    to: RoundState,
) -> bool:
    """Move the round to `to` if it is in one of `from_states`; True if it was."""
    changed = await connection.execute(
        sa.update(round_table)
        .where(
            round_table.c.id == round_id,
            round_table.c.state.in_([state.value for state in from_states]),
        )
        .values(state=to.value)
    )
    return changed.rowcount == 1


async def eligible_for(connection: AsyncConnection, round_id: RoundId) -> list[Eligible]:
    """Find the people who may answer the round, by member id."""
    query = sa.select(eligible_table).where(eligible_table.c.round_id == round_id)
    rows = await connection.execute(query.order_by(eligible_table.c.member_id))
    return [
        Eligible(MemberId(row.member_id), CellId(row.cell_id), Stratum(row.stratum)) for row in rows
    ]


async def cell_for(
    connection: AsyncConnection, round_id: RoundId, member_id: MemberId
) -> CellId | None:
    """Find the cell in which this person was asked; None for who was not."""
    query = sa.select(eligible_table.c.cell_id).where(
        eligible_table.c.round_id == round_id, eligible_table.c.member_id == member_id
    )
    found: CellId | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def asked_in(
    connection: AsyncConnection, round_id: RoundId, cell_id: CellId
) -> list[MemberId]:
    """Find the people who may answer the round in this cell, by member id."""
    query = (
        sa.select(eligible_table.c.member_id)
        .where(eligible_table.c.round_id == round_id, eligible_table.c.cell_id == cell_id)
        .order_by(eligible_table.c.member_id)
    )
    return list((await connection.execute(query)).scalars())


async def rename(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, member_id: MemberId, to: MemberId
) -> None:
    """Let `to` stand for this person on every list of who may answer."""
    here = sa.select(round_table.c.id).where(round_table.c.workspace_id == workspace_id)
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
    there = {"round_id": round_id, "workspace_id": workspace_id, "member_id": member_id}
    row = (await connection.execute(_ROUND_FOR, there)).one_or_none()
    return None if row is None else round_from(row)


_ROUND_FOR = (
    sa.select(round_table)
    .join(eligible_table, eligible_table.c.round_id == round_table.c.id)
    .where(
        rows_of(round_table, sa.bindparam("workspace_id"), id=sa.bindparam("round_id")),
        eligible_table.c.member_id == sa.bindparam("member_id"),
    )
)
"""Built once: putting a statement together costs more than running it."""


async def open_for(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId
) -> list[Round]:
    """Find the open rounds that this person may answer."""
    query = (
        sa.select(round_table)
        .join(eligible_table, eligible_table.c.round_id == round_table.c.id)
        .where(
            rows_of(round_table, workspace_id, state=RoundState.OPEN.value),
            eligible_table.c.member_id == member_id,
        )
        .order_by(round_table.c.closes_at, round_table.c.id)
    )
    return [round_from(row) for row in await connection.execute(query)]


async def open_round_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> Round | None:
    """Find the programme's open round, or None."""
    query = sa.select(round_table).where(
        rows_of(round_table, workspace_id, programme_id=programme_id, state=RoundState.OPEN.value)
    )
    row = (await connection.execute(query.order_by(round_table.c.opens_at).limit(1))).one_or_none()
    return None if row is None else round_from(row)


async def put_results(
    connection: AsyncConnection, round_id: RoundId, results: Results, *, released_on: date
) -> None:
    """Write what is published, once and for all."""
    cells = [
        {
            "round_id": round_id,
            "cell_id": fate.cell_id,
            "fate": fate.fate.value,
            "pooled": list(fate.pooled),
        }
        for fate in results.fates
    ]
    bands = [
        {
            "round_id": round_id,
            "cell_id": release.cell_id,
            "item_id": release.item_id,
            "band": release.band.value,
            "released_on": released_on,
        }
        for release in results.releases
    ]
    comments = [
        {"round_id": round_id, "number": number, "text": text}
        for number, text in enumerate(results.comments, start=1)
    ]
    for table, rows in ((cell_table, cells), (release_table, bands), (comment_table, comments)):
        if rows:
            await connection.execute(table.insert(), rows)


async def fates_of(connection: AsyncConnection, round_id: RoundId) -> tuple[CellFate, ...]:
    """Find the fate of each cell of a released round."""
    query = sa.select(cell_table).where(cell_table.c.round_id == round_id)
    return tuple(
        CellFate(CellId(row.cell_id), Fate(row.fate), tuple(CellId(part) for part in row.pooled))
        for row in await connection.execute(query.order_by(cell_table.c.cell_id))
    )


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
    query = sa.select(release_table).where(release_table.c.round_id == round_.id)
    order = (release_table.c.cell_id, release_table.c.item_id)
    rows = (await connection.execute(query.order_by(*order))).all()
    releases = tuple(Release(CellId(row.cell_id), str(row.item_id), Band(row.band)) for row in rows)
    released_on = rows[0].released_on if rows else round_.closes_at.date()
    fates, comments = (
        await fates_of(connection, round_.id),
        await comments_of(connection, round_.id),
    )
    results = Results(fates, releases, comments)
    return Published(round=round_, released_on=released_on, results=results)


async def put_action(connection: AsyncConnection, action: Action) -> bool:
    """Keep what was done about a round's results. False if that was said already."""
    return await add_row(connection, action_table, asdict(action))


async def action_on(connection: AsyncConnection, round_id: RoundId) -> Action | None:
    """Find what the coordinator said was done about the round's results, if they did."""
    query = sa.select(action_table).where(action_table.c.round_id == round_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Action(RoundId(row.round_id), row.text, row.posted_at)


async def hold_back(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    now: datetime,
) -> None:
    """Remember that a round fell due and waits."""
    row = {"workspace_id": workspace_id, "programme_id": programme_id, "since": now}
    await add_row(connection, hold_table, row)


async def waiting_since(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> datetime | None:
    """Find since when a round waits, or None."""
    query = sa.select(hold_table.c.since).where(
        rows_of(hold_table, workspace_id, programme_id=programme_id)
    )
    found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def let_go(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> None:
    """Forget that a round waits."""
    await delete_rows(connection, hold_table, workspace_id, programme_id=programme_id)
