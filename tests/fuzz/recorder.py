"""People of two workspaces who press everything, while what is sent is noted."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.checkins.rules import Visibility
from handlers.edge.dispatch import address
from handlers.profiles.views import TEXTS
from slack_sandbox import actions as sandbox
from slack_sandbox.elements import MANY, interactive, options_of
from slack_sandbox.payloads import Ack, Payload
from slack_sandbox.records import App
from slack_sandbox.shapes import view_json
from slack_sandbox.world import World
from tests.fuzz.corpus import (
    CANARY,
    Body,
    Corpus,
    Entry,
    channels_of,
    copied,
    person_of,
    put_channels_back,
)
from tests.fuzz.secrecy import ANYWHERE_ELSE, find_marker, marked
from tests.fuzz.states import Keeper
from tests.support.two_workspaces import TwoWorkspaces
from tests.support.workspace import SlackWorkspace

SEND = "the form is sent, by attempt "
FORM = "send "
STEPS, TRIES, SOME = 7, 2, 3
Way = tuple[Body, Mapping[str, str]]
"""An element, and where it stands."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All conversations and views, as they were."""

    channels: tuple[Any, ...]
    views: tuple[Any, ...]

    @classmethod
    def of(cls, world: World) -> "Seen":
        return cls(channels_of(world), copied((world.views, world.stacks, world.homes)))

    def put_back(self, world: World) -> None:
        put_channels_back(world, self.channels)
        world.views, world.stacks, world.homes = copied(self.views)


@dataclass(slots=True)
class Recorder:
    """Listens at Bolt's door while people press and fill in whatever they find, and go on from
    wherever that leads; before each press all is put back to where they found it."""

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
    is_thorough: bool = False
    """Whether everybody presses all of it in every state, and not only what is new."""
    state: int = 0
    on_their_way: set[asyncio.Future[Any]] = field(default_factory=set)
    """Requests that are not answered yet."""
    pressed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often somebody, or somebody of a role, pressed what."""

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take all that the sandbox sends to Cairn, on its way within this process."""
        before = dict(self.world.transports)
        self.world.transports |= dict.fromkeys(before, self._deliver)
        yield
        self.world.transports |= before

    async def _deliver(self, _app: App, payload: Payload) -> Ack:
        self._note(payload.body)
        request = AsyncBoltRequest(mode="socket_mode", body=copied(payload.body))
        answering = asyncio.ensure_future(self.both.slack.cairn.bolt.async_dispatch(request))
        self.on_their_way.add(answering)
        answering.add_done_callback(self.on_their_way.discard)
        answer = await answering
        body = json.loads(answer.body) if answer.body.startswith("{") else answer.body or None
        return Ack(acked=answer.status == 200, ms=0.0, body=body)

    def _note(self, body: Body) -> None:
        kind, name = address(body)
        who = person_of(body)
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

    async def explore(self) -> None:
        """Let everybody press whatever they find, and go on from wherever that leads."""
        if self.is_thorough:
            self.pressed.clear()
        await self.keep()
        for person in self.pressing:
            await self._open_home(person)
            seen = Seen.of(self.world)
            await self._go_on(person, [one async for one in self._starts(person)], seen)
            await self._put_back(seen)

    async def keep(self) -> None:
        """Keep the present state, to which what is recorded from now on belongs."""
        self.world.stacks.clear()
        await self._calm()
        self.corpus.states.append(self.keeper.keep(at=self.both.slack.clock.now()))
        self.state = len(self.corpus.states) - 1

    async def _go_on(self, person: str, ways: Sequence[Way], seen: Seen, *, steps: int = 0) -> None:
        """Press each of these, as they were seen, and all that it leads to."""
        for element, where in ways:
            if self._is_known(person, element):
                continue
            await self._put_back(seen)
            await self._press(person, element, where)
            views = self._views(person)
            if views and steps < STEPS:
                on = [one async for one in self._in_modal(views[-1])]
                await self._go_on(person, on, Seen.of(self.world), steps=steps + 1)

    def _is_known(self, person: str, element: Body) -> bool:
        has_more = element["action_id"].startswith(FORM) or options_of(element)
        known = self.pressed[person, _what(element)], self._times(person, element)
        return known[0] >= (TRIES if has_more else 1) or known[1] >= TRIES

    async def _put_back(self, seen: Seen) -> None:
        if self.keeper.has_changed():
            await self._calm()
            self.keeper.undo()
        seen.put_back(self.world)

    async def do(self, person: str, *names: str) -> None:
        """Press what bears the first name, wherever it stands; then on, in the modal. Nothing is
        put back."""
        self.world.stacks.clear()
        await self._open_home(person)
        for number, name in enumerate(names):
            views = self._views(person)
            if name.startswith(SEND):
                assert views, f"{person} has no form after {names[:number]}"
                await self._send(person, views[-1], attempt=int(name[-1]))
                continue
            offered = self._in_modal(views[-1]) if number else self._starts(person)
            found = [one async for one in offered]
            named = [one for one in found if _what(one[0]) == name]
            assert named, f"{person} finds no {name}, but {sorted({_what(o) for o, _ in found})}"
            await self._click(person, *named[-1])
        await self._calm()

    async def _calm(self) -> None:
        """Wait until all is sent, and heard of."""
        await self.both.slack.cairn.catch_up()
        await self._quiet()

    async def _open_home(self, person: str) -> None:
        await sandbox.open_home(self.world, user=person)
        await self._quiet()

    def _views(self, person: str) -> list[Body]:
        """The modals open for this person, the top one last."""
        stack = (self.world.views[one] for one in self.world.stacks.get(person, ()))
        return [view_json(self.world, one) for one in stack]

    async def _in_modal(self, view: Body) -> AsyncIterator[Way]:
        for block, element in interactive(view["blocks"]):
            if block["type"] != "input" or block.get("dispatch_action"):
                yield element, {"view_id": view["id"], "block_id": block["block_id"]}
        if view.get("submit"):
            yield {"action_id": f"{FORM}{view['callback_id']}"}, {"view_id": view["id"]}

    async def _press(self, person: str, element: Body, where: Mapping[str, str]) -> None:
        name, attempt = element["action_id"], self._times(person, element)
        if not name.startswith(FORM):
            await self._click(person, element, where)
            return
        self._count(person, element)
        [view] = [one for one in self._views(person) if one["id"] == where["view_id"]]
        await self._send(person, view, attempt=attempt)

    def _count(self, person: str, element: Body) -> None:
        for who in (person, self._role(person)):
            self.pressed[who, _what(element)] += 1

    def _role(self, person: str) -> str:
        return self.roles.get(person, "somebody")

    async def _starts(self, person: str) -> AsyncIterator[Way]:
        for words in ("", "past", "pulse"):
            yield {"action_id": f"/checkin {words}"}, {}
        if home := self.world.home(person):
            for block, element in interactive(home.payload["blocks"]):
                yield element, {"view_id": home.id, "block_id": block["block_id"]}
        for channel in self.world.channels.values():
            if person in channel.members:
                for message in list(channel.messages.values())[-25:]:
                    for block, element in interactive(message.blocks):
                        where = {"channel": channel.id, "ts": message.ts}
                        yield element, where | {"block_id": block["block_id"]}

    def _times(self, person: str, element: Body) -> int:
        return self.pressed[self._role(person), _what(element)]

    async def _click(self, person: str, element: Body, where: Mapping[str, str]) -> None:
        times = self._times(person, element)
        self._count(person, element)
        if element["action_id"].startswith("/"):
            command, _, words = element["action_id"].partition(" ")
            await sandbox.slash(self.world, user=person, command=command, text=words)
            await self._quiet()
            return
        value = None
        if options := options_of(element):
            value = options[times % len(options)]["value"]
        body = {"user": person, "action_id": element["action_id"], "value": value, **where}
        await sandbox.click(self.world, **body)
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
        await sandbox.submit(self.world, user=person, view_id=view["id"], state=state)
        await self._quiet()

    async def _quiet(self) -> None:
        await asyncio.sleep(0)  # what Slack tells of is on its way then
        while self.on_their_way:
            await asyncio.wait(self.on_their_way)
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
            found = [one["value"] for one in options][: element.get("max_selected_items", SOME)]
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
