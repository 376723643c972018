"""People of a soak, who press what they see; what fails they try again, and some day give up."""

import asyncio
import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from bot.kernel.csv_text import as_csv
from bot.people.roster import COLUMNS
from tests.e2e.acts import goes_on_a_break
from tests.e2e.reading import WORD, WatchedWorkspace
from tests.e2e.year import Year
from tests.support.bringing_in import BringingIn
from tests.support.workspace import buttons

TRIES = 4
TRIED_AGAIN_S = 0.3
NEWCOMER = "U0NEWCOMER"
PULSE = "pulse.open"
Deed = Callable[[str], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class WorkspaceOutside(WatchedWorkspace):
    """A workspace whose bot is in another process: its clock is followed from here."""

    async def _move(self, how: dict[str, Any]) -> None:
        answer = (await self.http.post("/_sandbox/clock", json=how | {"wait_s": 120})).json()
        assert answer.get("settled"), answer
        self.clock.set(datetime.fromisoformat(answer["now"]))


@dataclass(slots=True, kw_only=True)
class Crowd(Year):
    """The people who are played, and what became of what they tried."""

    rng: random.Random
    seated: dict[str, frozenset[str]] = field(default_factory=dict)
    """By group, the Slack ids of who has a seat there now."""
    saved: set[str] = field(default_factory=set)
    """Marks in what a form has taken, so that it must be on record."""
    acted: Counter[str] = field(default_factory=Counter)
    given_up: Counter[str] = field(default_factory=Counter)
    why: dict[str, str] = field(default_factory=dict)
    ever_with: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    left: dict[str, int] = field(default_factory=dict)
    """Who has left, and in which week."""

    def group_of(self, person: str) -> frozenset[str]:
        return frozenset(one for group in self.seated.values() if person in group for one in group)

    def look_at_seats(self, seated: dict[str, frozenset[str]]) -> None:
        self.seated = seated
        for group in seated.values():
            for one in group:
                self.ever_with[one] |= group

    def readers(self) -> dict[str, set[str]]:
        """By mark, who may be shown it: its author, those for whom it is, and who came to them."""
        return {
            mark: {one.by, *one.readers} | (self.ever_with[one.by] if one.readers else set())
            for mark, one in self.written.items()
        }

    async def tries(self, what: str, who: str, deed: Deed) -> bool:
        """Let somebody do something, again where it fails; False where they give up."""
        for _ in range(TRIES):
            try:
                await deed(who)
            except (AssertionError, LookupError, ValueError, httpx.HTTPError) as failed:
                self.why[what] = repr(failed)[:300]
                await asyncio.sleep(TRIED_AGAIN_S)
                with contextlib.suppress(AssertionError, httpx.HTTPError):
                    await self.slack.close(who)
            else:
                self.acted[what] += 1
                return True
        self.given_up[what] += 1
        return False

    async def check_in_now(self, who: str) -> None:
        """Write a check-in for whoever it is to be for."""
        before = set(self.written)
        await self.slack.slash(who)
        boxes = {one.get("block_id"): one for one in (await self.slack.view(who))["blocks"]}
        offered = boxes["visibility"]["element"]["options"] if "visibility" in boxes else ()
        visibility = self.rng.choice([one["value"] for one in offered] or [None])
        result = await self.fill(who, visibility=visibility, confidence="6")
        if (result["response"] or {}).get("response_action") == "update":
            self.saved |= set(self.written) - before
        await self.slack.close(who)

    async def answer_pulse(self, who: str) -> None:
        """Answer the pulse of the latest invitation."""
        for message in reversed(await self.messages(who)):
            for button in buttons(message) if message.get("blocks") else ():
                if button["action_id"].startswith(PULSE):
                    await self.slack.press(who, button["text"]["text"], message=message)
                    if await self.slack.views(who):  # none opens once they have answered
                        await self.fill(who)
                        await self.slack.close(who)
                    return

    async def pause(self, who: str, weeks: int) -> None:
        await goes_on_a_break(self, who, self.slack.clock.now() + timedelta(weeks=weeks))

    async def leave(self, who: str) -> None:
        await self.press_own(who, "Leave the programme")
        views = await self.slack.views(who)
        if views and views[-1].get("submit"):
            await self.fill(who)
        await self.slack.close(who)

    async def come_back(self, who: str) -> None:
        await self.press_own(who, "Come back")
        await self.slack.close(who)

    async def swap(self, who: str) -> None:
        """Ask for another mentor."""
        await self.press_own(who, "Ask for another mentor")
        await self.fill(who)
        await self.slack.close(who)

    async def read_shared(self, mentor: str) -> None:
        """Open what was shared, from the latest weekly message."""
        for message in reversed(await self.messages(mentor)):
            labels = (
                [one["text"]["text"] for one in buttons(message)] if "blocks" in message else ()
            )
            if "Read" in labels:
                await self.slack.press(mentor, "Read", message=message)
                await self.slack.close(mentor)
                return

    async def bring_in(self, carol: str) -> None:
        """Let the coordinator bring somebody in who joins late, and ask them."""
        row = dict.fromkeys(COLUMNS, "") | {
            "slack_id": NEWCOMER, "name": "Nadia Newcomer", "role": "mentee",
            "timezone": "Europe/Berlin", "languages": "English", "stage": "Knows",
        }  # fmt: skip
        steps = BringingIn(self.slack, carol)
        await steps.hand_in("late.csv", as_csv(COLUMNS, [list(row.values())]).encode())
        await steps.apply()
        await self.slack.close(carol)

    async def open_home(self, who: str) -> None:
        await self.slack.home(who)

    def marks_seen(self, who: str) -> set[str]:
        """The marks in the forms and on the Home tabs that somebody looked at."""
        return {mark for text in self.slack.read.get(who, ()) for mark in WORD.findall(text)}
