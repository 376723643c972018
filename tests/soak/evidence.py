"""What a soak is judged by: what Slack has, what the bot's database has, and what its log says."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import sqlalchemy as sa

from bot.checkins import store as checkins
from bot.delivery.tables import outbox
from bot.kernel.database import Database
from bot.kernel.ids import WorkspaceId
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from bot.schedule.tables import schedule
from tests.e2e.reading import WORD
from tests.soak.invariants import Posted, Queued

SENDING = ("chat.postMessage", "chat.update", "chat.postEphemeral")
PROMPTS = ("checkin_prompt", "mentor_nudge")


@dataclass(slots=True)
class Evidence:
    """Slack and the database of one run, looked at from outside the bot."""

    http: httpx.AsyncClient
    database: Database
    workspace: WorkspaceId
    shown: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By person, the marks that were put before them in messages and on Home."""
    _seen_calls: int = 0

    async def members(self) -> list[Member]:
        async with self.database.reading() as connection:
            return list(await people.members(connection, self.workspace))

    async def away(self, now: datetime) -> set[str]:
        """The Slack ids of those to whom nothing may be sent."""
        return {one.slack_user_id for one in await self.members() if one.is_away(now)}

    async def queued(self) -> dict[str, Queued]:
        async with self.database.reading() as connection:
            rows = (await connection.execute(sa.select(outbox))).all()
        return {
            row.id: Queued(
                id=row.id,
                kind=row.kind,
                to=row.recipient,
                lane=row.lane,
                state=row.state,
                created_at=row.created_at,
                expires_at=row.expires_at,
                ready_at=row.ready_at,
                rides_on=row.rides_on,
                reason=row.last_error,
            )
            for row in rows
        }

    async def due(self) -> dict[tuple[str, str], datetime]:
        """When each schedule falls due next; those that wait without an end are left out."""
        columns = (schedule.c.kind, schedule.c.subject_id, schedule.c.next_due_at)
        query = sa.select(*columns).where(schedule.c.next_due_at.is_not(None))
        async with self.database.reading() as connection:
            return {
                (row.kind, row.subject_id): row.next_due_at
                for row in await connection.execute(query)
            }

    async def posted(self) -> list[Posted]:
        """Every message of the bot that Slack has."""
        state = await self._get("state")
        people_in = await self.channels()
        found = []
        for channel in (one["id"] for one in state["channels"]):
            is_im = next(one["is_im"] for one in state["channels"] if one["id"] == channel)
            to = next(iter(people_in[channel]), channel) if is_im else channel
            there = await self._get("messages", channel=channel)
            for message in there["messages"]:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if "send_id" in payload:
                    at = datetime.fromtimestamp(float(message["ts"]), UTC)
                    found.append(Posted(payload["send_id"], to, at))
        return found

    async def seats(self) -> dict[str, frozenset[str]]:
        """By the channel of each group, the Slack ids of those who have a seat there."""
        known = {one.id: one for one in await self.members()}
        found: dict[str, frozenset[str]] = {}
        async with self.database.reading() as connection:
            for one in await programmes.programmes(connection, self.workspace):
                if one.state is not ProgrammeState.RUNNING:
                    continue
                seats = await programmes.seats(connection, self.workspace, one.id)
                for group in await programmes.groups(connection, self.workspace, one.id):
                    if group.slack_channel:
                        found[group.slack_channel] = frozenset(
                            known[seat.member_id].slack_user_id
                            for seat in seats
                            if seat.group_id == group.id
                        )
        return found

    async def channels(self) -> dict[str, frozenset[str]]:
        """By channel, the people in it."""
        state = await self._get("state")
        bots = {one["id"] for one in state["users"] if one["is_bot"]}
        return {one["id"]: frozenset(one["members"]) - bots for one in state["channels"]}

    async def saved_marks(self, who: str) -> list[str]:
        """The marks in all check-ins of somebody, as often as each is on record."""
        async with self.database.reading() as connection:
            [its] = [
                one
                for one in await people.members(connection, self.workspace)
                if one.slack_user_id == who
            ]
            found = await checkins.latest_of(connection, self.workspace, its.id, limit=1_000)
        return [mark for one in found for mark in WORD.findall(str(one.entry))]

    async def look_at_calls(self) -> None:
        """Note the marks in what was shown since the last look."""
        channels = await self.channels()
        calls = (await self._get("calls", since=str(self._seen_calls), limit="1000000"))["calls"]
        for call in calls:
            self._seen_calls = max(self._seen_calls, call["id"])
            args = call["args"]
            marks = set(WORD.findall(json.dumps(args, ensure_ascii=False)))
            if marks and call["method"] == "views.publish":
                self.shown[args["user_id"]] |= marks
            elif marks and call["method"] in SENDING:
                to = args["channel"]
                for who in channels.get(to, [to]):
                    self.shown[who] |= marks

    async def fired(self) -> list[dict[str, Any]]:
        """The last thousand faults that struck."""
        found: list[dict[str, Any]] = (await self._get("faults"))["fired"]
        return found

    async def _get(self, what: str, **query: str) -> dict[str, Any]:
        answer = await self.http.get(f"/_sandbox/{what}", params=query)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
