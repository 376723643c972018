"""Write tables in Markdown."""

from collections.abc import Iterable, Sequence

WRITTEN = "*Generated from the code by `python -m tests.reference_pages`; do not edit it by hand.*"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; a bar in a cell is escaped, and its lines are joined."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(names: Iterable[str]) -> str:
    """Write names as code, with commas between them."""
    return ", ".join(f"`{name}`" for name in names)


def page(title: str, *parts: str) -> str:
    """Write a whole page, with a note that it is generated."""
    return "\n\n".join((f"# {title}", *parts, WRITTEN)) + "\n"
