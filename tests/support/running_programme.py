"""A small programme under way in a sandbox: one mentor, two mentees, a coordinator, a stranger."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.kernel.ids import ProgrammeId, WorkspaceId
from bot.programme import store as programmes
from bot.programme.model import Programme, Use
from bot.programme.use_cases import change_uses
from runtime.demo.cast import made_up_cast, set_up_programme
from tests.support.tables import with_all_tables
from tests.support.workspace import SlackWorkspace, all_text, slack_workspace

START = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
"""A Monday, after everybody's morning messages."""
STRANGER = "U0MALLORY"
HOME_PATIENCE_S = 20


@dataclass(frozen=True, slots=True)
class Running:
    """The workspace and the Slack ids of who is in it."""

    slack: SlackWorkspace
    mentor: str
    bob: str
    dana: str
    coordinator: str
    programme: Programme
    mentees: tuple[str, ...]

    async def channel(self) -> str:
        """The private channel of the only mentoring group."""
        cairn = self.slack.cairn
        async with cairn.database.reading() as connection:
            (group,) = await programmes.groups(
                connection, WorkspaceId(cairn.workspace_id), self.programme.id
            )
        assert group.slack_channel
        return group.slack_channel

    async def begin_now(self, use: Use) -> None:
        """Let members meet a capability now, whose week has not come yet."""
        for chosen in (set(Use) - {use}, set(Use)):
            await use_only(self.slack, self.programme.id, chosen)

    async def do_without(self, *uses: Use) -> None:
        """Let the programme do without these, so that other things have room on Home."""
        await use_only(self.slack, self.programme.id, set(Use) - {*uses})

    async def texts(self, user: str) -> list[str]:
        """What this person reads in their DM with Cairn."""
        return [message["text"] for message in await self.slack.messages(user=user)]

    async def home_text(self, user: str, *, until: str) -> str:
        """What the Home tab says; it is drawn after the answer, so wait for `until` to stand there.

        Fails with what there is when it never does.
        """
        until_s = time.monotonic() + HOME_PATIENCE_S
        while True:
            shown = all_text(await self.slack.home(user))
            if until in shown:
                return shown
            assert time.monotonic() < until_s, f"{until!r} is not on Home: {shown}"
            await asyncio.sleep(0.05)

    async def posted(self) -> list[dict[str, Any]]:
        """The messages of the group's channel, once its turn to be written to has come."""
        await self.slack.advance(seconds=10)
        return await self.slack.messages(channel=await self.channel())

    async def open_form(self, user: str) -> dict[str, Any]:
        """Type `/checkin` and look at the modal."""
        await self.slack.slash(user)
        return await self.slack.view(user)


async def use_only(slack: SlackWorkspace, programme_id: ProgrammeId, uses: Collection[Use]) -> None:
    """Let the programme use these, what is new from now on, and nothing else."""
    cairn, now = slack.cairn, slack.clock.now()
    its = (WorkspaceId(cairn.workspace_id), programme_id)
    async with cairn.database.writing() as connection:
        await change_uses(connection, *its, uses=uses, weeks={}, now=now)


@asynccontextmanager
async def running_programme(
    folder: Path,
    *,
    mentees: int = 2,
    public_url: str | None = None,
    over_http: bool = False,
    uses: Collection[Use] = frozenset(Use),
) -> AsyncIterator[Running]:
    """Everything set up and settled at START, on SQLite; Bob and Dana are the first mentees.

    A test that needs few of the `uses` is faster with those alone.
    """
    address = f"sqlite:///{folder / 'cairn.db'}"
    await with_all_tables(address)
    cast = made_up_cast(mentors=1, mentees=mentees)
    mallory = (STRANGER, "Mallory", "mallory@elsewhere.example", "Europe/London", "Visitor")
    people = (*cast.people, mallory)
    async with slack_workspace(
        address,
        folder / "keys",
        start=START,
        cast=replace(cast, people=people),
        public_url=public_url,
        over_http=over_http,
    ) as slack:
        programme = await set_up_programme(
            slack.cairn.database,
            slack.cairn.services.catalogue,
            cast,
            workspace_id=WorkspaceId(slack.cairn.workspace_id),
            now=slack.clock.now(),
        )
        if set(uses) < set(Use):
            await use_only(slack, programme.id, uses)
        slack.cairn.services.wake()
        await slack.settle()
        yield Running(
            slack=slack,
            mentor=cast.mentors[0],
            bob=cast.mentees[0],
            dana=cast.mentees[1],
            coordinator=cast.coordinator,
            programme=programme,
            mentees=tuple(cast.mentees),
        )
