"""Keep each wording of the code of conduct, who accepted which, and who is asked once more."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Notice
from bot.kernel.database import add_row, rows_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind, ToDoKind
from bot.people.model import PAIRED, CodeOfConduct, Member, MemberState
from bot.people.store import having
from bot.people.tables import conduct_acceptance, conduct_text, member_table
from bot.todos import ToDo, Weight

MOST_INTRODUCTION_CHARS = 600
MOST_PROMISES = 20
MOST_PROMISES_CHARS = 2_500
LEAST_CHARS, LEAST_PROMISE_CHARS = 20, 8
"""Shorter than this, nobody would know what they accept."""


def checked_introduction(text: str | None) -> str:
    """Tidy what stands above the promises. Raises UserFacing for nothing, or too much."""
    clean = (text or "").strip()
    if not LEAST_CHARS <= len(clean) <= MOST_INTRODUCTION_CHARS:
        raise UserFacing(
            f"Write {LEAST_CHARS} to {MOST_INTRODUCTION_CHARS} characters: what this is about."
        )
    return clean


def checked_promises(text: str | None) -> tuple[str, ...]:
    """Read one promise from each line. Raises UserFacing for none, or too many."""
    lines = [" ".join(line.strip().lstrip("•-*").split()) for line in (text or "").splitlines()]
    promises = tuple(filter(None, lines))
    if not promises or len(promises) > MOST_PROMISES:
        raise UserFacing(f"Write 1 to {MOST_PROMISES} promises, each on a line of its own.")
    if sum(map(len, promises)) > MOST_PROMISES_CHARS:
        raise UserFacing(f"Shorten the promises to {MOST_PROMISES_CHARS:,} characters in all.")
    if min(map(len, promises)) < LEAST_PROMISE_CHARS:
        raise UserFacing(f"Write at least {LEAST_PROMISE_CHARS} characters for each promise.")
    return promises


async def code_of_conduct(
    connection: AsyncConnection, workspace_id: WorkspaceId, own: str | None, usual: CodeOfConduct
) -> CodeOfConduct:
    """Give the code whose digest is `own`, None for the `usual` of the files.

    The limits are Cairn's own lines, as they stand in the files now: nobody can leave them out.
    """
    found = await _kept_words(connection, workspace_id, own) if own else None
    return replace(found, limits=usual.limits) if found else usual


async def keep_words(
    connection: AsyncConnection, workspace_id: WorkspaceId, code: CodeOfConduct, *, now: datetime
) -> str:
    """Keep this wording if it is new here, and give its digest."""
    row = {"workspace_id": workspace_id, "digest": code.digest, "words": asdict(code)}
    await add_row(connection, conduct_text, {**row, "first_at": now})
    return code.digest


async def keep_acceptance(
    connection: AsyncConnection, member: Member, code: CodeOfConduct, *, now: datetime
) -> None:
    """Keep that a member accepts this wording; what they accepted before stays kept."""
    digest = await keep_words(connection, member.workspace_id, code, now=now)
    row = {"workspace_id": member.workspace_id, "member_id": member.id, "digest": digest}
    await add_row(connection, conduct_acceptance, {**row, "accepted_at": now})


async def accepted_code(connection: AsyncConnection, member: Member) -> CodeOfConduct | None:
    """Give the wording that a member accepted last; None from before wordings were kept."""
    return await _kept_words(connection, member.workspace_id, member.conduct_text)


async def _kept_words(
    connection: AsyncConnection, workspace_id: WorkspaceId, digest: str | None
) -> CodeOfConduct | None:
    query = sa.select(conduct_text.c.words).where(
        rows_of(conduct_text, workspace_id, digest=digest)
    )
    words = (await connection.execute(query)).scalar_one_or_none()
    if words is None:
        return None
    return CodeOfConduct(
        introduction=words["introduction"],
        promises=tuple(words["promises"]),
        limits=tuple(words["limits"]),
    )


def has_accepted(member: Member, code: CodeOfConduct, *, is_own: bool) -> bool:
    """Say whether a member accepted these very words.

    Words that were accepted before they were kept are taken for those of the files.
    """
    if not member.has_accepted_conduct:
        return False
    return not is_own if member.conduct_text is None else member.conduct_text == code.digest


async def accepted_others(
    connection: AsyncConnection, workspace_id: WorkspaceId, code: CodeOfConduct, *, is_own: bool
) -> list[tuple[MemberId, SlackUserId]]:
    """Find the active mentors and mentees who accepted another wording than this."""
    before = member_table.c.conduct_text
    query = sa.select(member_table.c.id, member_table.c.slack_user_id).where(
        rows_of(member_table, workspace_id, state=MemberState.ACTIVE),
        having(*PAIRED),
        member_table.c.conduct_accepted_at.is_not(None),
        sa.or_(before != code.digest, *([before.is_(None)] if is_own else [])),
    )
    rows = await connection.execute(query.order_by(member_table.c.name, member_table.c.id))
    return [(MemberId(row.id), SlackUserId(row.slack_user_id)) for row in rows]


def notices_again(
    who: Sequence[tuple[MemberId, SlackUserId]], digest: str, *, now: datetime
) -> list[Notice]:
    """Ask these people to read another wording; twice on a day asks nobody twice."""
    kind = MessageKind.CONDUCT_INVITATION
    return [
        Notice(kind, member_id, account, f"{kind}:{member_id}:{digest}:{now:%Y-%m-%d}")
        for member_id, account in who
    ]


def is_asked_again(member: Member, again: str | None) -> bool:
    """Say whether a member accepted other words than those that they were asked for once more."""
    is_other = member.has_accepted_conduct and member.conduct_text != again
    return again is not None and is_other and bool(member.roles & PAIRED)


def todos_again(member: Member, again: str | None, now: datetime) -> list[ToDo]:
    """Find whether a member is asked to read words that changed since they accepted."""
    if not is_asked_again(member, again) or member.is_away(now):
        return []
    return [ToDo(kind=ToDoKind.ACCEPT_CONDUCT, weight=Weight.IS_DUE, since=now, what="again")]
