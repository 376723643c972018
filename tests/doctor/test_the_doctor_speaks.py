"""The command: findings under headings or as JSON, an exit code, and never a traceback."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app import app
from config.settings import NAMES

NOWHERE = {"SLACK_API_URL": "http://127.0.0.1:1/api/", "SLACK_BOT_TOKEN": "xoxb-1"}
WRONG: dict[str, tuple[dict[str, str], str]] = {
    "a token of the wrong kind": ({"SLACK_BOT_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN holds an app"),
    "a database that is none": ({"DATABASE_URL": "oracle://x"}, "DATABASE_URL names 'oracle'"),
    "a misspelt name": ({"SLACK_APP_TOKN": "x"}, "is it SLACK_APP_TOKEN?"),
    "half a pair": ({"SLACK_CLIENT_ID": "1.2"}, "SLACK_CLIENT_SECRET is not set; SLACK_CLIENT_ID"),
    "keys in a file": ({"KEY_DIR": "/dev/null/keys"}, "KEY_DIR names /dev/null/keys"),
    "no Postgres": ({"DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/n"}, "DATABASE_URL"),
    "no Vault": (
        {"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "hush"},
        "Vault cannot be reached (ConnectError); check VAULT_ADDR",
    ),
}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a .env, and no setting but those of a Slack that is not there."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def doctor(*words: str) -> Result:
    done = CliRunner().invoke(app, ["doctor", *words])
    assert isinstance(done.exception, SystemExit), done.exception
    return done


def test_findings_stand_under_headings_and_what_is_to_be_fixed_ends_with_1() -> None:
    whole, brief = doctor(), doctor("--brief")

    headings = [line for line in whole.output.splitlines() if line and "  " not in line[:6]]
    assert headings == ["This machine", "Database", "Keys", "Slack"]
    assert whole.exit_code == brief.exit_code == 1
    lines = [line for line in brief.output.splitlines() if line]
    assert {line[:6] for line in lines} == {"FIX   ", "Databa", "Slack"}
    assert sum("127.0.0.1 cannot be reached" in line for line in lines) == 1


@pytest.mark.parametrize(("given", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_whatever_is_set_is_answered_with_a_sentence_for_a_program_to_read(
    given: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch, empty_folder: Path
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    done = doctor("--json", "--brief")

    found = json.loads(done.output)
    assert done.exit_code == 1
    assert sum(sentence in one["sentence"] for one in found) == 1, found
    assert {one["level"] for one in found} == {"FIX"}
    assert "hush" not in done.output
    assert "Traceback" not in done.output
    assert list(empty_folder.iterdir()) == []
