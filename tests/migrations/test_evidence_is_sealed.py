"""Migration 0026 seals the evidence that lay open, and leaves nothing of it in clear."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.kernel.database import Database, Instant, open_database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault, Vault
from bot.stages import store
from runtime.commands.schema import migrate
from tests.attacks.forensics import files_of, found_in
from tests.migrations.test_migrations import downgrade
from tests.migrations.test_words_are_sealed import at_hand_of

HERE, BOB = WorkspaceId("T"), MemberId("bob")
EVIDENCE = "I led three visits & was asked to explain why, by the family."
BEFORE = "0025"


async def lay_open(database: Database) -> None:
    """Put a claim with its evidence, and a confirmation without words, into the table as it was."""
    names = ("workspace_id", "member_id", "framework_id", "kind", "from_level", "to_level", "note")
    table = sa.table(
        "stage_event",
        *(sa.column(name) for name in (*names, "number", "by_member_id")),
        sa.column("at", Instant()),
    )
    row = dict.fromkeys(names, "x") | {"workspace_id": HERE, "member_id": BOB, "by_member_id": BOB}
    at = datetime(2026, 9, 2, 8, 30, 0, 123456, tzinfo=UTC)
    lines = [("claimed", EVIDENCE), ("confirmed", "")]
    async with database.writing() as connection:
        for number, (kind, note) in enumerate(lines, start=1):
            line = {"kind": kind, "note": note, "number": number, "at": at}
            await connection.execute(table.insert().values(row | line))


async def test_evidence_is_sealed_whole_up_and_down_and_up_again_and_gone_from_the_files(
    empty_database_address: str, tmp_path: Path
) -> None:
    address = empty_database_address
    vault: Vault = FileVault(tmp_path / "keys")
    at_hand = at_hand_of(vault)
    await migrate(address, revision=BEFORE)
    database = open_database(address)
    await lay_open(database)
    with pytest.raises(OperatorFacing, match=r"app\.py migrate"):
        await migrate(address)

    await migrate(address, vault=at_hand)
    assert found_in(await _tables(database), [EVIDENCE.encode()]) == set()
    await downgrade(address, BEFORE, vault=at_hand)
    async with database.reading() as connection:
        opened = await connection.execute(sa.text("SELECT note FROM stage_event ORDER BY number"))
        assert [*opened.scalars()] == [EVIDENCE, ""]
    await migrate(address, vault=at_hand)

    async with with_keyring(database, Keyring(vault, WORDS)).reading() as connection:
        claimed, confirmed = await store.history(connection, HERE, BOB)
    assert (claimed.note, claimed.met, claimed.is_readable) == (EVIDENCE, (), True)
    assert (confirmed.note, confirmed.is_readable) == ("", True)
    await database.close()


async def _tables(database: Database) -> list[Path]:
    return [path for path in await files_of(database) if path.parent.name != "pg_wal"]
