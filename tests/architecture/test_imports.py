"""No file leads back to itself by what it imports, and the pulse knows nearly nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source import (
    PRODUCT,
    ROOT,
    circles,
    files_in,
    imported,
    imports_between,
    module_name,
)

PULSE_MAY_IMPORT = {
    "bot.kernel", "bot.keys", "bot.pulse",
    "asyncio", "collections", "contextlib", "dataclasses", "datetime", "enum", "hashlib", "hmac",
    "json", "secrets", "typing", "unicodedata", "zoneinfo",
    "cryptography", "sqlalchemy",
}  # fmt: skip
"""All that may be named where sealed ballots are: no other room, no log, no network."""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def not_allowed(folder: Path, allowed: set[str], *, root: Path) -> Iterator[str]:
    """Every import in `folder` that is neither in `allowed` nor in a package that is."""
    for path in files_in(folder):
        for source, name in imported(path, root):
            full = f"{source}.{name}" if name else source
            if not any(f"{full}.".startswith(f"{one}.") for one in allowed):
                yield f"{module_name(path, root)}: {full}"


def test_no_file_of_cairn_imports_its_way_back_to_itself() -> None:
    imports = imports_between(ROOT, *PRODUCT)

    assert len(imports) > 200
    assert sum(map(len, imports.values())) > 1000
    assert circles(imports) == []


def test_no_file_of_the_sandbox_imports_its_way_back_to_itself() -> None:
    imports = imports_between(ROOT / "sandbox/src", "slack_sandbox")

    assert len(imports) > 20
    assert circles(imports) == []


@pytest.mark.parametrize(
    "back",
    [
        "from house.attic import roof",
        "import house.attic",
        "from house import attic",
        "from .attic import roof",
        "def late():\n    from house.attic import roof",
        "import typing\nif typing.TYPE_CHECKING:\n    from house.attic import roof",
    ],
)
def test_a_circle_made_on_purpose_is_seen(tmp_path: Path, back: str) -> None:
    house = {
        "house/__init__.py": "",
        "house/attic.py": "from house.stairs import step",
        "house/stairs.py": "from house.cellar import floor",
        "house/cellar.py": back,
        "house/garden.py": "import house.attic, house.cellar",
    }

    found = circles(imports_between(write(tmp_path, house), "house"))

    assert found == [("house.attic", "house.cellar", "house.stairs")]


def test_a_package_that_its_own_module_leans_on_is_a_circle(tmp_path: Path) -> None:
    house = {
        "house/__init__.py": "from house.attic import roof\nname = 'house'",
        "house/attic.py": "from house import name",
    }

    assert circles(imports_between(write(tmp_path, house), "house")) == [("house", "house.attic")]


def test_a_package_that_gathers_its_modules_is_no_circle(tmp_path: Path) -> None:
    house = {
        "house/__init__.py": "from house import attic, cellar",
        "house/attic.py": "from house import cellar",
        "house/cellar.py": "",
    }

    assert circles(imports_between(write(tmp_path, house), "house")) == []


def test_the_pulse_imports_only_what_is_listed() -> None:
    assert list(not_allowed(ROOT / "bot/pulse", PULSE_MAY_IMPORT, root=ROOT)) == []


@pytest.mark.parametrize(
    "line",
    [
        "import bot.people.store",
        "from bot import people",
        "from bot.people import store",
        "from bot.kinds import MessageKind",
        "import logging",
        "def later():\n    import structlog",
        "import importlib",
        "import bot.keyserver",
    ],
)
def test_an_import_of_the_pulse_that_is_not_listed_is_seen(tmp_path: Path, line: str) -> None:
    house = write(tmp_path, {"bot/pulse/sealing.py": f"import bot.keys.vault\n{line}\n"})

    assert len(list(not_allowed(house / "bot/pulse", PULSE_MAY_IMPORT, root=house))) == 1
