"""The image holds all that Cairn needs to run, and nothing of the demo or the tests."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.image import DOCKERFILE, copied, is_ignored, lay_out
from tests.support.source import ROOT

WITHOUT_DEV = """
import json, sys

class Absent:
    names = frozenset(json.loads(sys.argv.pop(1)))

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{name} is not in requirements.lock")

sys.meta_path.insert(0, Absent())
"""
IMPORT_EVERYTHING = (
    WITHOUT_DEV
    + """
from importlib import import_module
from pathlib import Path

sys.path.insert(0, ".")
for path in sorted(Path().rglob("*.py")):
    if path.parts[0] != "migrations":
        import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
"""
)
RUN = (
    WITHOUT_DEV
    + """
import runpy

sys.path.insert(0, ".")
sys.argv[0] = "app.py"
runpy.run_path("app.py", run_name="__main__")
"""
)


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


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cairn")
    lay_out(folder)
    return folder


def run(
    image: Path, script: str, *arguments: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    shell = [sys.executable, "-c", script, absent(), *arguments]
    environ |= {"PYTHONPYCACHEPREFIX": str(image.parent / "compiled")}
    return subprocess.run(
        shell, check=False, cwd=image, env=environ, capture_output=True, text=True
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


def test_everything_in_it_can_be_imported_with_the_production_lock_alone(image: Path) -> None:
    done = run(image, IMPORT_EVERYTHING)

    assert done.returncode == 0, done.stderr
    assert not (image / "runtime" / "demo").exists()


def test_it_migrates_says_that_the_demo_is_elsewhere_and_writes_nothing_beside_its_code(
    image: Path, tmp_path: Path
) -> None:
    before = sorted(image.rglob("*"))
    where = {"DATABASE_URL": f"sqlite:///{tmp_path}/cairn.db", "KEY_DIR": str(tmp_path / "keys")}

    migrated = run(image, RUN, "migrate", **where)
    demo = run(image, RUN, "demo", **where)

    assert migrated.stdout == "The database is up to date.\n", migrated.stderr
    assert (demo.returncode, demo.stderr.count("\n")) == (1, 1)
    assert "script/demo" in demo.stderr
    assert sorted(image.rglob("*")) == before


def test_what_it_is_built_from_is_pinned_and_what_it_runs_is_not_its_own() -> None:
    assert re.search(r"^ARG BASE=python:3\.11\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE}"}
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]
    assert [line for line in installs if "--require-hashes" not in line] == []
    assert locked("requirements-build.lock") == {"uv"}
    assert "--chown" not in DOCKERFILE
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"ARG VERSION={version}\n" in DOCKERFILE
