"""What everybody in a play reads: each message, Home tab and form that was put before them."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from bot.todos import ToDo
from handlers.blocks import ToDoLine
from handlers.capability import Capabilities
from tests.support.workspace import SlackWorkspace

WORD = re.compile(r"canary\d{4}")


@dataclass(frozen=True, slots=True)
class Line:
    """A to-do as somebody reads it: its kind, its sentence, and the button that does it."""

    kind: str
    sentence: str
    action_id: str
    value: str

    @property
    def said(self) -> tuple[str, str, str]:
        return self.sentence, self.action_id, self.value


@dataclass(slots=True)
class ToDosSaid:
    """Remembers which kind of to-do each sentence with its button was, as Cairn says them."""

    kinds: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def of(self, capabilities: Capabilities) -> Capabilities:
        """The same capabilities, whose to-dos are remembered here as they are said."""
        return Capabilities(
            tuple(
                replace(
                    one,
                    todos=replace(
                        one.todos,
                        say={kind: self._noting(kind, say) for kind, say in one.todos.say.items()},
                    ),
                )
                if one.todos
                else one
                for one in capabilities.every
            )
        )

    def _noting(self, kind: str, say: Callable[[ToDo], ToDoLine]) -> Callable[[ToDo], ToDoLine]:
        def said(todo: ToDo) -> ToDoLine:
            line = say(todo)
            button = line.button
            self.kinds[line.sentence, button["action_id"], button.get("value", "")] = kind
            return line

        return said

    def lines(self, blocks: list[dict[str, Any]]) -> list[Line]:
        """The to-dos in some Block Kit, in its order."""
        found = []
        for block in blocks:
            button = block.get("accessory") or {}
            if block["type"] != "section" or button.get("type") != "button":
                continue
            said = (block["text"]["text"], button["action_id"], button.get("value", ""))
            if said in self.kinds:
                found.append(Line(self.kinds[said], *said))
        return found


@dataclass(frozen=True, kw_only=True)
class WatchedWorkspace(SlackWorkspace):
    """A workspace that keeps what each person reads in views, as JSON text."""

    read: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, slack: SlackWorkspace) -> "WatchedWorkspace":
        return cls(**{one.name: getattr(slack, one.name) for one in fields(slack)})

    late: set[str] = field(default_factory=set)
    """The triggers that had run out when Cairn used them."""

    async def _do(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        found = await super()._do(what, body)
        if what != "submit" and await self._came_too_late():  # a slow machine: people press again
            found = await super()._do(what, body)
        if what != "home":
            for view in await self.views(body["user"]):
                self.read[body["user"]].add(json.dumps(view["blocks"], ensure_ascii=False))
        return found

    async def _came_too_late(self) -> bool:
        """Say whether Cairn opened a form, just now, more than three seconds after the click."""
        before = len(self.late)
        for method in ("views.open", "views.push"):
            for call in (await self._get("calls", method=method, limit="1"))["calls"]:
                if call["answer"].get("error") == "expired_trigger_id":
                    self.late.add(call["args"]["trigger_id"])
        return len(self.late) > before

    async def home(self, user: str) -> dict[str, Any]:
        found = await super().home(user)
        self.read[user].add(json.dumps(found["blocks"], ensure_ascii=False))
        return found

    async def close(self, user: str) -> None:
        """Close every modal that this person has open; nothing of Cairn's follows from it."""
        if open_views := await self.views(user):
            body = {"user": user, "view_id": open_views[0]["id"], "clear": True}
            assert (await self.http.post("/_sandbox/close", json=body)).status_code == 200

    async def skip_to(self, at: datetime) -> None:
        """Let time pass as while Cairn sleeps: what fell due on the way is done at `at`."""
        await self._move({"to": at.isoformat(), "step": False})
