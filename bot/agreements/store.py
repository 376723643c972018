"""Store agreements: answers and texts sealed, and who confirmed which version when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements.model import (
    AgreementVersion,
    Aspect,
    Expectations,
    MentoringPair,
    PairProgress,
    PairSide,
)
from bot.agreements.tables import agreement, agreement_side
from bot.kernel.database import (
    add_row,
    delete_rows,
    put_rows,
    read_as,
    rows_of,
    values_of,
)
from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.matching.tables import pairing_table
from bot.people.model import Member
from bot.people.tables import member_table

_ITS = ("workspace_id", "pairing_id", "mentee_id", "mentor_id")
SEALED_SIDES = SealedRows(agreement_side, (*_ITS, "side", "filled_at"))
SEALED_TEXTS = SealedRows(agreement, (*_ITS, "number", "revision"))


@dataclass(frozen=True, slots=True)
class SigningRate:
    """The number of pairs of a programme that have agreed, of all there are."""

    agreed: int
    pairs: int


async def progress_of(connection: AsyncConnection, member: Member) -> list[PairProgress]:
    """Find the pairs that a member is or was in, by when they began, with how far they came."""
    found: dict[str, PairProgress] = {}
    for row in await connection.execute(_progress_query(member)):
        before = found.get(row.pairing_id) or PairProgress(pair=read_as(MentoringPair, row))
        filled, versions = dict(before.filled), before.versions
        if row.side is not None:
            filled[PairSide(row.side)] = row.filled_at
        if row.number is not None and all(one.number != row.number for one in versions):
            versions = (*versions, _version(row))
        found[row.pairing_id] = replace(before, filled=filled, versions=versions)
    return list(found.values())


def _progress_query(member: Member) -> sa.Select[Any]:
    """Select each pair with both names, once for each side that answered and each version."""
    mentee, mentor = member_table.alias("mentee"), member_table.alias("mentor")

    def of_pair(table: sa.FromClause) -> sa.ColumnElement[bool]:
        return sa.and_(
            table.c.workspace_id == pairing_table.c.workspace_id,
            table.c.pairing_id == pairing_table.c.id,
        )

    def person(table: sa.FromClause, column: sa.Column[str]) -> sa.ColumnElement[bool]:
        is_here = table.c.workspace_id == pairing_table.c.workspace_id
        return sa.and_(is_here, table.c.id == column)

    tables = (
        pairing_table.join(mentee, person(mentee, pairing_table.c.mentee_id))
        .join(mentor, person(mentor, pairing_table.c.mentor_id))
        .outerjoin(agreement_side, of_pair(agreement_side))
        .outerjoin(agreement, of_pair(agreement))
    )
    of_a_version = [
        column
        for column in _columns_without_words(agreement)
        if column.name not in pairing_table.c and column.name != "pairing_id"
    ]
    is_theirs = sa.or_(  # each with the workspace: an index of its own answers either
        rows_of(pairing_table, member.workspace_id, mentee_id=member.id),
        rows_of(pairing_table, member.workspace_id, mentor_id=member.id),
    )
    return (
        sa.select(
            pairing_table,
            pairing_table.c.id.label("pairing_id"),
            mentee.c.name.label("mentee_name"),
            mentor.c.name.label("mentor_name"),
            agreement_side.c.side,
            agreement_side.c.filled_at,
            *of_a_version,
        )
        .select_from(tables)
        .where(is_theirs)
        .order_by(
            pairing_table.c.started_at,
            sa.func.lower(mentee.c.name),
            pairing_table.c.id,
            agreement.c.number,
        )
    )


def _columns_without_words(table: sa.Table) -> list[sa.Column[Any]]:
    return [one for one in table.columns if one.name not in ("sealed", "key_id")]


def _version(row: sa.Row[Any]) -> AgreementVersion:
    confirmed = {PairSide.MENTEE: row.mentee_at, PairSide.MENTOR: row.mentor_at}
    reviewed = {PairSide.MENTEE: row.mentee_reviewed_at, PairSide.MENTOR: row.mentor_reviewed_at}
    return read_as(
        AgreementVersion,
        row,
        written_by=PairSide(row.written_by),
        confirmed=frozenset(side for side, at in confirmed.items() if at),
        reviewed=frozenset(side for side, at in reviewed.items() if at),
    )


async def put_side(
    connection: AsyncConnection,
    pair: MentoringPair,
    side: PairSide,
    said: Expectations,
    *,
    now: datetime,
) -> None:
    """Write one side's answers over those of before."""
    row = values_of(pair, agreement_side, side=side.value, filled_at=now)
    sealed = await SEALED_SIDES.seal(connection, row, _plain(said))
    await put_rows(connection, agreement_side, [sealed])


async def remove_side(connection: AsyncConnection, pair: MentoringPair, side: PairSide) -> None:
    """Delete one side's answers."""
    await delete_rows(
        connection, agreement_side, pair.workspace_id, pairing_id=pair.pairing_id, side=side.value
    )


async def sides(
    connection: AsyncConnection, pair: MentoringPair, wanted: Collection[PairSide]
) -> dict[PairSide, Expectations | None]:
    """Open these sides' answers; None for those whose key is lost, or that were altered."""
    names = [one.value for one in wanted]
    query = sa.select(agreement_side).where(
        rows_of(agreement_side, pair.workspace_id, pairing_id=pair.pairing_id, side=names)
    )
    found = (await connection.execute(query)).all()
    return {PairSide(row.side): await _opened(connection, SEALED_SIDES, row) for row in found}


async def add_version(
    connection: AsyncConnection, pair: MentoringPair, version: AgreementVersion, text: Expectations
) -> bool:
    """Write a new version, confirmed by its writer; False where its number is there already."""
    return await add_row(connection, agreement, await _row(connection, pair, version, text))


async def change_draft(
    connection: AsyncConnection, pair: MentoringPair, version: AgreementVersion, text: Expectations
) -> bool:
    """Write the next revision over the one before, if that is still as it was and not agreed on."""
    before = {"number": version.number, "revision": version.revision - 1, "agreed_at": None}
    changed = await connection.execute(
        sa.update(agreement)
        .where(rows_of(agreement, pair.workspace_id, pairing_id=pair.pairing_id, **before))
        .values(await _row(connection, pair, version, text))
    )
    return changed.rowcount > 0


async def _row(
    connection: AsyncConnection, pair: MentoringPair, version: AgreementVersion, text: Expectations
) -> dict[str, Any]:
    confirmed = {
        f"{side}_at": version.written_at if side in version.confirmed else None for side in PairSide
    }
    row = {
        **values_of(pair, agreement),
        **values_of(version, agreement),
        "written_by": version.written_by.value,
        **confirmed,
    }
    return await SEALED_TEXTS.seal(connection, row, _plain(text))


async def confirm(
    connection: AsyncConnection,
    pair: MentoringPair,
    version: AgreementVersion,
    side: PairSide,
    *,
    now: datetime,
) -> bool:
    """Note that the second side confirms this revision, so that it counts; False if it changed."""
    its = {"number": version.number, "revision": version.revision, "agreed_at": None}
    changed = await connection.execute(
        sa.update(agreement)
        .where(rows_of(agreement, pair.workspace_id, pairing_id=pair.pairing_id, **its))
        .values({f"{side}_at": now, "agreed_at": now})
    )
    return changed.rowcount > 0


async def remove_draft(
    connection: AsyncConnection, pair: MentoringPair, version: AgreementVersion
) -> bool:
    """Delete a version that nobody agreed on yet; False where it changed or counts meanwhile."""
    its = {"number": version.number, "revision": version.revision, "agreed_at": None}
    pairing_id = pair.pairing_id
    return (
        await delete_rows(connection, agreement, pair.workspace_id, pairing_id=pairing_id, **its)
        > 0
    )


async def note_review(
    connection: AsyncConnection,
    pair: MentoringPair,
    version: AgreementVersion,
    side: PairSide,
    *,
    now: datetime,
) -> None:
    """Note that one side has looked at a version again and keeps it."""
    await connection.execute(
        sa.update(agreement)
        .where(
            rows_of(agreement, pair.workspace_id, pairing_id=pair.pairing_id, number=version.number)
        )
        .values({f"{side}_reviewed_at": now})
    )


async def text_of(
    connection: AsyncConnection, pair: MentoringPair, number: int
) -> Expectations | None:
    """Open the text of a version; None where its key is lost, or it was altered or deleted."""
    query = sa.select(agreement).where(
        rows_of(agreement, pair.workspace_id, pairing_id=pair.pairing_id, number=number)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else await _opened(connection, SEALED_TEXTS, row)


async def opened(
    connection: AsyncConnection, workspace_id: WorkspaceId, pairing_ids: Collection[str]
) -> tuple[dict[str, dict[PairSide, Expectations]], list[tuple[str, sa.Row[Any], Expectations]]]:
    """Open both sides' answers by pairing, and the versions that count, with pairing and row.

    What cannot be read any more is left out.
    """
    answers: dict[str, dict[PairSide, Expectations]] = {}
    its = rows_of(agreement_side, workspace_id, pairing_id=pairing_ids)
    for row in (await connection.execute(sa.select(agreement_side).where(its))).all():
        said = await _opened(connection, SEALED_SIDES, row)
        if said is not None:
            answers.setdefault(row.pairing_id, {})[PairSide(row.side)] = said
    counts = rows_of(agreement, workspace_id, pairing_id=pairing_ids)
    query = sa.select(agreement).where(counts, agreement.c.agreed_at.is_not(None))
    versions = []
    for row in (await connection.execute(query)).all():
        text = await _opened(connection, SEALED_TEXTS, row)
        if text is not None:
            versions.append((row.pairing_id, row, text))
    return answers, versions


async def signing_rate(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> SigningRate:
    """Count the programme's lasting pairs, and those of them that have agreed."""
    has_agreed = sa.exists().where(
        agreement.c.workspace_id == pairing_table.c.workspace_id,
        agreement.c.pairing_id == pairing_table.c.id,
        agreement.c.agreed_at.is_not(None),
    )
    query = sa.select(
        sa.func.count(sa.case((has_agreed, 1))).label("agreed"), sa.func.count().label("pairs")
    ).where(
        rows_of(pairing_table, workspace_id, programme_id=programme_id),
        pairing_table.c.ended_at.is_(None),
    )
    row = (await connection.execute(query)).one()
    return SigningRate(row.agreed, row.pairs)


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Delete the answers and texts of every pair that the member was in; returns how many."""
    gone = 0
    for table in (agreement_side, agreement):
        for column in ("mentee_id", "mentor_id"):
            gone += await delete_rows(connection, table, member.workspace_id, **{column: member.id})
    return gone


def _plain(said: Expectations) -> Mapping[str, str]:
    return {aspect.value: text for aspect, text in said.items()}


async def _opened(
    connection: AsyncConnection, rows: SealedRows, row: sa.Row[Any]
) -> Expectations | None:
    try:
        content = await rows.open(connection, row)
    except KeyLost:
        return None
    return {Aspect(aspect): text for aspect, text in content.items()}
