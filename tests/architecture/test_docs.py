"""The reference agrees with the code."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from app import app
from handlers.register import CAPABILITIES

ROOT = Path(__file__).parents[2]

PAGES = [
    *(page for folder in (ROOT, ROOT / "sandbox") for page in sorted(folder.glob("*.md"))),
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("sandbox/docs/**/*.md")),
]
FOLDERS = "benchmarks|bot|config|deploy|docs|handlers|migrations|runtime|sandbox|script|tests"
PATH = re.compile(rf"(?<![\w./-])(?:{FOLDERS})/[\w./<>*{{}},-]*[\w>*}}/]|\b[a-z][\w/]*\.py\b")
MODULE = re.compile(r"(?<![\w./-])(?:bot|config|handlers|runtime)(?:\.[a-z_]+)+\b(?!\()")
TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")


def missing_names(text: str, *, root: Path = ROOT) -> list[str]:
    """Paths, modules and tests of ours that `text` names between backticks and that are not there.

    `<name>` stands for any name, and a bare `test_pulse.py` for such a file in any folder.
    """
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    made = re.findall(r"[Ss]ave this as `(\S+)`|^# ((?:bot|handlers)/\w+)/", text, re.MULTILINE)
    of_the_reader = tuple(one or other for one, other in made)
    found = {name for piece in code for name in PATH.findall(piece) if not _is_path(name, root)}
    found |= {name for piece in code for name in MODULE.findall(piece) if not _is_name(name, root)}
    for piece in code:
        for path, test in TEST.findall(piece):
            if (root / path).exists() and f"def {test}(" not in (root / path).read_text():
                found.add(f"{path}::{test}")
    return sorted(one for one in found if not _is_among(one, of_the_reader))


def _is_among(name: str, made: tuple[str, ...]) -> bool:
    """Whether the reader makes the file or module while following the page."""
    return name.startswith(made) or name.replace(".", "/").startswith(made)


def _is_path(name: str, root: Path) -> bool:
    pattern = re.sub(r"<\w+>", "*", name).rstrip("/")
    return any(root.glob(pattern if "/" in pattern or pattern == "app.py" else f"**/{pattern}"))


def _is_name(name: str, root: Path) -> bool:
    """Whether a module, or a name that its parent module may define, is there."""
    path = root / name.replace(".", "/")
    holder = path.parent.with_suffix(".py")
    return path.is_dir() or path.with_suffix(".py").exists() or holder.exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    assert missing_names(page.read_text()) == []


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("see `bot/people/store.py` and `bot/<room>/tables.py`", []),
        ("see `bot/peeple/store.py`", ["bot/peeple/store.py"]),
        ("run `python -m pytest tests/nowhere -q`", ["tests/nowhere"]),
        ("see `test_nothing_of_the_kind.py`", ["test_nothing_of_the_kind.py"]),
        ("see `bot.people.store` and `bot.nowhere.store`", ["bot.nowhere.store"]),
        (
            "see `tests/architecture/test_docs.py::test_nothing`",
            ["tests/architecture/test_docs.py::test_nothing"],
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_seen(said: str, missing: list[str]) -> None:
    assert missing_names(said) == missing


def test_every_link_between_the_docs_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_every_test_that_the_docs_name_is_there() -> None:
    page = (ROOT / "docs/explanation/anonymity.md").read_text()

    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)
    missing = [
        (path, test)
        for path, test in named
        if not (ROOT / path).exists() or (test and f"def {test}(" not in (ROOT / path).read_text())
    ]

    assert len([test for _, test in named if test]) > 25
    assert missing == []


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [page.name[:4] for page in sorted((ROOT / "docs/adr").glob("*.md"))]

    assert len(numbers) > 4
    assert len(set(numbers)) == len(numbers)


def test_the_demos_script_helps_before_it_installs_anything(tmp_path: Path) -> None:
    script = tmp_path / "script" / "demo"
    script.parent.mkdir()
    script.write_text((ROOT / "script/demo").read_text())

    told = subprocess.run(["bash", script, "--help"], capture_output=True, text=True, check=True)

    demo = get_command(app).commands["demo"]  # type: ignore[attr-defined]
    options = {(option.secondary_opts or option.opts)[0] for option in demo.params}
    assert set(re.findall(r"--[a-z-]+", told.stdout)) == options


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--weeks", "6"], "knows no '--weeks'"),
        (["--week", "six"], "--week takes a number"),
        (["--week"], "--week takes a number"),
        (["--port=x"], "--port takes a number"),
        (["6"], "knows no '6'"),
    ],
)
def test_the_demos_script_refuses_words_before_it_installs_anything(
    tmp_path: Path, words: list[str], said: str
) -> None:
    script = tmp_path / "script" / "demo"
    script.parent.mkdir()
    script.write_text((ROOT / "script/demo").read_text())

    told = subprocess.run(["bash", script, *words], capture_output=True, text=True, check=False)

    assert told.returncode == 2
    assert said in told.stderr
    assert "script/demo --help" in told.stderr


def test_no_python_that_is_new_enough_is_said_in_a_sentence(tmp_path: Path) -> None:
    for name in ("demo", "environment"):
        (tmp_path / "script").mkdir(exist_ok=True)
        (tmp_path / "script" / name).write_text((ROOT / "script" / name).read_text())
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ntest "$1" = --version && echo Python 3.9.1\nexit 1\n')
    old.chmod(0o755)
    for tool in ("bash", "dirname", "sed", "tail", "cat"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))

    told = subprocess.run(
        [tmp_path / "bash", tmp_path / "script" / "demo"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
    )

    assert told.returncode == 1
    assert "Cairn needs Python 3.11 or newer and found Python 3.9.1" in told.stderr


WHY = ROOT / "docs/explanation/why-it-is-so.md"
DOI = re.compile(r"10\.\d{4,9}/[A-Za-z0-9.-]*[A-Za-z0-9]")


def test_every_paper_named_for_an_idea_has_a_well_formed_link() -> None:
    links = re.findall(r"\[(10\.[^\]]+)\]\(([^)]+)\)", WHY.read_text())

    assert links
    assert [one for one, _ in links if not DOI.fullmatch(one)] == []
    assert [to for one, to in links if to != f"https://doi.org/{one}"] == []
    assert len(links) == WHY.read_text().count("doi.org/"), "a link to a paper shows its DOI"


def test_every_idea_names_a_capability_that_exists() -> None:
    rows = [line for line in WHY.read_text().splitlines() if line.startswith("| ")]
    ideas = [row for row in rows if not row.endswith("| Capability |")]
    named = [re.findall(r"`(\w+)`", row.rsplit(" | ", 1)[1]) for row in ideas]

    assert ideas
    assert all(named)
    known = {one.name for one in CAPABILITIES.every}
    assert {one for names in named for one in names} <= known


def test_every_figure_says_when_and_by_which_command_it_was_measured() -> None:
    page = (ROOT / "docs/explanation/figures.md").read_text()
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)

    assert headings.pop() == "Elsewhere"
    assert [one for one in headings if not re.search(r"`.+`.*20\d\d-\d\d-\d\d", one)] == []
