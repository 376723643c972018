"""Read roster.csv: every person in it, or everything to fix first. Pure.

The columns are `slack_id,name,email,role,capacity,stage,department,site,timezone,interests,
languages,prefers,avoid,supervised_by`; `slack_id`, `name` and `role` must be there. Lists are
separated by `;`, and people are named by Slack id or email.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from zoneinfo import available_timezones

from bot.kernel.words import cut, listed
from bot.people.model import NAMING_PEOPLE, Role

NEEDED = ("slack_id", "name", "role")
MOST_BYTES = 10_000_000
SHOWN_CHARS = 60
MOST_CHARACTERS = 500
"""In one cell, or in one part of a list."""
MOST_CAPACITY = 100

_SLACK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_LOOKS_LIKE_SLACK = re.compile(r"[UW][A-Z0-9]{2,}")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_CAPACITY = re.compile(r"([0-9]{1,4})(\.0)?")
"""Spreadsheets like to write whole numbers as 4.0."""
_TOO_MANY_CELLS = (
    "there are {} cells under {} columns; put quotation marks around a cell that contains a comma."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One person of the roster. `line` counts from 1, the header included.

    `capacity`, `stage`, `timezone` and `email` are None where the cell was empty. Emails are in
    lower case; who is named and stands in the same roster is named by Slack id.
    """

    line: int
    slack_id: str
    name: str
    email: str | None
    roles: frozenset[Role]
    capacity: int | None
    stage: str | None
    department: str
    site: str
    timezone: str | None
    interests: tuple[str, ...]
    languages: tuple[str, ...]
    prefers: tuple[str, ...]
    avoid: tuple[str, ...]
    supervised_by: tuple[str, ...]


COLUMNS = tuple(
    "role" if name == "roles" else name for name in RosterRow.__dataclass_fields__ if name != "line"
)


@dataclass(frozen=True, slots=True)
class RosterReading:
    """The rows of a roster. With any problem there are none: it is read whole or not.

    `warnings` and `problems` are sentences for the coordinator, in the order of the lines.
    """

    rows: tuple[RosterRow, ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class _BadCell(Exception):
    """A sentence about what cannot be read."""


def parse_roster(content: bytes | str) -> RosterReading:
    """Read a roster. Never raises: anything wrong becomes a sentence in `problems`.

    Takes UTF-8 with or without a byte order mark. Cells may be separated by commas or, as when
    pasted from a spreadsheet, by tabs.
    """
    try:
        records = _records(_text(content))
        header, warnings = _header(next(records, (1, ()))[1])
    except _BadCell as bad:
        return RosterReading(problems=(str(bad),))
    rows: list[RosterRow] = []
    problems: list[str] = []
    try:
        for line, cells in records:
            row, wrong = _row(line, header, cells)
            problems.extend(f"Line {line}: {sentence}" for sentence in wrong)
            if row is not None:
                rows.append(row)
    except _BadCell as bad:
        problems.append(str(bad))
    problems.extend(_repeated(rows))
    if not rows and not problems:
        problems.append("The roster names nobody; write one line for each person.")
    if problems:
        return RosterReading(warnings=tuple(warnings), problems=tuple(problems))
    named, unknown = _name_people(rows)
    return RosterReading(rows=named, warnings=(*warnings, *_odd_ids(rows), *unknown))


def _text(content: bytes | str) -> str:
    if len(content) > MOST_BYTES:
        raise _BadCell(
            f"The roster is larger than {MOST_BYTES // 1_000_000} MB; split it into several files."
        )
    try:
        raw = content.encode() if isinstance(content, str) else content
        text = raw.decode("utf-8-sig")
    except UnicodeError:
        raise _BadCell(
            "The roster is not in UTF-8; save it again as “CSV UTF-8” and send that file."
        ) from None
    if not text.strip():
        raise _BadCell(f"The roster is empty; its first line must be {','.join(COLUMNS)}.")
    return text


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Split into filled records, each with the line on which it starts."""
    first = next(line for line in io.StringIO(text, newline="") if line.strip())
    delimiter = "\t" if "\t" in first and "," not in first else ","
    if delimiter not in first and ";" in first:
        raise _BadCell(
            "The columns are separated by semicolons; save the roster with commas instead."
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _BadCell(_quoting(line, error)) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _quoting(line: int, error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"Line {line}: a cell is too long; look for a quotation mark that is never closed."
    return (
        f"Line {line}: the quotation marks do not close; put one at both ends of the cell, and "
        "double those inside it."
    )


def _header(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give the column names as we spell them, and a warning for each that we do not keep."""
    names = ["_".join(cell.strip().lower().split()) for cell in cells]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise _BadCell(
            f"The first line lacks {listed(missing)}; it must name the columns, like "
            f"{','.join(COLUMNS)}."
        )
    twice = [name for name, count in Counter(names).items() if count > 1 and name in COLUMNS]
    if twice:
        raise _BadCell(f"The column {listed(twice)} stands there twice; keep one of each.")
    unknown = [name for name in names if name and name not in COLUMNS]
    return names, [
        f"The column {_shown(name)} is not one that Cairn keeps; it was left out."
        for name in unknown
    ]


def _row(
    line: int, header: Sequence[str], cells: Sequence[str]
) -> tuple[RosterRow | None, list[str]]:
    """Read a row, or give None and one sentence for each thing wrong with it."""
    if any(cell.strip() for cell in cells[len(header) :]):
        return None, [_TOO_MANY_CELLS.format(len(cells), len(header))]
    given = {name: " ".join(cell.split()) for name, cell in zip(header, cells, strict=False)}
    cell = {name: given.get(name, "") for name in COLUMNS}
    wrong = [sentence for name in COLUMNS if (sentence := _wrong(name, cell[name]))]
    if wrong:
        return None, wrong
    capacity = _CAPACITY.fullmatch(cell["capacity"])
    return (
        RosterRow(
            line=line,
            slack_id=cell["slack_id"],
            name=cell["name"],
            email=cell["email"].lower() or None,
            roles=frozenset(map(Role, _roles(cell["role"]))),
            capacity=int(capacity[1]) if capacity else None,
            stage=cell["stage"].replace("_", " ") or None,
            department=cell["department"],
            site=cell["site"],
            timezone=cell["timezone"] or None,
            **_lists(cell),
        ),
        [],
    )


def _lists(cell: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    lists = {name: _list_items(cell[name]) for name in ("interests", "languages")}
    for name in NAMING_PEOPLE:
        parts = _list_items(cell[name])
        lists[name] = tuple(part.lower() if "@" in part else part for part in parts)
    return lists


def _list_items(cell: str) -> tuple[str, ...]:
    """Give the parts of a list in their order, each once."""
    return tuple(dict.fromkeys(part.strip() for part in cell.split(";") if part.strip()))


def _roles(cell: str) -> list[str]:
    return [one.lower().replace("-", "_").replace(" ", "_") for one in _list_items(cell)]


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _wrong(name: str, cell: str) -> str | None:
    """Say what is wrong with a cell, as the end of a sentence that starts with its line."""
    if not cell:
        return f"{name} is empty; every person needs one." if name in NEEDED else None
    if not all(map(_can_be_shown, cell)):
        return f"{name} holds a character that cannot be shown; type it again."
    longest = max(map(len, _list_items(cell)), default=0)
    if longest > MOST_CHARACTERS:
        return f"{name} is longer than {MOST_CHARACTERS} characters; shorten it."
    return _wrong_value(name, cell)


def _wrong_value(name: str, cell: str) -> str | None:
    shown = _shown(cell)
    match name:
        case "slack_id" if not _SLACK_ID.fullmatch(cell):
            return f"slack_id {shown} is not a Slack id; it looks like U012AB3CD."
        case "email" if not _EMAIL.fullmatch(cell):
            return f"email {shown} is not an address; fix it, or leave the cell empty."
        case "role" if not set(_roles(cell)) <= set(Role):
            return f"role {shown} is unknown; write {listed([role.value for role in Role], 'or')}."
        case "capacity" if not _is_capacity(cell):
            return f"capacity {shown} is not a whole number from 0 to {MOST_CAPACITY}."
        case "timezone" if cell not in _zones():
            return f"timezone {shown} is unknown; write a name such as Europe/London."
    return None


def _is_capacity(cell: str) -> bool:
    found = _CAPACITY.fullmatch(cell)
    return found is not None and int(found[1]) <= MOST_CAPACITY


def _repeated(rows: Sequence[RosterRow]) -> Iterator[str]:
    for name in ("slack_id", "email"):
        first: dict[str, int] = {}
        for row in rows:
            value = getattr(row, name)
            if value is None:
                continue
            earlier = first.setdefault(value, row.line)
            if earlier != row.line:
                yield (
                    f"Line {row.line}: {name} {_shown(value)} stands on line {earlier} already; "
                    "keep one line for each person."
                )


def _odd_ids(rows: Sequence[RosterRow]) -> Iterator[str]:
    for row in rows:
        if not _LOOKS_LIKE_SLACK.fullmatch(row.slack_id):
            yield (
                f"Line {row.line}: slack_id {_shown(row.slack_id)} does not look like one of "
                "Slack's, such as U012AB3CD; messages to it may not arrive."
            )


def _name_people(rows: Sequence[RosterRow]) -> tuple[tuple[RosterRow, ...], list[str]]:
    """Name everybody in the roster by Slack id, and warn about the others."""
    known = {row.email: row.slack_id for row in rows if row.email}
    known.update({row.slack_id: row.slack_id for row in rows})
    warnings: list[str] = []
    named: list[RosterRow] = []
    for row in rows:
        lists: dict[str, tuple[str, ...]] = {}
        for column in NAMING_PEOPLE:
            people: tuple[str, ...] = getattr(row, column)
            for person in people:
                if person not in known:
                    warnings.append(
                        f"Line {row.line}: {column} names {_shown(person)}, who is not in this "
                        "roster; check the spelling."
                    )
                elif known[person] == row.slack_id:
                    warnings.append(f"Line {row.line}: {column} names the person themselves.")
            everybody = dict.fromkeys(known.get(person, person) for person in people)
            everybody.pop(row.slack_id, None)
            lists[column] = tuple(everybody)
        named.append(replace(row, **lists))  # type: ignore[arg-type]
    return tuple(named), warnings


def _can_be_shown(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs")


def _shown(text: str) -> str:
    """Quote `text`, cut short, with nothing in it that cannot be shown."""
    clean = "".join(one if _can_be_shown(one) else "�" for one in islice(text, 2 * SHOWN_CHARS))
    return f"“{cut(clean, SHOWN_CHARS)}”"
