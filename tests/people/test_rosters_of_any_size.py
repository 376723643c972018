"""Large lists, and lists that nobody would think of: all is told at once, and nothing half done."""

import csv
import io
import time
from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.kernel.database import Database
from bot.people import store
from bot.people.profiles import Directory
from bot.people.roster import COLUMNS, read_roster
from bot.people.roster_preview import preview
from bot.people.roster_text import UnreadableRoster, read_table
from tests.support.cast import HERE
from tests.support.rosters import import_roster

NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)
BAD = {
    "role": ("boss", "is not clear; write mentee, mentor, peer_mentor or coordinator"),
    "capacity": ("lots", "is not a whole number from 0 to 100"),
    "timezone": ("Kolkata", "did you mean Asia/Kolkata?"),
    "avoid": ("Persn 17", "did you mean"),
}
"""What is wrong in a column, and the remedy that has to be said."""


def large(rows: int, errors: int) -> tuple[str, dict[int, str]]:
    """A list with so many errors, and the columns of these by line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    wrong: dict[int, str] = {}
    for number in range(rows):
        row = {
            "slack_id": f"U0{number:05}",
            "name": f"Person {number}",
            "email": f"p{number}@example.org",
            "role": "mentor" if number % 5 == 0 else "mentee",
            "capacity": "5" if number % 5 == 0 else "",
            "timezone": "Europe/Berlin",
        }
        if number % (rows // errors) == 7:
            column = list(BAD)[len(wrong) % len(BAD)]
            row[column], wrong[number + 2] = BAD[column][0], column
        writer.writerow(row)
    return out.getvalue(), wrong


async def test_forty_errors_in_five_thousand_rows_are_told_at_once(database: Database) -> None:
    content, wrong = large(5_000, 40)

    began = time.perf_counter()
    done = await import_roster(database, HERE, content, now=NOW)

    assert time.perf_counter() - began < 30
    assert len(wrong) == len(done.problems) == 40
    for sentence, (line, column) in zip(done.problems, sorted(wrong.items()), strict=True):
        assert sentence.startswith(f"Line {line}, {column}: “{BAD[column][0]}”")
        assert BAD[column][1] in sentence
    async with database.reading() as connection:
        assert await store.members(connection, HERE) == []


HEADS = [*COLUMNS, "E-Mail", "Full name", "Rolle", "Notes", "Who not to meet", "Timestamp", ""]
CELLS = st.one_of(
    st.sampled_from(
        ["", "-", "U0AAA1", "<@U0AAA2|x>", "a@x.org", "b@x.org, c@x.org", "Ada Berg", "Berg, Ada",
         "mentor", "Mentee (Year 1)", "mentor; mentee", "boss", "4", "2-3", "max 3", "99999",
         "Europe/Berlin", "EST", "=1+1", "None", "n/a", '"', "\x00", "\u202e", "\ud7ff"]
    ),
    st.text(max_size=30),
)  # fmt: skip


@settings(max_examples=1_000, deadline=None)
@given(
    head=st.lists(st.sampled_from(HEADS), min_size=1, max_size=8),
    rows=st.lists(st.lists(CELLS, max_size=9), max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"]),
    is_quoted=st.booleans(),
)
def test_a_hand_made_list_is_read_or_told_about_and_never_fails(
    head: list[str], rows: list[list[str]], delimiter: str, encoding: str, is_quoted: bool
) -> None:
    out = io.StringIO()
    if is_quoted:
        csv.writer(out, delimiter=delimiter).writerows([head, *rows])
    else:
        out.write("\n".join(delimiter.join(cells) for cells in [head, *rows]))
    content = out.getvalue().encode(encoding, errors="replace")

    with suppress(UnreadableRoster):
        reading = read_roster(read_table(content, filename="list.csv"))
        shown = preview(reading, HERE, [], directory=Directory(), said={})
        for sentence in (*shown.problems, *shown.warnings):
            assert sentence.endswith((".", "?", "!"))
            assert "\n" not in sentence
        if not shown.problems:
            assert all(one.roles and one.name for one in shown.new)
            assert len(shown.new) + len(shown.left_out) <= len(reading.rows)
