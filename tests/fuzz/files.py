"""Files and settings drawn from a seed: real ones, with something wrong in them."""

import io
import random
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import yaml

from config.catalogue import SHIPPED
from config.own_folder import files_of
from config.settings import NAMES
from tests.fuzz.corpus import copied
from tests.fuzz.mutations import STRANGE_TEXTS, nested, paths
from tests.support.workbook import xlsx

SHIPPED_FILES = {name: (SHIPPED / name).read_bytes() for name in files_of(SHIPPED)}
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 7, 10**30, 1.5, float("nan"), float("inf"), [], {}, [None], [[]], {"a": {}},
    date(2026, 12, 24), date(1, 1, 1), "2026-02-30", "25:61", "08:30", nested(9), nested(60),
    list(range(2_000)), {f"k{n}": n for n in range(500)}, "x" * 50_000, "miller_is", "mentee",
    *STRANGE_TEXTS,
)  # fmt: skip
PIECES = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\t", b"\r", b"\n---\n", b"*a", b"&a ", b"<<: *a\n",
    b"!!python/object/apply:os.system ['true']", b"!!binary =", b"!x ", b"? ", b"[", b"{", b"}",
    b"|", b"'", b'"', b": ", b"- ", b"#", b"%YAML 9.9\n", b"2026-13-45", b"1_000", b"0x1F",
    b"1e400", b".inf", b"190:20:30", b"=", b"~", b"\xe2\x80\xa8", "٣".encode(), b"\xed\xa0\x80",
    b"[" * 3_000,
)  # fmt: skip
SETTINGS = (
    "xoxb-1-2", "xapp-1", "xoxp-1", "https://slack.com/api/", "http://[::1", "https://", "0", "-1",
    "65536", "99999", "sqlite:///x.db", "sqlite://", "postgresql://u:p@h:0/n", "postgres://h/n?x=y",
    "mysql://h/n", "/dev/null", "/", "DEBUG", "debug", "a" * 70_000, "127.0.0.1", "a b", "\x00",
    *STRANGE_TEXTS,
)  # fmt: skip
PEOPLE = [
    ["email", "role", "name", "capacity", "stage"],
    ["ann@example.org", "mentor", "Ann", "4", "Does"],
    ["bob@example.org", "mentee", "Bob", "", "Knows"],
    ["U0CAROL", "coordinator", "Carol", "", ""],
]


def yaml_file(rng: random.Random) -> tuple[str, bytes]:
    """Draw a file of an operator's own folder: its name there, and its content."""
    name = rng.choice(sorted(SHIPPED_FILES))
    content = SHIPPED_FILES[name]
    for _ in range(rng.choice((1, 1, 2, 4))):
        content = rng.choice((_broken, _otherwise, _otherwise, _otherwise))(rng, content)
    return name, content


def _otherwise(rng: random.Random, content: bytes) -> bytes:
    """The same document with a value of another kind, one that is missing, or one too many."""
    try:
        document = yaml.safe_load(content)
        places = list(paths(document))
    except Exception:  # an earlier change has made it unreadable
        return _broken(rng, content)
    if not places:
        return _broken(rng, content)
    path, _ = rng.choice(places)
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    deed = rng.random()
    if deed < 0.25:
        del holder[path[-1]]
    elif deed < 0.4 and isinstance(holder, dict):
        holder[rng.choice(("more", "", 7, None, True, date(2026, 1, 1), "a" * 5_000))] = "x"
    elif deed < 0.5 and isinstance(holder, list):
        holder.extend(copied(holder) * rng.choice((1, 50)))
    else:
        holder[path[-1]] = copied(rng.choice(VALUES))
    written: str = yaml.dump(document, allow_unicode=True, sort_keys=False)
    return written.encode("utf-8", "surrogatepass")


def _broken(rng: random.Random, content: bytes) -> bytes:
    """The same bytes, cut, doubled, or with something between them."""
    at, to = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    made: tuple[Callable[[], bytes], ...] = (
        lambda: content[:at],
        lambda: content[:at] + content[to:],
        lambda: content[:to] + content[at:],
        lambda: content[:at] + rng.choice(PIECES) + content[at:],
        lambda: content[:at] + rng.choice(PIECES) + content[to:],
        lambda: content * rng.choice((2, 30)),
        lambda: content.decode("latin-1").encode("utf-16"),
    )
    return rng.choice(made)()


def settings(rng: random.Random) -> tuple[Mapping[str, str], bytes]:
    """Draw an environment, and the content of `.env` beside it."""
    chosen = rng.sample(NAMES, rng.randrange(1, 6))
    environ = {
        name + rng.choice(("", "", "", "_FILE")): rng.choice(SETTINGS).replace("\x00", "")
        for name in chosen
    }
    lines = [f"{rng.choice(NAMES)}={rng.choice(SETTINGS)}" for _ in range(rng.randrange(4))]
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    return environ, content if rng.random() < 0.6 else _broken(rng, content)


def roster(rng: random.Random) -> tuple[str, bytes]:
    """Draw a list of people as a file: its name, and its content."""
    rows = copied(PEOPLE)
    for _ in range(rng.choice((0, 1, 2, 5))):
        row = rng.choice(rows)
        deed = rng.random()
        if deed < 0.5 and row:
            row[rng.randrange(len(row))] = rng.choice(STRANGE_TEXTS)
        elif deed < 0.7:
            row += rng.sample(STRANGE_TEXTS, 3)
        elif deed < 0.8:
            rows.insert(rng.randrange(len(rows)), [])
        elif deed < 0.9:
            rows += copied(rows) * 30
        else:
            row.clear()
    if rng.random() < 0.5:
        text = "\n".join(rng.choice(",;\t,,").join(row) for row in rows)
        encoding = rng.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"))
        errors = "surrogatepass" if encoding.startswith("utf") else "replace"
        content = text.encode(encoding, errors)
        return rng.choice(("list.csv", "list.txt", "list.xlsx")), _perhaps_broken(rng, content)
    packed = _workbook(rng, rows)
    return rng.choice(("list.xlsx", "list.xlsx", "list.csv")), _perhaps_broken(rng, packed)


def _perhaps_broken(rng: random.Random, content: bytes) -> bytes:
    return _broken(rng, content) if rng.random() < 0.5 else content


def _workbook(rng: random.Random, rows: list[list[str]]) -> bytes:
    """A workbook, perhaps with one of its files broken inside."""
    whole = xlsx(
        [[_printable(cell) for cell in row] for row in rows],
        sheets=("People",) * rng.choice((1, 1, 2)),
    )
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    if rng.random() < 0.7:
        name = rng.choice(sorted(files))
        files[name] = _broken(rng, files[name])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _printable(cell: str) -> str:
    return cell.encode("utf-8", "replace").decode()
