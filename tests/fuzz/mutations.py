"""What is done to a request before it is sent: drawn from a seed, told in a line, undone singly."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.fuzz.corpus import CANARY, Body, Entry, copied

Path = tuple[str | int, ...]
TYPED = "is typed everywhere"
MOST = 3
"""Mutations of one case."""
LONG_WAYS = 0.05
"""The share of cases over real sockets."""


def nested(depth: int) -> Any:
    found: Any = "x"
    for _ in range(depth):
        found = [found]
    return found


HUGE = f"{CANARY} " + "y" * 1_000_000
STRANGE_TEXTS = (
    "", " ", "\x00", f"{CANARY}\x00{CANARY}", "\ud800", f"\udfff{CANARY}", "\u202e\u2066abc",
    "👩🏽‍⚕️" * 40, "<!channel> <@U0CAROL> &amp; <https://evil.example|x>", "*_~`" * 50, "\r\n\t\v\f",
    "-1", "0", "٣", "²", "99999999999999999999", "1e999", "NaN", "true", "null", "[]", "{}", ":",
    "a:b:c", " ", "%s%n", "'; DROP TABLE member; --", "../../etc/passwd", "0001-01-01",
    "9999-12-31", "2026-02-30", "x" * 3001, "é" * 2999, "[" * 2900, "9" * 5000, CANARY,
)  # fmt: skip
TEXTS = (
    "👩🏽‍⚕️ תודה \u202eابج\u2069", "ä" * 3_000, "a\x00\x07\u2028b\r\nc", " \t\n",
    "<!channel> &amp; *_~`",
)  # fmt: skip
"""What people do type, or paste: emoji, right-to-left, as much as fits, control characters …"""
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 2**63, 1.5, float("nan"), float("inf"), [], {}, [None], [[]],
    {"id": None}, {"id": {"id": 1}}, [{"id": "x"}], {"": ""}, {"value": []}, nested(300),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change to a request: `what` says it in words."""

    what: str
    do: Callable[[Body], Body]

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded request and what is done to it."""

    entry: Entry
    mutations: tuple[Mutation, ...]
    times: int = 1
    takes_the_long_way: bool = False
    """Over real sockets to Slack, and through the threads of SQLite."""

    @property
    def is_misuse(self) -> bool:
        """Whether it is what Slack itself may send, only not at the right time or twice."""
        return all(one.what.endswith(TYPED) for one in self.mutations)

    def __str__(self) -> str:
        entry = self.entry
        return f"{entry.name}, as {entry.role}, state {entry.state}, {self.times} times"

    def without(self, number: int) -> "Case":
        left = self.mutations[:number] + self.mutations[number + 1 :]
        return replace(self, mutations=left)


@dataclass(frozen=True, slots=True)
class Material:
    """All that cases are drawn from: requests, people and ids of every workspace."""

    entries: Sequence[Entry]
    people: Sequence[tuple[str, str]]
    """Of team and Slack id."""
    ids: Sequence[str]
    """What stands in the tables: ids of members, groups, programmes, rounds …"""
    words: Sequence[str]
    """What is typed after a command."""

    def case(self, rng: random.Random, entry: Entry) -> Case:
        """Draw what is done to a request. The same generator gives the same case."""
        count = rng.choice((0, 1, 1, 1, 2, 2, MOST))
        kinds = rng.choices(KINDS, weights=[weight for weight, _ in KINDS], k=count)
        mutations: list[Mutation] = []
        body = entry.body
        for _, make in kinds:
            found = make(self, rng, body)
            if found is not None:
                mutations.append(found)
                body = found.do(copied(body))
        times = rng.choice((1,) * 19 + (2,))
        return Case(entry, tuple(mutations), times, takes_the_long_way=rng.random() < LONG_WAYS)


def paths(node: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place in a request, but the blocks of its view, which Cairn does not read."""
    if at:
        yield at, node
    if len(at) > 8:
        return
    items = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in items:
        if key not in {"blocks", "message"}:
            yield from paths(value, (*at, key))


def _put(body: Any, at: Path, value: Any) -> Any:
    """Put `value` there; nothing where an earlier mutation took the place away."""
    holder = body
    try:
        for step in at[:-1]:
            holder = holder[step]
        if value is GONE:
            del holder[at[-1]]
        else:
            holder[at[-1]] = value
    except (KeyError, IndexError, TypeError):
        pass
    return body


class GONE:
    """In place of a value: it is left out."""


def _at(path: Path, value: Any, what: str | None = None) -> Mutation:
    told = what or f"{'.'.join(map(str, path))} = {_short(value)}"
    return Mutation(told, lambda body: _put(body, path, copied(value)))


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) < 80 else f"{text[:60]}… ({len(text)} characters)"


def _somewhere(rng: random.Random, body: Body, *, only: type | None = None) -> Path | None:
    """A place: as often deep in what a person filled in as anywhere else."""
    found = [path for path, value in paths(body) if only is None or isinstance(value, only)]
    chosen = [path for path in found if USED & set(map(str, path))]
    pool = chosen if chosen and rng.random() < 0.75 else found
    return rng.choice(pool) if pool else None


USED = {
    "values",
    "actions",
    "private_metadata",
    "action_id",
    "callback_id",
    "value",
    "text",
    "event",
}


def _drop(_all: Material, rng: random.Random, body: Body) -> Mutation | None:
    path = _somewhere(rng, body)
    return _at(path, GONE, f"{'.'.join(map(str, path))} is left out") if path else None


def _retype(_all: Material, rng: random.Random, body: Body) -> Mutation | None:
    path = _somewhere(rng, body)
    return _at(path, rng.choice(STRANGE)) if path else None


def _text(_all: Material, rng: random.Random, body: Body) -> Mutation | None:
    path = _somewhere(rng, body, only=str)
    strange = HUGE if rng.random() < 0.01 else rng.choice(STRANGE_TEXTS)
    return _at(path, strange) if path else None


def _id(all_: Material, rng: random.Random, body: Body) -> Mutation | None:
    """Another id, whole or within a value of several: of anybody, in any workspace."""
    path = _somewhere(rng, body, only=str)
    if path is None:
        return None
    now = _get(body, path)
    other = rng.choice(all_.ids)
    for mark in (":", " "):
        if mark in now and rng.random() < 0.7:
            parts = now.split(mark)
            parts[rng.randrange(len(parts))] = other
            return _at(path, mark.join(parts))
    return _at(path, other)


def _get(body: Any, path: Path) -> Any:
    for step in path:
        body = body[step]
    return body


def _metadata(all_: Material, rng: random.Random, body: Body) -> Mutation | None:
    """Cut, foreign, stale or altered within."""
    path: Path = ("view", "private_metadata")
    now = (
        (body.get("view") or {}).get("private_metadata")
        if isinstance(body.get("view"), dict)
        else None
    )
    if not isinstance(now, str):
        return None
    if rng.random() < 0.3:
        return _at(path, now[: rng.randrange(len(now) + 1)])
    if rng.random() < 0.3:
        foreign = rng.choice(all_.entries).body.get("view") or {}
        return _at(path, foreign.get("private_metadata", ""))
    try:
        packed = json.loads(now)
    except (ValueError, RecursionError):
        return _at(path, rng.choice((*all_.ids, *STRANGE_TEXTS)))
    inner = [one for one, _ in paths(packed)] or [()]
    place = rng.choice(inner)
    value = rng.choice((*STRANGE, *STRANGE_TEXTS, *rng.sample(all_.ids, 20)))
    altered = _put(packed, place, value) if place else value
    return _at(path, json.dumps(altered))


def _value(all_: Material, rng: random.Random, body: Body) -> Mutation | None:
    """The value of another button."""
    if not isinstance(body.get("actions"), list):
        return None
    other = rng.choice(all_.entries).body.get("actions")
    value = other[0].get("value") if other else rng.choice(all_.ids)
    return _at(("actions", 0, "value"), value)


def _person(all_: Material, rng: random.Random, body: Body) -> Mutation | None:
    """Somebody else does it, in the same workspace, or in their own."""
    team, person = rng.choice(all_.people)
    return done_by(person, in_=team if rng.random() < 0.5 else None)


def done_by(person: str, *, in_: str | None) -> Mutation:
    """Somebody else does it: in the workspace named, else where it was done."""

    def do(found: Body) -> Body:
        if isinstance(found.get("user"), dict):
            found["user"]["id"] = person
        elif "user_id" in found:
            found["user_id"] = person
        elif isinstance(found.get("event"), dict):
            found["event"]["user"] = person
        return _moved(found, in_) if in_ else found

    return Mutation(f"done by {person}{f' in {in_}' if in_ else ''}", do)


def typed_fields(body: Body) -> Iterator[Body]:
    """Every text field of a form that is sent, whatever has become of its parts."""
    found: object = body
    for key in ("view", "state", "values"):
        found = found.get(key) if isinstance(found, dict) else None
    blocks = found.values() if isinstance(found, dict) else ()
    for elements in (one for one in blocks if isinstance(one, dict)):
        shaped = (one for one in elements.values() if isinstance(one, dict))
        yield from (one for one in shaped if one.get("type") == "plain_text_input")


def typed(text: str) -> Mutation:
    """The same is typed into every text field, as far as each takes it."""

    def do(found: Body) -> Body:
        for one in typed_fields(found):
            one["value"] = text
        return found

    return Mutation(f"{_short(text)} {TYPED}", do)


def _team(all_: Material, rng: random.Random, _body: Body) -> Mutation | None:
    team = rng.choice([*dict(all_.people), "T0NOWHERE"])
    return Mutation(f"done in {team}", lambda body: _moved(body, team))


def _moved(body: Body, team: str) -> Body:
    """The same request in another workspace, as Slack would sign it there."""
    if isinstance(body.get("team"), dict):
        body["team"]["id"] = team
    if "team_id" in body:
        body["team_id"] = team
    view = body.get("view")
    if isinstance(view, dict):
        view |= {"team_id": team, "app_installed_team_id": team}
    given = body.get("authorizations")
    if isinstance(given, list) and given and isinstance(given[0], dict):
        given[0]["team_id"] = team
    return body


def _state(_all: Material, rng: random.Random, body: Body) -> Mutation | None:
    """A form's element of another kind, chosen twice, or of a value that was never offered."""
    path: Path = ("view", "state", "values")
    try:
        values = _get(body, path)
        block = rng.choice(list(values))
        action = rng.choice(list(values[block]))
    except (KeyError, TypeError, IndexError, AttributeError):
        return None
    strange = rng.choice((*STRANGE_TEXTS, *STRANGE))
    option = {"value": strange, "text": {"type": "plain_text", "text": "x"}}
    element = rng.choice(
        (
            {"type": "plain_text_input", "value": strange},
            {"type": "static_select", "selected_option": option},
            {"type": "checkboxes", "selected_options": [option, option]},
            {"type": "users_select", "selected_user": strange},
            {"type": "multi_users_select", "selected_users": [strange, strange]},
            {"type": "conversations_select", "selected_conversation": strange},
            {"type": "datepicker", "selected_date": strange},
            {"type": "file_input", "files": rng.choice(FILES)},
        )
    )
    return _at((*path, block, action), element)


def _command(all_: Material, rng: random.Random, body: Body) -> Mutation | None:
    if "command" not in body:
        return None
    words = [rng.choice(all_.words) for _ in range(rng.choice((1, 1, 2, 30)))]
    return _at(("text",), rng.choice((" ", "  ", "\n", " … ")).join(words))


def _unknown(_all: Material, rng: random.Random, body: Body) -> Mutation | None:
    for path in (("actions", 0, "action_id"), ("view", "callback_id"), ("command",)):
        try:
            now = _get(body, path)
        except (KeyError, TypeError, IndexError):
            continue
        return _at(path, rng.choice((f"{now}.gone", f"{now}:99", "", str(now).upper(), "a" * 300)))
    return None


FILES: tuple[Any, ...] = (
    [{}], [None], ["F123"], [{"id": "F0NONE"}], [{"id": None}], [{"id": ["x"]}],
    [{"id": "F1", "url_private": "https://files.slack.com.evil.example/x"}],
    [{"id": "F1", "url_private": "http://169.254.169.254/latest/meta-data"}],
    [{"id": "F1", "url_private": "http://[::1"}], [{"id": "F1", "url_private_download": 7}],
    [{"id": "F1", "url_private": "file:///etc/passwd"}],
    [{"id": "F1", "name": ["x"], "size": "big", "url_private": "https://files.slack.com@evil.example/"}],
    [{"id": "F1", "size": 10**12}],
)  # fmt: skip

KINDS: tuple[tuple[int, Callable[[Material, random.Random, Body], Mutation | None]], ...] = (
    (4, _drop), (5, _retype), (5, _text), (6, _id), (4, _metadata), (2, _value), (3, _person),
    (2, _team), (5, _state), (4, _command), (1, _unknown),
)  # fmt: skip
