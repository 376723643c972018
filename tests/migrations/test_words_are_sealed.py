"""Migration 0019 seals check-ins and wishes that lay open, and leaves nothing of them in clear."""

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.checkins import store as checkins
from bot.checkins.rules import Answer, Blocker, CheckInId, Visibility
from bot.kernel.database import Database, Instant, open_database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault, Vault
from bot.matching import exclusions
from bot.stages.model import Lens
from runtime.commands.schema import OpensVault, migrate
from tests.attacks.forensics import files_of, found_in
from tests.migrations.test_migrations import downgrade

HERE, AT, LATER = (
    WorkspaceId("T"),
    datetime(2026, 9, 2, tzinfo=UTC),
    datetime(2026, 9, 3, tzinfo=UTC),
)
WORDS_WRITTEN = "It was hard, and I would rather have been anywhere else."
WISH = "Half an hour with you alone, without the others of the team."


async def lay_open(database: Database, revision_has_shared_at: bool = True) -> None:
    """Put a check-in and wishes into the tables as they were."""
    texts = ("workspace_id", "id", "member_id", "programme_id", "framework_id", "stage")
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(name, sa.String()) for name in (*texts, "visibility", "blocker", "wish")
    ]
    columns.append(sa.column("confidence", sa.Integer()))
    columns.append(sa.column("written_at", Instant()))
    row: dict[str, object] = dict.fromkeys(texts, "p") | {
        "workspace_id": HERE,
        "id": "c",
        "member_id": "bob",
        "visibility": "only_me",
        "blocker": "team",
        "wish": WISH,
        "confidence": 3,
        "written_at": AT,
    }
    if revision_has_shared_at:
        columns.append(sa.column("shared_at", Instant()))
        row["shared_at"] = LATER
    async with database.writing() as connection:
        await connection.execute(sa.table("checkin", *columns).insert().values(row))
        answer = ("workspace_id", "checkin_id", "position", "lens", "prompt", "text")
        values = (HERE, "c", 0, "think", "What was it like?", WORDS_WRITTEN)
        table = sa.table("checkin_answer", *map(sa.column, answer))
        await connection.execute(table.insert().values(dict(zip(answer, values, strict=True))))
        veto = sa.table(
            "pairing_veto", *map(sa.column, ("workspace_id", "member_id", "avoided_id"))
        )
        for other in ("alice", "mia"):
            pair = {"workspace_id": HERE, "member_id": "bob", "avoided_id": other}
            await connection.execute(veto.insert().values(pair))


def at_hand_of(vault: Vault) -> OpensVault:
    return lambda: nullcontext(vault)


async def is_whole(database: Database, vault: Vault, *, shared_at: datetime) -> bool:
    opened = with_keyring(database, Keyring(vault, WORDS))
    async with opened.reading() as connection:
        found = await checkins.find(connection, HERE, CheckInId("c"))
        wishes = await exclusions.vetoes(connection, HERE)
    assert found is not None
    entry = found.entry
    answer = Answer(Lens.THINK, "What was it like?", WORDS_WRITTEN)
    assert (entry.answers, entry.confidence, entry.blocker) == ((answer,), 3, Blocker.TEAM)
    assert (entry.wish, entry.visibility, found.shared_at) == (WISH, Visibility.ONLY_ME, shared_at)
    return wishes == {"bob": {MemberId("alice"), MemberId("mia")}}


@pytest.mark.parametrize("since", ["0010", "0016"])
async def test_what_lay_open_is_sealed_whole_also_up_and_down_and_up_again(
    empty_database_address: str, tmp_path: Path, since: str
) -> None:
    address = empty_database_address
    vault: Vault = FileVault(tmp_path / "keys")
    at_hand = at_hand_of(vault)
    await migrate(address, revision=since)
    database = open_database(address)
    await lay_open(database, revision_has_shared_at=since != "0010")

    for _ in range(2):
        await migrate(address, vault=at_hand)
        await downgrade(address, since, vault=at_hand)
    await migrate(address, vault=at_hand)

    assert await is_whole(database, vault, shared_at=AT if since == "0010" else LATER)
    await database.close()


async def test_nothing_that_lay_open_is_left_in_the_files(
    empty_database_address: str, tmp_path: Path
) -> None:
    address = empty_database_address
    await migrate(address, revision="0016")
    database = open_database(address)
    await lay_open(database)
    secret = [WORDS_WRITTEN.encode(), WISH.encode()]
    assert found_in(await _tables(database), secret) == set(secret)

    vault: Vault = FileVault(tmp_path / "keys")
    await migrate(address, vault=at_hand_of(vault))

    assert found_in(await _tables(database), secret) == set()
    await database.close()


async def _tables(database: Database) -> list[Path]:
    """The files, but for Postgres' own log, which its settings say how long to keep."""
    return [path for path in await files_of(database) if path.parent.name != "pg_wal"]


async def test_without_the_keys_nothing_is_changed(empty_database_address: str) -> None:
    address = empty_database_address
    await migrate(address, revision="0016")
    database = open_database(address)
    await lay_open(database)

    with pytest.raises(OperatorFacing, match=r"app\.py migrate"):
        await migrate(address)

    async with database.reading() as connection:
        kept = await connection.execute(sa.text("SELECT wish FROM checkin"))
        assert kept.scalar_one() == WISH
    await database.close()
