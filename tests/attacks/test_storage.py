"""What lies on the disk: nothing readable while a round is open, and no key after its close."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.flows import pulse_rounds as rounds
from bot.kernel.database import Database, open_database
from bot.keys.vault import FileVault, KeyLost, SealedBoxKeys
from bot.pulse import closing
from bot.pulse.model import Answers, RoundState
from bot.pulse.sealing import unseal
from bot.pulse.tables import ballot_table, round_table
from tests.attacks.forensics import OF_THIS_ROUND, dumped, files_of, found_in, rows_of, table_names
from tests.pulse.stage import Stage
from tests.pulse.year import FIRST_OPENING, MENTEES, Year
from tests.support.postgres import administer

GOOD: Answers = {"speak": 5, "mistakes": 1}


async def test_no_answer_and_no_key_is_in_the_database_while_a_round_is_open(
    stage: Stage, papers: list[bytes]
) -> None:
    round_ = await stage.open({"A": 8, "B": 8})
    await stage.all_answer(round_, GOOD)
    keys = await stage.vault.recall(round_.id)
    files = await files_of(stage.database)

    assert len(papers) == 16
    assert found_in(files, papers) == set()
    assert found_in(files, [keys.private_key, keys.tag_key]) == set()
    sealed = (await stage.box(round_)).values()
    assert found_in(files, sealed) == set(sealed), "the search itself must find what is there"


async def test_no_answer_and_no_key_is_in_a_dump(
    stage: Stage, papers: list[bytes], tmp_path: Path
) -> None:
    round_ = await stage.open({"A": 8})
    await stage.all_answer(round_, GOOD)
    keys = await stage.vault.recall(round_.id)
    sealed = (await stage.box(round_)).values()

    while_open = await dumped(stage.database, made(tmp_path / "open"))
    await stage.close(round_)
    after = await dumped(stage.database, made(tmp_path / "closed"))

    secret = [*papers, keys.private_key, keys.tag_key]
    assert found_in([*while_open, *after], secret) == set()
    assert found_in(while_open, sealed) == set(sealed), "the search itself must find what is there"
    assert found_in(after, sealed) == set()


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def test_after_the_close_nothing_on_any_disk_opens_a_ballot(
    stage: Stage, vault: FileVault, papers: list[bytes]
) -> None:
    round_ = await stage.open({"A": 8})
    await stage.all_answer(round_, GOOD)
    box = await stage.box(round_)
    keys = await vault.recall(round_.id)

    await stage.close(round_)

    files = [*await files_of(stage.database), *vault.directory.glob("*")]
    assert found_in(files, papers) == set()
    assert found_in(files, [keys.private_key, keys.tag_key]) == set()
    if stage.database.is_sqlite:
        assert found_in(files, [*box, *box.values()]) == set()
    others = SealedBoxKeys(b"\x01" * 32, keys.tag_key)
    assert all(unseal(round_, tag, one, others) is None for tag, one in box.items())


async def test_nothing_deleted_lingers_where_ballots_lay(stage: Stage) -> None:
    """SQLite's free pages are overwritten and Postgres' dead rows are vacuumed away."""
    round_ = await stage.open({"A": 8})
    for _ in range(3):
        await stage.all_answer(round_, GOOD)
    box = await stage.box(round_)

    await stage.close(round_)

    if stage.database.is_sqlite:
        assert found_in(await files_of(stage.database), box.values()) == set()
        return
    async with stage.database.reading() as connection:
        size = sa.text("SELECT pg_relation_size('pulse_ballot')")
        assert (await connection.execute(size)).scalar_one() == 0


async def test_no_row_of_another_table_was_written_together_with_a_ballot(stage: Stage) -> None:
    round_ = await stage.open({"A": 12})
    before = await rows_of(stage.database)
    await stage.all_answer(round_, GOOD)
    after = await rows_of(stage.database)

    assert {name for name in after if after[name] != before[name]} == {"pulse_ballot"}
    if stage.database.is_sqlite:
        return
    async with stage.database.reading() as connection:
        names = [name for name in await table_names(connection) if name != "pulse_ballot"]
        shared = [
            name
            for name in names
            if (
                await connection.execute(
                    sa.text(
                        f'SELECT count(*) FROM "{name}" o JOIN pulse_ballot b ON '
                        "b.xmin::text IN (o.xmin::text, o.xmax::text)"
                    )
                )
            ).scalar_one()
        ]
        apart = (
            await connection.execute(sa.text("SELECT count(DISTINCT xmin::text) FROM pulse_ballot"))
        ).scalar_one()
    assert shared == []
    assert apart == 12


async def test_a_ballot_has_no_time_no_number_and_no_link(database: Database) -> None:
    def shape(connection: sa.Connection) -> tuple[dict[str, str], list[str], list[str]]:
        inspector = sa.inspect(connection)
        columns = inspector.get_columns("pulse_ballot")
        types = {column["name"]: str(column["type"]) for column in columns}
        defaults = [str(column["default"]) for column in columns if column["default"] is not None]
        keys = inspector.get_foreign_keys("pulse_ballot")
        return types, defaults, [str(key) for key in keys]

    async with database.reading() as connection:
        types, defaults, foreign = await connection.run_sync(shape)
        ddl = ""
        if database.is_sqlite:
            query = sa.text("SELECT sql FROM sqlite_master WHERE name = 'pulse_ballot'")
            ddl = (await connection.execute(query)).scalar_one()

    binary = "BLOB" if database.is_sqlite else "BYTEA"
    assert types == {"round_id": "TEXT", "tag": binary, "sealed": binary}
    assert (defaults, foreign) == ([], [])
    if database.is_sqlite:
        assert "WITHOUT ROWID" in ddl
        assert "STRICT" in ddl


@pytest.mark.parametrize("swap", [{"A0": "A7"}, {"A1": "A4", "A2": "A5"}])
async def test_the_database_after_the_close_is_the_same_whoever_answered_what(
    stage: Stage, swap: dict[str, str]
) -> None:
    """Two rounds whose answers differ only in whose they are; A7 was silent in the first."""
    dumps = []
    answers: dict[str, Answers] = {
        f"A{n}": {"speak": 1 + n % 5, "mistakes": 5 - n % 5} for n in range(7)
    }
    exchange = swap | {ours: theirs for theirs, ours in swap.items()}
    names: tuple[dict[str, str], ...] = ({}, exchange)
    for name_of in names:
        round_ = await stage.open({"A": 8})
        for member, paper in answers.items():
            await stage.answer(round_, name_of.get(member, member), paper)
        await stage.close(round_)
        dumps.append(await rows_of(stage.database, without=OF_THIS_ROUND))
        async with stage.database.writing() as connection:
            await connection.execute(sa.delete(round_table))

    assert dumps[0] == dumps[1]


async def test_an_old_backup_opens_no_round_and_releases_nothing(
    year: Year, database_address: str, tmp_path: Path
) -> None:
    await year.until(FIRST_OPENING)
    await year.answer()
    await year.database.close()
    copy = await _backup(database_address, tmp_path)
    await year.until(FIRST_OPENING + timedelta(days=6))
    assert (await year.rounds())[0].state is RoundState.RELEASED
    await year.database.close()

    restored = Year(
        rounds.PulseServices(open_database(copy), year.means.vault, year.means.instruments)
    )
    (old,) = await restored.rounds()
    async with restored.database.reading() as connection:
        sealed = (await connection.execute(sa.select(ballot_table.c.sealed))).scalars().all()
    assert (old.state, len(sealed)) == (RoundState.OPEN, len(MENTEES))
    with pytest.raises(KeyLost):
        await closing.count(restored.database, year.means.vault, old)

    await rounds.finish_rounds(restored.means, now=old.closes_at)

    assert (await restored.rounds())[0].state is RoundState.VOID
    assert await restored.told("pulse_digest", "pulse_result") == []
    await restored.database.close()


async def _backup(address: str, folder: Path) -> str:
    """A copy of the whole database as it stands, without the key directory."""
    if address.startswith("sqlite"):
        original = Path(address.removeprefix("sqlite:///"))
        copy = folder / "backup.db"
        shutil.copy(original, copy)
        wal = original.with_name(original.name + "-wal")
        if wal.exists():
            shutil.copy(wal, folder / "backup.db-wal")
        return f"sqlite:///{copy}"
    url = sa.make_url(address)
    name = f"{url.database}_backup"
    server = url.set(database="postgres").render_as_string(hide_password=False)
    await administer(server, f"CREATE DATABASE {name} TEMPLATE {url.database}")
    return url.set(database=name).render_as_string(hide_password=False)
