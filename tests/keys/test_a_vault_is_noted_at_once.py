"""Which vault belongs to a database is noted before the first key is made, in every mode."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.kernel.clock import SetClock
from bot.keys.vault import KeysAway
from runtime.commands import keys as commands
from runtime.commands.backup import back_up, restore
from runtime.demo.run import demo_options
from runtime.process import assembled
from runtime.tenancy import Options
from tests.support.scopes import no_scope

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOBODY = "http://127.0.0.1:1"
SEVERAL = {"bot_token": None, "client_id": "1.2", "client_secret": "hush"}


@pytest.fixture
def options(database_address: str, tmp_path: Path) -> Options:
    return replace(
        demo_options(NOBODY, tmp_path, database_url=database_address),
        key_folder=tmp_path / "mount" / "keys",
    )


@pytest.mark.parametrize("mode", [{}, SEVERAL], ids=["one workspace", "several"])
async def test_a_first_start_without_the_volume_makes_no_key(
    options: Options, mode: dict[str, str | None]
) -> None:
    with no_scope():
        assert await commands.note_vault(options) == ()
        options.key_folder.rename(options.key_folder.with_name("the-volume"))

        for _ in range(2):
            with pytest.raises(KeysAway, match="not mounted"):
                async with assembled(replace(options, **mode), SetClock(NOW)):  # type: ignore[arg-type]
                    pass

        assert not options.key_folder.exists()
        (told,) = await commands.note_vault(options)
        assert "not mounted" in told
        options.key_folder.with_name("the-volume").rename(options.key_folder)
        assert await commands.note_vault(options) == ()


async def test_a_backup_goes_into_a_database_that_only_knows_its_vault(
    options: Options, database_address: str, tmp_path: Path
) -> None:
    with no_scope():
        await commands.note_vault(options)
        await back_up(database_address, tmp_path / "backup.zip", now=NOW)
        elsewhere = replace(options, key_folder=tmp_path / "elsewhere")

        await restore(database_address, tmp_path / "backup.zip", now=NOW)

        assert await commands.note_vault(options) == ()
        assert "not mounted" in (await commands.note_vault(elsewhere))[0]
