"""Find out whom a list is about and whom it names: by Slack id, mention, address or name. Pure.

A barrier that names nobody for certain is a problem, never passed over: nothing that protects
somebody may be lost by a slip of the pen.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from bot.kernel.words import listed
from bot.people.model import NAMING_PEOPLE, Member
from bot.people.profiles import Account, Directory, Profile
from bot.people.roster import Note, RosterReading, RosterRow
from bot.people.roster_cells import (
    MOST_CHARACTERS,
    name_key,
    references,
    shown,
    written_address,
    written_id,
)
from bot.people.roster_words import TITLES

BARRIERS = ("avoid", "supervised_by")
"""The fields whose people are never matched with whom they stand beside."""
MOST_SUGGESTIONS = 3
_BETWEEN = re.compile(r",|\s+(?:and|und|et|y|e|og|en)\s+|\s*&\s*|\s+/\s+", re.IGNORECASE)


@dataclass(slots=True)
class KnownPeople:
    """Everybody whom a list may name, by every spelling; each is known by one key.

    A key is the Slack id, or within a list without ids the address.
    """

    where: str
    """The people who were looked through, as the end of `is nobody …`."""
    labels: dict[str, str] = field(default_factory=dict)
    _by_id: dict[str, str] = field(default_factory=dict)
    _by_address: dict[str, set[str]] = field(default_factory=dict)
    _by_name: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    _words: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    _spellings: list[dict[str, None]] = field(default_factory=lambda: [{}, {}])

    def add(self, key: str, *, name: str | None, email: str | None, is_near: bool = True) -> None:
        """Add a person; `is_near` says that they are looked at first for suggestions."""
        self._by_id[key.casefold()] = key
        label = self.labels.get(key)
        if label is None or (name and (label == key or "@" in label)):
            self.labels[key] = name or email or key
        spellings = self._spellings[0 if is_near else 1]
        if email:
            self._by_address.setdefault(email.casefold(), set()).add(key)
            spellings[email.casefold()] = None
        if name and name_key(name):
            self._by_name.setdefault(name_key(name), set()).add(key)
            self._words.setdefault(key, []).append(frozenset(name_key(name)))
            spellings[name] = None
        if not email and not name:
            spellings[key] = None

    def find(self, text: str) -> frozenset[str]:
        """Find all whom a text names as a whole: none, one, or several of the same name.

        A mention, link or address names somebody only if all else in the text is a name of theirs.
        """
        meant = self.referred_to(text)
        if meant is None:
            key = self._by_id.get((written_id(text) or text).casefold())
            return frozenset({key} if key else self._by_name.get(name_key(text), ()))
        beside = set(name_key(references(text).beside)) - TITLES
        return frozenset(
            key
            for key in meant
            if not beside or any(beside <= name for name in self._words.get(key, ()))
        )

    def referred_to(self, text: str) -> frozenset[str] | None:
        """Find whom all mentions, links and addresses in a text name; None where it has none."""
        found = references(text)
        ids = [{key} if (key := self._by_id.get(one.casefold())) else set() for one in found.ids]
        keys = [*ids, *(self._by_address.get(one, set()) for one in found.addresses)]
        return frozenset(set.intersection(*keys)) if keys else None

    def nearest(self, text: str) -> list[str]:
        """Find the spellings nearest to a text, the best first."""
        wanted = written_address(text) or text
        for spellings in self._spellings:
            alike = [one for one in spellings if ("@" in one) == ("@" in wanted)]
            near = get_close_matches(wanted, alike, n=MOST_SUGGESTIONS, cutoff=0.6)
            if near:
                least = _likeness(wanted, near[0]) - 0.1
                return [one for one in near if _likeness(wanted, one) >= least]
        return []

    def described(self, keys: Iterable[str]) -> str:
        """List people such that two of one name are told apart."""
        return listed(sorted(f"{self.labels[key]} ({key})" for key in keys))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(a=one, b=other).ratio()


def people_of(rows: Iterable[RosterRow]) -> KnownPeople:
    """Know the people of a list alone."""
    found = KnownPeople("in this list")
    for row in rows:
        found.add(row.key, name=row.name, email=row.email)
    return found


def everybody(
    rows: Iterable[RosterRow], members: Iterable[Member], directory: Directory
) -> KnownPeople:
    """Know the people of a list, the members, and who is in Slack."""
    found = people_of(rows)
    found.where = (
        "in this list, among the members or in Slack"
        if directory.profiles
        else "in this list or among the members"
    )
    for member in members:
        found.add(member.slack_user_id, name=member.name, email=member.email)
    for profile in directory.profiles.values():
        is_here = not profile.is_deactivated and profile.account is not Account.BOT
        name = profile.name if is_here else None
        found.add(profile.slack_user_id, name=name, email=profile.email, is_near=False)
    return found


def resolve(
    reading: RosterReading, people: KnownPeople, *, absent: Mapping[str, str] | None = None
) -> RosterReading:
    """Put keys in the place of what the rows call people, and note whom nobody is called.

    `absent` are people of the list who are not in Slack, by key with the reason why: they can be
    named by no barrier. A wish that names nobody is a warning, a barrier a problem.
    """
    problems: list[Note] = []
    warnings: list[Note] = []
    rows = []
    for row in reading.rows:
        lists: dict[str, Any] = {}
        for column in NAMING_PEOPLE:
            texts: tuple[str, ...] | None = getattr(row, column)
            if texts is None:
                continue
            keys: dict[str, None] = {}
            for text in texts:
                named = _Named(text, people, absent or {})
                said = [Note(row.line, f", {reading.head(column)}: {one}") for one in named.wrong]
                (problems if column in BARRIERS else warnings).extend(said)
                keys |= dict.fromkeys(named.keys)
            if row.key in keys:
                del keys[row.key]
                about = f", {reading.head(column)}: this names the person themselves; correct it."
                (problems if column in BARRIERS else warnings).append(Note(row.line, about))
            lists[column] = tuple(keys)
        rows.append(replace(row, **lists))
    return replace(reading, rows=tuple(rows)).with_notes(problems=problems, warnings=warnings)


def within_itself(reading: RosterReading) -> RosterReading:
    """Resolve the names of a list within the list alone, where no Slack can be asked.

    Whom a row is about is its key, also in the place of a Slack id.
    """
    named = resolve(reading, people_of(reading.rows))
    no_role = [
        Note(row.line, f", {reading.head('role')}: the role of {row.label} is missing; write it.")
        for row in reading.rows
        if not row.roles and "role" not in row.unread
    ]
    rows = tuple(replace(row, slack_id=row.key) for row in named.rows)
    return replace(named, rows=rows).with_notes(problems=no_role)


class _Named:
    """Finds whom an item of a list names, one person or several; `wrong` says why nobody."""

    def __init__(self, text: str, people: KnownPeople, absent: Mapping[str, str]) -> None:
        self._people, self._absent = people, absent
        self.wrong: list[str] = []
        self.keys: list[str] = []
        whole = people.find(text) if len(text) <= MOST_CHARACTERS else frozenset()
        parts = _parts(text)
        each = [people.find(part) for part in parts]
        if len(parts) > 1 and whole and all(each) and whole.union(*each) != whole:
            self.wrong = [
                f"{shown(text)} may be one person or {len(parts)}; put semicolons between people."
            ]
        elif len(parts) > 1 and not whole:
            for part, found in zip(parts, each, strict=True):
                self._take(part, found)
        else:
            self._take(text, whole)

    def _take(self, text: str, found: frozenset[str]) -> None:
        if len(found) == 1:
            [key] = found
            if key in self._absent:
                self.wrong.append(f"{shown(text)} {self._absent[key]}. Take the name out for now.")
            else:
                self.keys.append(key)
        elif found:
            self.wrong.append(
                f"{shown(text)} is the name of several people: {self._people.described(found)}; "
                "write an address or a Slack id."
            )
        else:
            self.wrong.append(self._unknown(text))

    def _unknown(self, text: str) -> str:
        if others := self._people.referred_to(text):
            beside = references(text).beside
            near = self._people.nearest(beside)
            also = f"; did you mean {listed(near, 'or')} as well?" if near else "."
            return (
                f"{shown(text)} names {self._people.described(others)}, and {shown(beside)} is "
                f"no name of theirs{also} Put semicolons between people, or leave the words out."
            )
        near = self._people.nearest(text)
        meant = f"; did you mean {listed(near, 'or')}?" if near else "."
        remedy = "Correct it" if near else "Write an address or a Slack id"
        return f"{shown(text)} is nobody {self._people.where}{meant} {remedy}, or take it out."


def _parts(text: str) -> Sequence[str]:
    """Split at commas and words between people; several addresses or mentions at spaces as well."""
    parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    by_spaces = text.split()
    if len(by_spaces) > 1 and all(_is_reference(one) for one in by_spaces):
        return by_spaces
    return parts or [text]


def _is_reference(text: str) -> bool:
    found = references(text)
    return bool(found.ids or found.addresses) and not found.beside


def profile_by_address(directory: Directory) -> Mapping[str, Profile]:
    """Look up who is in Slack by address; who is there still goes before a closed account."""
    found: dict[str, Profile] = {}
    for profile in sorted(directory.profiles.values(), key=lambda one: not one.is_deactivated):
        if profile.email:
            found[profile.email.casefold()] = profile
    return found
