"""Whom a list keeps apart: each of them is kept, or the list stops and says where."""

import pytest

from bot.people.roster import RosterReading, read_roster
from bot.people.roster_people import within_itself
from bot.people.roster_text import UnreadableRoster, read_table
from tests.support.spreadsheet import Raw, workbook

ADA, BEN, DEE = "ada@example.org", "ben@example.org", "U0DEE"
LIST = (
    "name,email,slack_id,role,avoid\n"
    f"Ada Berg,{ADA},,mentor,\nBen Carr,{BEN},,mentor,\nDee Orr,,{DEE},mentor,\n"
    'Eva Fox,eva@example.org,,mentee,"CELL"\n'
)


def read(content: str | bytes) -> RosterReading:
    return within_itself(read_roster(read_table(content)))


def barriers(cell: str) -> tuple[set[str], list[str]]:
    reading = read(LIST.replace("CELL", cell.replace('"', '""')))
    return set(reading.rows[-1].avoid or ()), [str(one) for one in reading.problems]


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        (f"Ada Berg, {BEN}", {ADA, BEN}),
        (f"{BEN} and Ada Berg", {ADA, BEN}),
        (f"Ben Carr <{BEN}>, Ada Berg", {ADA, BEN}),
        (f"Dr. Ben Carr ({BEN})", {BEN}),
        (f"Carr, Ben <mailto:{BEN}>", {BEN}),
        (f"Ben Carr, {BEN}", {BEN}),
        (f"{ADA} https://x.slack.com/team/{DEE}", {ADA, DEE}),
        (f"<@{DEE}|dee> <@{DEE}>", {DEE}),
        (f"Dee Orr https://x.slack.com/team/{DEE.lower()}?tab=1", {DEE}),
        ("Berg, Ada", {ADA}),
    ],
)
def test_everybody_in_a_cell_is_kept_apart(cell: str, named: set[str]) -> None:
    assert barriers(cell) == (named, [])


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (f"Ada Bergg, {BEN}", "did you mean Ada Berg?"),
        (f"Ada and {BEN}", "“Ada” is nobody"),
        (f"anybody in surgery and also {BEN}", "“anybody in surgery” is nobody"),
        (f"Ada Bergg <{BEN}>", "did you mean Ada Berg as well?"),
        (f"Ada Berg <{BEN}>", "names Ben Carr (ben@example.org), and “ada berg” is no name of"),
        (f"not with {BEN} please", "is no name of theirs"),
        (f"https://x.slack.com/team/U0XYZ https://x.slack.com/team/{DEE}", "U0XYZ” is nobody"),
        (f"ada@exmaple.org https://x.slack.com/team/{DEE}", "did you mean ada@example.org?"),
        (f"Ada Berg <@{DEE}>", "names Dee Orr (U0DEE)"),
        (f"{ADA}/{BEN} or whoever", "is nobody"),
        ("Eva Fox", "this names the person themselves"),
        ("eva@example.org; Ada Berg", "this names the person themselves"),
    ],
)
def test_a_cell_with_more_than_is_known_stops_with_its_line(cell: str, said: str) -> None:
    _, problems = barriers(cell)

    assert any(one.startswith("Line 5, avoid: ") and said in one for one in problems), problems


SHEET = [
    ["name", "email", "role", "avoid"],
    ["Ada Berg", ADA, "mentor", ""],
    ["Eva Fox", "eva@example.org", "mentee", "Ada Berg"],
    ["Flo Kim", "flo@example.org", "mentee", ""],
]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (' t="e"><v>#REF!</v>', "holds #REF!"),
        (' t="e"><f>VLOOKUP(A3,X!A:B,2,0)</f><v>#N/A</v>', "holds #N/A"),
        ("><f>A2</f>", "a formula without its value"),
        ("><f>A2</f><v></v>", "a formula without its value"),
        ("><f>A2</f><v/>", "a formula without its value"),
        (' s="3" t="str"><f t="shared" si="0"/>', "a formula without its value"),
    ],
)
def test_a_cell_that_a_spreadsheet_could_not_compute_stops(cell: str, said: str) -> None:
    rows = [*SHEET[:2], [*SHEET[2][:3], Raw(cell)], SHEET[3]]

    [problem] = read(workbook({"People": rows})).problems

    assert str(problem).startswith("Line 3, avoid: ")
    assert said in str(problem)


def test_a_computed_cell_is_read_and_one_computed_as_empty_says_nothing() -> None:
    computed, empty = ' t="str"><f>A2</f><v>Ada Berg</v>', ' t="str"><f>IF(1,"")</f><v></v>'
    rows = [*SHEET[:2], [*SHEET[2][:3], Raw(computed)], [*SHEET[3][:3], Raw(empty)]]

    reading = read(workbook({"People": rows}))

    assert reading.problems == ()
    assert [row.avoid for row in reading.rows] == [None, (ADA,), None]


def test_a_cell_merged_over_several_rows_is_about_each_of_them() -> None:
    reading = read(workbook({"People": SHEET}, merged=["D3:D5"]))

    assert [row.avoid for row in reading.rows] == [None, (ADA,), (ADA,)]


def test_a_merged_area_beside_the_list_is_nothing() -> None:
    reading = read(workbook({"People": SHEET}, merged=["G2:G4", "B90:B99"]))

    assert reading.problems == ()


def test_a_damaged_or_locked_workbook_is_one_sentence() -> None:
    whole = workbook({"People": SHEET})
    at = whole.index(b"xl/worksheets/") + 40
    damaged = whole[:at] + bytes(255 - one for one in whole[at : at + 60]) + whole[at + 60 :]
    locked = bytearray(whole)
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := locked.find(sign, start)) >= 0:
            locked[start + offset] |= 1
            start += 4

    for content in (damaged, bytes(locked)):
        with pytest.raises(UnreadableRoster, match="damaged file, or one with a password"):
            read(content)
