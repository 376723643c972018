"""Files as spreadsheets and forms write them, and files of another kind."""

import codecs
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from bot.kernel.errors import OperatorFacing
from bot.people.roster import RosterReading, read_roster
from bot.people.roster_text import (
    MOST_BYTES,
    MOST_LINES,
    SeveralSheets,
    UnreadableRoster,
    read_table,
    refuse_size,
)
from runtime.commands.import_roster import read_file
from tests.support.spreadsheet import workbook

LIST = "name,email,role\nZoë Ní Bhriain,zoe@example.org,mentor\nJürgen Groß,jg@example.org,mentee\n"
NAMES = ["Zoë Ní Bhriain", "Jürgen Groß"]


def names(content: bytes | str) -> list[str | None]:
    reading = read_roster(read_table(content))
    assert reading.problems == ()
    return [row.name for row in reading.rows]


def refusal(content: bytes | str, filename: str = "") -> str:
    with pytest.raises(UnreadableRoster) as caught:
        read_table(content, filename=filename)
    return caught.value.sentence


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
def test_the_usual_encodings_are_read(mark: bytes, encoding: str, newline: str) -> None:
    assert names(mark + LIST.replace("\n", newline).encode(encoding)) == NAMES


def test_windows_1252_is_read_with_a_warning_that_shows_a_name() -> None:
    table = read_table(LIST.encode("cp1252"))

    assert [record.cells[0] for record in table.records] == NAMES
    assert "was read as Windows-1252" in table.warnings[0]
    assert "“Zoë”" in table.warnings[0]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Анна Петрова", "cp1251"),
        ("Łukasz Żak", "cp1250"),
        ("René Müller", "mac-roman"),
        ("山田太郎", "shift-jis"),
        ("Ελένη", "iso8859-7"),
    ],
)
def test_characters_that_are_not_beyond_doubt_are_a_sentence(name: str, encoding: str) -> None:
    content = f"name,email,role\n{name},a@example.org,mentor\n".encode(encoding)

    assert "not clear which characters" in refusal(content)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_cells_are_separated_in_any_usual_way(delimiter: str) -> None:
    assert names(LIST.replace(",", delimiter)) == NAMES


def test_commas_within_cells_do_not_hide_semicolons_between_them() -> None:
    text = "name;email;role;interests\nBerg, Asha;a@example.org;mentor;a, b, c\n"

    [row] = read_roster(read_table(text)).rows

    assert (row.name, row.interests) == ("Berg, Asha", ("a", "b", "c"))


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"'])
def test_a_first_line_may_say_what_separates_and_lines_are_counted_with_it(first: str) -> None:
    table = read_table(f"{first}\r\n" + LIST.replace(",", ";").replace("\n", "\r\n"))

    assert [record.line for record in table.records] == [3, 4]


def test_titles_blank_lines_and_footers_are_left_out() -> None:
    text = (
        "Mentoring 2026,,\nParticipants,,\n\n,,\nFull name,E-mail,Role\n"
        "Asha Rao,asha@example.org,mentor\n\n,,\nBo,bo@example.org,mentee\nExported on 4 May,,\n"
    )

    table = read_table(text)

    assert table.head == ("Full name", "E-mail", "Role")
    assert [(record.line, record.cells[0]) for record in table.records] == [
        (6, "Asha Rao"),
        (9, "Bo"),
    ]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 ...", "list.csv is a PDF; save the list as CSV or .xlsx"),
        (b"\x89PNG\r\n\x1a\n", "list.csv is a picture"),
        (b"\xff\xd8\xff\xe0", "list.csv is a picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "list.csv is an older Office file (.xls or .doc)"),
        (b"\x1f\x8b\x08\x00", "list.csv is a compressed file"),
        (b"<!DOCTYPE html><table>", "list.csv is a web page"),
        (b"PK\x03\x04 broken", "list.csv is a damaged file"),
        (b"\x00\x01\x02\x03\x00\x00\x00", "This file is no table"),
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf \r\n", "The file is empty"),
        (b'name,email\n"Asha,a@x.org', "Line 2: the quotation marks do not close"),
        (b'name,email\n"Asha"x,a@x.org', "Line 2: the quotation marks do not close"),
        (b'name,email\nA,"' + b"x\n" * 80_000, "Line 2: a cell is too long"),
        (b"a," * 300 + b"\n", "There are more than 200 columns"),
    ],
)
def test_a_file_of_another_kind_is_one_sentence(content: bytes, kind: str) -> None:
    assert kind in refusal(content, "list.csv")


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("word/document.xml", "a Word file"),
        ("content.xml", "an OpenDocument file"),
        ("photos/a.png", "a ZIP archive"),
    ],
)
def test_a_packed_file_is_called_what_it_is(part: str, kind: str) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(part, "x")

    assert refusal(out.getvalue(), "people.zip").startswith(f"people.zip is {kind}")


def test_a_file_of_a_hundred_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as out:
        out.truncate(100_000_000)
    huge.chmod(0)

    with pytest.raises(OperatorFacing, match=r"huge\.csv is larger than 10,000,000 bytes"):
        read_file(huge)
    with pytest.raises(UnreadableRoster, match="larger than 10 MB"):
        refuse_size(MOST_BYTES + 1)


def test_a_list_of_more_lines_than_people_anywhere_is_refused_before_it_is_read() -> None:
    lines = "email,role\n" + "ann@example.org,mentor\n" * MOST_LINES

    with pytest.raises(UnreadableRoster, match=r"more than 50,000 lines\. .* split the list"):
        read_table(lines)


def test_a_workbook_is_read_with_whole_numbers_and_the_lines_of_its_sheet() -> None:
    content = workbook(
        {
            "Notes": [["Ask Cleo"]],
            "People": [
                ["Mentors 2026"],
                [],
                ["Name", "Email", "Role", "Capacity"],
                ["Jürgen Groß", "jg@example.org", "Mentor", 4],
            ],
        }
    )

    reading = read_roster(read_table(content, filename="people.xlsx"))

    [row] = reading.rows
    assert reading.problems == ()
    assert (row.line, row.name, row.capacity) == (4, "Jürgen Groß", 4)


def test_of_several_sheets_with_people_one_is_asked_for() -> None:
    rows = [["Name", "Email", "Role"], ["Asha", "asha@example.org", "mentor"]]
    content = workbook({"Spring": rows, "Autumn": [rows[0], ["Bo", "bo@example.org", "mentee"]]})

    with pytest.raises(SeveralSheets) as caught:
        read_table(content)

    assert caught.value.sheets == ("Spring", "Autumn")
    assert read_table(content, sheet="Autumn").records[0].cells[0] == "Bo"


def test_a_workbook_that_cannot_be_read_is_one_sentence() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("xl/workbook.xml", "<broken")

    assert "The workbook cannot be read" in refusal(out.getvalue(), "people.xlsx")


def test_a_workbook_with_a_cell_far_away_is_refused_before_its_table_is_made() -> None:
    packed = workbook({"People": [["Name", "Email"], ["Asha", "asha@example.org"]]})
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(packed)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b'r="B2"', b'r="XFD1048576"'))

    assert "is far larger than a list of people" in refusal(out.getvalue(), "people.xlsx")


FORMS = {
    "google": "Timestamp,Email Address,What is your name?,Role,Time zone (city)",
    "microsoft": "ID,Start time,Completion time,Email,Name,Role\nin the programme,Your time zone",
    "german": "Zeitstempel,E-Mail-Adresse,Vor- und Nachname,Rolle,Zeitzone",
    "french": "Horodateur,Adresse e-mail,Nom et prénom,Rôle,Fuseau horaire",
    "spanish": "Marca temporal,Dirección de correo electrónico,Nombre completo,Rol,Zona horaria",
    "italian": "Informazioni cronologiche,Indirizzo email,Nome e cognome,Ruolo,Fuso orario",
    "portuguese": "Carimbo de data/hora,Endereço de e-mail,Nome completo,Papel,Fuso horário",
}


@pytest.mark.parametrize("form", FORMS)
def test_the_heads_of_the_common_forms_are_known(form: str) -> None:
    heads = FORMS[form].split(",")
    quoted = ",".join(f'"{head}"' for head in heads)

    reading = read_roster(read_table(f"{quoted}\n{',' * (len(heads) - 1)}\n"))

    fields = {column.field for column in reading.columns} - {"left_out"}
    assert fields == {"email", "name", "role", "timezone"}
    assert not reading.needs_mapping


def read(text: str, **mapping: str) -> RosterReading:
    return read_roster(read_table(text), mapping)  # type: ignore[arg-type]


def test_first_and_last_names_are_joined() -> None:
    [row] = read("Vorname,Nachname,E-Mail,Rolle\nAsha,Rao,asha@example.org,Mentorin\n").rows

    assert row.name == "Asha Rao"


def test_a_column_that_is_not_known_is_asked_for_and_can_be_mapped_or_left_out() -> None:
    text = "Name,Email,Role,Buddy,Pronouns\nAsha,a@example.org,mentor,Bo,she\n"

    asked = read(text)
    told = read(text, Buddy="prefers", Pronouns="left_out")

    assert asked.needs_mapping
    assert [column.head for column in asked.columns if column.field is None] == [
        "Buddy",
        "Pronouns",
    ]
    assert not told.needs_mapping
    assert told.rows[0].prefers == ("Bo",)


@pytest.mark.parametrize("head", ["Who should you not meet?", "Line manager's team", "Notes"])
def test_a_column_that_may_say_who_must_not_meet_is_marked(head: str) -> None:
    text = f'Name,Email,Role,"{head}"\nAsha,a@example.org,mentor,\nBo,b@example.org,mentee,Asha\n'

    [unknown] = [column for column in read(text).columns if column.field is None]

    assert unknown.matters


def test_a_second_column_of_the_same_kind_is_never_merged_silently() -> None:
    reading = read("Name,Email,Email address,Role\nAsha,a@example.org,b@example.org,mentor\n")

    assert reading.needs_mapping
    assert reading.rows[0].email == "a@example.org"
