"""Reads what `match` and `rotate` are given; writes what they answer, whole or not at all.

Whatever is wrong with a file becomes a sentence that names the file, the line and the reason.
"""

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from pathlib import Path

from bot.kernel.words import listed
from bot.matching.model import Proposal
from bot.peers.plan import RotationPlan

MOST_SENTENCES = 20


class FileProblem(Exception):
    """Input that cannot be used. `sentences` say where and why, and what to do."""

    def __init__(self, sentences: Iterable[str]) -> None:
        found = list(sentences)
        rest = len(found) - MOST_SENTENCES
        if rest > 0:
            found = [*found[:MOST_SENTENCES], f"And {rest} more of this kind."]
        super().__init__("\n".join(found))
        self.sentences = tuple(found)


def read_text(path: Path) -> str:
    """The file as text: UTF-8, with or without a byte order mark."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise FileProblem([f"{path}: {why}; check the path."]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileProblem([f"{path.name} is not in UTF-8; save it again as “CSV UTF-8”."]) from None


def proposal_csv(proposal: Proposal) -> str:
    """`mentee,mentor,score,reasons`, one line for each mentor of a match."""
    rows = (
        (m.mentee, mentor, repr(m.score), m.reason)
        for m in proposal.matches
        for mentor in m.mentors
    )
    return _csv(("mentee", "mentor", "score", "reasons"), rows)


def rounds_csv(plan: RotationPlan) -> str:
    """`round,group,member`, rounds and groups counted from 1."""
    rows = (
        (turn, number, member)
        for turn, groups in enumerate(plan.rounds, 1)
        for number, group in enumerate(groups, 1)
        for member in group
    )
    return _csv(("round", "group", "member"), rows)


def as_json(report: Mapping[str, object]) -> str:
    """A report as text; numbers are finite."""
    return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_all(contents: Mapping[Path, str]) -> None:
    """Writes every file or none: all are complete beside their places before the first is moved."""
    waiting: list[tuple[str, Path]] = []
    path = Path()
    try:
        for path, text in contents.items():
            if path.is_dir():
                raise FileProblem([f"{path}: this is a folder; name a file."])
            handle, name = tempfile.mkstemp(dir=path.parent or ".", prefix=f".{path.name}.")
            waiting.append((name, path))
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
                out.write(text)
        for name, path in waiting:
            Path(name).chmod(0o644)
            Path(name).replace(path)
    except OSError as error:
        why = error.strerror or "it cannot be written"
        raise FileProblem([f"{path}: {why}; nothing was written."]) from None
    finally:
        for name, _ in waiting:
            with suppress(OSError):
                Path(name).unlink(missing_ok=True)


def check_outputs(outputs: Mapping[str, Path], inputs: Iterable[Path | None]) -> None:
    """Refuses outputs that would overwrite one another or what is read, by option and path."""
    named = {path.resolve(): path for path in inputs if path is not None}
    problems = [
        f"{option} {path} would overwrite what is read from there; name another file."
        for option, path in outputs.items()
        if path.resolve() in named
    ]
    if len({path.resolve() for path in outputs.values()}) < len(outputs):
        problems.append(f"{listed(outputs)} name the same file; give two names.")
    if problems:
        raise FileProblem(problems)


def located(path: Path, sentences: Iterable[str]) -> list[str]:
    """The sentences with the file's name in front."""
    return [
        f"{path.name}, l{s[1:]}" if s.startswith("Line ") else f"{path.name}: {s}"
        for s in sentences
    ]


def rows_of(
    path: Path,
    needed: Sequence[str],
    *,
    optional: Sequence[str] = (),
    warnings: list[str] | None = None,
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line number and the wanted cells of each filled row; empty text for an optional one.

    Columns that nobody asked for are passed over, with a sentence added to `warnings`.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
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
    """What is wrong with a row of so many cells, as the end of a sentence; nothing if it fits."""
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
    """Takes the wanted cells of a row, in the order wanted; other columns are passed over."""
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
        return tuple(map(str.strip, chosen(filled)))

    return pick


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()
