"""A process that cannot start says why in one sentence, and does nothing half."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot.kernel.database import open_database
from bot.keys.vault import FileVault
from bot.programme import store as programmes
from runtime.demo.sandbox import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from slack_sandbox.seed import populate
from slack_sandbox.server import running
from slack_sandbox.world import World
from tests.pulse.stage import Stage
from tests.support.cast import HERE, PROGRAMME
from tests.support.tables import with_all_tables

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def slack() -> AsyncIterator[str]:
    """The address of an empty sandbox."""
    world = World()
    populate(world)
    async with running(world) as url:
        yield url


@pytest.fixture
async def working(slack: str, tmp_path: Path) -> dict[str, str]:
    """Settings with which Cairn would start."""
    url = f"sqlite:///{tmp_path}/data/cairn.db"
    await with_all_tables(url)
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{slack}/api/",
        "DATABASE_URL": url,
        "KEY_DIR": f"{tmp_path}/keys",
        "LOG_LEVEL": "ERROR",
    }


async def app(
    settings: Mapping[str, str], *words: str, folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run `app.py` to its end, at most two minutes, in a folder without a .env."""
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(ROOT / "app.py"), *words],
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def is_one_sentence(said: subprocess.CompletedProcess[str], *words: str) -> bool:
    lines = said.stderr.strip().splitlines()
    return (
        said.returncode == 1
        and len(lines) == 1
        and "Traceback" not in said.stderr
        and all(word in lines[0] for word in words)
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, ["SLACK_BOT_TOKEN", "invalid_auth"]),
        ({"SLACK_BOT_TOKEN": ""}, ["SLACK_BOT_TOKEN", "not set"]),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, ["SLACK_APP_TOKEN"]),
        ({"SLACK_APP_TOKEN": "xoxb-swapped"}, ["SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"]),
        (
            {"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/n?sslmode=maybe"},
            ["DATABASE_URL", "maybe"],
        ),
        ({"DATABASE_URL": "mysql://u:secret@h/n"}, ["DATABASE_URL", "mysql"]),
        ({"KEY_DIR": "/dev/null/keys"}, ["/dev/null/keys"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_what_keeps_it_from_starting_is_one_sentence(
    working: dict[str, str], changed: dict[str, str], words: list[str], tmp_path: Path
) -> None:
    said = await app({**working, **changed}, "serve", folder=tmp_path)

    assert is_one_sentence(said, *words), said.stderr
    assert "secret" not in said.stderr


SEVERAL = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "hush-secret"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (SEVERAL, ["SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "one or the other"]),
        ({**SEVERAL, "SLACK_BOT_TOKEN": ""}, ["serve --http"]),
        ({"SLACK_CLIENT_ID": "1.2"}, ["SLACK_CLIENT_SECRET"]),
    ],
    ids=["both", "without HTTP", "half a pair"],
)
async def test_one_workspace_or_several_must_be_clear(
    working: dict[str, str], changed: dict[str, str], words: list[str], tmp_path: Path
) -> None:
    said = await app({**working, **changed}, "serve", folder=tmp_path)

    assert is_one_sentence(said, *words), said.stderr
    assert "hush" not in said.stderr


async def test_an_occupied_port_is_one_sentence(working: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        said = await app(
            working, "serve", "--http", "--host", "127.0.0.1", "--port", port, folder=tmp_path
        )

    assert is_one_sentence(said, port, "--port"), said.stderr


async def test_a_database_without_its_tables_is_one_sentence(
    working: dict[str, str], tmp_path: Path
) -> None:
    fresh = {**working, "DATABASE_URL": f"sqlite:///{tmp_path}/other/cairn.db"}

    said = await app(fresh, "serve", folder=tmp_path)

    assert is_one_sentence(said, "app.py migrate"), said.stderr


async def test_a_key_folder_that_others_may_read_is_one_sentence(
    working: dict[str, str], tmp_path: Path
) -> None:
    keys = tmp_path / "open-to-all"
    keys.mkdir()
    keys.chmod(0o755)

    said = await app({**working, "KEY_DIR": str(keys)}, "serve", folder=tmp_path)

    assert is_one_sentence(said, "open-to-all"), said.stderr


async def test_keys_that_are_away_keep_it_from_starting_until_they_are_given_up(
    working: dict[str, str], tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    database = open_database(working["DATABASE_URL"])
    async with database.writing() as connection:
        await programmes.put_programme(connection, HERE, PROGRAMME)
    await Stage(database, FileVault(keys)).open({"A": 5})
    await database.close()
    there = await app(working, "keys", folder=tmp_path)
    assert "The keys of 1 of 1 open pulse are in" in there.stdout
    keys.rename(tmp_path / "not-mounted")
    keys.mkdir(mode=0o700)

    for command in ("serve", "keys"):
        said = await app(working, command, folder=tmp_path)
        assert is_one_sentence(said, str(keys), "not mounted", "keys --start-anew"), said.stderr
    assert "not mounted" in (await app(working, "doctor", folder=tmp_path)).stdout
    assert list(keys.iterdir()) == []

    asked = await app(working, "keys", "--start-anew", folder=tmp_path)
    assert is_one_sentence(asked, "gives up the results of 1 open pulse for good", "--sure")
    assert list(keys.iterdir()) == []
    given_up = await app(working, "keys", "--start-anew", "--sure", folder=tmp_path)

    assert "1 open pulse had theirs elsewhere and ended without results" in given_up.stdout
    assert "The keys of 0 of 0 open" in (await app(working, "keys", folder=tmp_path)).stdout


def test_a_python_without_the_packages_says_where_they_are() -> None:
    bare = [sys.executable, "-I", "-S", str(ROOT / "app.py"), "doctor"]

    done = subprocess.run(bare, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "not installed for this Python" in done.stderr
    assert "Traceback" not in done.stderr
