"""Store answers about relationships, sealed."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import delete_rows, put_rows, read_as, rows_of, values_of
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.people.model import Member
from bot.relationship.model import ConsentedRating, Domain, Rating, Side, Wave
from bot.relationship.tables import rating_table

SEALED = SealedRows(
    rating_table,
    (
        *("workspace_id", "programme_id", "wave", "rater_id", "other_id"),
        *("group_id", "side", "rated_at"),
    ),
)


async def put(connection: AsyncConnection, rating: Rating) -> None:
    """Write a rating in place of the same person's about the same other at the same wave."""
    row = values_of(rating, rating_table, wave=rating.wave.value, side=rating.side.value)
    await put_rows(
        connection, rating_table, [await SEALED.seal(connection, row, dict(rating.answers))]
    )


async def of_rater(connection: AsyncConnection, rater: Member) -> list[Rating]:
    """Open all that a member answered, in the order of answering."""
    query = (
        sa.select(rating_table)
        .where(rows_of(rating_table, rater.workspace_id, rater_id=rater.id))
        .order_by(*(rating_table.c[name] for name in ("rated_at", "wave", "other_id")))
    )
    return [await _rating(connection, row) for row in (await connection.execute(query)).all()]


async def _rating(connection: AsyncConnection, row: sa.Row[Any]) -> Rating:
    its: dict[str, Any] = {"wave": Wave(row.wave), "side": Side(row.side)}
    try:
        content = await SEALED.open(connection, row)
    except KeyLost:
        return read_as(Rating, row, **its, answers={}, is_readable=False)
    answers = {Domain(name): answer for name, answer in content.items()}
    return read_as(Rating, row, **its, answers=answers)


async def rated(
    connection: AsyncConnection, rater: Member, programme_id: ProgrammeId, wave: Wave
) -> set[MemberId]:
    """Find about whom a member answered at a wave, or put it off; nothing is opened."""
    its = {"programme_id": programme_id, "wave": wave, "rater_id": rater.id}
    query = sa.select(rating_table.c.other_id).where(
        rows_of(rating_table, rater.workspace_id, **its)
    )
    return set((await connection.execute(query)).scalars())


async def has_rated(connection: AsyncConnection, rater: Member) -> bool:
    """Say whether a member answered, or put off, anything at all."""
    theirs = rows_of(rating_table, rater.workspace_id, rater_id=rater.id)
    return bool((await connection.execute(sa.select(sa.exists().where(theirs)))).scalar_one())


async def answers_for_export(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    raters: Collection[MemberId],
    consented: Collection[MemberId],
) -> list[ConsentedRating]:
    """Open what `raters` answered in a programme, as far as they are among the consented.

    What was put off, or cannot be read any more, is left out. Of the other side there is no id
    unless they let research use their answers, too.
    """
    who = [one for one in raters if one in consented]
    query = (
        sa.select(rating_table)
        .where(rows_of(rating_table, workspace_id, programme_id=programme_id, rater_id=who))
        .order_by(*(rating_table.c[name] for name in ("wave", "rater_id", "other_id")))
    )
    found = [await _rating(connection, row) for row in (await connection.execute(query)).all()]
    return [
        ConsentedRating(
            wave=one.wave,
            rater_id=one.rater_id,
            other_id=one.other_id if one.other_id in consented else None,
            group_id=one.group_id,
            side=one.side,
            rated_at=one.rated_at,
            answers=one.answers,
        )
        for one in found
        if one.answers
    ]


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Delete what a member answered, and what others answered about them; returns how many."""
    workspace_id = member.workspace_id
    about = await delete_rows(connection, rating_table, workspace_id, other_id=member.id)
    return about + await delete_rows(connection, rating_table, workspace_id, rater_id=member.id)
