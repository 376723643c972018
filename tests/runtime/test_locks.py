"""A bot that runs holds a lock on its database, and a restore holds bots off."""

import asyncio
import fcntl
import os
from contextlib import nullcontext
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.kernel.database import Database, open_database
from runtime import locks
from runtime.locks import Lock, LockIsTaken, locked, running_on


async def test_no_bot_starts_while_a_backup_is_put_back(database_address: str) -> None:
    async with locked(database_address, Lock.RUNNING, taken="taken"):
        with pytest.raises(LockIsTaken, match="put back into this database"):
            async with running_on(database_address):
                pass


async def test_a_file_by_another_name_has_the_same_lock(tmp_path: Path) -> None:
    (tmp_path / "cairn.db").touch()
    (tmp_path / "linked.db").symlink_to(tmp_path / "cairn.db")

    async with locked(f"sqlite:///{tmp_path}/cairn.db", Lock.RUNNING, taken="taken"):
        with pytest.raises(LockIsTaken):
            async with running_on(f"sqlite:///{tmp_path}/linked.db"):
                pass


async def test_a_lock_that_stays_lost_is_logged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "STILL_THERE_S", 0.01)
    monkeypatch.setattr(locks, "LOOK_AGAIN_S", 0.01)

    async def fails() -> bool:
        raise OSError

    def refused(*_: object) -> None:
        raise OSError

    with capture_logs() as logs:
        async with running_on(f"sqlite:///{tmp_path}/cairn.db"):
            monkeypatch.setattr(locks, "_of_file", lambda *_, **__: nullcontext(fails))
            monkeypatch.setattr(fcntl, "flock", refused)
            await asyncio.sleep(0.2)

    assert [one["event"] for one in logs] == ["running_lock_lost"]


async def test_a_bot_takes_its_lock_again_after_a_restart_of_the_server(
    database_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_address.startswith("sqlite"):
        pytest.skip("a file has no server")
    monkeypatch.setattr(locks, "STILL_THERE_S", 0.2)
    monkeypatch.setattr(locks, "LOOK_AGAIN_S", 0.05)
    database = open_database(database_address)

    async with running_on(database_address):
        (first,) = await holders(database)
        await cut(database, first)
        for _ in range(200):
            if (now := await holders(database)) and now != {first}:
                break
            await asyncio.sleep(0.05)
        assert len(now) == 1
        assert now != {first}
    await database.close()


async def test_a_bot_ends_that_finds_its_database_being_replaced(
    database_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_address.startswith("sqlite"):
        pytest.skip("a file's lock ends with its process alone")
    monkeypatch.setattr(locks, "STILL_THERE_S", 1)
    database, is_put_aside = open_database(database_address), asyncio.Event()

    with capture_logs() as logs:
        async with running_on(database_address, put_aside=is_put_aside.set):
            (first,) = await holders(database)
            await cut(database, first)
            async with locked(database_address, Lock.RUNNING, taken="taken", patience_s=2):
                async with asyncio.timeout(locks.NOTICED_WITHIN_S):
                    await is_put_aside.wait()
    await database.close()

    assert [one["event"] for one in logs] == ["running_lock_lost", "put_aside"]


async def test_a_bot_ends_that_finds_its_database_replaced_when_it_wakes(
    database_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "STILL_THERE_S", 0.05)
    monkeypatch.setattr(locks, "LOOK_AGAIN_S", 0.05)
    is_put_aside, marks = asyncio.Event(), iter(["never", "never", "on Tuesday"])

    async def mark() -> str:
        return next(marks)

    async def lose() -> None:
        if database_address.startswith("sqlite"):
            os.unlink(f"{database_address.removeprefix('sqlite:///')}.running")
            return
        database = open_database(database_address)
        for pid in await holders(database):
            await cut(database, pid)
        await database.close()

    with capture_logs() as logs:
        async with running_on(database_address, mark=mark, put_aside=is_put_aside.set):
            await lose()
            await asyncio.sleep(0.5)
            assert not is_put_aside.is_set()
            await lose()
            async with asyncio.timeout(5):
                await is_put_aside.wait()

    assert [one["event"] for one in logs] == [*2 * ["running_lock_lost"], "put_aside"]


async def holders(database: Database) -> set[int]:
    query = sa.text("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")
    async with database.reading() as connection:
        return set((await connection.execute(query)).scalars())


async def cut(database: Database, pid: int) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.text(f"SELECT pg_terminate_backend({pid})"))
