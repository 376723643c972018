"""Read the roster, scores, members and history that `match` and `rotate` are given.

Each problem with a file becomes a sentence that names the file, the line and the reason.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from bot.kernel.csv_text import read_cell
from bot.kernel.errors import OperatorFacing
from bot.matching.model import MENTORING, Person, Role, ScoreTable
from bot.people.roster import USUAL_CAPACITY, RosterRow, without_capacity
from config.files import UnreadableFile, read_text
from runtime.commands.import_roster import located, read_alone, read_list

if TYPE_CHECKING:
    from bot.kernel.arrays import Numbers

MOST_SENTENCES = 100
HIGHEST_SCORE = 1e9
"""Beyond this, 64-bit sums of many scores would lose digits."""
HELD = frozenset({"", "yes", "y", "true", "1"})
NOT_HELD = frozenset({"no", "n", "false", "0"})


class FileProblem(OperatorFacing):
    """Input that cannot be used. `sentences` say where and why, and what to do."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = _shortened(list(sentences), "more of this kind")
        super().__init__("\n".join(self.sentences), permanent=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """People as the matching sees them; `named` finds an id by Slack id or email."""

    people: tuple[Person, ...]
    named: Mapping[str, str]
    warnings: tuple[str, ...]


def read_roster(
    path: Path,
    *,
    starts: datetime,
    capacity: int | None = None,
    stages: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> Roster:
    """Read the people of a roster. `columns` are heads with their fields, as `HEAD=FIELD`.

    `starts` is the aware moment at which time zones are compared. `capacity` is for mentors whose
    row leaves it empty. `stages` are the framework's levels in order; a number is taken as it is.
    """
    try:
        reading = read_alone(path, read_list(path, columns))
    except OperatorFacing as failure:
        raise FileProblem(failure.reason.split("\n")) from None
    warnings = list(_shortened(located(path, map(str, reading.warnings)), "more warnings"))
    levels = {name.casefold(): at for at, name in enumerate(stages)}
    people = tuple(_person(row, starts, levels, capacity) for row in reading.rows)
    if capacity is None:
        warnings += located(path, map(str, without_capacity(reading)))
    warnings += _shortened(located(path, _contradictions(reading.rows)), "more warnings")
    unknown = {r.stage for r in reading.rows if r.stage} - {
        r.stage for r in reading.rows if _stage(r.stage, levels) is not None
    }
    if unknown:
        shown = ", ".join(sorted(str(u) for u in unknown)[:5])
        warnings.append(f"{path.name}: these stages are not in the framework: {shown}.")
    named = {r.email: r.key for r in reading.rows if r.email}
    named |= {r.key: r.key for r in reading.rows}
    return Roster(people=people, named=named, warnings=tuple(warnings))


def read_scores(path: Path, roster: Roster, *, warnings: list[str] | None = None) -> ScoreTable:
    """Read the scores of `mentee,mentor,score`; every row must name a mentee and a mentor.

    Sentences about columns left out are added to `warnings`, here and in the readers below.
    """
    mentees = [p.id for p in roster.people if Role.MENTEE in p.roles]
    mentors = [p.id for p in roster.people if p.roles & MENTORING]
    row = {name: at for at, name in enumerate(mentees)}
    column = {name: at for at, name in enumerate(mentors)}
    problems: list[str] = []
    left: list[int] = []
    right: list[int] = []
    scores: list[float] = []
    lines: list[int] = []
    for line, (mentee, mentor, score) in _rows_of(
        path, ("mentee", "mentor", "score"), warnings=warnings
    ):
        one, other = roster.named.get(mentee, mentee), roster.named.get(mentor, mentor)
        i, j = row.get(one), column.get(other)
        value = _number(score)
        if i is None or j is None or one == other or isinstance(value, str):
            problems.extend(
                f"{path.name}, line {line}: {why}"
                for why in _wrong_score(roster, (one, i), (other, j), value)
            )
            continue
        left.append(i)
        right.append(j)
        scores.append(value)
        lines.append(line)
    keys = np.array(left, dtype=np.int64) * max(1, len(mentors)) + np.array(right, dtype=np.int64)
    problems.extend(_repeated(path, keys, lines, lambda k: (mentees[left[k]], mentors[right[k]])))
    if problems:
        raise FileProblem(problems)
    if not scores:
        raise FileProblem([f"{path.name} holds no scores; write a line for each possible pair."])
    return ScoreTable(
        tuple(mentees),
        tuple(mentors),
        np.array(left, dtype=np.int64),
        np.array(right, dtype=np.int64),
        np.array(scores, dtype=np.float64),
    )


def read_members(
    path: Path, *, warnings: list[str] | None = None
) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """Read the names in the column `member`, each once, in the order of the file.

    With them come the pairs that must not meet, from the columns `avoid` and `supervised_by`, where
    names are parted by a semicolon. A name that is none of the members' is a problem: a slip of the
    pen must not bring two together.
    """
    found: dict[str, int] = {}
    apart: list[tuple[str, str]] = []
    problems = []
    for line, (member, *others) in _rows_of(
        path, ("member",), optional=("avoid", "supervised_by"), warnings=warnings
    ):
        named = [one.strip() for each in others for one in each.split(";")]
        apart += [(member, one) for one in named if one and one != member]
        if not member:
            problems.append(f"{path.name}, line {line}: member is empty; remove the line.")
        elif member in found:
            problems.append(
                f"{path.name}, line {line}: {member} stands on line {found[member]} already."
            )
        found.setdefault(member, line)
    if problems:
        raise FileProblem(problems)
    if not found:
        raise FileProblem([f"{path.name} names nobody; write one member on each line."])
    if unknown := {one for _, one in apart} - found.keys():
        raise FileProblem(
            [
                (
                    f"{path.name}: {len(unknown)} of those to be kept apart from is no member. "
                    "Write the name as in the column member, or remove it."
                )
            ]
        )
    return tuple(found), apart


def read_history(path: Path, *, warnings: list[str] | None = None) -> tuple[tuple[str, ...], ...]:
    """Read the groups that met before, from `round,group,member`.

    Rows with `no` in a column `held` are left out. A group of one met nobody.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    seen: dict[tuple[str, str], int] = {}
    problems = []
    for line, (turn, group, member, held) in _rows_of(
        path, ("round", "group", "member"), optional=("held",), warnings=warnings
    ):
        if not (turn and group and member):
            problems.append(f"{path.name}, line {line}: round, group and member must be filled.")
            continue
        earlier = seen.setdefault((turn, member), line)
        if earlier != line:
            problems.append(
                f"{path.name}, line {line}: {member} is in round {turn} already, on line {earlier}."
            )
        elif held.casefold() not in HELD | NOT_HELD:
            problems.append(f"{path.name}, line {line}: held must be yes or no, not {held}.")
        elif held.casefold() in HELD:
            groups.setdefault((turn, group), []).append(member)
    if problems:
        raise FileProblem(problems)
    return tuple(tuple(g) for g in groups.values())


def _contradictions(rows: Sequence[RosterRow]) -> list[str]:
    """A sentence for each row that wishes for somebody it also rules out. The exclusion holds."""
    said = []
    for row in rows:
        prefers, avoid = set(row.prefers or ()), set(row.avoid or ())
        if both := [p for p in row.prefers or () if p in (row.supervised_by or ())]:
            names = ", ".join(both)
            said.append(
                f"Line {row.line}: {names} stands under prefers and supervised_by; supervision "
                "holds, so the two are never matched."
            )
        if prefers & avoid:  # in confidence, so without the name
            said.append(
                f"Line {row.line}: somebody stands under prefers and avoid; they are never matched."
            )
    return said


def _person(
    row: RosterRow, starts: datetime, levels: Mapping[str, int], capacity: int | None
) -> Person:
    fallback = USUAL_CAPACITY if capacity is None else capacity
    seats = fallback if row.capacity is None else row.capacity
    return Person(
        id=row.key,
        name=row.name or "",
        roles=row.roles,
        capacity=seats if row.roles & MENTORING else 0,
        stage=_stage(row.stage, levels),
        department=row.department or "",
        site=row.site or "",
        utc_offset_minutes=_offset(row.timezone, starts),
        interests=frozenset(row.interests or ()),
        languages=frozenset(row.languages or ()),
        prefers=row.prefers or (),
        avoid=frozenset(row.avoid or ()),
        supervised_by=frozenset(row.supervised_by or ()),
    )


def _stage(text: str | None, levels: Mapping[str, int]) -> int | None:
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 4 else levels.get(text.casefold())


def _offset(zone: str | None, starts: datetime) -> int | None:
    """Minutes ahead of UTC at that moment."""
    offset = starts.astimezone(ZoneInfo(zone)).utcoffset() if zone else None
    return None if offset is None else round(offset.total_seconds() / 60)


def _number(text: str) -> float | str:
    """The score, or what is wrong with it."""
    try:
        value = float(text)
    except ValueError:
        return f"the score {text!r} is not a number." if text else "the score is empty."
    if -HIGHEST_SCORE <= value <= HIGHEST_SCORE:
        return value
    if math.isnan(value):
        return "the score is not a number (NaN); leave the line out to forbid the pair."
    if math.isinf(value):
        return "the score is infinite; leave the line out to forbid the pair."
    return f"the score {text} is too large; stay between -1e9 and 1e9."


def _wrong_score(
    roster: Roster,
    mentee: tuple[str, int | None],
    mentor: tuple[str, int | None],
    value: float | str,
) -> Iterator[str]:
    if mentee[0] == mentor[0]:
        yield f"{mentee[0]} cannot be their own mentor; remove the line."
        return
    for (name, at), role in ((mentee, "mentee"), (mentor, "mentor")):
        if at is None and name not in roster.named:
            yield f"{role} {name or '(empty)'} is not in the roster."
        elif at is None:
            yield f"{name} is in the roster, but not as a {role}."
    if isinstance(value, str):
        yield value


def _repeated(
    path: Path, keys: "Numbers", lines: Sequence[int], pair: Callable[[int], tuple[str, str]]
) -> Iterator[str]:
    order = np.argsort(keys, kind="stable")
    for at in (np.flatnonzero(np.diff(keys[order]) == 0) + 1).tolist():
        row, before = int(order[at]), int(order[at - 1])
        one, other = pair(row)
        yield (
            f"{path.name}, line {lines[row]}: {one} with {other} stands on line {lines[before]} "
            "already; keep one."
        )


def _shortened(sentences: Sequence[str], others: str) -> tuple[str, ...]:
    """Give the first MOST_SENTENCES, and count those left out in one more."""
    left_out = len(sentences) - MOST_SENTENCES
    more = [f"And {left_out} {others}."] if left_out > 0 else []
    return (*sentences[:MOST_SENTENCES], *more)


MOST_BYTES = 100_000_000
"""Of a table of scores, three million of them."""


def _read_text(path: Path) -> str:
    """Read the file as text: UTF-8, with or without a byte order mark."""
    try:
        return read_text(path, most_bytes=MOST_BYTES)
    except UnreadableFile as problem:
        raise FileProblem([f"{path} {problem}."]) from None


def _rows_of(
    path: Path,
    needed: Sequence[str],
    *,
    optional: Sequence[str] = (),
    warnings: list[str] | None = None,
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Give line number and the wanted cells of each filled row; empty text for an optional one.

    Columns that nobody asked for are passed over, with a sentence added to `warnings`.
    """
    reader = csv.reader(io.StringIO(_read_text(path), newline=""), strict=True)
    pick: Callable[[list[str]], tuple[str, ...]] | None = None
    width = 0
    try:
        for cells in reader:
            if not "".join(cells).strip():
                continue
            if pick is None:
                header = [c.strip().casefold() for c in cells]
                pick, width = _picker(path, header, needed, optional), len(header)
                strange = [c for c in header if c and c not in (*needed, *optional)]
                if strange and warnings is not None:
                    warnings.append(f"{path.name}: {', '.join(strange)} was left out.")
            elif wrong := _wrong_width(cells, width, needed):
                raise FileProblem([f"{path.name}, line {reader.line_num}: {wrong}"])
            else:
                yield reader.line_num, pick(cells)
    except csv.Error as error:
        raise FileProblem(
            [f"{path.name}, line {reader.line_num}: the quotation marks do not close ({error})."]
        ) from None
    if pick is None:
        raise FileProblem([f"{path.name} is empty; its first line must be {','.join(needed)}."])


def _wrong_width(cells: Sequence[str], width: int, needed: Sequence[str]) -> str:
    """Say why a row has too few or too many cells, as the end of a sentence; nothing if it fits."""
    if len(cells) < len(needed):
        return f"a cell is missing; give {', '.join(needed)}."
    if "".join(cells[width:]).strip():
        return (
            f"there are {len(cells)} cells under {width} columns; write decimals with a point, "
            "and quotation marks around a cell that contains a comma."
        )
    return ""


def _picker(
    path: Path, header: Sequence[str], needed: Sequence[str], optional: Sequence[str]
) -> Callable[[list[str]], tuple[str, ...]]:
    """Take the wanted cells of a row, in the order wanted; other columns are passed over."""
    missing = [name for name in needed if name not in header]
    if missing:
        hint = (
            " The columns seem to be separated by semicolons; use commas."
            if (len(header) == 1 and ";" in header[0])
            else ""
        )
        lacks = f"the first line lacks {', '.join(missing)}; it must be {','.join(needed)}."
        raise FileProblem([f"{path.name}: {lacks}{hint}"])
    if twice := [name for name in (*needed, *optional) if header.count(name) > 1]:
        raise FileProblem(
            [f"{path.name}: the first line names {', '.join(twice)} twice; keep one of each."]
        )
    at = [header.index(name) if name in header else -1 for name in (*needed, *optional)]
    width = len(header)
    chosen = itemgetter(*at) if len(at) > 1 else lambda cells: (cells[at[0]],)

    def pick(cells: list[str]) -> tuple[str, ...]:
        filled = [*cells[:width], *([""] * (width - len(cells))), ""]
        return tuple(read_cell(cell.strip()) for cell in chosen(filled))

    return pick
