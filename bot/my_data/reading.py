"""Read everything that is kept about a member, as far as it is theirs, and name what is not."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.care import store as care
from bot.kernel.database import rows_of
from bot.kernel.ids import MemberId
from bot.keys.vault import KeyLost
from bot.matching import exclusions
from bot.my_data.holdings import HOLDINGS, LEFT_OUT, Holding
from bot.people import store as people
from bot.people.model import Member

Entry = dict[str, Any]
"""One row as JSON values, with the words in it opened."""
LOST = "Nobody can read this any more: its key is missing."
LEFT_SEALED = "There are words here. They are in the file that is encrypted for their owner."
WISHES = "Wishes not to meet somebody, and people you blocked"
CONCERNS = "Concerns that you raised"
_TECHNICAL = frozenset({"workspace_id", "key_id", "sealed", "slack_channel", "slack_ts"})
NOTES = (
    "Answers in a pulse are not here: a ballot cannot be tied to anybody, and all are destroyed.",
    "Words of others are here only where they were for you to read.",
    "Messages are kept without their words: those are in Slack.",
)


async def gather(
    connection: AsyncConnection, member: Member, *, opened: bool = True
) -> dict[str, Any]:
    """Gather a member's data by title, with notes, and with what is left out and why.

    Unless `opened`, what is sealed stays so: the file says that it is there, and no more.
    """
    found: dict[str, list[Entry]] = {}
    for one in HOLDINGS:
        its = await _entries(connection, one, member, opened=opened)
        found.setdefault(one.title, []).extend(its)
    if opened:
        found[WISHES] = await _wishes(connection, member)
        found[CONCERNS] = await _concerns(connection, member)
    await _name_people(connection, member, found)
    sealed_notes = [] if opened else [f"{LEFT_SEALED} So are wishes, blocks and concerns."]
    return {
        "about": member.name,
        "notes": [*NOTES, *sealed_notes],
        "data": found,
        "left_out": dict(LEFT_OUT),
    }


def theirs(holding: Holding, member: Member) -> sa.ColumnElement[bool]:
    """Match the rows of a holding that are a member's."""
    table, own = holding.table, member.slack_user_id if holding.by_account else member.id
    which = [table.c[name] == own for name in holding.whose]
    if holding.within is not None:
        column, outer, key = holding.within
        inner = sa.select(outer.table.c[key]).where(theirs(outer, member))
        which.append(table.c[column].in_(inner))
    return sa.and_(rows_of(table, member.workspace_id, **holding.only), sa.or_(*which))


async def _entries(
    connection: AsyncConnection, holding: Holding, member: Member, *, opened: bool
) -> list[Entry]:
    query = sa.select(holding.table).where(theirs(holding, member))
    order = list(holding.table.primary_key.columns)
    rows = (await connection.execute(query.order_by(*order))).all()
    return [await _entry(connection, holding, row, opened=opened) for row in rows]


async def _entry(
    connection: AsyncConnection, holding: Holding, row: sa.Row[Any], *, opened: bool
) -> Entry:
    hidden = _TECHNICAL | set(holding.hides)
    entry = {name: plain(value) for name, value in row._asdict().items() if name not in hidden}
    if holding.sealed is not None and row.sealed is not None and not opened:
        entry["words"] = LEFT_SEALED
    elif holding.sealed is not None and row.sealed is not None:
        try:
            entry["words"] = await holding.sealed.open(connection, row)
        except KeyLost:
            entry["words"] = LOST
    return entry


async def _wishes(connection: AsyncConnection, member: Member) -> list[Entry]:
    its = (connection, member.workspace_id)
    wished = await exclusions.own_wishes(*its, member.id)
    blocked = (await exclusions.blocks(*its)).get(member.id, frozenset())
    return [
        *({"who": one, "blocked": False} for one in sorted(wished)),
        *({"who": one, "blocked": True} for one in sorted(blocked)),
    ]


async def _concerns(connection: AsyncConnection, member: Member) -> list[Entry]:
    found = await care.opened(connection, member.workspace_id)
    return [
        {
            "asked_at": plain(one.asked_at),
            "asked": one.to_id,
            "solved_at": plain(one.solved_at),
            "words": one.words,
        }
        for one in found
        if one.by == member.slack_user_id
    ]


async def _name_people(
    connection: AsyncConnection, member: Member, found: Mapping[str, Sequence[Entry]]
) -> None:
    """Write the names of people in place of their ids."""
    rows = [entry for entries in found.values() for entry in entries]
    ids = {value for entry in rows for value in entry.values() if isinstance(value, str)}
    its = (connection, member.workspace_id)
    known = await people.members(*its, ids=[MemberId(one) for one in ids])
    names = {str(one.id): one.name for one in known}
    for entry in rows:
        for key, value in entry.items():
            if isinstance(value, str) and value in names and key != "id":
                entry[key] = names[value]


def plain(value: object) -> object:
    """Turn a value of the database into one of JSON."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value
