"""A database with a running programme, for the benchmarks that need one."""

import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.kernel.database import open_database
from bot.kernel.ids import WorkspaceId
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault
from config.catalogue import load_catalogue
from runtime.commands.schema import migrate
from runtime.demo.cast import made_up_cast, set_up_programme

WORKSPACE = WorkspaceId("T0CAIRN")
TOKEN = "xoxb-benchmark"
SECRET = "benchmark-signing-secret"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A database's address, a key directory beside it, and the mentees' Slack ids."""

    url: str
    keys: str
    mentees: list[str]


async def prepared_database(folder: Path, *, url: str | None = None) -> Prepared:
    """A programme of 6 mentors and 36 mentees under way, in the empty database at `url` or in a
    SQLite file in `folder`."""
    url = url or f"sqlite:///{folder}/data/cairn.db"
    cast = made_up_cast()
    await migrate(url)
    keys = Keyring(FileVault(folder / "keys"), WORDS)
    database = with_keyring(open_database(url), keys)
    await set_up_programme(
        database,
        load_catalogue(),
        cast,
        workspace_id=WORKSPACE,
        now=datetime.now(UTC),
    )
    await database.close()
    return Prepared(url, str(folder / "keys"), list(cast.mentees))


def free_port() -> int:
    """A TCP port on loopback that nothing uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
