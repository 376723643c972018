"""The reference agrees with the code."""

import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from app import app
from config.settings import Settings

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def test_the_settings_table_says_what_the_code_does() -> None:
    written = ROW.findall((ROOT / "docs/reference/settings.md").read_text())

    expected = [
        (
            name.upper(),
            "none" if field.default in (None, PydanticUndefined) else f"`{field.default}`",
            field.description,
        )
        for name, field in Settings.model_fields.items()
    ]
    assert written == expected


def test_every_link_between_the_docs_leads_somewhere() -> None:
    pages = [page for folder in (ROOT, ROOT / "sandbox") for page in folder.glob("*.md")]
    pages += [*ROOT.glob("docs/**/*.md"), *ROOT.glob("sandbox/docs/**/*.md")]

    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
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


def test_every_command_stands_in_the_reference() -> None:
    page = (ROOT / "docs/reference/commands.md").read_text()

    names = [one.name or getattr(one.callback, "__name__", "") for one in app.registered_commands]
    missing = [name for name in names if f"| `{name}" not in page]

    assert len(names) > 8
    assert missing == []
