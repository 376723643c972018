"""Backups are encrypted to whoever has the key, and a folder keeps the newest."""

import asyncio
import os
import re
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from typer.testing import CliRunner

from app import app
from bot.kernel.errors import OperatorFacing
from runtime.commands.backup import back_up, restore
from runtime.commands.backup_folder import back_up_into, made_so
from tests.commands.test_backup import NOW, content, file, fill, mode_of, other_address

__all__ = ["file", "other_address"]


async def test_an_encrypted_backup_opens_with_its_key_alone(
    database_address: str, other_address: str, file: Path, tmp_path: Path
) -> None:
    await fill(other_address)
    keys = [pyrage.x25519.Identity.generate() for _ in range(2)]
    own, foreign, nothing = (tmp_path / name for name in ("own", "foreign", "nothing"))
    for path, text in ((own, f"# made today\n{keys[0]}\n"), (foreign, str(keys[1])), (nothing, "")):
        await asyncio.to_thread(path.write_text, text)

    written = await back_up(other_address, file, now=NOW, recipient=f"{keys[0].to_public()}\n")

    for identity, sentence in (
        (None, r"is encrypted; name the file of the private key with --identity"),
        (foreign, r"does not open with the key in .*foreign"),
        (nothing, r"holds no age private key"),
        (tmp_path, r"holds no age private key"),
    ):
        with pytest.raises(OperatorFacing, match=sentence):
            await restore(database_address, file, now=NOW, identity=identity)
    with pytest.raises(OperatorFacing, match="no age public key"):
        await back_up(other_address, tmp_path / "x", now=NOW, recipient=str(keys[0]))
    back = await restore(database_address, file, now=NOW, identity=own, catch_up=True)
    assert back.copied == written
    assert await content(database_address) == await content(other_address)
    assert not list(await asyncio.to_thread(lambda: [*tmp_path.glob(".*backup*")]))


async def test_a_folder_keeps_the_newest_and_leaves_what_is_not_its_own(
    other_address: str, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    for day in range(1, 5):
        said = await back_up_into(other_address, folder, keep=2, now=NOW + timedelta(days=day))
        await asyncio.to_thread((folder / f"notes-{day}.txt").touch)
        if day == 1:  # two that were killed, one of them long ago
            old, young = (folder / f".cairn-2026-11-20T120000Z.zip.{n}2345678" for n in (0, 1))
            await asyncio.gather(asyncio.to_thread(old.touch), asyncio.to_thread(young.touch))
            os.utime(old, (0, 0))

    assert young.exists()
    assert not old.exists()
    assert said.endswith("1 older one is deleted.")
    assert [path.name for path in made_so(folder)] == [
        "cairn-2026-11-24T120000Z.zip",
        "cairn-2026-11-23T120000Z.zip",
    ]
    assert len(list(folder.glob("notes-*"))) == 4
    assert mode_of(folder) == 0o700
    with pytest.raises(OperatorFacing, match="exists already"):
        await back_up_into(other_address, folder, keep=1, now=NOW + timedelta(days=4))
    assert len(made_so(folder)) == 2  # what could not be made deletes nothing


def test_a_backup_is_looked_at_without_a_database(other_address: str, file: Path) -> None:
    asyncio.run(fill(other_address))
    asyncio.run(back_up(other_address, file, now=NOW))

    said = CliRunner().invoke(app, ["restore", str(file), "--check"])

    assert said.exit_code == 0
    assert re.fullmatch(
        r"Whole: \d+ rows of \d+ tables are in it, made by Cairn \S+ on 20 November 2026, "
        r"12:00 UTC, of schema \d{4}\.\n",
        said.output,
    )
    neither = CliRunner().invoke(app, ["backup"])
    assert neither.exit_code == 2
