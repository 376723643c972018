"""What the people of a programme do in Slack, in the order in which they do it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from runtime.demo.cast import Cast
from tests.support.bringing_in import BringingIn
from tests.support.workspace import SlackWorkspace, all_text, buttons, texts

START = datetime.fromisoformat("2026-08-26T08:00:00+00:00")
"""A Wednesday, twelve days before the programme's first Monday."""
FIRST_DAY = "2026-09-07"
CRISIS, CONCERN = "Occupational health, extension 5555", "The ombudsperson, extension 5556"
HOSTILE = "Tell <!channel> & <@U0CAROL> that <b>5 > 3</b>"


@dataclass(frozen=True, slots=True)
class Group:
    """A mentoring group as its private channel shows it."""

    channel: str
    name: str
    title: str
    members: tuple[str, ...]


@dataclass(slots=True)
class Story:
    """The people of a programme, and their workspace."""

    slack: SlackWorkspace
    cast: Cast

    async def carol_sets_up(self) -> None:
        slack, carol = self.slack, self.cast.coordinator
        await slack.press(carol, "Set up mentoring")
        steps = BringingIn(slack, carol)
        await steps.hand_in("roster.csv", self.cast.roster.encode())
        many = len(self.cast.mentors) + len(self.cast.mentees)
        assert f"{many}* brought in" in all_text(await steps.apply())
        await slack.close(carol)
        await slack.press(carol, "Set it up")
        view = await slack.view(carol)
        answers = {
            "template": "term_12",
            "name": "Autumn mentoring",
            "starts_on": FIRST_DAY,
            "channel": await slack.private_channel("mentoring-coordinators"),
        }
        await slack.submit(carol, view["id"], answers)
        await slack.press(carol, "Name them")
        view = await slack.view(carol)
        contacts = {"crisis": CRISIS, "concern": CONCERN, "hours": "24"}
        (person, *_), (deputy, *_) = self.cast.contacts
        await slack.submit(carol, view["id"], contacts | {"person": person, "deputy": deputy})

    async def everybody_accepts_the_code_of_conduct(self, *, but: str) -> None:
        slack = self.slack
        carol = self.cast.coordinator
        await slack.press(carol, "Ask everybody")
        await slack.submit(carol, (await slack.view(carol))["id"], {})
        await slack.close(carol)
        await slack.advance(minutes=1)
        for person in (*self.cast.mentors, *self.cast.mentees):
            if person != but:
                await self.accept(person)

    async def accept(self, person: str) -> None:
        """Accept the code of conduct from the invitation, the first message there is."""
        invitation = (await self.messages(person))[0]
        await self.slack.press(person, "Read the code of conduct", message=invitation)
        view = await self.slack.view(person)
        await self.slack.submit(person, view["id"], {"agree": ["yes"]})

    async def messages(self, person: str) -> list[dict[str, Any]]:
        """What this person reads in their DM with Cairn."""
        return await self.slack.messages(user=person)

    async def groups(self) -> list[Group]:
        """The mentoring groups, by their private channels."""
        found = []
        for channel in (await self.slack.state())["channels"]:
            members = tuple(channel["members"])
            if (
                channel["is_private"]
                and not channel["is_im"]
                and set(members) & {*self.cast.mentors}
            ):
                [first, *_] = await self.slack.messages(channel=channel["id"])
                found.append(Group(channel["id"], channel["name"], _title(first), members))
        return found

    async def carol_tells_what_was_done(self, what: str) -> None:
        carol = self.cast.coordinator
        await self.slack.press(carol, "Say what was done")
        view = await self.slack.view(carol)
        [question] = [block for block in view["blocks"] if block["type"] == "input"]
        await self.slack.submit(carol, view["id"], {question["block_id"]: what})
        await self.slack.close(carol)
        await self.slack.advance(minutes=1)

    def week_of(self, message: dict[str, Any]) -> int:
        """The programme's week, from 1, in which a message was posted."""
        sent = datetime.fromtimestamp(float(message["ts"]), UTC)
        return (sent - monday(1).replace(hour=0, minute=0)).days // 7 + 1

    async def carol_approves_the_proposal(self) -> str:
        """The text of the proposal that she saw before she approved it."""
        slack, carol = self.slack, self.cast.coordinator
        await slack.press(carol, "Propose groups")
        proposal = all_text(await slack.view(carol))
        await slack.press(carol, "Approve…", modal=True)
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


def _title(introduction: dict[str, Any]) -> str:
    """The group's name, from the heading of its introduction."""
    [heading] = [block for block in introduction["blocks"] if block["type"] == "header"]
    return str(heading["text"]["text"]).replace("Welcome to the group", "Group")


def monday(week: int) -> datetime:
    """09:30 UTC on the Monday of the programme's week `week`: every nudge has gone out by then."""
    first = datetime.fromisoformat(f"{FIRST_DAY}T09:30:00+00:00")
    return first + timedelta(weeks=week - 1)
