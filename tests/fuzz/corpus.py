"""Requests as Slack really sends them: recorded while people of two workspaces press everything."""

import json
import pickle
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.checkins.rules import Visibility
from handlers.edge.dispatch import EVENT, address
from handlers.profiles.views import TEXTS
from slack_sandbox.elements import MANY, interactive, options_of
from slack_sandbox.records import View
from slack_sandbox.world import World
from tests.fuzz.secrecy import ANYWHERE_ELSE, find_marker, marked
from tests.fuzz.states import Keeper, State
from tests.support.two_workspaces import TwoWorkspaces
from tests.support.workspace import SlackWorkspace

T = TypeVar("T")
Body = dict[str, Any]
Name = tuple[str, str]
CANARY = "Kanarienvogel"
"""A word in everything that is typed while requests are recorded."""
ALIKE = 2
"""Requests of one name that are kept of one state and role."""
SEND = "the form is sent, by attempt "
STEPS, TRIES = 7, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A recorded request: for whom of which role, in which state, with the modals then open."""

    name: Name
    role: str
    state: int
    body: Body
    stack: tuple[View, ...] = ()
    is_made_up: bool = False


@dataclass(slots=True)
class Corpus:
    """Everything recorded, and the states of the database to which it belongs."""

    entries: list[Entry] = field(default_factory=list)
    states: list[State] = field(default_factory=list)

    @property
    def names(self) -> set[Name]:
        return {one.name for one in self.entries}

    def shown_to(self) -> Mapping[Name, set[str]]:
        """The roles to which something was shown at all."""
        found: dict[Name, set[str]] = {}
        for one in self.entries:
            found.setdefault(one.name, set()).add(one.role)
        return found

    def add(self, entry: Entry) -> None:
        alike = sum(
            (one.name, one.role, one.state) == (entry.name, entry.role, entry.state)
            for one in self.entries
        )
        if alike < ALIKE:
            self.entries.append(entry)


@dataclass(slots=True)
class Recorder:
    """Listens at Bolt's door while people press and fill in whatever they find.

    Each goes where least has been pressed yet; after each walk the state is put back.
    """

    both: TwoWorkspaces
    world: World
    keeper: Keeper
    corpus: Corpus
    roles: Mapping[str, str]
    """By Slack id."""
    pressing: Sequence[str]
    """Of them, who presses."""
    texts: tuple[str, ...]
    """What is typed into forms, the first at first."""
    state: int = 0
    pressed: Counter[tuple[str, str]] = field(default_factory=Counter)
    exhausted: set[tuple[str, str]] = field(default_factory=set)
    """Who has found nothing new any more behind what."""
    shown: set[str] = field(default_factory=set)
    """Whose Home tab shows the present state."""

    def listen(self) -> None:
        bolt = self.both.slack.cairn.bolt
        dispatch = bolt.async_dispatch

        async def heard(request: AsyncBoltRequest) -> Any:
            self._note(request.body)
            return await dispatch(request)

        bolt.async_dispatch = heard  # type: ignore[assignment,method-assign]

    def _note(self, body: Body) -> None:
        kind, name = address(body)
        user = body.get("user") or body.get("user_id") or body.get("event", {}).get("user")
        who = str(user.get("id") if isinstance(user, dict) else user)
        stack = [self.world.views[one] for one in self.world.stacks.get(who, ())]
        self.corpus.add(
            Entry(
                name=(kind, name.partition(":")[0]),
                role=self.roles.get(who, "bot"),
                state=self.state,
                body=copied(body),
                stack=tuple(copied(stack)),
            )
        )

    async def explore(self, *, walks: int) -> None:
        """Let everybody walk from wherever they can press something."""
        slack = self.both.slack
        self.exhausted.clear()
        self.shown.clear()
        channels = channels_of(self.world)
        kept = self.keeper.keep(at=slack.clock.now())
        self.corpus.states.append(kept)
        self.state = len(self.corpus.states) - 1
        for person in self.pressing:
            for _ in range(walks):
                if not await self._walk(person):
                    break
                if self.keeper.has_changed():
                    await slack.settle()
                    self.keeper.undo()
                    put_channels_back(self.world, channels)
                    self.shown.clear()

    async def do(self, person: str, *names: str) -> None:
        """Press what bears the first name, wherever it stands; then on, in the modal. Nothing is
        put back."""
        await self.both.slack.close(person)
        self.shown.clear()
        for number, name in enumerate(names):
            views = await self.both.slack.views(person)
            if name.startswith(SEND):
                await self._send(person, views[-1], attempt=int(name[-1]))
                continue
            offered = self._in_modal(views[-1]) if number else self._starts(person)
            found = [one async for one in offered if _what(one[0]) == name]
            assert found, f"{person} finds no {name}"
            await self._click(person, *found[-1])
        await self.both.slack.settle()

    async def _in_modal(self, view: Body) -> AsyncIterator[tuple[Body, dict[str, str]]]:
        for block, element in interactive(view["blocks"]):
            yield element, {"view_id": view["id"], "block_id": block["block_id"]}

    async def _walk(self, person: str) -> bool:
        """One walk; False where nothing new is left to press."""
        slack = self.both.slack
        await slack.close(person)
        starts = [one async for one in self._starts(person)]
        left = [one for one in starts if (person, _what(one[0])) not in self.exhausted]
        start = min(left, key=lambda one: self._times(person, one[0]), default=None)
        if start is None:
            return False
        before = len(self.pressed)
        await self._click(person, *start)
        for _ in range(STEPS):
            if not (views := await slack.views(person)) or not await self._step(person, views[-1]):
                break
        if len(self.pressed) == before:
            self.exhausted.add((person, _what(start[0])))
        return True

    async def _starts(self, person: str) -> AsyncIterator[tuple[Body, dict[str, str]]]:
        slack = self.both.slack
        if person not in self.shown:
            await slack.home(person)
            self.shown.add(person)
        for words in ("", "past", "pulse"):
            yield {"action_id": f"/checkin {words}"}, {}
        if home := self.world.home(person):
            for block, element in interactive(home.payload["blocks"]):
                yield element, {"view_id": home.id, "block_id": block["block_id"]}
        for channel in self.world.channels.values():
            if person in channel.members:
                for message in list(channel.messages.values())[-12:]:
                    for block, element in interactive(message.blocks):
                        where = {"channel": channel.id, "ts": message.ts}
                        yield element, where | {"block_id": block["block_id"]}

    def _times(self, person: str, element: Body) -> int:
        return self.pressed[self.roles[person], _what(element)]

    async def _step(self, person: str, view: Body) -> bool:
        """Press or send in what has been used least; False when all has been used enough."""
        ways: list[tuple[int, Body | None, Body]] = []
        for block, element in interactive(view["blocks"]):
            if block["type"] != "input":
                where = {"view_id": view["id"], "block_id": block["block_id"]}
                ways.append((self._times(person, element), element, where))
        form = {"action_id": f"send {view['callback_id']}"}
        if view.get("submit"):
            ways.append((self._times(person, form), None, {}))
        least = min(ways, key=lambda one: one[0], default=None)
        if least is None or least[0] >= TRIES:
            return False
        if least[1] is not None:
            await self._click(person, least[1], least[2])
        else:
            self.pressed[self.roles[person], _what(form)] += 1
            await self._send(person, view, attempt=least[0])
        return True

    async def _click(self, person: str, element: Body, where: Mapping[str, str]) -> None:
        times = self._times(person, element)
        self.pressed[self.roles[person], _what(element)] += 1
        if element["action_id"].startswith("/"):
            await self.both.slack.slash(person, element["action_id"].partition(" ")[2])
            return
        value = None
        if options := options_of(element):
            value = options[times % len(options)]["value"]
        body = {"user": person, "action_id": element["action_id"], "value": value, **where}
        answer = await self.both.slack.http.post("/_sandbox/click", json=body)
        assert answer.status_code == 200, answer.json()
        await self._quiet()

    async def _send(self, person: str, view: Body, *, attempt: int) -> None:
        state: dict[str, dict[str, Any]] = {}
        has_file = any(one["type"] == "file_input" for _, one in interactive(view["blocks"]))
        for block, element in interactive(view["blocks"]):
            value = await self._value(person, element, attempt=attempt)
            is_beside_a_file = attempt == 1 and element["type"] == "plain_text_input" and has_file
            if value is not None and block["type"] == "input" and not is_beside_a_file:
                state.setdefault(block["block_id"], {})[element["action_id"]] = value
        _mark(state, person, view)
        body = {"user": person, "view_id": view["id"], "state": state}
        answer = await self.both.slack.http.post("/_sandbox/submit", json=body)
        assert answer.status_code == 200, answer.json()
        await self._quiet()

    async def _quiet(self) -> None:
        await self.both.slack.cairn.services.in_flight.none()

    async def _value(self, person: str, element: Body, *, attempt: int) -> Any:
        """What is entered at an attempt; None where it is left as it is."""
        kind, options = element["type"], options_of(element)
        team = self.world.users[person].team_id
        found: Any = options[(attempt - 1) % len(options)]["value"] if options else None
        if attempt == 0 and any(name.startswith("initial_") for name in element):
            found = None
        elif kind == "plain_text_input":
            found = self.texts[attempt % len(self.texts)][: element.get("max_length", 3000)]
        elif kind in ("users_select", "multi_users_select"):
            there = [one for one in self.roles if self.world.users[one].team_id == team]
            found = there[-2:] if kind in MANY else there[-2 - attempt % 2]
        elif kind == "conversations_select":
            found = self.world.channel_names[team, "mentoring"]
        elif kind == "datepicker":
            found = element.get("initial_date") or f"2026-10-{5 + attempt:02d}"
        elif kind == "file_input" and attempt == 1:
            found = [await upload(self.both.slack, team, person, "list.csv", ROSTER.encode())]
        elif kind in MANY:
            found = [one["value"] for one in options][: element.get("max_selected_items", 9)]
        return found


def _mark(state: dict[str, dict[str, Any]], person: str, view: Body) -> None:
    """Put in front of what is written in a form who wrote it, and for whom."""
    chosen = next(iter(state.get("visibility", {}).values()), None)
    for block, element in interactive(view["blocks"]):
        initial = element.get("initial_option")
        if block["block_id"] == "visibility" and chosen is None and initial:
            chosen = initial["value"]
        before = find_marker(str(element.get("initial_value")))
        if view["callback_id"] == "checkin.edit_form" and before:
            chosen = before  # what is changed stays for whom it was
    for_whom = Visibility.GROUP if view["callback_id"].startswith("charter") else ANYWHERE_ELSE
    if view["callback_id"] == "compass.form":
        chosen = Visibility.ONLY_ME.value
    is_words = view["callback_id"].startswith(
        ("agreement", "charter", "checkin", "compass", "stage")
    )
    typed = {one["action_id"] for _, one in interactive(view["blocks"]) if _is_typed(one)}
    if view["callback_id"] == "profiles.form":
        chosen, is_words, typed = Visibility.GROUP, True, {name for name, *_ in TEXTS}
    for inputs in state.values():
        for action, value in inputs.items():
            if action in typed and (is_words or value.startswith(CANARY)):
                inputs[action] = f"{marked(person, chosen or for_whom)} {value}"


def _is_typed(element: Body) -> bool:
    return bool(element["type"] == "plain_text_input")


def copied(thing: T) -> T:
    """Copy plain data, several times as fast as `copy.deepcopy` does."""
    found: T = pickle.loads(pickle.dumps(thing, pickle.HIGHEST_PROTOCOL))
    return found


def channels_of(world: World) -> tuple[Any, ...]:
    """Take a copy of all conversations."""
    return copied((world.channels, world.channel_names, world.direct))


def put_channels_back(world: World, kept: tuple[Any, ...]) -> None:
    """Make all conversations what they were."""
    world.channels, world.channel_names, world.direct = copied(kept)


ROSTER = "email,role\nnew.one@example.org,mentee\n"


async def upload(slack: SlackWorkspace, team: str, who: str, name: str, content: bytes) -> Body:
    """Give a file to Slack, as the page does; what a file input then holds."""
    answer = await slack.http.post(
        f"/client/{team}/{who}/home/upload", files={"files": (name, content)}
    )
    found: Body = answer.json()["files"][0]
    return found


def _what(element: Body) -> str:
    return str(element["action_id"]).partition(":")[0]


def made_up(names: Collection[Name], recorded: Corpus) -> Iterator[Entry]:
    """Requests for whatever nobody came by: another's of the same kind, under this name."""
    for kind, name in sorted(set(names) - recorded.names):
        alike = [one for one in recorded.entries if one.name[0] == kind]
        for entry in alike[:: max(1, len(alike) // 4)]:
            text = json.dumps(entry.body).replace(json.dumps(entry.name[1]), json.dumps(name))
            body = json.loads(text)
            if kind == EVENT:
                user = {"id": entry.body["event"].get("user"), "tz": "Asia/Tokyo", "profile": {}}
                body["event"]["user"] = user if name.startswith("user") else user["id"]
            yield Entry(
                name=(kind, name),
                role=entry.role,
                state=entry.state,
                body=body,
                stack=entry.stack,
                is_made_up=True,
            )
