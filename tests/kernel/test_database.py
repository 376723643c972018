import asyncio
import sqlite3
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, StatementError

from bot.kernel.database import Database, Instant, database_url, open_database
from bot.kernel.errors import OperatorFacing

note = sa.Table(
    "note_of_this_test",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Instant),
)


@pytest.fixture
async def notes(database: Database, owned: Database) -> Database:
    async with owned.writing() as connection:
        await connection.run_sync(note.metadata.create_all)
    return database


async def test_an_instant_comes_back_aware_and_in_utc(notes: Database) -> None:
    at = datetime(2026, 9, 2, 8, 0, 1, 5, tzinfo=UTC)

    async with notes.writing() as connection:
        await connection.execute(note.insert().values(id=1, at=at))
    async with notes.reading() as connection:
        kept = (await connection.execute(sa.select(note.c.at))).scalar_one()

    assert kept == at
    assert kept.tzinfo is UTC


async def test_a_naive_datetime_is_refused(notes: Database) -> None:
    with pytest.raises(StatementError):
        async with notes.writing() as connection:
            await connection.execute(note.insert().values(id=1, at=datetime(2026, 9, 2)))  # noqa: DTZ001


async def test_an_error_rolls_the_whole_transaction_back(notes: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with notes.writing() as connection:
            await connection.execute(note.insert().values(id=1))
            raise ZeroDivisionError

    async with notes.reading() as connection:
        count = (
            await connection.execute(sa.select(sa.func.count()).select_from(note))
        ).scalar_one()
    assert count == 0


async def test_reading_cannot_write_and_writing_still_can_afterwards(notes: Database) -> None:
    with pytest.raises(DBAPIError):
        async with notes.reading() as connection:
            await connection.execute(note.insert().values(id=1))

    async with notes.writing() as connection:
        await connection.execute(note.insert().values(id=1))


async def test_a_transaction_without_a_statement_changes_nothing_of_the_next(
    notes: Database,
) -> None:
    for door in (notes.reading, notes.writing):
        async with door():
            pass

    async with notes.writing() as connection:
        await connection.execute(note.insert().values(id=1))
    with pytest.raises(DBAPIError):
        async with notes.reading() as connection:
            await connection.execute(note.insert().values(id=2))


async def test_what_is_read_in_one_go_is_of_one_moment(notes: Database) -> None:
    count = sa.select(sa.func.count()).select_from(note)

    async with notes.reading() as reader:
        before = (await reader.execute(count)).scalar_one()
        async with notes.writing() as writer:
            await writer.execute(note.insert().values(id=1))
        after = (await reader.execute(count)).scalar_one()

    assert (before, after) == (0, 0)


async def test_a_statement_that_takes_long_leaves_the_loop_free(notes: Database) -> None:
    slow = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 2000000) SELECT max(i) FROM n",
        "postgresql": "SELECT pg_sleep(0.3)",
    }[notes.engine.dialect.name]
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    counting = asyncio.create_task(count_turns())
    async with notes.reading() as connection:
        await connection.execute(sa.text(slow))
    counting.cancel()

    assert turns > 20


async def test_a_writer_that_is_given_up_leaves_nothing_behind(notes: Database) -> None:
    is_in = asyncio.Event()

    async def write() -> None:
        async with notes.writing() as connection:
            await connection.execute(note.insert().values(id=1))
            is_in.set()
            await asyncio.sleep(60)

    writing = asyncio.create_task(write())
    await is_in.wait()
    writing.cancel()
    await asyncio.wait([writing])

    async with notes.writing() as connection:
        await connection.execute(note.insert().values(id=1))


async def test_a_connection_that_died_while_nobody_used_it_is_replaced(
    notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if notes.is_sqlite:
        pytest.skip("a file does not hang up")
    monkeypatch.setattr("bot.kernel.postgres.PING_AFTER_S", 0.0)
    one = sa.text("SELECT 1")
    async with notes.outside() as first, notes.outside() as second:
        await first.execute(one)
        await second.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND usename = current_user"
            )
        )

    for door in (notes.reading, notes.writing):
        async with door() as one_more, door() as another:
            await one_more.execute(one)
            await another.execute(one)


async def test_twenty_writers_at_once_all_get_their_turn(notes: Database) -> None:
    async def write(number: int) -> None:
        async with notes.writing() as connection:
            await connection.execute(note.insert().values(id=number))

    await asyncio.gather(*(write(number) for number in range(20)))

    async with notes.reading() as connection:
        count = (
            await connection.execute(sa.select(sa.func.count()).select_from(note))
        ).scalar_one()
    assert count == 20


async def test_an_error_never_shows_the_values_of_a_statement(notes: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with notes.writing() as connection:
            await connection.execute(sa.text("SELECT * FROM nowhere WHERE a = :a"), {"a": "secret"})

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("sqlite:///var/cairn.db", "sqlite+threaded"),
        ("postgres://u:p@h/n", "postgresql+psycopg"),
        ("postgresql+asyncpg://u:p@h/n", "postgresql+psycopg"),
    ],
)
def test_an_address_gets_the_driver_that_cairn_uses(text: str, driver: str) -> None:
    assert database_url(text).drivername == driver


@pytest.mark.parametrize("text", ["", "cairn.db", "mysql://u:secret@h/n", "sqlite://"])
def test_an_address_that_cannot_work_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(OperatorFacing) as caught:
        open_database(text)

    assert caught.value.permanent
    assert "secret" not in str(caught.value)


async def test_a_writer_that_gives_up_waiting_leaves_the_way_free(notes: Database) -> None:
    async with asyncio.timeout(5), notes.writing() as holding:
        await holding.execute(note.insert().values(id=0))
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05), notes.writing() as waiting:
                    await waiting.execute(note.insert().values(id=1))
                    await asyncio.sleep(1)

    async with asyncio.timeout(5):
        for number in range(2, 24):
            async with notes.writing() as connection:
                await connection.execute(note.insert().values(id=number))
    async with notes.reading() as connection:
        count = sa.select(sa.func.count()).select_from(note)
        found = (await connection.execute(count)).scalar_one()
    assert found == 23


async def test_nobody_waits_for_a_writer_that_was_given_up_while_the_file_was_locked(
    notes: Database,
) -> None:
    if not notes.is_sqlite:
        pytest.skip("Postgres locks no file")
    keeper = sqlite3.connect(str(notes.engine.url.database), isolation_level=None)
    keeper.execute("BEGIN IMMEDIATE")

    async with asyncio.timeout(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), notes.writing():
                pass
    keeper.execute("COMMIT")
    keeper.close()

    async with asyncio.timeout(2), notes.writing() as connection:
        await connection.execute(note.insert().values(id=1))


async def test_a_writer_given_up_as_it_gets_its_turn_keeps_no_lock(notes: Database) -> None:
    if not notes.is_sqlite:
        pytest.skip("Postgres locks no file")

    async def write() -> None:
        async with notes.writing() as connection:
            await connection.execute(note.insert().values(id=1))

    keeper = sqlite3.connect(str(notes.engine.url.database), isolation_level=None, timeout=1)
    for _ in range(3):
        keeper.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(write())
        await asyncio.sleep(0.03)
        writing.cancel()
        await asyncio.sleep(0)
        keeper.execute("COMMIT")
        await asyncio.wait([writing])
        await asyncio.sleep(0.2)

    keeper.execute("BEGIN IMMEDIATE")
    keeper.close()


async def test_a_writer_waits_while_another_process_writes(notes: Database) -> None:
    if not notes.is_sqlite:
        pytest.skip("Postgres locks no file")
    keeper = sqlite3.connect(str(notes.engine.url.database), isolation_level=None)
    keeper.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with notes.writing() as connection:
            await connection.execute(note.insert().values(id=1))

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.5)
    assert not writing.done()
    keeper.execute("COMMIT")
    keeper.close()

    await asyncio.wait_for(writing, 10)


async def test_a_connection_that_came_back_within_a_transaction_can_be_used_again(
    notes: Database,
) -> None:
    def fail(_connection: sa.Connection) -> None:
        raise RuntimeError("after BEGIN")

    sa.event.listen(notes.engine.sync_engine, "begin", fail)
    for _ in range(20):
        with pytest.raises(RuntimeError):
            async with notes.reading():
                pass
    sa.event.remove(notes.engine.sync_engine, "begin", fail)

    for _ in range(20):
        async with notes.reading() as connection:
            await connection.execute(sa.text("SELECT 1"))


async def test_a_locked_file_is_waited_for_without_holding_up_anything_else(
    notes: Database,
) -> None:
    if not notes.is_sqlite:
        pytest.skip("Postgres locks no file")
    await notes.engine.dispose()  # whoever has the file open already shares it
    keeper = sqlite3.connect(str(notes.engine.url.database), isolation_level=None)
    keeper.execute("PRAGMA locking_mode=EXCLUSIVE")
    keeper.execute("BEGIN EXCLUSIVE")
    keeper.execute("INSERT INTO note_of_this_test (id) VALUES (1)")
    steps = 0

    async def look() -> int:
        async with notes.reading() as connection:
            count = sa.select(sa.func.count()).select_from(note)
            return int((await connection.execute(count)).scalar_one())

    looking = asyncio.create_task(look())
    while steps < 20:
        await asyncio.sleep(0.01)
        steps += 1
    assert not looking.done()
    keeper.execute("COMMIT")
    keeper.close()

    assert await asyncio.wait_for(looking, 10) == 1
