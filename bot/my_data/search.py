"""Look through every table for rows that name one person, also in what is sealed."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.sealed_words import SEALED
from bot.kernel.database import all_tables
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.keys.keyring import WORDS
from bot.keys.sealed import SealedRows
from bot.keys.vault import KeyLost
from bot.people.model import Member
from bot.pulse.tables import round_table


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMarks:
    """By what somebody is found: Cairn's id, which is None where it is not known, and the rest.

    `name` and `email` may be those of others too, or stand in others' sentences.
    """

    account: SlackUserId
    member_id: MemberId | None = None
    name: str | None = None
    email: str | None = None

    @classmethod
    def of(cls, member: Member) -> "PersonMarks":
        """Take the marks of a member."""
        return cls(
            account=member.slack_user_id,
            member_id=member.id,
            name=member.name,
            email=member.email,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedTable:
    """One table: how many rows have a person's id, how many their name or address besides.

    `unopened` counts sealed rows that no key opens, so that nobody knows whom they name.
    """

    table: str
    by_id: int
    by_name: int
    unopened: int

    @property
    def is_clear(self) -> bool:
        return not (self.by_id or self.by_name or self.unopened)


async def search(
    connection: AsyncConnection, workspace_id: WorkspaceId, marks: PersonMarks
) -> list[SearchedTable]:
    """Search every table of a workspace, in the order of their names.

    Sealed words are searched for ids alone: what others wrote of somebody is theirs.
    """
    ids = _pattern([marks.account, marks.member_id])
    names = _pattern([marks.name, marks.email])
    found = []
    for table in sorted(all_tables().tables.values(), key=lambda one: one.name):
        its = _of_workspace(table, workspace_id)
        by_id = await _rows_with(connection, table, its, [marks.account, marks.member_id], ids)
        by_name = await _rows_with(connection, table, its, [marks.name, marks.email], names)
        sealed, unopened = await _sealed_rows_with(connection, table, its, ids)
        with_id = by_id | sealed
        found.append(
            SearchedTable(
                table=table.name,
                by_id=len(with_id),
                by_name=len(by_name - with_id),
                unopened=unopened,
            )
        )
    return found


def _of_workspace(table: sa.Table, workspace_id: WorkspaceId) -> sa.ColumnElement[bool]:
    if "workspace_id" in table.c:
        return table.c.workspace_id == workspace_id
    if "round_id" in table.c:
        its = sa.select(round_table.c.id).where(round_table.c.workspace_id == workspace_id)
        return table.c.round_id.in_(its)
    return sa.true()


def _pattern(marks: Iterable[str | None]) -> re.Pattern[str] | None:
    """Match any of these whole: the id `U12` is not in `U123`."""
    words = [re.escape(form) for one in marks if one for form in _forms(one)]
    return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(words)})(?![A-Za-z0-9])") if words else None


def _forms(mark: str) -> set[str]:
    """Write a mark as text has it, and as JSON has it."""
    return {mark, json.dumps(mark)[1:-1]}


async def _rows_with(
    connection: AsyncConnection,
    table: sa.Table,
    its: sa.ColumnElement[bool],
    marks: Iterable[str | None],
    pattern: re.Pattern[str] | None,
) -> set[tuple[Any, ...]]:
    """Find the keys of rows in whose open columns a mark stands."""
    texts = [one for one in table.columns if isinstance(one.type, sa.String | sa.JSON)]
    forms = [form for mark in marks if mark for form in _forms(mark)]
    if pattern is None or not texts:
        return set()
    said = [sa.cast(one, sa.Text) for one in texts]
    hits = [one.contains(form, autoescape=True) for one in said for form in forms]
    key = list(table.primary_key.columns)
    rows = await connection.execute(sa.select(*key, *said).where(its, sa.or_(*hits)))
    return {
        tuple(row[: len(key)])
        for row in rows
        if any(pattern.search(text) for text in row[len(key) :] if text)
    }


async def _sealed_rows_with(
    connection: AsyncConnection,
    table: sa.Table,
    its: sa.ColumnElement[bool],
    pattern: re.Pattern[str] | None,
) -> tuple[set[tuple[Any, ...]], int]:
    """Find the keys of rows in whose sealed words an id stands, and count what does not open."""
    found, unopened = set[tuple[Any, ...]](), 0
    for sealed in SEALED:
        if sealed.table is not table or sealed.kind != WORDS or pattern is None:
            continue
        has_words = table.c[sealed.column].is_not(None)
        for row in (await connection.execute(sa.select(table).where(its, has_words))).all():
            text = await _opened(connection, sealed, row)
            if text is None:
                unopened += 1
            elif pattern.search(text):
                found.add(tuple(getattr(row, one.name) for one in table.primary_key.columns))
    return found, unopened


async def _opened(connection: AsyncConnection, sealed: SealedRows, row: sa.Row[Any]) -> str | None:
    try:
        return json.dumps(await sealed.open(connection, row), ensure_ascii=False)
    except KeyLost:
        return None
