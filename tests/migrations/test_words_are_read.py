"""Migration 0011 keeps every check-in with its answers, and asks for what quotes words once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.kernel.database import Database, Instant, metadata, open_database
from bot.keys.vault import FileVault
from runtime.commands.schema import migrate
from tests.migrations.test_migrations import downgrade
from tests.migrations.test_words_are_sealed import at_hand_of

AT, LATER = datetime(2026, 9, 2, tzinfo=UTC), datetime(2026, 9, 3, tzinfo=UTC)


@pytest.fixture
async def before(empty_database_address: str) -> AsyncIterator[tuple[str, Database]]:
    opened = open_database(empty_database_address)
    await migrate(empty_database_address, revision="0010")
    yield empty_database_address, opened
    await opened.close()


def some_value(column: sa.Column[Any]) -> object:
    kinds: list[tuple[type, object]] = [(Instant, AT), (sa.Integer, 1), (sa.Boolean, False)]
    kinds += [(sa.Date, AT.date()), (sa.JSON, []), (sa.Float, 0.5)]
    return next((value for kind, value in kinds if isinstance(column.type, kind)), "x")


async def insert(database: Database, table_name: str, **values: object) -> None:
    """Put a row into a table as it was before, with made-up values where none are given."""
    table = metadata.tables[table_name]
    row = {
        one.name: some_value(one)
        for one in table.columns
        if not one.nullable and one.name not in {"shared_at", "key_id", "sealed"}
    }
    values = row | values
    as_it_was = sa.table(
        table_name,
        *(sa.column(name, table.c[name].type if name in table.c else sa.Text()) for name in values),
    )
    async with database.writing() as connection:
        await connection.execute(sa.insert(as_it_was).values(values))


async def entry(database: Database, entry_id: str, kind: str, **values: object) -> None:
    given = {"id": entry_id, "kind": kind, "dedupe_key": entry_id, "state": "sent", "ended_at": AT}
    await insert(database, "outbox", **given | values)


async def test_what_quotes_words_is_asked_for_once_and_nothing_else_is(
    before: tuple[str, Database], tmp_path: Path
) -> None:
    address, database = before
    await entry(database, "shared", "checkin_shared")
    await entry(database, "queued", "checkin_shared", state="queued")
    await entry(database, "claimed", "stage_claimed", state="unknown")
    await insert(database, "nudge", id="plain", put_off=False, mentor_id="a")
    await insert(database, "nudge", id="put_off", put_off=True, mentor_id="b")
    await entry(database, "nudge", "mentor_nudge", subject_id="plain", not_before=LATER)
    await entry(database, "snoozed", "mentor_nudge", subject_id="plain", not_before=AT)
    await entry(database, "put_off", "mentor_nudge", subject_id="put_off")
    await insert(database, "stage_event", member_id="bob", number=3, note="tell me more")
    await insert(database, "stage_event", member_id="bob", number=4, note="")
    await entry(database, "talk", "stage_answered", subject_id="bob:3")
    await entry(database, "confirmed", "stage_answered", subject_id="bob:4")
    await entry(database, "prompt", "checkin_prompt")

    vault = at_hand_of(FileVault(tmp_path / "keys"))
    await migrate(address, vault=vault)
    await downgrade(address, "0010", vault=vault)
    await migrate(address, vault=vault)

    async with database.reading() as connection:
        errand = metadata.tables["errand"]
        columns = (errand.c.place, errand.c.want, errand.c.attempts, errand.c.ready_at)
        found = {row.place: tuple(row)[1:] for row in await connection.execute(sa.select(*columns))}
    assert set(found) == {"shared", "claimed", "nudge", "talk"}
    assert found["shared"] == ("redrawn", 0, AT)
