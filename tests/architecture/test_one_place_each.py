"""What is said or worked out in one place is not said or worked out by hand elsewhere."""

import ast
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from bot import kinds
from bot.delivery import reasons
from bot.kinds import MessageKind
from tests.support.source import ROOT, product, strings

HOME = ROOT / "bot/delivery/reasons.py"
OURS = {"app_not_installed", "rate_limited"}
"""Words of our own for what Slack says in another way, or not at all."""

NO_KINDS = {
    ("bot/matching/model.py", "mentor_left"),  # why a group ended
    ("bot/matching/tables.py", "pairing_conflict"),  # a table's name
    ("bot/my_data/inventory.py", "pairing_conflict"),  # a table's name
    ("bot/my_data/inventory.py", "pulse_action"),  # a table's name
    ("bot/pulse/tables.py", "pulse_action"),  # a table's name
}
"""Words that only look like a kind of schedule, message or to-do."""


def slack_words() -> set[str]:
    sets = [found for found in vars(reasons).values() if isinstance(found, frozenset)]
    return set().union(*sets) - OURS - {"not_found", "not_in_channel"}


def test_slacks_words_for_failures_stand_in_one_file() -> None:
    words = slack_words()

    elsewhere = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for path in product()
        if path != HOME
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in words
    ]

    assert len(words) > 25
    assert elsewhere == []


@pytest.mark.parametrize(
    ("by_hand", "where"),
    [
        (r"timedelta\(days=\w+(\.\w+)*\.weekday\(\)\)", "bot/kernel/clock.py"),
        (r"\.astimezone\([^\n]*\)\.date\(\)", "bot/kernel/clock.py"),
        (r"\{[^{}\n]*[\"'](\w+)\b[^{}\n]*== 1 else [\"']\w+", "bot/kernel/words.py"),
        (r"[\"'] and [\"']\.join\(", "bot/kernel/words.py"),
    ],
)
def test_dates_and_lists_are_not_worked_out_by_hand(by_hand: str, where: str) -> None:
    allowed = {ROOT / where, ROOT / "bot/schedule/rules.py"}

    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in product()
        if path not in allowed
        for match in re.finditer(by_hand, path.read_text(encoding="utf-8"))
    ]

    assert found == []


def kinds_in_words() -> set[str]:
    enums = [
        found
        for found in vars(kinds).values()
        if isinstance(found, type) and issubclass(found, StrEnum) and found is not StrEnum
    ]
    return {str(kind) for enum in enums for kind in enum}


def written_out(paths: Iterable[Path], words: set[str], *, root: Path) -> set[tuple[str, str]]:
    """Each of `words` that stands as a string in one of the files, with the file."""
    return {
        (str(path.relative_to(root)), string.value)
        for path in paths
        for string in strings(ast.parse(path.read_text(encoding="utf-8")))
        if string.value in words
    }


def test_a_kind_is_written_out_in_one_file() -> None:
    words = kinds_in_words()
    paths = [path for path in product() if path != ROOT / "bot/kinds.py"]

    assert len(words) > 30
    assert len(paths) > 200
    assert written_out(paths, words, root=ROOT) == NO_KINDS


@pytest.mark.parametrize(
    "line",
    [
        "kind = 'mentor_nudge'",
        "async def send(kind='mentor_nudge'): ...",
        "button = f'{kind}{\"mentor_nudge\"}'",
    ],
)
def test_a_kind_that_is_written_out_again_is_seen(tmp_path: Path, line: str) -> None:
    file = tmp_path / "send.py"
    file.write_text(f'"""mentor_nudge"""\n{line}\n')

    found = written_out([file], {MessageKind.MENTOR_NUDGE.value}, root=tmp_path)

    assert found == {("send.py", "mentor_nudge")}


def tables_made(path: Path) -> Iterator[int]:
    """The lines of the file on which a table of SQLAlchemy is made."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {
                f"{alias.asname or alias.name}.Table"
                for alias in node.names
                if alias.name in ("sqlalchemy", "sqlalchemy.schema")
            }
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "Table"}
            names |= {f"{alias.asname or alias.name}.Table" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
            yield node.lineno


def test_every_table_is_made_in_a_tables_module() -> None:
    made = {path for path in product() if list(tables_made(path))}

    assert len(made) > 8
    assert {path.name for path in made} == {"tables.py"}


@pytest.mark.parametrize(
    "lines",
    [
        "import sqlalchemy as sa\nmembers = sa.Table('member', metadata)",
        "import sqlalchemy\nmembers = sqlalchemy.Table('member', metadata)",
        "from sqlalchemy import Table\nmembers = Table('member', metadata)",
        "from sqlalchemy import Table as T\nmembers = T('member', metadata)",
        "from sqlalchemy import schema\nmembers = schema.Table('member', metadata)",
    ],
)
def test_a_table_made_elsewhere_is_seen(tmp_path: Path, lines: str) -> None:
    file = tmp_path / "store.py"
    file.write_text(lines)

    assert list(tables_made(file)) == [2]
