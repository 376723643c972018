"""Put one member's id, or account, into every column that can name somebody, in every table."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.care.model import Concern, ConcernId
from bot.care.store import add as add_concern
from bot.flows.sealed_words import SEALED
from bot.kernel.database import Database, Instant, add_row, all_tables
from bot.kernel.ids import ProgrammeId
from bot.matching import exclusions
from bot.my_data.inventory_columns import BY_ID, names_people, said_of
from bot.people.model import Member
from tests.support.cast import HERE

AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
VALID: dict[str, dict[str, Any]] = {
    "schedule": {"kind": "checkin_prompt", "rule": '{"kind": "daily", "at": "09:00:00"}'},
    "outbox": {"state": "sent", "lane": "prompt", "kind": "nudge"},
    "audit_entry": {"act": "groups_approved", "what": ""},
    "pairing_conflict": {"bar": "evaluates"},
    "pairing_proposal": {"state": "replaced", "approval_id": None},
    "planned_meeting": {"state": "offered"},
    "errand": {"want": "in", "place": "C0GROUP"},
    "pulse_eligible": {"stratum": "mentee"},
    "announcement": {"state": "draft", "audience": "people"},
    "roster_import": {"state": "applied"},
}
"""What a row must hold to be read back, where no other row shows it."""
NOT_BY_ROW = {"concern", "pairing_wish", "member"}


async def name_everywhere(database: Database, whom: Member, other: Member) -> set[str]:
    """Name `whom` in every column that can name people; returns those columns."""
    async with database.writing() as connection:
        await _confide(connection, whom, other)
        done = {"member.id", "member.slack_user_id"}
        for column in _columns():
            await _add_what_it_belongs_to(connection, column.table, whom, other)
            if column.table.name == "member":
                its = {column.name: [whom.slack_user_id, whom.email]}
                row = sa.update(column.table).where(column.table.c.id == other.id)
                await connection.execute(row.values(its))
            elif column.table.name not in NOT_BY_ROW:
                await add_row(connection, column.table, await _row(connection, column, whom, other))
            done.add(f"{column.table.name}.{column.name}")
        return done


def _columns() -> Iterator["sa.Column[Any]"]:
    for table in all_tables().sorted_tables:
        for column in table.columns:
            if names_people(column) and f"{table.name}.{column.name}" not in (
                "member.id",
                "member.slack_user_id",
            ):
                yield column


async def _add_what_it_belongs_to(
    connection: AsyncConnection, table: Any, whom: Member, other: Member
) -> None:
    """Add a row of each table to whose rows those of this one belong, where there is none."""
    for key in table.foreign_keys:
        owner = key.column.table
        if (
            owner is not table
            and not (
                await connection.execute(sa.select(sa.literal(1)).select_from(owner).limit(1))
            ).first()
        ):
            await _add_what_it_belongs_to(connection, owner, whom, other)
            column = next(iter(owner.columns))
            await add_row(connection, owner, await _row(connection, column, whom, other))


async def _confide(connection: AsyncConnection, whom: Member, other: Member) -> None:
    """Let somebody wish not to meet them, block them, and raise concerns that go to them."""
    await exclusions.wish_apart(connection, HERE, member=other.id, avoided=[whom.slack_user_id])
    await exclusions.set_blocks(connection, HERE, other.id, {whom.id})
    await exclusions.set_blocks(connection, HERE, whom.id, {other.id})
    for number, (by, to) in enumerate(((whom, other), (other, whom))):
        raised = Concern(
            id=ConcernId(f"concern_{number}"),
            workspace_id=HERE,
            programme_id=ProgrammeId("programme_1"),
            by=by.slack_user_id,
            words="Please call me",
            to_id=to.id,
            deputy_id=to.id,
            stand_ins=(to.id,),
            seen_by=to.id,
            seen_at=AT,
            asked_at=AT,
            due_at=AT,
            asked_last_at=AT,
        )
        await add_concern(connection, raised)


async def _row(
    connection: AsyncConnection, column: "sa.Column[Any]", whom: Member, other: Member
) -> dict[str, Any]:
    table = column.table
    assert isinstance(table, sa.Table)
    query = sa.select(table).limit(1)
    before = (await connection.execute(query)).one_or_none()
    row = before._asdict() if before else {}
    for one in table.columns:
        if names_people(one):
            row[one.name] = _name(one, whom if one is column else other)
        elif one.foreign_keys and one.name != "workspace_id":
            row[one.name] = await _key_of(connection, next(iter(one.foreign_keys)).column)
        elif one.name == "workspace_id":
            row[one.name] = HERE
        elif one.primary_key or (one.name not in row and not one.nullable):
            row[one.name] = _value(one, f"{table.name}_{column.name}")
        row.setdefault(one.name, None)
    row |= VALID.get(table.name, {})
    return await _sealed(connection, table, before, row)


async def _sealed(
    connection: AsyncConnection,
    table: sa.Table,
    before: "sa.Row[Any] | None",
    row: dict[str, Any],
) -> dict[str, Any]:
    for sealed in SEALED:
        if sealed.table is table:
            words = await sealed.open(connection, before) if before else {"words": "words"}
            return await sealed.seal(connection, row, words)
    return row


def _name(column: "sa.Column[Any]", who: Member) -> Any:
    mark = str(who.id if said_of(column, BY_ID) else who.slack_user_id)
    if isinstance(column.type, sa.JSON):
        is_list = column.table.name not in ("course_change", "roster_import")
        return [mark] if is_list else {"who": mark}
    if column.name == "dedupe_key":
        return f"nudge:programme:{mark}:2026-09-01"
    return mark


async def _key_of(connection: AsyncConnection, column: "sa.Column[Any]") -> object:
    if column.name == "workspace_id":
        return HERE
    query = sa.select(column).where(column.table.c.get("workspace_id", sa.literal(HERE)) == HERE)
    return (await connection.execute(query.limit(1))).scalar_one()


def _value(column: "sa.Column[Any]", text: str) -> Any:
    values: list[tuple[Any, Any]] = [
        (Instant, AT),
        (sa.Date, AT.date()),
        (sa.Time, time(9)),
        (sa.Boolean, False),
        (sa.Integer | sa.Float, 99),
        (sa.LargeBinary, text.encode()),
        (sa.JSON, []),
        (object, text),
    ]
    return next(value for kind, value in values if isinstance(column.type, kind))
