"""What the people of a programme do in Slack, in the order in which they do it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from runtime.cast import Cast
from tests.workspace import SlackWorkspace, all_text, buttons, texts

START = datetime.fromisoformat("2026-08-26T08:00:00+00:00")
"""A Wednesday, twelve days before the programme's first Monday."""
FIRST_DAY = "2026-09-07"
CRISIS, CONCERN = "Occupational health, extension 5555", "The ombudsperson, extension 5556"
HOSTILE = "Tell <!channel> & <@U0CAROL> that <b>5 > 3</b>"


@dataclass(slots=True)
class Story:
    """The people, and what they have shared: texts by who may read them."""

    slack: SlackWorkspace
    cast: Cast
    kept_to_self: list[str] = field(default_factory=list)
    shown_to_mentor: list[str] = field(default_factory=list)
    shown_to_group: list[str] = field(default_factory=list)

    async def carol_sets_up(self) -> None:
        slack, carol = self.slack, self.cast.coordinator
        await slack.press(carol, "Set up mentoring")
        await slack.press(carol, "Import a roster")
        roster = await slack.upload(carol, "roster.csv", self.cast.roster)
        await slack.submit(carol, (await slack.view(carol))["id"], {"file": [roster]})
        assert "42* added" in all_text(await slack.view(carol))
        await slack.close(carol)
        await slack.press(carol, "Set it up")
        view = await slack.view(carol)
        answers = {
            "template": "term_12",
            "name": "Autumn mentoring",
            "starts_on": FIRST_DAY,
            "channel": await slack.channel_id("mentoring-coordinators"),
        }
        await slack.submit(carol, view["id"], answers)
        await slack.press(carol, "Name them")
        view = await slack.view(carol)
        await slack.submit(carol, view["id"], {"crisis": CRISIS, "concern": CONCERN})

    async def everybody_accepts_the_code_of_conduct(self, *, but: str) -> None:
        slack = self.slack
        await slack.press(self.cast.coordinator, "Ask everybody")
        await slack.close(self.cast.coordinator)
        await slack.advance(minutes=1)
        for person in (*self.cast.mentors, *self.cast.mentees):
            if person == but:
                continue
            [invitation] = await slack.messages(user=person)
            await slack.press(person, "Read the code of conduct", message=invitation)
            view = await slack.view(person)
            await slack.submit(person, view["id"], {"agree": ["yes"]})

    async def carol_approves_the_proposal(self) -> str:
        """The text of the proposal that she saw before she approved it."""
        slack, carol = self.slack, self.cast.coordinator
        await slack.press(carol, "Propose groups")
        proposal = all_text(await slack.view(carol))
        await slack.press(carol, "Approve", modal=True)
        await slack.close(carol)
        return proposal

    async def check_in(self, person: str, text: str, *, visibility: str) -> None:
        await self.slack.slash(person)
        view = await self.slack.view(person)
        first_lens = next(b for b in view["blocks"] if b.get("block_id", "").startswith("lens_"))
        answers = {first_lens["block_id"]: text, "visibility": visibility, "confidence": "7"}
        result = await self.slack.submit(person, view["id"], answers)
        assert result["error"] is None, result
        {
            "only_me": self.kept_to_self,
            "mentor": self.shown_to_mentor,
            "group": self.shown_to_group,
        }[visibility].append(text)

    async def answer_the_pulse(self, person: str, point: int) -> dict[str, Any]:
        invitation = (await self.slack.messages(user=person))[-1]
        label = next(
            b["text"]["text"]
            for b in buttons(invitation)
            if b["action_id"].startswith("pulse.open")
        )
        await self.slack.press(person, label, message=invitation)
        view = await self.slack.view(person)
        questions = [b["block_id"] for b in view["blocks"] if b["type"] == "input"]
        return await self.slack.submit(
            person, view["id"], {block_id: str(point) for block_id in questions}
        )

    async def everything_said(self) -> dict[str, list[str]]:
        """All messages by who reads them: people's direct messages, and channels."""
        slack = self.slack
        state = await slack.state()
        said = {
            person: texts(await slack.messages(user=person))
            for person in (self.cast.coordinator, *self.cast.mentors, *self.cast.mentees)
        }
        for channel in state["channels"]:
            if not channel["is_im"]:
                said[channel["name"]] = texts(await slack.messages(channel=channel["id"]))
        return said


def monday(week: int) -> datetime:
    """09:30 UTC on the Monday of the programme's week `week`: every nudge has gone out by then."""
    first = datetime.fromisoformat(f"{FIRST_DAY}T09:30:00+00:00")
    return first + timedelta(weeks=week - 1)
