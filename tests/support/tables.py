"""A database with all tables: the migrations make one, once, and every other is its copy."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from bot.kernel.folders import make_private_folder
from runtime.commands.schema import migrate


@cache
def _folder() -> TemporaryDirectory[str]:
    """Where the first one stands, until this process ends."""
    return TemporaryDirectory()


async def template() -> Path:
    """The SQLite file that the migrations have made."""
    path = Path(_folder().name) / "template.db"
    if not path.exists():
        unready = path.with_name("unready.db")
        await migrate(f"sqlite:///{unready}")
        unready.rename(path)
    return path


async def with_all_tables(address: str) -> None:
    """Give an empty or a missing database all its tables."""
    if (path := _missing_file(address)) is None:
        await migrate(address)
    else:
        shutil.copy(await template(), path)


def _missing_file(address: str) -> Path | None:
    """Where an SQLite file is to be that does not exist yet; its folder does afterwards."""
    url = sa.make_url(address)
    path = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or path.exists():
        return None
    make_private_folder(path.parent)
    return path
