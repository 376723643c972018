"""The import rules hold, and a rule broken on purpose is seen."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from handlers.register import CAPABILITIES

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "config", "handlers", "runtime", "sandbox")

BROKEN_ON_PURPOSE = {
    "the core imports Slack's SDK": ("bot/people/use_cases.py", "import slack_sdk"),
    "rules ask the database": ("bot/schedule/rules.py", "import sqlalchemy"),
    "rules draw their own random numbers": ("bot/pulse/rules.py", "import random"),
    "a room imports a room above it": ("bot/people/store.py", "import bot.matching.store"),
    "the edge knows a capability": ("handlers/edge/call.py", "import handlers.people.views"),
    "a capability knows another": (
        "handlers/nudges/views.py",
        "import handlers.checkins.views",
    ),
    "a capability knows them all": ("handlers/home/__init__.py", "import handlers.register"),
    "a view queries": ("handlers/home/views.py", "import sqlalchemy"),
    "a form reads rows": ("handlers/pulse/form_views.py", "import bot.people.store"),
    "a handler reads settings": ("handlers/home/__init__.py", "import config.settings"),
    "the sandbox knows the bot": ("sandbox/src/slack_sandbox/world.py", "import bot.kernel.clock"),
    "the bot knows the sandbox": ("handlers/sending/messenger.py", "import slack_sandbox.world"),
    "the bot needs what only the sandbox does": ("runtime/http_mode.py", "import starlette"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'sandbox' / 'src'}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy_of_the_code(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "app.py", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_capability_is_held_apart_from_the_others() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [apart] = [one for one in contracts["contracts"] if one["type"] == "independence"]
    [layers] = [one["layers"] for one in contracts["contracts"] if one["id"] == "layers"]
    every = sorted(f"handlers.{one.name}" for one in CAPABILITIES.every)

    assert apart["modules"] == every
    assert layers[layers.index("handlers.register") + 1].split(" : ") == every


def test_the_import_rules_hold(copy_of_the_code: Path) -> None:
    result = lint(copy_of_the_code)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("what", BROKEN_ON_PURPOSE)
def test_an_import_rule_broken_on_purpose_is_seen(copy_of_the_code: Path, what: str) -> None:
    file, line = BROKEN_ON_PURPOSE[what]
    path = copy_of_the_code / file
    path.write_text(path.read_text() + f"\n{line}  # broken on purpose\n")

    result = lint(copy_of_the_code)

    assert result.returncode != 0
    assert "BROKEN" in result.stdout
