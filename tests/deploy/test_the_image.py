"""The image holds all that Cairn needs to run, and nothing of the demo or the tests."""

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.image import DOCKERFILE, copied, is_ignored, lay_out
from tests.support.source import ROOT

CHILD = """
import json, sys
from importlib import import_module
from pathlib import Path

class Absent:
    names = frozenset(json.loads(sys.argv[1]))

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{name} is not in requirements.lock")

sys.meta_path.insert(0, Absent())
sys.path.insert(0, ".")
for path in sorted(Path().rglob("*.py")):
    if path.parts[0] != "migrations":
        import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))

from app import app
for command in sys.argv[2:]:
    app([command], standalone_mode=False)
"""
"""Imports all that is there with nothing but what the lock installs, and runs commands."""


def locked(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(), re.MULTILINE))


def absent() -> str:
    """The modules that only the other locks install."""
    there = locked("requirements.lock")
    return json.dumps(
        [
            module
            for module, packages in packages_distributions().items()
            if not {re.sub(r"[-_.]+", "-", one).lower() for one in packages} & there
        ]
    )


def test_every_path_that_is_copied_is_there_and_not_ignored() -> None:
    missing = [name for name in copied() if not (ROOT / name).exists() or is_ignored(name)]

    assert len(copied()) > 7
    assert missing == []


@pytest.mark.parametrize(
    ("path", "is_left_out"),
    [
        (".env", True),
        ("var/keys/tokens-1.key", True),
        ("tests/conftest.py", True),
        ("sandbox/pyproject.toml", True),
        ("requirements-dev.lock", True),
        ("runtime/demo/run.py", True),
        ("bot/people/__pycache__/model.pyc", True),
        ("runtime/demonstration.py", False),
        ("bot/people/model.py", False),
        ("config/slack-manifest.yaml", False),
    ],
)
def test_secrets_tests_and_the_demo_stay_outside(path: str, is_left_out: bool) -> None:
    assert is_ignored(path) == is_left_out


def test_it_is_whole_with_the_production_lock_alone_and_writes_nothing_beside_its_code(
    tmp_path: Path,
) -> None:
    image = tmp_path / "cairn"
    lay_out(image)
    before = sorted(image.rglob("*"))
    where = {"DATABASE_URL": f"sqlite:///{tmp_path}/cairn.db", "KEY_DIR": str(tmp_path / "keys")}

    done = subprocess.run(
        [sys.executable, "-c", CHILD, absent(), "migrate", "demo"],
        check=False,
        cwd=image,
        env=where | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )

    assert done.stdout.startswith("The database is up to date"), done.stderr
    assert "\nThe demo is not in this image; run script/demo" in done.stderr
    assert sorted(image.rglob("*")) == before
    assert not (image / "runtime" / "demo").exists()


def test_what_it_is_built_from_is_pinned_and_what_it_runs_is_not_its_own() -> None:
    assert re.search(r"^ARG BASE=python:3\.11\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE}"}
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]
    assert [line for line in installs if "--require-hashes" not in line] == []
    assert locked("requirements-build.lock") == {"uv"}
    assert "--chown" not in DOCKERFILE
