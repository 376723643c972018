"""Habits that no linter checks."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 400


def tracked(pattern: str) -> list[Path]:
    """Files of the project, whether committed yet or not; all files where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.split() if listed.returncode == 0 else []
    return [ROOT / name for name in names if (ROOT / name).exists()]


PYTHON_FILES = tracked("*.py")


def test_there_are_files_to_look_at() -> None:
    assert len(PYTHON_FILES) > 50


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_enough_to_read_at_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("folder", ["bot", "config", "handlers", "runtime", "sandbox"])
def test_a_bare_except_stands_only_where_failures_are_explained(folder: str) -> None:
    allowed = {
        "handlers/edge/errors.py",
        "handlers/sending/messenger.py",
        "bot/delivery/dispatcher.py",
        "bot/flows/pulse_rounds.py",
        "bot/jobs.py",
    }

    found = {
        str(path.relative_to(ROOT))
        for path in PYTHON_FILES
        if path.is_relative_to(ROOT / folder)
        and re.search(r"except (Base)?Exception\b|except:", path.read_text())
    }

    assert found <= allowed
