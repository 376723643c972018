"""roster.csv: what is read, and the sentence for each thing that cannot be."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.people.model import Role
from bot.people.roster import COLUMNS, MOST_BYTES, RosterReading, RosterRow, parse_roster

HEADER = ",".join(COLUMNS)


def one_row(**cells: str) -> str:
    filled = {"slack_id": "U0BOB", "name": "Bob", "role": "mentee"} | cells
    out = io.StringIO()
    csv.writer(out).writerow([filled.get(name, "") for name in COLUMNS])
    return out.getvalue()


def read(*lines: str) -> RosterReading:
    return parse_roster("\n".join([HEADER, *(line.rstrip("\r\n") for line in lines)]))


def the_problem(reading: RosterReading) -> str:
    """The one problem; a reading with problems has no rows."""
    assert reading.rows == ()
    assert len(reading.problems) == 1
    return reading.problems[0]


def test_a_full_row_is_read_cell_by_cell() -> None:
    alice = one_row(slack_id="U0ALICE", name="Alice", email="Alice@Example.org", role="mentor")
    bob = one_row(
        email="bob@example.org",
        capacity="0",
        stage="knows_how",
        department="Surgery",
        site="North",
        timezone="Europe/London",
        interests="teaching; cardiology ;teaching;",
        languages="en;de",
        prefers="alice@example.ORG;U0ALICE",
        supervised_by="U0ALICE",
    )

    reading = read(alice, bob)

    assert reading.problems == reading.warnings == ()
    assert reading.rows[0].email == "alice@example.org"
    assert reading.rows[1] == RosterRow(
        line=3,
        slack_id="U0BOB",
        name="Bob",
        email="bob@example.org",
        roles=frozenset({Role.MENTEE}),
        capacity=0,
        stage="knows how",
        department="Surgery",
        site="North",
        timezone="Europe/London",
        interests=("teaching", "cardiology"),
        languages=("en", "de"),
        prefers=("U0ALICE",),
        avoid=(),
        supervised_by=("U0ALICE",),
    )


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_utf8_is_read_with_and_without_a_byte_order_mark(bom: bytes, newline: str) -> None:
    text = newline.join(["slack_id,name,role", "", "U1A,Zoë Ní Bhriain,mentor", ""])

    reading = parse_roster(bom + text.encode())

    assert [(row.line, row.name) for row in reading.rows] == [(3, "Zoë Ní Bhriain")]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_any_other_encoding_is_a_sentence(encoding: str) -> None:
    content = f"{HEADER}\nU1A,Zoë,,mentee".encode(encoding)

    assert "UTF-8" in the_problem(parse_roster(content))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        ("name,email\nBob,b@example.org", "lacks slack_id and role"),
        ("slack_id;name;role\nU1A;Bob;mentee", "semicolons"),
        ("slack_id,name,role,role\nU1A,Bob,mentee,mentee", "column role stands there twice"),
        (HEADER, "names nobody"),
        (HEADER + "\n,,,,,\n\n", "names nobody"),
        (HEADER + '\nU1A,"Bob,,mentee\nU2A,Bo,,mentee', "Line 2: the quotation marks do not"),
        (HEADER + '\nU1A,"Bob"x,,mentee', "Line 2: the quotation marks do not"),
        (HEADER + '\nU1A,"' + "x\n" * 80_000, "Line 2: a cell is too long"),
        (HEADER + "\nU1A,Bob,,mentee" + "," * 10 + ",more", "Line 2: there are 15 cells under 14"),
        ("x" * (MOST_BYTES + 1), "larger than 10 MB"),
        ("slack_id,name,role\nU1A,\ud800,mentee", "UTF-8"),
    ],
)
def test_a_broken_file_is_one_sentence(content: str | bytes, said: str) -> None:
    assert said in the_problem(parse_roster(content))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"slack_id": ""}, "Line 2: slack_id is empty"),
        ({"name": " "}, "Line 2: name is empty"),
        ({"role": ""}, "Line 2: role is empty"),
        ({"role": "boss"}, "Line 2: role “boss” is unknown; write mentee, mentor, peer_mentor or"),
        ({"slack_id": "@bob"}, "Line 2: slack_id “@bob” is not a Slack id"),
        ({"slack_id": "<!channel>"}, "Line 2: slack_id"),
        ({"email": "bob"}, "Line 2: email “bob” is not an address"),
        ({"capacity": "six"}, "Line 2: capacity “six” is not a whole number from 0 to 100"),
        ({"capacity": "-1"}, "Line 2: capacity"),
        ({"capacity": "4.5"}, "Line 2: capacity"),
        ({"capacity": "101"}, "Line 2: capacity"),
        ({"timezone": "Mars/Olympus"}, "Line 2: timezone “Mars/Olympus” is unknown"),
        ({"timezone": "../etc/passwd"}, "Line 2: timezone"),
        ({"name": "B\x00b"}, "Line 2: name holds a character"),
        ({"interests": "x" * 501}, "Line 2: interests is longer than 500"),
        ({"department": "x" * 501}, "Line 2: department is longer than 500"),
    ],
)
def test_a_bad_cell_is_reported_with_its_line_and_reason(cells: dict[str, str], said: str) -> None:
    assert said in the_problem(read(one_row(**cells)))


def test_every_bad_row_is_reported_and_no_good_one_is_kept() -> None:
    reading = read(
        one_row(),
        one_row(slack_id="U2A", role="x", capacity="y"),
        "",
        one_row(slack_id="U3A", name=""),
    )

    assert reading.rows == ()
    assert [problem[:7] for problem in reading.problems] == ["Line 3:", "Line 3:", "Line 5:"]


def test_the_same_person_on_two_lines_is_a_problem() -> None:
    by_id = read(one_row(), one_row(name="Bobby"))
    by_email = read(one_row(email="b@x.org"), one_row(slack_id="U2A", email="B@X.org"))

    assert the_problem(by_id).startswith("Line 3: slack_id “U0BOB” stands on line 2 already")
    assert the_problem(by_email).startswith("Line 3: email “b@x.org” stands on line 2 already")


def test_a_cell_with_line_breaks_keeps_the_later_line_numbers_right() -> None:
    reading = read(one_row(department="Heart\nand\nlungs"), one_row(slack_id="U2A", role="boss"))

    assert the_problem(reading).startswith("Line 5: role")


def test_unknown_columns_are_left_out_with_a_warning() -> None:
    reading = parse_roster("Slack ID,Name,Role,Pronouns,\nU1A,Bob,mentee,he,")

    assert [row.name for row in reading.rows] == ["Bob"]

    assert len(reading.warnings) == 1
    assert reading.warnings[0].startswith("The column “pronouns” is not one that Cairn keeps")


@pytest.mark.parametrize("column", ["prefers", "avoid", "supervised_by"])
def test_unknown_people_are_a_warning_and_stay_as_written(column: str) -> None:
    reading = read(one_row(**{column: "U0GONE;gone@x.org;U0BOB"}))

    assert getattr(reading.rows[0], column) == ("U0GONE", "gone@x.org")
    assert reading.warnings == (
        f"Line 2: {column} names “U0GONE”, who is not in this roster; check the spelling.",
        f"Line 2: {column} names “gone@x.org”, who is not in this roster; check the spelling.",
        f"Line 2: {column} names the person themselves.",
    )


def test_an_id_that_slack_would_not_give_is_a_warning() -> None:
    reading = read(one_row(slack_id="mentee-7"))

    assert [row.slack_id for row in reading.rows] == ["mentee-7"]
    assert "does not look like one of Slack's" in reading.warnings[0]


@pytest.mark.parametrize("written", ["peer_mentor", "Peer-Mentor", "PEER MENTOR"])
def test_a_role_may_be_spelt_in_several_ways(written: str) -> None:
    assert read(one_row(role=written)).rows[0].roles == {Role.PEER_MENTOR}


@pytest.mark.parametrize(("written", "capacity"), [("", None), ("4", 4), ("4.0", 4), ("100", 100)])
def test_a_capacity_may_be_whole_or_missing(written: str, capacity: int | None) -> None:
    assert read(one_row(capacity=written)).rows[0].capacity == capacity


def test_cells_pasted_from_a_spreadsheet_are_separated_by_tabs() -> None:
    reading = parse_roster("slack_id\tname\trole\nU1A\tBob, junior\tmentee\n")

    assert [row.name for row in reading.rows] == ["Bob, junior"]


def test_names_in_any_script_are_kept() -> None:
    name = "علی\u200cرضا"  # joined by a zero-width non-joiner, as Persian writes it

    assert read(one_row(name=name)).rows[0].name == name


WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters=";@"),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)  # a busy machine is no failure
@given(
    people=st.lists(
        st.fixed_dictionaries(
            {
                "name": WORDS,
                "role": st.sampled_from([role.value for role in Role]),
                "capacity": st.integers(0, 100).map(str),
                "site": WORDS | st.just(""),
                "interests": st.lists(WORDS, max_size=4, unique=True).map(";".join),
            }
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_a_spreadsheet_writes_is_read_back(people: list[dict[str, str]]) -> None:
    rows = [one_row(slack_id=f"U{number:03}", **cells) for number, cells in enumerate(people)]

    reading = parse_roster(HEADER + "\r\n" + "".join(rows))

    assert reading.problems == ()
    assert [
        {
            "name": row.name,
            "role": ";".join(row.roles),
            "capacity": str(row.capacity),
            "site": row.site,
            "interests": ";".join(row.interests),
        }
        for row in reading.rows
    ] == people


@settings(deadline=None)  # a busy machine is no failure
@given(content=st.binary(max_size=300) | st.text(max_size=300))
def test_no_content_at_all_raises_or_is_half_read(content: bytes | str) -> None:
    header = HEADER.encode() + b"\n" if isinstance(content, bytes) else HEADER + "\n"

    for reading in (parse_roster(content), parse_roster(header + content)):  # type: ignore[operator]
        assert bool(reading.rows) != bool(reading.problems)
