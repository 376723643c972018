"""Read a file, or what somebody pasted, as a table: CSV in any usual form, or .xlsx. Pure."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, pairwise

from bot.kernel.errors import UserFacing
from bot.people.roster_cells import is_surely_id, references, shown
from bot.people.roster_columns import known_columns
from bot.people.roster_sheets import DAMAGED, NO_WORKBOOK, read_sheets

MOST_BYTES = 10_000_000
MOST_UNPACKED = 100_000_000
"""Bytes in a workbook once its parts are unpacked; a small file may hold endless zeros."""
MOST_COLUMNS = 200
MOST_LINES = 50_000
"""A small workbook may unfold to many, and each takes a tenth of a millisecond."""
DELIMITERS = ",;\t|"
TITLE_LINES = 20
"""Of the filled lines at the start, those among which the head is looked for."""

_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_WESTERN = frozenset("äöüßàáâãåæçèéêëìíîïñòóôõøùúûýÿœšž")
_EASTERN = re.compile(r"iæ\b|õ(?!e)|œ(?![uil])|æ[aeiou]", re.IGNORECASE)
"""Letters of Windows-1252 where the same bytes are more usual in that of Central Europe."""
_CZECH = re.compile(r"[áíýìò]", re.IGNORECASE)
_PRINTED = frozenset(" ‘’‚“”„–—…€•·«»°´¡¿§®©™")
_SIGNATURES = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\xd0\xcf\x11\xe0": "an older Office file (.xls or .doc)",
    b"\x1f\x8b": "a compressed file",
    b"Rar!": "a compressed file",
    b"7z\xbc\xaf": "a compressed file",
    b"{\\rtf": "a Word file",
    b"SQLite format 3": "a database",
}
_PACKED = {
    "word/": "a Word file",
    "ppt/": "a PowerPoint file",
    "content.xml": "an OpenDocument file",
}
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CLOSING = re.compile(
    r"(?:sub|grand )?(?:total|totale|totaal|sum|summe|gesamt|somme|suma|count|anzahl)\W*\d*$|"
    r"(?:export|generat|creat|print|download|erstell|gedruckt|imprim|esport|génér)\w*\b.*\d|"
    r"(?:as of|stand|last updated|page|seite|página|pagina)\W*\d|"
    r"(?:strictly )?(?:confidential|vertraulich|confidentiel|confidencial|riservato)\b|"
    r"(?:for )?internal use\b|nur für\b|end of\b|ende der\b|copyright\b|©|"
    r"(?:source|quelle|note)s?:",
    re.IGNORECASE,
)
"""How a closing line begins that a program or its author puts below a list."""
_ADDRESSED = re.compile(r"\S@\S|^\s*@\w")
"""An address anywhere in a cell, or a handle: no head of a column has that."""
NO_HEAD = (
    "The first line names somebody and no columns, so it is read as a person and the columns are "
    "numbered; better put a line such as “name, email, role” above them."
)
_FAR_CELL = re.compile(rb'<c r="([A-Z]{3,}\d+|[A-Z]+\d{6,})"')
"""A cell so far from the first that the table up to it would fill the memory."""
SAVE_AS = "save the list as CSV or .xlsx and send that file."


class UnreadableRoster(UserFacing):
    """A file from which no table can be read."""


class SeveralSheets(UnreadableRoster):
    """A workbook with people on several sheets; `sheets` are their names."""

    def __init__(self, sheets: Sequence[str]) -> None:
        super().__init__(
            f"Several sheets of this file hold people: {', '.join(sheets)}. Choose one of them."
        )
        self.sheets = tuple(sheets)


@dataclass(frozen=True, slots=True)
class Record:
    """A filled row. `line` is where it starts in the file, counted from 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file's head and the rows below it; title, footer and blank lines are left out.

    `warnings` are sentences about how it had to be read. Without a head of its own the columns are
    numbered.
    """

    head: tuple[str, ...]
    records: tuple[Record, ...]
    warnings: tuple[str, ...] = ()
    has_head: bool = True


def read_table(content: bytes | str, *, filename: str = "", sheet: str | None = None) -> Table:
    """Read a table. Raises UnreadableRoster, of several sheets with people SeveralSheets.

    `filename` is used in sentences alone: what a file is, its bytes say. Characters are read as
    UTF-8, UTF-16, or Windows-1252 where that is beyond doubt; cells are separated by commas,
    semicolons, tabs or pipes.
    """
    refuse_size(len(content))
    if isinstance(content, bytes):
        kind = _other_kind(content)
        if kind == "":
            return _from_workbook(content, sheet)
        if kind is not None:
            named = f"{filename} is" if filename else "This is"
            raise UnreadableRoster(f"{named} {kind}; {SAVE_AS}")
    text, warnings = _text(content)
    if not text.strip():
        raise UnreadableRoster("The file is empty; its first line must name the columns.")
    return _table(_records(text), warnings)


def refuse_size(size: int) -> None:
    """Refuse a file of so many bytes, before it is read. Raises UnreadableRoster."""
    if size > MOST_BYTES:
        raise UnreadableRoster(
            f"The file is larger than {MOST_BYTES // 1_000_000} MB; a list of people is smaller. "
            "Split it into several files, or send the list alone."
        )


def _other_kind(content: bytes) -> str | None:
    """Name what a file is if it is no text; nothing for a workbook, None for text."""
    for signature, name in _SIGNATURES.items():
        if content.startswith(signature):
            return name
    if content.startswith(b"PK\x03\x04"):
        return _packed_kind(content)
    start = content[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        return "a web page"
    return None


def _packed_kind(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = packed.namelist()
            is_large = sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED
            sheets = [] if is_large else [one for one in names if one.startswith("xl/worksheets/")]
            is_large = is_large or any(_FAR_CELL.search(packed.read(one)) for one in sheets)
    except (*DAMAGED, ValueError, OSError):
        return "a damaged file, or one with a password"
    if "xl/workbook.xml" in names:
        return "far larger than a list of people" if is_large else ""
    for part, name in _PACKED.items():
        if any(one.startswith(part) for one in names):
            return name
    return "a ZIP archive"


def _text(content: bytes | str) -> tuple[str, list[str]]:
    """Decode a file, with a warning where its encoding had to be guessed."""
    if isinstance(content, str):
        return content.removeprefix("\ufeff"), []
    marked = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else None
    if encoding := marked or _unmarked_utf16(content):
        return _decoded(content, encoding), []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _western(content)
    if "\0" in text:
        raise UnreadableRoster(f"This file is no table; {SAVE_AS}")
    return text, []


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise UnreadableRoster(
            "The characters of this file cannot be read; save it again as “CSV UTF-8”."
        ) from None


def _unmarked_utf16(content: bytes) -> str | None:
    """Find UTF-16 without a byte order mark by the zero bytes between Latin letters."""
    start = content[:2000]
    if len(start) < 4:
        return None
    even, odd = start[::2].count(0), start[1::2].count(0)
    most = len(start) // 2 * 0.6
    if odd > most and not even:
        return "utf-16-le"
    return "utf-16-be" if even > most and not odd else None


def _western(content: bytes) -> tuple[str, list[str]]:
    """Read Windows-1252 where every word looks like one of a language that is written in it."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    words = [word for word in re.findall(r"[^\s,;|\"]+", text) if not word.isascii()]
    is_eastern = _EASTERN.search(text) or ("ø" in text.casefold() and _CZECH.search(text))
    if not text or "\0" in text or is_eastern or not all(map(_looks_western, words)):
        raise UnreadableRoster(
            "It is not clear which characters this file is written in; save it again as "
            "“CSV UTF-8” and send that file."
        )
    if not words:
        return text, []
    warning = (
        "The file is not in UTF-8 and was read as Windows-1252; check that letters such as those "
        f"in “{words[0]}” are right, else save it as “CSV UTF-8”."
    )
    return text, [warning]


def _looks_western(word: str) -> bool:
    """Say whether a word has few accents, and no accented capital behind a small letter."""
    if any(not one.isascii() and not one.isalpha() and one not in _PRINTED for one in word):
        return False
    letters = [one for one in word if one.isalpha()]
    accented = [one for one in letters if not one.isascii()]
    if not _WESTERN.issuperset(one.lower() for one in accented):
        return False
    if 2 * len(accented) > len(letters) + 1:
        return False
    return not any(
        before.islower() and after.isupper() and not after.isascii()
        for before, after in pairwise(word)
    )


def _records(text: str) -> list[Record]:
    """Split text into filled records by the delimiter under which its head is known best."""
    lines = re.split(r"\r\n|\r|\n", text, maxsplit=1)
    skipped = 0
    delimiters: Sequence[str] = DELIMITERS
    if found := _SEPARATOR.fullmatch(lines[0].strip('\r\ufeff" ')):
        text, skipped, delimiters = lines[1] if len(lines) > 1 else "", 1, found[1]
    if lines[0].strip().lower() in ("sep=\\t", "sep=\t", "sep="):
        text, skipped, delimiters = lines[1] if len(lines) > 1 else "", 1, "\t"
    return list(_split(text, max(delimiters, key=lambda one: _fit(text, one)), skipped))


def _fit(text: str, delimiter: str) -> tuple[int, int]:
    """Measure how well a delimiter fits: known columns of the best line, then its cells."""
    best = (0, 0)
    with suppress(UnreadableRoster):
        for record in islice(_split(text, delimiter, 0), TITLE_LINES):
            best = max(best, (known_columns(record.cells), len(record.cells)))
    return best


def _split(text: str, delimiter: str, skipped: int) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise UnreadableRoster(_quoting(line, error)) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield Record(line, tuple(cells))


def _quoting(line: int, error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"Line {line}: a cell is too long; look for a quotation mark that is never closed."
    return (
        f"Line {line}: the quotation marks do not close; put one at both ends of the cell, and "
        "double those inside it."
    )


def _table(records: Sequence[Record], warnings: Sequence[str] = ()) -> Table:
    """Find the head, and leave out the title above it and the footer below."""
    if len(records) > MOST_LINES:
        raise UnreadableRoster(
            f"There are more than {MOST_LINES:,} lines. Delete those that are not people, or split "
            "the list into several files."
        )
    seen = (Record(one.line, tuple(map(_seen, one.cells))) for one in records)
    records = [one for one in seen if _filled(one)]
    start = records[:TITLE_LINES]
    known = [known_columns(one.cells) for one in start]
    at = known.index(max(known)) if max(known, default=0) else _widest(start)
    head = tuple(" ".join(cell.split()) for cell in records[at].cells) if records else ()
    has_head = not any(map(_names_somebody, head))
    if not has_head:
        at = next(n for n, one in enumerate(start) if len(_filled(one)) > 1 or n == at) - 1
        head = tuple(f"column {n}" for n in range(1, len(head) + 1))
        warnings = [*warnings, NO_HEAD]
    if len(head) > MOST_COLUMNS:
        raise UnreadableRoster(f"There are more than {MOST_COLUMNS} columns; {SAVE_AS}")
    kept, footer = _without_footer(records[at + 1 :])
    return Table(
        head=_each_once(head),
        records=kept,
        warnings=(*warnings, *footer),
        has_head=has_head,
    )


def _seen(cell: str) -> str:
    """Take the characters out of a cell that nobody sees, but change words."""
    return cell if cell.isascii() else _UNSEEN.sub("", cell)


def _names_somebody(cell: str) -> bool:
    is_head = known_columns((cell,)) > 0  # “Email (such as you@example.org)”
    is_addressed = not is_head and bool(_ADDRESSED.search(cell))
    return is_addressed or is_surely_id(cell) or bool(references(cell).ids)


def _filled(record: Record) -> list[str]:
    return [cell.strip() for cell in record.cells if cell.strip()]


def _widest(records: Sequence[Record]) -> int:
    filled = [sum(bool(cell.strip()) for cell in one.cells) for one in records]
    return filled.index(max(filled)) if filled else 0


def _each_once(head: Sequence[str]) -> tuple[str, ...]:
    """Tell columns of the same name apart by a number."""
    seen: dict[str, int] = {}
    names = []
    for name in head:
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 or not name else f"{name} ({seen[name]})")
    return tuple(names)


def _without_footer(records: Sequence[Record]) -> tuple[tuple[Record, ...], list[str]]:
    """Leave out closing lines such as “Exported on 4 May” or “Total, 15”, and say so.

    One with a word that stands in the list above, as a name does, is not taken for one.
    """
    end = len(records)
    while end and _is_footer(_filled(records[end - 1])):
        above = _words(cell for one in records[: end - 1] for cell in one.cells)
        if above & _words(records[end - 1].cells):
            break
        end -= 1
    said = [
        f"Line {one.line} ({shown(' '.join(_filled(one)))}) was taken for a closing line and left "
        "out."
        for one in records[end:]
    ]
    return tuple(records[:end]), said


def _words(cells: Iterable[str]) -> set[str]:
    return {word for cell in cells for word in re.findall(r"[^\W\d_]{2,}", cell.casefold())}


def _is_footer(filled: Sequence[str]) -> bool:
    return bool(_CLOSING.match(filled[0])) and all(one.isdecimal() for one in filled[1:])


def _from_workbook(content: bytes, sheet: str | None) -> Table:
    try:
        sheets = read_sheets(content)
    except ValueError:
        raise UnreadableRoster(NO_WORKBOOK) from None
    records = {
        name: [
            Record(line, tuple(cells))
            for line, cells in enumerate(rows, 1)
            if any(cell.strip() for cell in cells)
        ]
        for name, rows in sheets.items()
    }
    filled = {name: rows for name, rows in records.items() if rows}
    if sheet in filled:
        return _table(filled[sheet])
    holding = [name for name, rows in filled.items() if _holds_people(rows)] or list(filled)
    if not holding:
        raise UnreadableRoster("The file is empty; its first line must name the columns.")
    if len(holding) > 1:
        raise SeveralSheets(holding)
    return _table(filled[holding[0]])


def _holds_people(records: Sequence[Record]) -> bool:
    return max(known_columns(one.cells) for one in records[:TITLE_LINES]) >= 2
