"""What Monday's message says of a whole programme: each line was seen, and its buttons help."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kinds import ToDoKind
from bot.overview.model import NEEDS
from bot.people.store import member_by_slack_id, put_members
from handlers.announcements.texts import TEXTS
from handlers.overview.views import WORDINGS
from runtime.demo.cast import made_up_cast, set_up_programme, with_everything
from tests.e2e.filling import filled
from tests.support.running_programme import START
from tests.support.tables import with_all_tables
from tests.support.workspace import SlackWorkspace, all_text, slack_workspace, texts

Do = ToDoKind


@dataclass(frozen=True, slots=True)
class Programme:
    """Two groups, their mentors Alice and Viktor, and Carol, who coordinates."""

    slack: SlackWorkspace
    alice: str
    viktor: str
    mentees: tuple[str, ...]
    carol: str
    seen: set[Do] = field(default_factory=set)

    @property
    def workspace_id(self) -> WorkspaceId:
        return WorkspaceId(self.slack.cairn.workspace_id)

    async def monday(self, weeks: int = 1) -> None:
        """Let Mondays come."""
        await self.slack.advance(weeks=weeks)

    async def look(self, kind: Do) -> dict[str, Any]:
        """Press the button beside the line of a need in Carol's message of the last Monday."""
        await self.slack.close(self.carol)
        every = await self.slack.messages(user=self.carol)
        message = [one for one in every if "this week" in one["text"]][-1]
        named = [one for one in message["blocks"] if one.get("accessory", {}).get("value") == kind]
        assert named, f"{kind} is not in {message['text']}"
        where = {"channel": message["channel"], "ts": message["ts"]}
        its = named[0]["block_id"]
        await self.slack.click(self.carol, "overview.list", block_id=its, **where)
        view = await self.slack.view(self.carol)
        assert view["title"]["text"] == WORDINGS[kind].title
        self.seen.add(kind)
        return view

    async def write(self, label: str, *readers: str) -> None:
        """Press the button that leads to writing, and send the suggested text to its readers."""
        await self.slack.press(self.carol, label, modal=True)
        await self.fill(self.carol)
        preview = await self.slack.view(self.carol)
        assert preview["submit"]["text"].endswith(("1 person", f"{len(readers)} people"))
        assert (await self.slack.submit(self.carol, preview["id"], {}))["error"] is None
        await self.slack.close(self.carol)
        await self.slack.advance(days=3)  # over a weekend

    async def reads(self, who: str, suggestion: str) -> bool:
        """Say whether somebody has the suggested text among their messages."""
        first = TEXTS[suggestion][:40]  # type: ignore[index]
        return any(first in one for one in texts(await self.slack.messages(user=who)))

    async def fill(self, who: str, **given: Any) -> None:
        """Fill in the form on top and send it."""
        view = await self.slack.view(who)
        day = self.slack.clock.now().date() + timedelta(weeks=3)
        answers = filled(view, lambda _: "A few words.", given, day=day)
        result = await self.slack.submit(who, view["id"], answers)
        assert result["error"] is None, result

    async def press_own(self, who: str, label: str) -> None:
        """Press a button of one's own Home tab, or behind Settings."""
        await self.slack.close(who)
        try:
            await self.slack.press(who, label)
        except AssertionError:
            await self.slack.press(who, label, settings=True)

    async def change(self, who: str, **facts: Any) -> None:
        """Change what is known of somebody, as a list does."""
        async with self.slack.cairn.database.writing() as connection:
            member = await member_by_slack_id(connection, self.workspace_id, SlackUserId(who))
            assert member is not None
            await put_members(connection, self.workspace_id, [replace(member, **facts)])

    async def mentees_of(self, mentor: str) -> list[str]:
        """List the mentees in the channel of a mentor's group."""
        await self.slack.advance(hours=1)
        channels = (await self.slack.state())["channels"]
        [members] = [
            one["members"]
            for one in channels
            if one["is_private"] and not one["is_im"] and mentor in one["members"]
        ]
        return [one for one in members if one in self.mentees]

    async def is_needed(self, kind: Do) -> bool:
        """Say whether Carol's Home tab has a line of this kind."""
        await self.slack.settle()
        home = await self.slack.home(self.carol)
        return any(one.get("accessory", {}).get("value") == kind for one in home["blocks"])


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Programme]:
    address = f"sqlite:///{tmp_path / 'cairn.db'}"
    await with_all_tables(address)
    cast = made_up_cast(mentors=2, mentees=4)
    async with slack_workspace(address, tmp_path / "keys", start=START, cast=cast) as slack:
        cairn = slack.cairn
        await set_up_programme(
            cairn.database,
            cairn.services.catalogue,
            cast,
            workspace_id=WorkspaceId(cairn.workspace_id),
            now=slack.clock.now(),
            template=with_everything(cairn.services.catalogue.templates["year_40"]),
        )
        cairn.services.wake()
        await slack.settle()
        alice, viktor = cast.mentors
        yield Programme(slack, alice, viktor, tuple(cast.mentees), cast.coordinator)


@pytest.mark.slow
async def test_each_need_is_seen_and_its_buttons_help(here: Programme) -> None:
    await groups_that_have_not_met(here)
    await somebody_comes_late_to_full_groups(here)
    await a_mentor_goes_away_and_a_claim_waits(here)
    await somebody_would_like_to_move(here)
    await a_group_goes_quiet(here)

    assert here.seen == {*NEEDS}


async def groups_that_have_not_met(here: Programme) -> None:
    """Carol writes to one mentor and offers times to the group of the other."""
    await here.monday(4)
    await here.look(Do.GROUPS_NOT_MET)
    await here.write("Write to the mentor", here.alice)
    assert await here.reads(here.alice, "first_meeting")

    await here.press_own(here.alice, "We met")
    await here.fill(here.alice)
    view = await here.look(Do.GROUPS_NOT_MET)
    assert "Group of Alice" not in all_text(view)
    await here.slack.press(here.carol, "Help with a date", modal=True)
    await here.fill(here.carol)
    times = await here.slack.view(here.carol)
    [offered] = [one for one in times["blocks"] if one.get("block_id") == "times"]
    two = [one["value"] for one in offered["element"]["options"][:2]]
    await here.fill(here.carol, times=two)
    assert not await here.is_needed(Do.GROUPS_NOT_MET)


async def somebody_comes_late_to_full_groups(here: Programme) -> None:
    """Carol writes to whoever waits, finds more room, and looks for a seat."""
    late = here.mentees[0]
    await here.press_own(late, "Leave the programme")
    for mentor in (here.alice, here.viktor):
        await here.change(mentor, capacity=1)
    await here.press_own(late, "Come back")

    await here.monday()
    await here.look(Do.MENTORS_OVER_CAPACITY)
    await here.write("Write to the mentor", here.alice)
    assert await here.reads(here.alice, "over_capacity")
    await here.look(Do.WAIT_FOR_SEAT)
    await here.write("Write to them", late)
    assert await here.reads(late, "joined_late")

    for mentor in (here.alice, here.viktor):
        await here.change(mentor, capacity=3)
    await here.look(Do.WAIT_FOR_SEAT)
    await here.slack.press(here.carol, "Look for seats now", modal=True)
    assert not await here.is_needed(Do.WAIT_FOR_SEAT)
    assert not await here.is_needed(Do.MENTORS_OVER_CAPACITY)


async def a_mentor_goes_away_and_a_claim_waits(here: Programme) -> None:
    """Carol writes to the mentees of the one, and to the mentor of the other."""
    claims = (await here.mentees_of(here.viktor))[0]
    await here.press_own(claims, "Claim a stage")
    await here.fill(claims)
    await here.press_own(here.alice, "Take a break")
    until = (here.slack.clock.now() + timedelta(weeks=4)).date().isoformat()
    await here.fill(here.alice, until=until)
    await here.slack.advance(days=8)

    await here.monday()
    alices = await here.mentees_of(here.alice)
    await here.look(Do.MENTORS_AWAY)
    await here.write("Write to the mentees", *alices)
    assert all([await here.reads(one, "mentor_away") for one in alices])

    await here.monday(2)
    view = await here.look(Do.CLAIMS_WAIT)
    assert "A few words" not in all_text(view)
    await here.write("Write to the mentor", here.viktor)
    assert await here.reads(here.viktor, "claim_waits")
    await here.press_own(here.viktor, "Read and answer")
    await here.slack.press(here.viktor, "Confirm", modal=True)
    await here.fill(here.viktor)
    assert not await here.is_needed(Do.CLAIMS_WAIT)


async def somebody_would_like_to_move(here: Programme) -> None:
    """No seat is free; Carol raises a capacity, and moves them."""
    mover = (await here.mentees_of(here.viktor))[0]
    for mentor in (here.alice, here.viktor):
        await here.change(mentor, capacity=len(await here.mentees_of(mentor)))
    await here.press_own(mover, "Ask for another mentor")
    await here.fill(mover)

    await here.monday()
    await here.look(Do.ASKED_TO_MOVE)
    await here.slack.press(here.carol, "Look for seats now", modal=True)
    assert await here.is_needed(Do.ASKED_TO_MOVE)
    await here.change(here.alice, capacity=4)
    await here.look(Do.ASKED_TO_MOVE)
    await here.slack.press(here.carol, "Move a mentee", modal=True)
    form = await here.slack.view(here.carol)
    [chosen] = [one for one in form["blocks"] if one.get("block_id") == "mentee"]
    assert chosen["element"]["initial_user"] == mover
    await here.fill(here.carol, mentee=mover, to=None)
    assert "They get a seat in *Group of Alice Weiss*" in all_text(
        await here.slack.view(here.carol)
    )
    await here.fill(here.carol)
    await here.slack.advance(days=1, hours=2)
    assert mover in await here.mentees_of(here.alice)
    assert not await here.is_needed(Do.ASKED_TO_MOVE)


async def a_group_goes_quiet(here: Programme) -> None:
    """Alice's group met once, and never again."""
    await here.monday()
    await here.look(Do.GROUPS_GONE_QUIET)
    await here.write("Write to the mentor", here.alice)
    assert await here.reads(here.alice, "gone_quiet")
