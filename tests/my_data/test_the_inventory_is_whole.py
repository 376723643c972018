"""The data inventory says of every table and column what it is, and nothing that is not so."""

from collections import Counter
from pathlib import Path

from bot.flows.purge import BY_GROUP, BY_MEMBER, BY_PAIR, OF_MEMBER_ALONE
from bot.kernel.database import all_tables
from bot.kernel.row_security import CLEARED
from bot.my_data.holdings import HOLDINGS
from bot.my_data.inventory import INVENTORY, Lifetime
from bot.my_data.inventory_columns import (
    BY_ACCOUNT,
    BY_ID,
    COLUMNS,
    LINKS,
    is_sealed,
    names_people,
)
from bot.my_data.inventory_page import page, unexplained

PAGE = Path(__file__).parents[2] / "docs/reference/data-inventory.md"
GO_WITH_THEIR_OWNER = {"checkin_reply", "goal_note"}
"""They are deleted with the row to which they belong."""


def test_every_table_has_one_category_and_every_column_a_word() -> None:
    named = Counter(name for one in INVENTORY for name in one.tables)

    assert {*all_tables().tables} - {*named} == set(), "say in bot/my_data/inventory.py what it is"
    assert {*named} - {*all_tables().tables} == set()
    assert [name for name, count in named.items() if count > 1] == []
    assert unexplained() == [], "say in bot/my_data/inventory_columns.py what it is"


def test_nothing_is_said_of_a_column_that_is_not_there() -> None:
    columns = [column for table in all_tables().tables.values() for column in table.columns]
    there = {one.name for one in columns} | {f"{one.table.name}.{one.name}" for one in columns}

    assert (BY_ID | BY_ACCOUNT | LINKS | COLUMNS.keys()) - there == set()


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), (
        "python -m bot.my_data.inventory_page > docs/reference/data-inventory.md"
    )


def test_what_it_calls_words_is_what_a_purge_of_words_deletes() -> None:
    deleted = {table.name for table, _ in (*BY_MEMBER, *OF_MEMBER_ALONE)}
    deleted |= {table.name for table in (*BY_PAIR, *BY_GROUP)} | GO_WITH_THEIR_OWNER
    words = {
        name for one in INVENTORY for name in one.tables if one.about(name)[1] is Lifetime.WORDS
    }

    assert words | {"nudge"} == deleted


def test_what_it_calls_sealed_is_what_is_cleared_out_of_the_files() -> None:
    sealed = {
        table.name
        for table in all_tables().tables.values()
        if any(is_sealed(one) for one in table.columns)
    }

    assert sealed - {"installation"} == {*CLEARED}


def test_each_column_by_which_a_members_own_rows_are_found_names_people() -> None:
    assert [
        f"{one.table.name}.{name}"
        for one in HOLDINGS
        for name in one.whose
        if not names_people(one.table.c[name])
    ] == []
