"""Every line and column of a list is read, or the list says what it left out."""

from pathlib import Path

import pytest

from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import SlackUserId
from bot.people.model import Role
from bot.people.profiles import Directory, Profile
from bot.people.roster import RosterReading, read_roster
from bot.people.roster_columns import recognise
from bot.people.roster_identity import identify
from bot.people.roster_people import within_itself
from bot.people.roster_text import UnreadableRoster, read_table
from handlers.people.roster_import_views import mapping_form
from runtime.commands.import_roster import read_list

ADA, BEN, EVA = "Ada Berg,ada@example.org", "Ben Carr,ben@example.org", "Eva Fox,eva@example.org"


def read(content: str) -> RosterReading:
    return within_itself(read_roster(read_table(content)))


def notes(reading: RosterReading) -> list[str]:
    return [str(one) for one in (*reading.problems, *reading.warnings)]


@pytest.mark.parametrize(
    ("heads", "cells"),
    [
        ("Conflict,Conflict", "Ada Berg,Ben Carr"),
        ("avoid,Conflicts", "Ada Berg; ben@example.org,"),
        ("Do not match with,Conflict of interest", "Ben Carr,Ada Berg; Ben Carr"),
        ("Conflict,Conflict", "-,Ada Berg; Ben Carr"),
    ],
)
def test_a_list_may_stand_in_several_columns(heads: str, cells: str) -> None:
    reading = read(f"name,email,role,{heads}\n{ADA},mentor\n{BEN},mentor\n{EVA},mentee,{cells}\n")

    assert notes(reading) == []
    assert set(reading.rows[-1].avoid or ()) == {"ada@example.org", "ben@example.org"}


def test_columns_that_are_named_by_hand_are_taken_together_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"name,email,role,A,B\n{ADA},mentor\n{BEN},mentor\n{EVA},mentee,Ada Berg,4\n")

    both = read_list(path, ["A=avoid", "B=avoid"])
    twice = read_list(path, ["A=site", "B=site"])

    assert both.rows[-1].avoid == ("Ada Berg", "4")
    assert [str(one) for one in twice.problems] == [
        "The columns “A” and “B” are both said to hold the site; leave one of them out."
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"name,email,role\n{EVA},mentee\nAda Berg,,\n", "Line 3: there is neither an email"),
        (f"name,email,role\n{EVA},mentee\nPage Morgan,,\n", "Line 3: there is neither an email"),
        (f"avoid,name,email,role\n,{EVA},mentee\nBen Carr,,,\n", "Line 3: there is neither an"),
        (f"avoid,name,email,role\n,{EVA},mentee\nmentor,,,\n", "Line 3: there is neither an"),
        (f"avoid,name,email,role\n,{EVA},mentee\nNote: not with Eva,,,\n", "Line 3: there is"),
    ],
)
def test_a_line_that_may_be_somebody_stops_the_list(content: str, said: str) -> None:
    assert any(str(one).startswith(said) for one in read(content).problems)


@pytest.mark.parametrize(
    "line",
    ["Vertraulich,,", "Total,15,", "Exported on 4 May,,", "Page 1 of 2,,", "Summe: 15,,", "©,,"],
)
def test_a_closing_line_is_left_out_and_said(line: str) -> None:
    reading = read(f"name,email,role\n{EVA},mentee\n{line}\n")

    [warning] = notes(reading)

    assert warning.startswith("Line 3 (“")
    assert reading.problems == ()


def test_a_role_above_those_who_have_it_is_a_heading_and_said() -> None:
    reading = read(f"name,email,role\nMentors,,\n{ADA},mentor\nMentees,,\n{EVA},mentee\n")

    assert [row.name for row in reading.rows] == ["Ada Berg", "Eva Fox"]
    assert [one.partition(" was ")[0] for one in notes(reading) if "heading" in one] == [
        "Line 2: “Mentors” stands alone and",
        "Line 4: “Mentees” stands alone and",
    ]


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("Prüfer", ""),
        ("Assessor", ""),
        ("Examiner", ""),
        ("Remarks", "Dr. Ada Berg"),
        ("Remarks", "Berg, Ada"),
        ("Remarks", "used to work for Prof. Ada Berg in 2024"),
        ("Remarks", "Ada Berg; Ben Carr"),
        ("Remarks", "Dr. Zoe Outside"),
        ("Remarks", "zoe@example.org"),
        ("Remarks", "<@U0ZOE>"),
    ],
)
def test_an_unknown_column_that_names_people_stops_the_command(
    tmp_path: Path, head: str, cell: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f'name,email,role,{head}\n{ADA},mentor,x\n{EVA},mentee,"{cell}"\n')

    [problem] = read_list(path).problems

    assert f"The column “{head}” may say who must not be matched" in str(problem)


def test_an_unknown_column_about_its_own_line_is_only_left_out(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"name,email,role,Badge\n{EVA},mentee,Fox Eva\n{ADA},mentor,ada@example.org\n")

    assert read_list(path).problems == ()


@pytest.mark.parametrize(
    "first",
    [
        f"{ADA},mentor",
        "Ada Berg,Ada <ada@example.org>,mentor",
        "Ada Berg,<@U0ADA>,mentor",
        "Spring list,,\nAda Berg,U0ADA123,mentor",
    ],
)
def test_a_list_without_a_head_keeps_its_first_person(first: str) -> None:
    table = read_table(f"{first}\n{BEN},mentor\n")
    mapping = {"column 1": "name", "column 2": "email", "column 3": "role"}
    if "@example" not in first:
        table = read_table(f"{first}\nBen Carr,U0BEN123,mentor\n")
        mapping["column 2"] = "slack_id"

    reading = read_roster(table, mapping)  # type: ignore[arg-type]

    assert [row.name for row in reading.rows] == ["Ada Berg", "Ben Carr"]
    assert "The first line names somebody and no columns" in notes(reading)[0]


def test_a_head_that_gives_an_address_as_an_example_stays_a_head() -> None:
    reading = read(f"name,Email address (such as you@example.org),role\n{EVA},mentee\n")

    assert notes(reading) == []


def test_what_is_no_list_stays_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("")

    with pytest.raises(OperatorFacing):
        read_list(path)


@pytest.mark.parametrize(
    ("row", "encoding"),
    [
        ("Иван;someone.long@hospital.example;mentee", "cp1251"),
        ("Dvořák;someone.long@hospital.example;mentee", "cp1250"),
        ("Kovačević;someone.long@hospital.example;mentee", "cp1250"),
        ("Erdős;someone.long@hospital.example;mentee", "cp1250"),
        ("Ayşe;someone.long@hospital.example;mentee", "cp1254"),
        ("Doğan;someone.long@hospital.example;mentee", "cp1254"),
    ],
)
def test_letters_of_another_part_of_europe_are_no_windows_1252(row: str, encoding: str) -> None:
    with pytest.raises(UnreadableRoster, match="not clear which characters"):
        read_table(f"name;email;role\n{row}\n".encode(encoding))


@pytest.mark.parametrize("name", ["Søren Ærø", "Zoë Müller", "Simões Peña", "Lefèvre Œuf"])
def test_names_of_western_europe_are_read_as_windows_1252(name: str) -> None:
    table = read_table(f"name;email;role\n{name};a@example.org;mentee\n".encode("cp1252"))

    assert table.records[0].cells[0] == name


@pytest.mark.parametrize(
    ("head", "cell", "said"),
    [
        ("capacity", "none", "may mean 0 or that nobody said; write a number"),
        ("capacity", "keine", "may mean 0 or that nobody said; write a number"),
        ("capacity", "2. Mrz", "is a date; a spreadsheet makes one of 2-3"),
        ("capacity", "Mar-02", "is a date; a spreadsheet makes one of 2-3"),
        ("capacity", "02.03.2026", "is a date; a spreadsheet makes one of 2-3"),
        ("capacity", "3/2/26", "is a date; a spreadsheet makes one of 2-3"),
        ("roles", "Mentor (declined)", "is not clear"),
        ("roles", "Mentor (withdrew in May)", "is not clear"),
        ("roles", "Mentorin (Elternzeit)", "is not clear"),
    ],
)
def test_a_cell_that_may_mean_something_else_stops(head: str, cell: str, said: str) -> None:
    roles, capacity = (cell, "4") if head == "roles" else ("mentor", cell)

    reading = read(f"name,email,roles,capacity\n{ADA},{roles},{capacity}\n")

    assert any(f"Line 2, {head}: " in one and said in one for one in notes(reading))


@pytest.mark.parametrize(
    ("cell", "role"),
    [
        ("Mentor (m/w/d)", Role.MENTOR),
        ("Mentee (Year 1)", Role.MENTEE),
        ("Mentor (Faculty)", Role.MENTOR),
    ],
)
def test_brackets_that_change_no_role_are_read(cell: str, role: Role) -> None:
    assert read(f"name,email,role\n{ADA},{cell}\n").rows[0].roles == {role}


def test_none_in_the_capacity_of_a_mentee_says_nothing() -> None:
    assert read(f"name,email,role,capacity\n{EVA},mentee,n/a\n").problems == ()


@pytest.mark.parametrize("unseen", ["\u200b", "\u200e", "\u202c", "\u00ad", "\ufeff", "\u2060"])
def test_characters_that_nobody_sees_change_nothing(unseen: str) -> None:
    cells = f"{unseen}ada@example.org{unseen}; Ben{unseen} Ca{unseen}rr"

    reading = read(f"name,email,role,avoid\n{ADA},mentor,\n{BEN},mentor,\n{EVA},mentee,{cells}\n")

    assert reading.problems == ()
    assert reading.rows[-1].avoid == ("ada@example.org", "ben@example.org")


@pytest.mark.parametrize(
    ("slack_id", "said"),
    [
        ("bob.osei", "“bob.osei” is nobody's id in Slack, and “bob@example.org” is U0BOB1; write"),
        ("U0XYZ9", "“U0XYZ9” is nobody's id in Slack, and “bob@example.org” is U0BOB1; write"),
        ("U0CAT1", "U0CAT1 and “bob@example.org” are two people in Slack"),
    ],
)
def test_an_id_that_is_another_persons_or_nobodys_is_said_to_be_that(
    slack_id: str, said: str
) -> None:
    people = [Profile(slack_user_id=SlackUserId("U0BOB1"), name="Bob", email="bob@example.org")]
    people.append(Profile(slack_user_id=SlackUserId("U0CAT1"), name="Cat"))
    directory = Directory(profiles={one.slack_user_id: one for one in people}, is_whole=True)
    content = f"slack_id,name,email,role\n{slack_id},Bob,bob@example.org,mentee\n"

    found = identify(read_roster(read_table(content)), [], directory)

    assert said in str(found.reading.problems[0])


@pytest.mark.parametrize(
    ("heads", "fields"),
    [
        ("Nom,Prénom,Courriel", ["last_name", "first_name", "email"]),
        ("Nom,Courriel", ["name", "email"]),
        ("Name,E-Mail,Rolle im Programm", ["name", "email", "role"]),
    ],
)
def test_heads_in_other_words_are_known(heads: str, fields: list[str]) -> None:
    columns = recognise(heads.split(","), [["x", "y", "z"]], {})

    assert [one.field for one in columns] == fields


@pytest.mark.parametrize(
    ("head", "sample", "is_preset"),
    [
        ("Role this year", "tbd", False),
        ("Family name or surname", "Berg", False),
        ("Category", "Mentor", False),
        ("Shoe size", "42", True),
    ],
)
def test_only_what_resembles_nothing_known_is_proposed_to_be_left_out(
    head: str, sample: str, is_preset: bool
) -> None:
    reading = read_roster(read_table(f"name,email,{head}\nAda,ada@example.org,{sample}\n"))

    question = mapping_form(reading, "")["blocks"][-1]

    assert ("initial_option" in question["element"]) is is_preset
