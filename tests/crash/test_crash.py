"""The short form of the proof by killing, and the proof that it can fail."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def crash(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.crash", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_killed_workers_lose_nothing_and_double_nothing(engine: str) -> None:
    run = crash("--engine", engine)

    assert run.returncode == 0, run.stderr


@pytest.mark.slow
def test_a_claim_that_is_committed_after_sending_is_found_out() -> None:
    run = crash("--engine", "sqlite", "--commit-after-send")

    assert run.returncode == 1, run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_bot_killed_while_it_receives_keeps_what_it_acknowledged(engine: str) -> None:
    run = crash("--receiving", "--engine", engine)

    assert run.returncode == 0, run.stderr


@pytest.mark.slow
def test_an_event_that_is_acked_before_it_is_kept_is_found_out() -> None:
    run = crash("--receiving", "--ack-first", "--engine", "sqlite")

    assert run.returncode == 1, run.stderr
    assert "Traceback" not in run.stderr
