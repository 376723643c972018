"""Write docs/reference/data-inventory.md: `python -m bot.my_data.inventory_page` prints it."""

import sys
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa

from bot.kernel.database import all_tables
from bot.my_data.holdings import HOLDINGS, LEFT_OUT
from bot.my_data.inventory import INVENTORY, Category, Lifetime
from bot.my_data.inventory_columns import (
    BY_ID,
    LINKS,
    is_sealed,
    is_time,
    names_people,
    said_of,
    words_of,
)

HEAD = """# Data inventory

Everything that Cairn keeps, by purpose: first in one table, then table by table with all columns.
This page is made from the code (`bot/my_data/inventory.py`), and a test fails while a table or a
column is missing.

**Who reads it** says who sees it in Slack. Whoever reads the database besides sees what is not
sealed; whoever has the database *and* the keys sees what the running bot sees:
[at rest](../explanation/at-rest.md). Backups hold the same tables, without the keys.

"""


def page() -> str:
    """Write the page, from the tables there are and what is said about them."""
    return HEAD + _summary() + "\n" + _rules() + "".join(_chapter(one) for one in INVENTORY)


def _rules() -> str:
    rows = [(_short(one), one.value.partition(": ")[2]) for one in Lifetime]
    said = "The words under *How long* mean (what comes first counts):\n\n"
    return said + _table(("How long", "Until when"), rows)


def _summary() -> str:
    heads = ("What", "Why", "Whose", "Who reads it in Slack", "How long", "Sealed")
    rows = [
        (
            f"[{one.title}](#{_anchor(one.title)})",
            one.why,
            one.whose,
            one.readers,
            ", ".join(dict.fromkeys(_short(one.about(name)[1]) for name in one.tables)),
            _share_sealed(one),
        )
        for one in INVENTORY
    ]
    return _table(heads, rows)


def _share_sealed(category: Category) -> str:
    sealed = [name for name in category.tables if _sealed(all_tables().tables[name])]
    if not sealed:
        return "no"
    return "all words" if len(sealed) == len(category.tables) else _named(sealed)


def _chapter(category: Category) -> str:
    tables = all_tables().tables
    rows = [
        (
            f"`{name}`",
            category.about(name)[0],
            "; ".join(_columns(tables[name])),
            _short(category.about(name)[1]),
            _in_the_file(name),
        )
        for name in category.tables
    ]
    said = (
        f"\n## {category.title}\n\n**Why:** {category.why}. **Whose:** {category.whose}. "
        f"**Who reads it:** {category.readers}.\n\n"
    )
    heads = ("Table", "What it holds", "Columns", "How long", "In *My data*")
    return said + _table(heads, rows)


def _columns(table: sa.Table) -> Iterator[str]:
    """Group a table's columns: who, sealed, when, links, and the others by what they hold."""
    left = list(table.columns)
    people = [one for one in left if names_people(one)]
    for said, some in (
        ("who, by Cairn's id", [one for one in people if said_of(one, BY_ID)]),
        ("who, by Slack account", [one for one in people if not said_of(one, BY_ID)]),
        ("**sealed**", [one for one in left if is_sealed(one)]),
        ("when", [one for one in left if is_time(one)]),
        ("which", [one for one in left if said_of(one, LINKS) and not names_people(one)]),
    ):
        if some:
            yield f"{said}: {_named(one.name for one in some)}"
        left = [one for one in left if one not in some]
    by_words: dict[str, list[str]] = {}
    for one in left:
        by_words.setdefault(words_of(one) or "", []).append(one.name)
    for words, names in by_words.items():
        yield f"{words}: {_named(names)}"


def unexplained() -> list[str]:
    """Name the columns of which nothing is said."""
    return [
        f"{table.name}.{column.name}"
        for table in all_tables().sorted_tables
        for column in table.columns
        if not (
            names_people(column)
            or is_sealed(column)
            or is_time(column)
            or said_of(column, LINKS)
            or words_of(column)
        )
    ]


def _in_the_file(table: str) -> str:
    titles = dict.fromkeys(one.title for one in HOLDINGS if one.table.name == table)
    return "; ".join(titles) if titles else f"no: {LEFT_OUT[table]}"


def _sealed(table: sa.Table) -> bool:
    return any(is_sealed(one) for one in table.columns)


def _short(kept: Lifetime) -> str:
    return kept.value.partition(":")[0]


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in names)


def _anchor(title: str) -> str:
    return title.lower().replace(",", "").replace(" ", "-")


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(page())
