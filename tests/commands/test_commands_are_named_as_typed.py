"""Somebody at a terminal reads commands as they can be typed there."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.commands.terminal import as_typed_here

ROOT = Path(__file__).parents[2]


def at_a_terminal(*command: str, folder: Path) -> str:
    ours, theirs = pty.openpty()
    settings = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/none/cairn.db"}
    subprocess.run(command, check=False, cwd=folder, stderr=theirs, stdout=theirs, env=settings)
    os.close(theirs)
    said = os.read(ours, 10_000).decode()
    os.close(ours)
    return said


def test_a_command_that_is_named_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])

    said = at_a_terminal(".venv/bin/python", str(ROOT / "app.py"), "queue", folder=tmp_path)

    assert f"`.venv/bin/python {ROOT}/app.py migrate`" in said.replace("\r\n", "")


def test_elsewhere_the_sentence_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert as_typed_here("run `python app.py migrate`") == "run `python app.py migrate`"
