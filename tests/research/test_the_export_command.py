"""`app.py export` writes one whole file, or none and a sentence that says what to do."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app import app
from bot.kernel.database import open_database
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import FileVault
from tests.research.agreeing import STUDY, fill
from tests.research.test_an_export import problems_of
from tests.support.cast import HERE
from tests.support.tables import with_all_tables


@pytest.fixture
async def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    address = f"sqlite:///{tmp_path / 'cairn.db'}"
    await with_all_tables(address)
    vault = FileVault(tmp_path / "keys")
    await vault.set_up()
    database = with_keyring(open_database(address), Keyring(vault, WORDS))
    await fill(database)
    await database.close()
    monkeypatch.setenv("DATABASE_URL", address)
    monkeypatch.setenv("KEY_DIR", str(tmp_path / "keys"))
    return tmp_path


def export(folder: Path, *given: str) -> Any:
    out = ["--out", str(folder / "export.zip")]
    return CliRunner().invoke(app, ["export", "--workspace", HERE, *given, *out])


def test_it_writes_a_file_for_its_owner_alone(folder: Path) -> None:
    done = export(folder, "--programme", STUDY.name)

    assert done.exit_code == 0, done.output
    assert "16 participants" in done.output
    file = folder / "export.zip"
    assert file.stat().st_mode & 0o777 == 0o600
    assert problems_of(file.read_bytes(), folder / "package") == []


def test_what_cannot_be_done_is_said_in_a_sentence_and_leaves_no_file(folder: Path) -> None:
    unknown = export(folder, "--programme", "Another")
    nobody = CliRunner().invoke(
        app, ["export", "--workspace", "T0EMPTY", "--out", str(folder / "export.zip")]
    )
    no_id = CliRunner().invoke(
        app, ["export", "--workspace", "no id", "--out", str(folder / "export.zip")]
    )
    wrong = CliRunner().invoke(app, ["export"])

    assert (unknown.exit_code, nobody.exit_code, no_id.exit_code) == (1, 1, 1)
    assert "there is no programme Another; there is" in unknown.output
    assert "no programme that uses research" in nobody.output
    assert "Slack team id" in no_id.output
    assert wrong.exit_code == 2
    assert not list(folder.glob("*.zip"))


def test_a_file_that_is_there_stays_as_it_is(folder: Path) -> None:
    (folder / "export.zip").write_text("mine")

    done = export(folder)

    assert done.exit_code == 1
    assert "exists already" in done.output
    assert (folder / "export.zip").read_text() == "mine"
