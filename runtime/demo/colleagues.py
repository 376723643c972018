"""Colleagues in the empty demo: they accept the code of conduct by themselves, as people would."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.kernel.clock import SetClock
from bot.kernel.errors import OperatorFacing
from runtime.demo.sandbox import Sandbox

TAKES_TO_ANSWER = timedelta(minutes=30)
TRIES_AGAIN_AFTER = timedelta(minutes=1)
READ, AGREE = "people.conduct", "people.agree"


@dataclass(slots=True)
class Colleagues:
    """Everybody in `people` (Slack ids) opens the invitation and accepts, half an hour after it."""

    sandbox: Sandbox
    clock: SetClock
    people: tuple[str, ...]
    answered: set[str] = field(default_factory=set)

    async def answer(self) -> datetime | None:
        """Let all whose invitation is old enough accept; return when the next one will."""
        next_at: list[datetime] = []
        for user in self.people:
            invitation = None if user in self.answered else await self._invitation(user)
            if invitation is None:
                continue
            at = datetime.fromtimestamp(float(invitation["ts"]), UTC) + TAKES_TO_ANSWER
            if at <= self.clock.now():
                await self._accept(user, invitation)
            if user not in self.answered:
                next_at.append(max(at, self.clock.now() + TRIES_AGAIN_AFTER))
        return min(next_at, default=None)

    async def _invitation(self, user: str) -> dict[str, Any] | None:
        messages = await self.sandbox.get("messages", user=user)
        asking = [one for one in messages["messages"] if READ in str(one.get("blocks"))]
        return asking[-1] if asking else None

    async def _accept(self, user: str, invitation: dict[str, Any]) -> None:
        """Accept as a person does, unless Slack stumbles."""
        where = {"channel": invitation["channel"], "ts": invitation["ts"]}
        with suppress(OperatorFacing):
            if not (await self._open_forms(user)):
                await self.sandbox.post("click", {"user": user, "action_id": READ, **where})
            for view in await self._open_forms(user):
                block = next(one["block_id"] for one in view["blocks"] if AGREE in str(one))
                answer = {"view_id": view["id"], "state": {block: {AGREE: ["yes"]}}}
                await self.sandbox.post("submit", {"user": user, **answer})
                self.answered.add(user)

    async def _open_forms(self, user: str) -> list[dict[str, Any]]:
        views = (await self.sandbox.get("views", user=user))["views"]
        return [one for one in views if AGREE in str(one["blocks"])]
