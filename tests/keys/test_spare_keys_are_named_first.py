"""Keys that one database needs no more may be another's: they are named before they go."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.kernel.database import Database
from bot.kernel.errors import OperatorFacing
from bot.keys.keyring import WORDS, Keyring
from bot.keys.vault import FileVault
from bot.pulse.ballots import move_in
from runtime.commands.keys import do
from tests.support.offline import offline
from tests.support.transactions import write


async def test_spare_keys_are_destroyed_once_somebody_is_sure(
    database: Database, database_address: str, tmp_path: Path
) -> None:
    vault, now = FileVault(tmp_path / "keys"), datetime.now(UTC)
    await write(database, move_in, vault)
    name, _ = await Keyring(vault, WORDS).current()
    options = offline(database_address, tmp_path / "keys")
    await do(options, ["rotate"], now=now)

    with pytest.raises(OperatorFacing, match=f"No row of this database needs {name}.*another eng"):
        await do(options, ["destroy_spare"], now=now + timedelta(hours=1))
    with pytest.raises(OperatorFacing, match="do not go together"):
        await do(options, ["rotate", "destroy_spare"], now=now, sure=True)
    assert len(await vault.names()) == 2

    said = await do(options, ["destroy_spare"], now=now + timedelta(hours=1), sure=True)
    assert said.startswith("1 key destroyed")
    assert name not in await vault.names()
    again = await do(options, ["destroy_spare"], now=now + timedelta(hours=1))
    assert again == "There are no spare keys, so none was destroyed."
