"""Whatever is set wrongly, and whatever a database refuses, ends in one sentence that says why."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from typer.testing import CliRunner

from app import app
from bot.kernel import refusals
from config.settings import NAMES
from runtime.memory import OVERWRITING
from tests.config.wrong import FILES, QUEUE, SECRET, SERVERS, SETTINGS, Wrong, database
from tests.support import postgres
from tests.support.strange_servers import fatal, http, silence, strange_server, tls_offered


@dataclass(slots=True)
class There:
    """What the braces stand for."""

    folder: Path
    names: dict[str, str] = field(default_factory=dict)

    def filled(self, text: str) -> str:
        return text.format(folder=self.folder, secret=SECRET, **self.names)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> There:
    """A folder of files that are no good."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "roster.csv").write_text("slack_id,name\nU1,Bob\n" * 100)
    whole = sqlite_template.read_bytes()
    (folder / "damaged.db").write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    shutil.copy(sqlite_template, folder / "locked.db")
    with sqlite3.connect(folder / "other.db") as other:
        other.execute("CREATE TABLE invoice (id INTEGER)")
    other.close()
    return There(folder)


@pytest.fixture(scope="module")
def servers(files: There, postgres_server: str) -> Iterator[There]:
    """A Postgres with roles and databases that are no good, and servers that are none."""
    host = postgres.socket_of(postgres_server)
    refuses = {
        "silent": silence,
        "web": http("400 Bad Request", "<html>"),
        "offering": tls_offered,
        "beginning": fatal("57P03", "the database system is starting up"),
        "pooling": fatal("08P01", "unsupported startup parameter: options"),
        "bare": fatal(
            "28000",
            'no pg_hba.conf entry for host "10.0.0.1", user "cairn", database "cairn", no '
            "encryption",
        ),
        "refusing": fatal(
            "28P01", f"Passwort-Authentifizierung für Benutzer »cairn« mit {SECRET} fehlgeschlagen"
        ),
    }
    with ExitStack() as stack, postgres.walls(postgres_server, WALLS):
        asyncio.run(postgres.administer(postgres_server, *SPOILED))
        for name in ("other_program", "bare"):
            asyncio.run(
                postgres.administer(
                    postgres.as_role(postgres_server, postgres.SUPERUSER, database=name),
                    *IN_DATABASES[name],
                )
            )
        ports = {
            name: str(stack.enter_context(strange_server(talk)).port)
            for name, talk in refuses.items()
        }
        names = {"host": host, "socket": f"the socket in {host}", "name": postgres.TEMPLATE}
        yield There(files.folder, names | ports)
        asyncio.run(postgres.administer(postgres_server, *CLEARED_AWAY))


WALLS = "local all walled scram-sha-256\nlocal all shut_out reject\n"
DATABASES = ("closed", "bare", "crowded", "other_program")
ROLES = ("walled", "shut_out", "asleep", "visitor", "reader")
SPOILED = (
    *(f"CREATE ROLE {role} LOGIN" for role in ROLES),
    "ALTER ROLE walled PASSWORD 'another'",
    "ALTER ROLE asleep NOLOGIN",
    "ALTER ROLE reader SET default_transaction_read_only = on",
    *(f"GRANT CONNECT ON DATABASE {postgres.TEMPLATE} TO {role}" for role in ROLES),
    *(f"CREATE DATABASE {name} OWNER {postgres.OWNER} TEMPLATE template0" for name in DATABASES),
    "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
    "ALTER DATABASE crowded CONNECTION LIMIT 0",
)
IN_DATABASES = {
    "other_program": ["CREATE TABLE invoice (id integer)"],
    "bare": [
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT CREATE ON SCHEMA public TO reader",
    ],
}
CLEARED_AWAY = (
    *(f"DROP DATABASE {name} WITH (FORCE)" for name in DATABASES),
    *(f"REVOKE ALL ON DATABASE {postgres.TEMPLATE} FROM {role}" for role in ROLES),
    *(f"DROP ROLE {role}" for role in ROLES),
)


def said(wrong: Wrong, there: There, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run the command in a folder of its own with these settings and no others."""
    for name in (*NAMES, *(f"{name}_FILE" for name in NAMES)):
        monkeypatch.delenv(name, raising=False)
    here = there.folder / "here"
    here.mkdir(exist_ok=True)
    monkeypatch.chdir(here)
    for name, value in ({"KEY_DIR": "{folder}/keys"} | dict(wrong.settings)).items():
        monkeypatch.setenv(name, there.filled(value))
    monkeypatch.setenv("GLIBC_TUNABLES", OVERWRITING)  # or it replaces this process by another
    done = CliRunner().invoke(app, [there.filled(word) for word in wrong.command])
    assert isinstance(done.exception, SystemExit | None), done.exception
    return done.exit_code, done.output


def check(wrong: Wrong, there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = said(wrong, there, monkeypatch)

    assert output == there.filled(wrong.said) + "\n"
    assert code == wrong.code
    assert SECRET not in output


@pytest.mark.parametrize("wrong", SETTINGS.values(), ids=SETTINGS)
def test_a_wrong_setting_is_one_sentence(
    wrong: Wrong, files: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(wrong, files, monkeypatch)


@pytest.mark.parametrize("wrong", FILES.values(), ids=FILES)
def test_a_wrong_file_is_one_sentence(
    wrong: Wrong, files: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.kernel.sqlite.SQLITE_BUSY_TIMEOUT_MS", 200)
    locking = sqlite3.connect(files.folder / "locked.db", isolation_level=None)
    locking.execute("PRAGMA journal_mode=WAL")
    backup = files.folder / "backup-made-before.zip"
    if "locked" in wrong.said:
        made = Wrong("", wrong.settings, ("backup", str(backup)))
        assert said(made, files, monkeypatch)[0] == 0
        locking.execute("BEGIN IMMEDIATE")

    check(wrong, files, monkeypatch)

    locking.close()


@pytest.mark.parametrize("wrong", SERVERS.values(), ids=SERVERS)
def test_a_server_that_refuses_is_one_sentence(
    wrong: Wrong, servers: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(wrong, servers, monkeypatch)


def test_a_file_of_somebody_else_is_one_sentence(
    sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TemporaryDirectory(dir="/tmp") as made:  # pytest's own folders let nobody else in
        there, folder = There(Path(made)), Path(made) / "data"
        folder.mkdir()
        file = folder / "cairn.db"
        shutil.copy(sqlite_template, file)
        wrong = database("", f"sqlite:///{file}", QUEUE)
        absent = database("", f"sqlite:///{folder}/var/cairn.db", QUEUE)
        assert said(wrong, there, monkeypatch)[0] == 0  # which also loads all that is needed
        for path, mode in ((file, 0o444), (folder, 0o555), (there.folder, 0o755)):
            path.chmod(mode)
        with nobody_in_particular():
            read_only, no_folder = [said(one, there, monkeypatch)[1] for one in (wrong, absent)]
        folder.chmod(0o755)
        monkeypatch.undo()

    assert read_only == (
        f"{file} cannot be written; let the user who runs Cairn write the file and its folder, "
        "and see whether the disk is mounted read-only\n"
    )
    assert no_folder == (
        f"{folder}/var is not there and cannot be made, because {folder} may not be written; make "
        "the folder for the user who runs Cairn, or correct DATABASE_URL\n"
    )


@contextmanager
def nobody_in_particular() -> Iterator[None]:
    """Be a user to whom modes of files apply."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_there_are_forty_and_more() -> None:
    assert len(SETTINGS) + len(FILES) + len(SERVERS) > 40


def test_a_server_that_is_too_old_is_one_sentence(
    servers: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "OLDEST_POSTGRES", 99)
    wrong = database("", "postgresql://cairn_run:{secret}@/{name}?host={host}", QUEUE)

    code, output = said(wrong, servers, monkeypatch)

    assert output.startswith("The server runs Postgres 1")
    assert output.endswith(
        "and Cairn needs 99 or newer; have it upgraded, or name another in DATABASE_URL\n"
    )
    assert code == 1
