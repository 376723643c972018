"""A programme whose first pulse has just opened, in a real workspace, and hands to answer it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.programme.model import Use
from bot.pulse import store as kept
from bot.pulse.model import Round
from bot.pulse.tables import ballot_table
from runtime.demo.cast import made_up_cast, set_up_programme
from tests.support.running_programme import START, use_only
from tests.support.tables import with_all_tables
from tests.support.workspace import SlackWorkspace, slack_workspace

BESIDE = frozenset({Use.CHECKINS, Use.NUDGES})
"""What the programme uses beside its pulse: the messages that come in the same weeks."""


@dataclass(slots=True)
class Pulse:
    """A programme with a pulse, and a hand on its clock."""

    slack: SlackWorkspace
    mentees: tuple[str, ...]
    mentor: str
    coordinator: str
    programme_id: ProgrammeId
    opens_at: datetime

    async def until_it_opens(self) -> None:
        await self.slack.go_to(self.opens_at + timedelta(hours=24))

    async def round(self) -> Round:
        cairn = self.slack.cairn
        async with cairn.database.reading() as connection:
            found = await kept.rounds_of(
                connection, WorkspaceId(cairn.workspace_id), self.programme_id
            )
        return found[-1]

    async def invitation(self, mentee: str) -> dict[str, Any]:
        found = await self.slack.messages(user=mentee)
        return next(one for one in reversed(found) if "A pulse is" in one["text"])

    async def form(self, mentee: str) -> dict[str, Any]:
        await self.slack.press(mentee, "Answer the pulse", message=await self.invitation(mentee))
        return await self.slack.view(mentee)

    async def answer(self, mentee: str, point: str | None = None) -> dict[str, Any]:
        """Choose `point` for every statement, or what speaks for the space; submit; close."""
        view, round_ = await self.form(mentee), await self.round()
        answers = {}
        for item_id in round_.items:
            item = round_.instrument.item(item_id)
            assert item is not None
            answers[item_id] = point or ("1" if item.reverse else "5")
        done = await self.slack.submit(mentee, view["id"], answers)
        await self.slack.close(mentee)
        return done

    async def digest(self, said: str = "has closed") -> dict[str, Any]:
        """The message to coordinators that says so."""
        state = await self.slack.state()
        for channel in state["channels"]:
            for message in await self.slack.messages(channel=channel["id"]):
                if said in message["text"]:
                    return message
        for message in await self.slack.messages(user=self.coordinator):
            if said in message["text"]:
                return message
        raise AssertionError("no digest was posted")

    async def ballots(self) -> int:
        async with self.slack.cairn.database.reading() as connection:
            query = sa.select(sa.func.count()).select_from(ballot_table)
            return int((await connection.execute(query)).scalar_one())

    async def calls(self) -> list[Mapping[str, Any]]:
        answer = await self.slack.http.get("/_sandbox/calls")
        found: list[Mapping[str, Any]] = answer.json()["calls"]
        return found


@asynccontextmanager
async def open_pulse(
    tmp_path: Path, *, mentors: int, mentees: int, address: str = ""
) -> AsyncIterator[Pulse]:
    """A running programme, before its first pulse; in a database of its own, or an empty one."""
    address = address or f"sqlite:///{tmp_path / 'cairn.db'}"
    await with_all_tables(address)
    cast = made_up_cast(mentors=mentors, mentees=mentees)
    async with slack_workspace(address, tmp_path / "keys", start=START, cast=cast) as slack:
        programme = await set_up_programme(
            slack.cairn.database,
            slack.cairn.services.catalogue,
            cast,
            workspace_id=WorkspaceId(slack.cairn.workspace_id),
            now=slack.clock.now(),
        )
        await use_only(slack, programme.id, BESIDE)
        slack.cairn.services.wake()
        await slack.settle()
        opens_at = _first_opening(programme.template.pulse_first_week)
        yield Pulse(slack, cast.mentees, cast.mentors[0], cast.coordinator, programme.id, opens_at)


def _first_opening(week: int) -> datetime:
    return START + timedelta(weeks=week - 1, days=4)
