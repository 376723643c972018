"""Slack as far as delivery sees it: takes messages, and fails in every way the port allows."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.delivery.model import Entry
from bot.kernel.clock import Clock
from bot.kernel.ids import WorkspaceId
from bot.kernel.ports import Message, Receipt, SendFailure


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that Slack took."""

    workspace_id: WorkspaceId
    recipient: str
    text: str
    send_id: str
    at: datetime


@dataclass(slots=True)
class SlackEdge:
    """A Messenger whose failures are scripted: one item of `script` for each post.

    An item is a failure, raised before the message is taken; a tuple of one failure, raised after
    it was taken; or None.
    """

    clock: Clock
    script: list[SendFailure | tuple[SendFailure] | None] = field(default_factory=list)
    find_script: list[SendFailure | None] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    takes_s: float = 0.0
    in_flight: int = 0
    most_in_flight: int = 0
    refuse: Callable[[str], SendFailure | None] = lambda _recipient: None
    _ts: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def post(
        self, workspace_id: WorkspaceId, recipient: str, *, message: Message, send_id: str
    ) -> Receipt:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(self.takes_s)
        self.in_flight -= 1
        step = self.script.pop(0) if self.script else None
        if isinstance(step, SendFailure):
            raise step
        if failure := self.refuse(recipient):
            raise failure
        self.taken.append(Taken(workspace_id, recipient, message.text, send_id, self.clock.now()))
        if step is not None:
            raise step[0]
        return Receipt(f"D{recipient}", f"{next(self._ts)}.0")

    async def find(
        self,
        workspace_id: WorkspaceId,
        recipient: str,
        *,
        send_id: str,
        since: datetime,
        thread_ts: str | None = None,
    ) -> Receipt | None:
        step = self.find_script.pop(0) if self.find_script else None
        if step is not None:
            raise step
        for number, one in enumerate(self.taken):
            is_it = (one.workspace_id, one.recipient, one.send_id) == (
                workspace_id,
                recipient,
                send_id,
            )
            if is_it and one.at >= since:
                return Receipt(f"D{recipient}", f"{number}.found")
        return None

    def texts(self) -> list[str]:
        return [one.text for one in self.taken]


@dataclass(slots=True)
class Composed:
    """A Composer that says which entry it is; told what to raise or to withdraw."""

    raising: dict[str, Exception] = field(default_factory=dict)
    unwanted: set[str] = field(default_factory=set)

    async def compose(self, entry: Entry) -> Message | None:
        if entry.subject_id in self.raising:
            raise self.raising[entry.subject_id]
        if entry.subject_id in self.unwanted:
            return None
        return Message(text=f"{entry.kind} about {entry.subject_id}")
