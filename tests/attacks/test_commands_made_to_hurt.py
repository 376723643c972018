"""Options and databases of commands that are made to hurt: each is one sentence."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import app
from tests.attacks.test_yaml_and_settings import LONG, in_time

ROSTER = str(Path(__file__).parents[2] / "docs" / "samples" / "roster.csv")
REHEARSE = ["rehearse", "--roster", ROSTER]
COMMANDS: dict[str, list[str]] = {
    "a first day that does not exist": [*REHEARSE, "--starts-on", "2026-02-30"],
    "the first day of all": [*REHEARSE, "--starts-on", "0001-01-01"],
    "the last day of all": [*REHEARSE, "--starts-on", "9999-12-31"],
    "a break that does not exist": [*REHEARSE, "--break", "2026-02-30..2026-03-01"],
    "a break backwards": [*REHEARSE, "--break", "2026-03-01..2026-02-01"],
    "a country that does not exist": [*REHEARSE, "--holidays", "XX-\x1b[31m"],
    "a template that never ends": [*REHEARSE, "--template", "/dev/zero"],
    "a template of a long name": [*REHEARSE, "--template", f"{LONG}.yaml"],
    "a template with NUL": [*REHEARSE, "--template", "a\0b.yaml"],
    "a roster of a long name": ["rehearse", "--roster", LONG],
    "a roster with NUL": ["rehearse", "--roster", "a\0b"],
    "a roster that never ends": ["rehearse", "--roster", "/dev/zero"],
    "a list that never ends": ["import-roster", "/dev/zero", "--check"],
    "a list of a long name": ["import-roster", LONG, "--check"],
    "a seed of 5,000 digits": [*REHEARSE, "--seed", "9" * 5_000],
    "port 70000": ["serve", "--http", "--port", "70000"],
    "port -1": ["serve", "--http", "--port", "-1"],
    "a workspace that is all": ["queue", "--workspace", "*"],
    "a workspace that is code": ["queue", "--workspace", "T0'; DROP TABLE member; --"],
    "a backup of a long name": ["backup", LONG],
    "a backup that is a folder": ["restore", "/tmp"],
    "a backup that never ends": ["restore", "/dev/zero"],
    "more rounds than there is time": [
        *("rotate", "--members", ROSTER, "--size", "2", "--rounds", "9" * 12),
        *("--out", "/tmp/x.csv", "--report", "/tmp/x.json"),
    ],
    "a time limit that never ends": [
        *("rotate", "--members", ROSTER, "--size", "2", "--rounds", "1", "--time-limit", "nan"),
        *("--out", "/tmp/x.csv", "--report", "/tmp/x.json"),
    ],
}


NO_DATABASES = {
    "a host behind that is none": ("postgresql://u:p@/n?host=a..b", "No machine is called a..b"),
    "a wait of words": (
        "postgresql://u:p@127.0.0.1/n?connect_timeout=x",
        "Postgres does not take an option of DATABASE_URL",
    ),
    "a port of words behind": ("postgresql://u:p@127.0.0.1/n?port=x", "DATABASE_URL has"),
    "another file": (f"sqlite:///{ROSTER}", f"{ROSTER} is not an SQLite database"),
}


@pytest.mark.parametrize(("address", "said"), NO_DATABASES.values(), ids=NO_DATABASES.keys())
@pytest.mark.parametrize("command", ["migrate", "doctor"])
def test_a_database_that_is_none_is_one_sentence(
    address: str, said: str, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", address)

    with in_time():
        done = CliRunner().invoke(app, [command])

    assert isinstance(done.exception, SystemExit), done.exception
    assert said in done.output


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_an_option_made_to_hurt_is_one_sentence_and_exit_code(
    tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/cairn.db")
    CliRunner().invoke(app, ["migrate"])

    with in_time():
        done = CliRunner().invoke(app, command)

    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code in (1, 2)
    assert "Traceback" not in done.output
    assert done.output.strip()
