"""Read single cells of a list of people: ids, addresses, roles, capacities, lists. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from bot.kernel.words import cut, listed
from bot.people.model import Role
from bot.people.roster_words import NOBODY, QUALIFIES, ROLES, TITLES

MOST_CHARACTERS = 500
"""In one cell, or in one item of a list."""
MOST_CAPACITY = 100
CLEARED = "-"
"""A cell that says that there is nothing; an empty one says nothing."""

_BY_ID = re.compile(
    r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>|"
    r"(?<![^\s,;<>|])[^\s,;<>|]*(?:/team/|/user_profile/|[?&]id=)([UW][A-Z0-9]{2,})\b[^\s,;<>|]*",
    re.IGNORECASE,
)
"""A mention, or a link to a profile. Sought where a word begins: anywhere in a long one would take
the square of its length."""
_SLACK_ID = re.compile(r"[UW](?=[A-Z0-9]*[0-9])[A-Z0-9]{2,}", re.IGNORECASE)
_ANY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_LOOKS_LIKE_SLACK = re.compile(r"[UW][A-Z0-9]{2,}")
_ADDRESS = re.compile(r"(?<![^@\s,;<>|])[^@\s,;<>|]+@[^@\s,;<>|]+\.[^@\s,;<>|]+")
_DASHES = frozenset("-–—−")

_ROLES = {word: role for role, words in ROLES.items() for word in words.split(",")}
_SUGGESTED: Mapping[str, tuple[Role, ...]] = {
    "tutor": (Role.MENTOR, Role.PEER_MENTOR),
    "peer": (Role.PEER_MENTOR, Role.MENTEE),
    "student": (Role.MENTEE, Role.PEER_MENTOR),
    "resident": (Role.MENTEE, Role.PEER_MENTOR),
    "trainee": (Role.MENTEE,),
    "supervisor": (Role.MENTOR,),
    "faculty": (Role.MENTOR,),
    "admin": (Role.COORDINATOR,),
    "lead": (Role.COORDINATOR,),
    "buddy": (Role.PEER_MENTOR,),
}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ABOUT = (
    r"(?:max|maximum|maximal|up to|at most|no more than|about|around|circa|ca|bis zu|"
    r"höchstens|jusqu'à|hasta|fino a|~|≤|<=)"
)
_UNITS = r"(?:mentees?|students?|people|persons?|seats?|slots?|places?|mentorés?|personen)"
_CAPACITY = re.compile(
    rf"{_ABOUT}?\.?\s*(\d{{1,4}})(?:[.,]0+)?\s*"
    rf"(?:(?:-|–|to|or|/|bis|oder|à|ou|a|o)\s*(\d{{1,4}})|(\+|or more))?\s*"
    rf"{_UNITS}?\s*(?:max|maximum|at most)?\.?",
    re.IGNORECASE,
)
_MONTHS = "jan|feb|m[aä]?r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]"
_DATE = re.compile(
    rf"\d{{4}}-\d\d-\d\d.*|\d{{1,2}}[-. /]+({_MONTHS})\w*\.?([-. /]+\d+)?|"
    rf"({_MONTHS})\w*\.?[-. /]+\d{{1,4}}|\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}"
)
"""The date that a spreadsheet makes of 2-3."""

_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|BEZUG!|NV\b|WERT!)")
"""Texts that a spreadsheet writes in the place of what it cannot compute."""


class BadCell(Exception):
    """The end of a sentence that begins with where the cell stands: what is wrong, what to do."""


def cleaned(cell: str) -> str:
    """Write a cell on one line, without spaces at its ends, and any dash for nothing as CLEARED."""
    text = " ".join(cell.split())
    return CLEARED if text in _DASHES else text


def refuse_unreadable(cell: str) -> None:
    """Raise BadCell for a cell that is too long, or that holds what cannot be shown."""
    if not cell.isprintable() and not all(map(can_be_shown, cell)):
        raise BadCell("holds a character that cannot be shown; type it again.")
    if max(map(len, items(cell)), default=0) > MOST_CHARACTERS:
        raise BadCell(f"is longer than {MOST_CHARACTERS} characters; shorten it.")
    if found := _ERROR.search(cell):
        raise BadCell(
            f"holds {found[0]}, an error or a formula without its value; put in what is meant, "
            "save the file in the spreadsheet, and send it again."
        )


def can_be_shown(character: str) -> bool:
    """Say whether a character is none that controls or stands for nothing."""
    return character in "\n\r\t" or unicodedata.category(character) not in ("Cc", "Cs")


SHOWN_CHARS = 60


def shown(text: str) -> str:
    """Quote `text`, cut short, with nothing in it that cannot be shown."""
    flat = " ".join(text[:200].split())
    clean = "".join(one if can_be_shown(one) else "�" for one in flat)
    return f"“{cut(clean, SHOWN_CHARS)}”"


def written_id(text: str) -> str | None:
    """Find the Slack id in an id of any case, a mention or a link to a profile; None without."""
    bare, found = text.strip().removeprefix("@"), references(text)
    if len(found.ids) == 1:
        return found.ids[0]
    return bare.upper() if _SLACK_ID.fullmatch(bare) else None


def slack_id(cell: str) -> str:
    """Read who somebody is in Slack; an id of another form is taken as it is. Raises BadCell."""
    found = written_id(cell)
    if found is None and not _ANY_ID.fullmatch(cell):
        raise BadCell(f"{shown(cell)} is not a Slack id; it looks like U012AB3CD.")
    return found or cell


def is_surely_id(text: str) -> bool:
    """Say whether a text is an id of Slack's and no name in capitals, such as URSULA."""
    return looks_like_slack(text) and (len(text) >= 9 or any(map(str.isdecimal, text)))


def looks_like_slack(text: str) -> bool:
    """Say whether an id is one that Slack would give."""
    return _LOOKS_LIKE_SLACK.fullmatch(text) is not None


def written_address(text: str) -> str | None:
    """Find the one address in a text such as `Ada <ada@example.org>`, in small letters."""
    found = references(text).addresses
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class References:
    """The mentions, profile links and addresses in a text, and the words beside them."""

    ids: tuple[str, ...]
    addresses: tuple[str, ...]
    beside: str


def references(text: str) -> References:
    """Find everything in a text that names somebody beyond doubt."""
    ids = [mention or link for mention, link in _BY_ID.findall(text)]
    rest = _BY_ID.sub(" ", text).casefold().replace("mailto:", " ")
    addresses = [one.strip("\"'().") for one in _ADDRESS.findall(rest)]
    return References(
        ids=tuple(dict.fromkeys(one.upper() for one in ids)),
        addresses=tuple(dict.fromkeys(addresses)),
        beside=" ".join(re.findall(r"\w\S*\w|\w", _ADDRESS.sub(" ", rest))),
    )


def address(cell: str) -> str:
    """Read an email address. Raises BadCell."""
    found = written_address(cell)
    if found is None:
        raise BadCell(f"{shown(cell)} is not an address; fix it, or leave the cell empty.")
    return found


@lru_cache(maxsize=1_000)
def roles(cell: str) -> frozenset[Role]:
    """Read the roles in a cell, each in the usual words of a language. Raises BadCell."""
    return frozenset(map(_role, _written_roles(cell)))


def _written_roles(cell: str) -> list[str]:
    text = re.sub(r"[/*:_·]-?in(nen)?\b|\(-?in(nen)?\)", "", cell)  # Mentor/in, Mentor*in
    text = re.sub(r"/-?(trice|rice|ra|a|e)\b|\(-?(trice|ra|a|e)\)", "", text)  # Mentor/a
    text = re.sub(r"\([mwfdx/|*:, ]+\)", " ", text)  # (m/w/d)
    parts = re.split(r"[;,|/\n&+]|\b(?:and|und|et|y|e)\b", text, flags=re.IGNORECASE)
    return [part.strip() for part in parts if part.strip()]


def is_role(text: str) -> bool:
    """Say whether a text is a word for a role, and nothing else."""
    return " ".join(text.casefold().split()).strip(" :") in _ROLES


def _role(text: str) -> Role:
    words = re.findall(r"[^\W_]+", text.casefold())
    phrase = " ".join(words)
    if phrase in _ROLES:
        return _ROLES[phrase]
    bare = [word for word in words if word not in QUALIFIES and not word.isdecimal()]
    if (found := _ROLES.get(" ".join(bare))) is not None:
        return found
    said = next((roles for word in words if (roles := _SUGGESTED.get(word))), None)
    near = get_close_matches(phrase, list(_ROLES), n=1, cutoff=0.75)
    meant = said or ((_ROLES[near[0]],) if near else tuple(Role))
    raise BadCell(f"{shown(text)} is not clear; write {listed(meant, 'or')}.")


def capacity(cell: str) -> tuple[int, str | None]:
    """Read how many mentees somebody takes, with the end of a warning where it is a range.

    Of a range the higher number is taken: it is what they could take. Raises BadCell.
    """
    text = cell.casefold().strip()
    for number, word in enumerate(_NUMBERS):
        text = re.sub(rf"\b{word}\b", str(number), text)
    if _DATE.fullmatch(text):
        raise BadCell(f"{shown(cell)} is a date; a spreadsheet makes one of 2-3. Write one number.")
    found = _CAPACITY.fullmatch(text)
    most = max(int(one) for one in found.groups()[:2] if one) if found else MOST_CAPACITY + 1
    if not found or most > MOST_CAPACITY:
        raise BadCell(f"{shown(cell)} is not a whole number from 0 to {MOST_CAPACITY}.")
    if found[2] or found[3]:
        return most, f"{shown(cell)} is taken as {most}."
    return most, None


def name_key(name: str) -> tuple[str, ...]:
    """Write a name such that `Berg, Ada` and `Dr. Ada Berg` are the same one."""
    words = re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*", unicodedata.normalize("NFKC", name).casefold())
    return tuple(sorted(word for word in words if word not in TITLES) or sorted(words))


def is_titled(text: str) -> bool:
    """Say whether a text is a name behind a title of medicine."""
    return re.match(r"\s*(?:dr|prof|professor)\b\.?\s*\w", text, re.IGNORECASE) is not None


def names_nobody(cell: str) -> bool:
    """Say whether a cell says in words that there is nobody, or nothing."""
    return cell.casefold().strip(" .") in NOBODY


def items(cell: str) -> tuple[str, ...]:
    """Split a list at `;`, `|` and line breaks, each item once and in its order."""
    return _each_once(re.split(r"[;|\n\r]", re.sub(r"<@\w+\|[^<>]*>", _short_mention, cell)))


def _short_mention(found: re.Match[str]) -> str:
    return found[0].partition("|")[0] + ">"


def comma_items(cell: str) -> tuple[tuple[str, ...], bool]:
    """Split a list, at commas where nothing else divides it; and say whether commas did."""
    found = items(cell)
    if len(found) == 1 and "," in found[0]:
        return _each_once(found[0].split(",")), True
    return found, False


def _each_once(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))
