"""What is said or worked out in one place is not said or worked out by hand elsewhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.delivery import reasons

ROOT = Path(__file__).parents[2]
HOME = ROOT / "bot/delivery/reasons.py"
OURS = {"app_not_installed", "rate_limited"}
"""Words of our own for what Slack says in another way, or not at all."""


def product() -> Iterator[Path]:
    yield ROOT / "app.py"
    for folder in ("bot", "handlers", "runtime", "config"):
        yield from (ROOT / folder).rglob("*.py")


def slack_words() -> set[str]:
    sets = [found for found in vars(reasons).values() if isinstance(found, frozenset)]
    return set().union(*sets) - OURS - {"not_found"}


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
        (r"timedelta\(days=\w+(\.\w+)*\.weekday\(\)\)", "bot/kernel/dates.py"),
        (r"\.astimezone\([^\n]*\)\.date\(\)", "bot/kernel/dates.py"),
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
