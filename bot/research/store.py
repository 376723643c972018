"""Store who said what to which text of the consent to research."""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.database import add_row, delete_rows, read_as, rows_of, values_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.people.model import Member
from bot.programme.model import Programme
from bot.research.model import OWN_VERSIONS, ConsentAnswer, ConsentText
from bot.research.tables import consent_answer, consent_text


async def last_answer(connection: AsyncConnection, member: Member) -> ConsentAnswer | None:
    """Find what a member said last, to whatever version; None where they were never asked."""
    query = (
        sa.select(consent_answer)
        .where(rows_of(consent_answer, member.workspace_id, member_id=member.id))
        .order_by(consent_answer.c.number.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else read_as(ConsentAnswer, row)


async def consent_of(
    connection: AsyncConnection, programme: Programme | None, usual: ConsentText
) -> ConsentText:
    """Give the text of a programme: its own, or the `usual` of the files.

    Its own holds only while what it says of an export is what the files say: after a change there,
    that text is asked about, and a yes to what was said before counts no more.
    """
    if programme is None or programme.consent_text is None:
        return usual
    its = rows_of(consent_text, programme.workspace_id, digest=programme.consent_text)
    words = (await connection.execute(sa.select(consent_text.c.words).where(its))).scalar_one()
    lists = {name: tuple(words[name]) for name in ("given", "never")}
    own = ConsentText(**words | lists)
    return own if own.of_cairn == usual.of_cairn else usual


async def keep_own_text(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    introduction: str,
    usual: ConsentText,
    *,
    now: datetime,
) -> ConsentText:
    """Keep a text that a programme wrote itself, under a version that no other has."""
    latest = sa.select(sa.func.max(consent_text.c.version)).where(
        rows_of(consent_text, workspace_id)
    )
    before = (await connection.execute(latest)).scalar_one() or 0
    version = max(before + 1, OWN_VERSIONS)
    own = replace(usual, version=version, introduction=introduction)
    await _keep_text(connection, workspace_id, own, now=now)
    return own


async def _keep_text(
    connection: AsyncConnection, workspace_id: WorkspaceId, text: ConsentText, *, now: datetime
) -> None:
    words = {"workspace_id": workspace_id, "digest": text.digest, "first_at": now}
    row = {**words, "version": text.version, "words": asdict(text)}
    await add_row(connection, consent_text, row)


async def add_answer(
    connection: AsyncConnection, member: Member, text: ConsentText, *, is_yes: bool, now: datetime
) -> None:
    """Keep what a member says to this text now, and the text if it is new here."""
    await _keep_text(connection, member.workspace_id, text, now=now)
    before = await last_answer(connection, member)
    answer = ConsentAnswer(
        workspace_id=member.workspace_id,
        member_id=member.id,
        number=before.number + 1 if before else 1,
        is_yes=is_yes,
        version=text.version,
        text=text.digest,
        answered_at=now,
    )
    await add_row(connection, consent_answer, values_of(answer, consent_answer))


async def consenting(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    version: int,
    *,
    of: Collection[MemberId],
) -> set[MemberId]:
    """Find whose last word is a yes to this version, of these members; nobody learns of a no."""
    later = consent_answer.alias("later")
    is_last = ~sa.exists().where(
        later.c.workspace_id == consent_answer.c.workspace_id,
        later.c.member_id == consent_answer.c.member_id,
        later.c.number > consent_answer.c.number,
    )
    its = rows_of(consent_answer, workspace_id, version=version, is_yes=True)
    query = sa.select(consent_answer.c.member_id).where(its, is_last)
    return set((await connection.execute(query)).scalars()) & set(of)


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> int:
    """Delete every answer of a member; returns how many."""
    return await delete_rows(connection, consent_answer, member.workspace_id, member_id=member.id)
