"""Find out what the columns of a list of people hold, by the words of their heads. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, cast

from bot.people.model import NAMING_PEOPLE
from bot.people.roster_cells import is_role, is_titled, name_key, references
from bot.people.roster_words import HEADS, PASSED_OVER, SILENT

Field = Literal[
    "slack_id", "name", "first_name", "last_name", "email", "role", "capacity", "stage",
    "department", "site", "timezone", "interests", "languages", "prefers", "avoid",
    "supervised_by", "account",
]  # fmt: skip
"""The possible contents of a column: fields, both halves of a name, and the account in Slack."""

LISTS: frozenset[str] = frozenset({"interests", "languages", *NAMING_PEOPLE})
"""Fields that several columns may hold: what they say is taken together."""
LEFT_OUT: Literal["left_out"] = "left_out"
"""In a mapping: a column that somebody said is not needed."""
Mapped = Field | Literal["left_out"]

FIELD_NAMES: Mapping[Field, str] = {
    "slack_id": "Slack id",
    "name": "name",
    "first_name": "first name",
    "last_name": "last name",
    "email": "email address",
    "role": "role",
    "capacity": "capacity (how many mentees)",
    "stage": "stage at the start",
    "department": "department",
    "site": "site",
    "timezone": "time zone",
    "interests": "interests",
    "languages": "languages",
    "prefers": "whom they would like",
    "avoid": "whom they must not be matched with",
    "supervised_by": "who supervises them",
}
"""The names, in forms, of the fields that can be chosen for a column."""


_VAGUE = frozenset(
    {"", "id", "user", "users", "people", "account", "contact", "username", "address"}
)
_MATTERS = re.compile(
    r"\b(no|not|t|nicht|pas|sin|nao|non)\b|\b(never|avoid|apart|conflict|exclu|supervis|manager|"
    r"boss|report|evaluat|treat|vorgesetzt|ausschl|eviter|evitar|assess|examin|pruf|gutacht|"
    r"beurteil|bewert|befangen|konflikt|conflit|superior|jefe|chef|avaliad|valutat|beoordel)"
)
"""Words of a head under which somebody may have written who must not be matched."""
ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_LOOKS_LIKE_SLACK = re.compile(r"(<@)?[UW](?=[A-Z0-9]*[0-9])[A-Z0-9]{2,}(\|[^>]*)?>?")
NUMBERED = re.compile(r"column \d+")
"""How the columns of a list without a head are called."""
SLACK_EXPORT = frozenset({"userid", "billing active"})
"""Heads that the list of members which Slack exports has, and no other list."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, and the field it holds; None for one that nobody knows.

    `samples` are some of its cells. `matters` says that leaving it out may lose who must not be
    matched.
    """

    head: str
    field: Mapped | None
    samples: tuple[str, ...] = ()
    matters: bool = False


@cache
def _fields() -> Mapping[str, Field]:
    """Look up fields by every spelling of a head; words that say nothing are left out of it."""
    found: dict[str, Field] = {}
    for name, phrases in HEADS.items():
        field = cast(Field, name)
        for phrase in [field.replace("_", " "), *phrases.split(",")]:
            found.setdefault(phrase, field)
            found.setdefault(_without_silent(phrase), field)
    return found


def plain(text: str) -> str:
    """Write text in small letters without accents, brackets and signs."""
    bare = re.sub(r"\([^()]*\)|\[[^][]*\]", " ", text) or text
    bare = bare if bare.strip() else text
    split = unicodedata.normalize("NFKD", bare.casefold())
    letters = "".join(one for one in split if not unicodedata.combining(one))
    return " ".join(re.findall(r"[^\W_]+", letters))


def _without_silent(phrase: str) -> str:
    return " ".join(word for word in phrase.split() if word not in SILENT)


def field_of(head: str) -> Field | None:
    """Find the field that a head names, in its usual words and languages; None if unsure."""
    phrase = plain(head)
    return _fields().get(phrase) or _fields().get(_without_silent(phrase) or phrase)


def known_columns(cells: Iterable[str]) -> int:
    """Count the different fields that these cells name, were they a head."""
    named = [field_of(cell) for cell in cells if len(cell) < 300 and cell.strip()]
    return len({field for field in named if field})


def recognise(
    head: Sequence[str], rows: Sequence[Sequence[str]], mapping: Mapping[str, Mapped]
) -> tuple[Column, ...]:
    """Say what each column holds: as `mapping` says by head, else by its words, else its cells.

    Several columns may hold a list; a second one of any other field is unknown. Columns that are
    empty or that forms and exports add by themselves are left out.
    """
    is_export = {plain(one) for one in head} >= SLACK_EXPORT
    has_first = any(field_of(one) == "first_name" for one in head)
    taken: set[Mapped | None] = {mapping[one] for one in head if one in mapping}
    taken -= {LEFT_OUT, *LISTS}
    found: list[Column] = []
    for at, name in enumerate(head):
        cells = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
        field: Mapped | None = mapping.get(name)
        if field is None:
            field = _by_words(name, is_export=is_export) or _by_cells(name, cells)
            field = "name" if plain(name) == "nom" and not has_first else field
            field = None if field in taken else field
        if field is None and (not cells or plain(name) in PASSED_OVER):
            field = LEFT_OUT
        if field != LEFT_OUT and field not in LISTS:
            taken.add(field)
        samples = tuple(dict.fromkeys(cells))[:3]
        matters = field is None and bool(_MATTERS.search(plain(name)))
        found.append(Column(name, field, samples, matters))
    return tuple(found)


def with_people(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> tuple[Column, ...]:
    """Mark the unknown columns that name people: they may say who must not be matched.

    Of people of the list only those on other lines count.
    """
    has_identity = any(one.field in ("email", "slack_id") for one in columns)
    names: dict[str, list[tuple[frozenset[str], int]]] = {}
    for at, row in enumerate(rows):
        who = {column.field: cell for column, cell in zip(columns, row, strict=False)}
        halves = f"{who.get('first_name', '')} {who.get('last_name', '')}"
        for text in (who.get("name", ""), halves, who.get("email", ""), who.get("slack_id", "")):
            if words := name_key(text):
                names.setdefault(words[-1], []).append((frozenset(words), at))

    def names_others(at: int, cell: str) -> bool:
        found, whole = references(cell), " ".join(rows[at]).casefold()
        is_other = found.ids or any(whole.count(one) < 2 for one in found.addresses)
        if is_titled(cell) or (is_other and has_identity):
            return True
        words = set(name_key(cell))
        return any(
            other != at and (name == words or (len(name) > 1 and name <= words))
            for word in words
            for name, other in names.get(word, ())
        )

    def matters(place: int) -> bool:
        return any(place < len(row) and names_others(at, row[place]) for at, row in enumerate(rows))

    return tuple(
        replace(one, matters=one.matters or (one.field is None and matters(place)))
        for place, one in enumerate(columns)
    )


def resembles_known(column: Column) -> bool:
    """Say whether a head has a word that is known, or its cells are roles."""
    words = plain(column.head).split()
    return any(word in _fields() for word in words) or (
        bool(column.samples) and all(map(is_role, column.samples))
    )


def _by_words(name: str, *, is_export: bool) -> Field | None:
    if is_export and plain(name) == "status":
        return "account"
    return field_of(name)


def _by_cells(name: str, cells: Sequence[str]) -> Field | None:
    """Recognise ids of Slack and addresses, where every cell under a vague head is one."""
    if plain(name) not in _VAGUE and not NUMBERED.fullmatch(name):
        return None
    if cells and all(map(_LOOKS_LIKE_SLACK.fullmatch, cells)):
        return "slack_id"
    return "email" if cells and all(map(ADDRESS.fullmatch, cells)) else None


def head_key(head: Sequence[str]) -> str:
    """Write a head line such that the same form's next list has the same."""
    return "\n".join(map(plain, head))
