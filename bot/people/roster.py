"""Read a list of people: each person in it with what the list says, or all that is to be fixed.

Pure. A list says about somebody what its filled cells say: an empty cell, and a column that is not
there, say nothing (None); a cell with `-` says that there is nothing (empty). People are known by
Slack id or email address; see docs/reference/roster.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from bot.kernel.words import listed, plural
from bot.people import roster_cells as cells_
from bot.people.model import MENTORING, NAMING_PEOPLE, Role
from bot.people.roster_cells import CLEARED, BadCell, cleaned, shown
from bot.people.roster_columns import (
    FIELD_NAMES,
    LEFT_OUT,
    LISTS,
    Column,
    Mapped,
    recognise,
    with_people,
)
from bot.people.roster_text import Record, Table
from bot.people.time_zones import modern_zone

USUAL_CAPACITY = 6
"""Mentees that a mentor is taken to have room for where nobody said how many."""
COLUMNS = (
    *("slack_id", "name", "email", "role", "capacity", "stage", "department", "site", "timezone"),
    *("interests", "languages", *NAMING_PEOPLE),
)
"""The columns of a roster in our own words."""
NO_IDENTITY = (
    "No column holds an email address or a Slack id, so nobody can be found in Slack; name one "
    "“email” or “slack_id”."
)
TAKEN_AS_HEADING = "stands alone and was taken for a heading; roles are read from their column."
_CLOSED = {
    "deactivated": "deactivated in Slack",
    "inactive": "deactivated in Slack",
    "bot": "a bot",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One person of a list. `line` counts from 1, the head included.

    None is what the list does not say; empty is what it says there is none of. `odd_zone` is what
    stands in the cell of the time zone where it names no place, `unread` are the columns of
    cells that are a problem, `cleared` those that hold a dash. `prefers`, `avoid` and
    `supervised_by` stand as they are written until `roster_people.resolve`.
    """

    line: int
    slack_id: str | None = None
    name: str | None = None
    email: str | None = None
    roles: frozenset[Role] = frozenset()
    capacity: int | None = None
    stage: str | None = None
    department: str | None = None
    site: str | None = None
    timezone: str | None = None
    odd_zone: str | None = None
    interests: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    prefers: tuple[str, ...] | None = None
    avoid: tuple[str, ...] | None = None
    supervised_by: tuple[str, ...] | None = None
    unread: frozenset[str] = frozenset()
    cleared: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Name the person within the list: by Slack id, else by address."""
        return self.slack_id or self.email or f"line {self.line}"

    @property
    def label(self) -> str:
        """Name the person to a coordinator."""
        return self.name or self.email or self.slack_id or f"line {self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """A sentence about a line; line 0 stands for the whole file."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"Line {self.line}{self.sentence}" if self.line else self.sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterReading:
    """The people of a list, and what was wrong with it or has to be checked.

    With any problem nothing may be done with the rows.
    """

    rows: tuple[RosterRow, ...] = ()
    warnings: tuple[Note, ...] = ()
    problems: tuple[Note, ...] = ()
    columns: tuple[Column, ...] = ()

    @property
    def needs_mapping(self) -> bool:
        """Say whether somebody should say what a column holds."""
        known = {column.field for column in self.columns}
        return None in known or known.isdisjoint({"slack_id", "email"})

    @property
    def needs_role(self) -> bool:
        """Say whether the list leaves out somebody's role."""
        return any(not row.roles for row in self.rows)

    def with_notes(
        self, *, problems: Iterable[Note] = (), warnings: Iterable[Note] = ()
    ) -> "RosterReading":
        """Add notes, each once, in the order of the lines."""
        return replace(
            self,
            problems=tuple(sorted({*self.problems, *problems})),
            warnings=tuple(sorted({*self.warnings, *warnings})),
        )

    def head(self, field: str) -> str:
        """Name a field as the list's own head does."""
        name = "role" if field == "roles" else field
        return listed([one.head for one in self.columns if one.field == name] or [name], "or")


def read_roster(table: Table, mapping: Mapping[str, Mapped] | None = None) -> RosterReading:
    """Read a table as people. Never raises: what is wrong becomes a note in `problems`.

    `mapping` says what columns hold, by head as it stands in the table: a field, or LEFT_OUT.
    Several rows about one person become one.
    """
    records = [record.cells for record in table.records]
    columns = with_people(recognise(table.head, records, mapping or {}), records)
    reading = RosterReading(columns=columns)
    problems = list(_held_twice(columns))
    warnings = [Note(0, sentence) for sentence in table.warnings]
    if {column.field for column in columns}.isdisjoint({"slack_id", "email"}):
        return reading.with_notes(problems=[Note(0, NO_IDENTITY)], warnings=warnings)
    rows: list[RosterRow] = []
    commas: dict[str, list[int]] = {}
    for record in table.records:
        if heading := _heading(record, columns):
            warnings.append(Note(record.line, f": {shown(heading)} {TAKEN_AS_HEADING}"))
            continue
        made = _Row(record, columns)
        problems += made.problems
        warnings += made.warnings
        for head in made.commas:
            commas.setdefault(head, []).append(record.line)
        if made.row is not None:
            rows.append(made.row)
    merged, contradictions = merge(rows, reading)
    problems += contradictions
    if not merged and not problems:
        problems.append(Note(0, "The list names nobody; write one line for each person."))
    warnings += [*_by_commas(commas), *_odd_ids(merged, reading)]
    return replace(reading, rows=tuple(merged)).with_notes(problems=problems, warnings=warnings)


def _heading(record: Record, columns: Sequence[Column]) -> str | None:
    """Find the role that stands alone on a line, above those who have it in a column of its own."""
    if not any(column.field == "role" for column in columns):
        return None
    pairs = zip(columns, record.cells, strict=False)
    filled = [(column.field, cell) for column, cell in pairs if cell.strip()]
    is_one = len(filled) == 1 and filled[0][0] not in LISTS and cells_.is_role(filled[0][1])
    return filled[0][1] if is_one else None


def _held_twice(columns: Sequence[Column]) -> Iterator[Note]:
    """Note the columns that are said to hold what another holds, which only lists may."""
    first: dict[str, str] = {}
    for column in columns:
        if column.field not in (None, LEFT_OUT) and column.field not in LISTS:
            other = first.setdefault(str(column.field), column.head)
            if other != column.head:
                name = FIELD_NAMES.get(column.field, str(column.field))
                yield Note(
                    0,
                    f"The columns {shown(other)} and {shown(column.head)} are both said "
                    f"to hold the {name}; leave one of them out.",
                )


class _Row:
    """Reads one record. `row` is None for too many cells, and for a closed account."""

    def __init__(self, record: Record, columns: Sequence[Column]) -> None:
        self.line = record.line
        self.problems: list[Note] = []
        self.warnings: list[Note] = []
        self.commas: list[str] = []
        self._no_capacity = ""
        self._unread: set[str] = set()
        self.row: RosterRow | None = None
        if any(cell.strip() for cell in record.cells[len(columns) :]):
            self.problems.append(_too_many(record, len(columns)))
            return
        said: dict[str, Any] = {}
        for column, cell in zip(columns, record.cells, strict=False):
            if column.field not in (None, LEFT_OUT) and cell.strip():
                self._read(column, cell, said)
        self._finish(said)

    def _read(self, column: Column, cell: str, said: dict[str, Any]) -> None:
        try:
            cells_.refuse_unreadable(cell)
            self._take(column, cell, said)
        except BadCell as bad:
            self.problems.append(Note(self.line, f", {column.head}: {bad}"))
            self._unread.add(str(column.field))

    def _take(self, column: Column, cell: str, said: dict[str, Any]) -> None:
        field, text = str(column.field), cleaned(cell)
        nothing = text == CLEARED
        if nothing:
            said["cleared"] = said.get("cleared", frozenset()) | {field}
        match field:
            case "slack_id":
                said[field] = cells_.slack_id(text)
            case "role":
                said["roles"] = cells_.roles(cell)
            case "capacity" if cells_.names_nobody(text):
                self._no_capacity = f", {column.head}: {shown(text)} may mean 0 or that nobody said"
            case "capacity":
                said[field] = USUAL_CAPACITY if nothing else self._capacity(column, text)
            case "email" if not nothing:
                said[field] = cells_.address(text)
            case "timezone" if not nothing:
                zone = modern_zone(text)
                said["odd_zone" if zone is None else field] = zone or text
            case _ if field in LISTS:
                self._take_list(column, "" if nothing else cell, said)
            case "stage" if not nothing:
                said[field] = text.replace("_", " ")
            case _:
                said[field] = "" if nothing else text

    def _take_list(self, column: Column, cell: str, said: dict[str, Any]) -> None:
        field = str(column.field)
        if field not in NAMING_PEOPLE:
            found, by_commas = cells_.comma_items(cell)
            self.commas += [column.head] * by_commas
        elif not cells_.names_nobody(cell):
            found = cells_.items(cell)
        else:
            return
        said[field] = tuple(dict.fromkeys((*said.get(field, ()), *found)))

    def _capacity(self, column: Column, text: str) -> int:
        number, warning = cells_.capacity(text)
        if warning:
            self.warnings.append(Note(self.line, f", {column.head}: {warning}"))
        return number

    def _finish(self, said: dict[str, Any]) -> None:
        account = str(said.pop("account", "")).casefold()
        halves = [said.pop("first_name", ""), said.pop("last_name", "")]
        name = said.get("name") or " ".join(filter(None, halves))
        said["name"] = name or None
        row = RosterRow(line=self.line, unread=frozenset(self._unread), **said)
        if why := _CLOSED.get(account):
            self.problems.clear()
            self.warnings.append(Note(self.line, f": {row.label} is {why} and was left out."))
            return
        if not row.slack_id and not row.email and self._unread.isdisjoint({"slack_id", "email"}):
            self.problems.append(
                Note(self.line, ": there is neither an email address nor a Slack id; add one.")
            )
        if self._no_capacity and (row.roles & MENTORING or not row.roles):
            todo = "; write a number, or leave the cell empty."
            self.problems.append(Note(self.line, self._no_capacity + todo))
        self.row = row


def _too_many(record: Record, width: int) -> Note:
    return Note(
        record.line,
        f": there are {len(record.cells)} cells under {width} columns; put quotation marks around "
        "a cell that contains what separates the cells.",
    )


def merge(rows: Iterable[RosterRow], reading: RosterReading) -> tuple[list[RosterRow], list[Note]]:
    """Make one row of all rows about one person, by Slack id or address; and what contradicts."""
    first: dict[str, int] = {}
    merged: list[RosterRow | None] = []
    problems: list[Note] = []
    for row in rows:
        names = [name for name in (row.slack_id, row.email) if name]
        at = sorted({first[name] for name in names if name in first})
        if not at:
            at = [len(merged)]
            merged.append(row)
        for other in at:
            earlier = merged[other]
            if earlier is not None and earlier is not row:
                merged[other] = _both(earlier, row, problems, reading)
        for further in at[1:]:
            joined, last = merged[at[0]], merged[further]
            if joined is not None and last is not None:
                merged[at[0]] = _both(joined, last, problems, reading)
            merged[further] = None
        for name in names:
            first[name] = at[0]
    return [row for row in merged if row is not None], list(dict.fromkeys(problems))


def _same(mine: object, theirs: object) -> bool:
    return str(mine).casefold() == str(theirs).casefold()


def _both(
    one: RosterRow, other: RosterRow, problems: list[Note], reading: RosterReading
) -> RosterRow:
    values: dict[str, Any] = {
        "roles": one.roles | other.roles,
        "unread": one.unread | other.unread,
        "cleared": one.cleared | other.cleared,
    }
    for field in fields(RosterRow):
        if field.name == "line" or field.name in values:
            continue
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if mine is None or theirs is None or _same(mine, theirs):
            values[field.name] = theirs if mine is None else mine
        elif field.name in LISTS:
            values[field.name] = tuple(dict.fromkeys((*mine, *theirs)))
        else:
            values[field.name] = mine
            sentence = (
                f"{shown(str(theirs))} contradicts {shown(str(mine))} on line {one.line}, which is "
                "about the same person; keep one."
            )
            problems.append(Note(other.line, f", {reading.head(field.name)}: {sentence}"))
    return replace(one, **values)


def _by_commas(commas: Mapping[str, Sequence[int]]) -> Iterator[Note]:
    for head, lines in commas.items():
        yield Note(
            lines[0],
            f", {head}: commas divide the list in {plural(len(lines), 'cell')} of this column; if "
            "a comma belongs to a name, put semicolons between the items.",
        )


def _odd_ids(rows: Iterable[RosterRow], reading: RosterReading) -> Iterator[Note]:
    for row in rows:
        if row.slack_id and not cells_.looks_like_slack(row.slack_id):
            yield Note(
                row.line,
                f", {reading.head('slack_id')}: {shown(row.slack_id)} does not look like one of "
                "Slack's, such as U012AB3CD; messages to it may not arrive.",
            )


def unknown_columns(reading: RosterReading, *, remedy: str) -> tuple[list[Note], list[Note]]:
    """Give a problem for each unknown column that may matter, and a warning for each other.

    `remedy` says how to say what a column holds, with `{}` in the place of its head.
    """
    problems: list[Note] = []
    warnings: list[Note] = []
    for column in reading.columns:
        if column.field is None:
            what = (
                "may say who must not be matched, and is not known"
                if column.matters
                else "is not known and was left out"
            )
            todo = remedy.replace("{}", column.head)
            note = Note(0, f"The column {shown(column.head)} {what}; {todo}.")
            (problems if column.matters else warnings).append(note)
    return problems, warnings


def without_capacity(reading: RosterReading) -> list[Note]:
    """Say what capacity is taken for mentors of whom the list says none."""
    lines = [str(r.line) for r in reading.rows if r.roles & MENTORING and r.capacity is None]
    if not lines:
        return []
    where = listed([*lines[:10], "others"] if len(lines) > 10 else lines)
    sentence = (
        f"No capacity is given on line {where}; a new mentor is taken to have room for "
        f"{USUAL_CAPACITY} mentees."
    )
    return [Note(0, sentence)]
