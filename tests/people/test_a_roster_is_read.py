"""A list of people: what is read, and the sentence for each thing that cannot be."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.people.model import Role
from bot.people.roster import COLUMNS, RosterReading, RosterRow, read_roster
from bot.people.roster_people import within_itself
from bot.people.roster_text import UnreadableRoster, read_table

HEADER = ",".join(COLUMNS)


def one_row(**cells: str) -> str:
    filled = {"slack_id": "U0BOB", "name": "Bob", "role": "mentee"} | cells
    out = io.StringIO()
    csv.writer(out).writerow([filled.get(name, "") for name in COLUMNS])
    return out.getvalue()


def read_content(content: bytes | str) -> RosterReading:
    return within_itself(read_roster(read_table(content)))


def read(*lines: str) -> RosterReading:
    return read_content("\n".join([HEADER, *(line.rstrip("\r\n") for line in lines)]))


def the_problem(reading: RosterReading) -> str:
    assert len(reading.problems) == 1, reading.problems
    return str(reading.problems[0])


def warnings(reading: RosterReading) -> list[str]:
    return list(map(str, reading.warnings))


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
        supervised_by="Alice",
        avoid="-",
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
        cleared=frozenset({"avoid"}),
        supervised_by=("U0ALICE",),
    )


def test_an_empty_cell_says_nothing_and_a_dash_says_that_there_is_nothing() -> None:
    silent, clear = read(
        one_row(), one_row(slack_id="U0EVE", name="Eve", department="-", interests="–", stage="-")
    ).rows

    assert (silent.department, silent.interests, silent.stage) == (None, None, None)
    assert (clear.department, clear.interests, clear.stage) == ("", (), "")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("u0bob1", "U0BOB1"),
        ("<@U0BOB1>", "U0BOB1"),
        ("<@U0BOB1|bob>", "U0BOB1"),
        ("@U0BOB1", "U0BOB1"),
        ("https://cairn.slack.com/team/U0BOB1", "U0BOB1"),
        ("https://app.slack.com/client/T0CAIRN/user_profile/w0bob1", "W0BOB1"),
        ("slack://user?team=T0CAIRN&id=U0BOB1", "U0BOB1"),
    ],
)
def test_a_slack_id_is_known_in_any_form(written: str, read_as: str) -> None:
    assert read(one_row(slack_id=written)).rows[0].slack_id == read_as


@pytest.mark.parametrize(
    "written", ["Ada <ada@example.org>", "ADA@example.org", "mailto:ada@example.org"]
)
def test_an_address_is_known_in_any_form(written: str) -> None:
    assert read(one_row(email=written)).rows[0].email == "ada@example.org"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name,role\nBob,mentee", "No column holds an email address or a Slack id"),
        (HEADER, "names nobody"),
        (HEADER + "\n,,,,,\n\n", "names nobody"),
        (HEADER + "\nU1A,Bob,,mentee" + "," * 10 + ",more", "Line 2: there are 15 cells under 14"),
    ],
)
def test_a_list_that_cannot_be_read_is_a_sentence(content: str, said: str) -> None:
    assert said in the_problem(read_content(content))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"slack_id": "", "email": ""}, "neither an email address nor a Slack id"),
        ({"slack_id": "U 1"}, "slack_id: “U 1” is not a Slack id"),
        ({"email": "bob at x.org"}, "email: “bob at x.org” is not an address"),
        ({"role": ""}, "the role of Bob is missing"),
        ({"role": "boss"}, "role: “boss” is not clear; write mentee, mentor, peer_mentor or"),
        ({"role": "tutor"}, "role: “tutor” is not clear; write mentor or peer_mentor"),
        ({"role": "not a mentor"}, "role: “not a mentor” is not clear"),
        ({"role": "mentr"}, "role: “mentr” is not clear; write mentor."),
        ({"capacity": "many"}, "capacity: “many” is not a whole number from 0 to 100"),
        ({"capacity": "-3"}, "capacity: “-3” is not a whole number"),
        ({"capacity": "101"}, "capacity: “101” is not a whole number"),
        ({"capacity": "2026-03-02T00:00:00"}, "is a date; a spreadsheet makes one of 2-3"),
        ({"capacity": "3-Feb"}, "is a date"),
        ({"name": "B\x07ob"}, "name: holds a character that cannot be shown"),
        ({"department": "x" * 501}, "department: is longer than 500 characters"),
    ],
)
def test_each_bad_cell_is_a_sentence_with_line_and_column(cells: dict[str, str], said: str) -> None:
    problem = the_problem(read(one_row(**cells)))

    assert problem.startswith("Line 2")
    assert said in problem


def test_all_problems_are_told_at_once_in_the_order_of_the_lines() -> None:
    reading = read(
        one_row(),
        one_row(slack_id="U2A", role="x", capacity="y"),
        "",
        one_row(slack_id="U3A", timezone="z z", avoid="Who"),
    )

    assert [str(problem).partition(":")[0] for problem in reading.problems] == [
        "Line 3, capacity",
        "Line 3, role",
        "Line 5, avoid",
    ]


def test_two_rows_about_one_person_become_one() -> None:
    reading = read(
        one_row(role="mentor", email="b@x.org", capacity="2", interests="ethics"),
        one_row(slack_id="", email="B@x.org", role="mentee", interests="surgery"),
    )

    [bob] = reading.rows
    assert reading.problems == ()
    assert bob.roles == {Role.MENTOR, Role.MENTEE}
    assert (bob.slack_id, bob.capacity, bob.interests) == ("U0BOB", 2, ("ethics", "surgery"))


def test_rows_about_one_person_that_contradict_each_other_are_a_problem() -> None:
    by_id = read(one_row(), one_row(name="Bobby"))
    by_email = read(one_row(email="b@x.org"), one_row(slack_id="U2A", email="B@X.org"))

    assert the_problem(by_id).startswith("Line 3, name: “Bobby” contradicts “Bob” on line 2")
    assert the_problem(by_email).startswith("Line 3, slack_id: “U2A” contradicts “U0BOB” on line 2")


def test_a_cell_with_line_breaks_keeps_the_later_line_numbers_right() -> None:
    reading = read(one_row(department="Heart\nand\nlungs"), one_row(slack_id="U2A", role="boss"))

    assert the_problem(reading).startswith("Line 5, role")


def test_an_id_that_slack_would_not_give_is_a_warning() -> None:
    reading = read(one_row(slack_id="mentee-7"))

    assert [row.slack_id for row in reading.rows] == ["mentee-7"]
    assert "does not look like one of Slack's" in warnings(reading)[0]


@pytest.mark.parametrize(
    ("written", "roles"),
    [
        ("peer_mentor", {Role.PEER_MENTOR}),
        ("Peer-Mentor", {Role.PEER_MENTOR}),
        ("PEER MENTOR", {Role.PEER_MENTOR}),
        ("near-peer mentor", {Role.PEER_MENTOR}),
        ("Mentor/in", {Role.MENTOR}),
        ("Mentor*in", {Role.MENTOR}),
        ("Mentorin", {Role.MENTOR}),
        ("Mentor(in)", {Role.MENTOR}),
        ("mentor/a", {Role.MENTOR}),
        ("Mentee (Year 1)", {Role.MENTEE}),
        ("Year 1 mentee", {Role.MENTEE}),
        ("mentorée", {Role.MENTEE}),
        ("I am a mentee", {Role.MENTEE}),
        ("Coordinateur/trice", {Role.COORDINATOR}),
        ("Koordinator:in", {Role.COORDINATOR}),
        ("mentor and coordinator", {Role.MENTOR, Role.COORDINATOR}),
        ("Mentee; Peer mentor", {Role.MENTEE, Role.PEER_MENTOR}),
        ("mentor/mentee", {Role.MENTOR, Role.MENTEE}),
    ],
)
def test_roles_are_read_in_words(written: str, roles: set[Role]) -> None:
    assert read(one_row(role=written)).rows[0].roles == roles


@pytest.mark.parametrize(
    ("written", "capacity"),
    [
        ("", None),
        ("4", 4),
        ("4.0", 4),
        ("100", 100),
        ("4 mentees", 4),
        ("max 3", 3),
        ("max. 3", 3),
        ("up to two", 2),
        ("Three", 3),
        ("5 max", 5),
        ("n/a", None),
        ("-", 6),
    ],
)
def test_a_capacity_is_read_as_people_write_it(written: str, capacity: int | None) -> None:
    assert read(one_row(capacity=written)).rows[0].capacity == capacity


@pytest.mark.parametrize("written", ["2-3", "2–3", "2 to 3", "2 or 3 mentees", "3+"])
def test_of_a_range_the_higher_number_is_taken_and_it_is_said(written: str) -> None:
    reading = read(one_row(capacity=written))

    assert reading.rows[0].capacity == 3
    assert warnings(reading) == [f"Line 2, capacity: “{written}” is taken as 3."]


def test_a_list_by_commas_is_read_with_a_warning_and_one_by_semicolons_keeps_its_commas() -> None:
    reading = read(
        one_row(interests="Ethics, Ultrasound"),
        one_row(slack_id="U2A", name="Eve", interests="Ear, nose and throat; Ethics"),
    )

    assert reading.rows[0].interests == ("Ethics", "Ultrasound")
    assert reading.rows[1].interests == ("Ear, nose and throat", "Ethics")
    [warning] = warnings(reading)
    assert warning.startswith("Line 2, interests: commas divide the list in 1 cell")


def test_names_in_any_script_are_kept() -> None:
    name = "علی\u200cرضا"  # joined by a zero-width non-joiner, as Persian writes it

    assert read(one_row(name=name)).rows[0].name == name


WORDS = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc", "Cf", "Zs", "Zl", "Zp"), exclude_characters=";@|,"
    ),
    min_size=1,
    max_size=12,
).filter(lambda text: text not in "-–—−")


@settings(deadline=None)  # a busy machine is no failure
@given(
    people=st.lists(
        st.fixed_dictionaries(
            {
                "name": WORDS,
                "role": st.sampled_from([role.value for role in Role]),
                "capacity": st.integers(0, 100).map(str),
                "site": WORDS,
                "interests": st.lists(WORDS, min_size=1, max_size=4, unique=True).map(";".join),
            }
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_a_spreadsheet_writes_is_read_back(people: list[dict[str, str]]) -> None:
    rows = [one_row(slack_id=f"U{number:03}", **cells) for number, cells in enumerate(people)]

    reading = read_content(HEADER + "\r\n" + "".join(rows))

    assert reading.problems == ()
    assert [
        {
            "name": row.name,
            "role": ";".join(row.roles),
            "capacity": str(row.capacity),
            "site": row.site,
            "interests": ";".join(row.interests or ()),
        }
        for row in reading.rows
    ] == people


@settings(deadline=None)  # a busy machine is no failure
@given(content=st.binary(max_size=300) | st.text(max_size=300))
def test_no_content_at_all_fails_but_in_a_sentence(content: bytes | str) -> None:
    header = HEADER.encode() + b"\n" if isinstance(content, bytes) else HEADER + "\n"

    for given_ in (content, header + content):  # type: ignore[operator]
        with suppress(UnreadableRoster):
            reading = read_content(given_)
            assert reading.rows or reading.problems
