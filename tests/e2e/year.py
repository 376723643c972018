"""The people of a mentoring year: they read what they are shown and press what is there."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.kinds import ToDoKind
from tests.e2e.filling import filled
from tests.e2e.reading import Line, ToDosSaid, WatchedWorkspace
from tests.e2e.sentences import sentence
from tests.e2e.story import Story
from tests.messages_page.page import FORM, PART, Entry
from tests.support.bringing_in import BringingIn
from tests.support.workspace import buttons

FOR_ALL = "pulse.tell_form"
"""What a coordinator says to everybody about the last pulse."""
FORMS_PICTURED = {
    "agreement.comparison": "agreement-gaps",
    "agreement.side_form": "agreement-form",
    "care.form": "care-form",
    "care.page_view": "care-asked",
    "care.said": "care-acknowledged",
    "charter.one": "charter",
    "checkin.form": "checkin-form",
    "checkin.past": "checkin-past",
    "checkin.preview": "checkin-preview",
    "checkin.shared": "shared-with-mentor",
    "closing.form": "closing-form",
    "compass.form": "compass-form",
    "compass.page": "compass-then-and-now",
    "goal.form": "goal-form",
    "goal.one": "goal",
    "letter.form": "letter-offer",
    "meeting.agenda": "meeting-agenda",
    "meeting.fix_form": "meeting-answers",
    "meeting.times_form": "meeting-times",
    "nudge.met_form": "meeting-we-met",
    "peer.offer": "peer-mentor-offer",
    "portfolio.form": "portfolio-offer",
    "profiles.form": "profile",
    "relationship.form": "relationship-form",
    "stage.claim": "claim-read",
    "stage.claim_form": "claim-form",
    "stage.history": "my-path",
}
"""The forms of which a picture is taken, and what it is called."""
A_GOAL_TAKES = timedelta(weeks=6)


@dataclass(frozen=True, slots=True)
class Written:
    """Words that somebody wrote into a box of a form, and who else may read them."""

    by: str
    form: str
    box: str
    at: datetime
    readers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody's break, from when to when."""

    who: str
    since: datetime
    until: datetime


@dataclass(slots=True, kw_only=True)
class Year(Story):
    """What everybody wrote, which to-dos they were shown, and which they did."""

    slack: WatchedWorkspace
    said: ToDosSaid
    written: dict[str, Written] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    home_of: dict[str, dict[str, Any]] = field(default_factory=dict)
    breaks: list[Away] = field(default_factory=list)
    company: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By person: those who are in a group with them now, or were."""
    pictures: dict[str, Entry] | None = None
    """By name, what is to be drawn of this year; None where no pictures are taken."""
    is_marked: bool = True
    asked: dict[str, list[list[str]]] = field(default_factory=lambda: defaultdict(list))
    """By person: the questions of each check-in that they wrote, in their order."""
    groups_now: list[frozenset[str]] = field(default_factory=list)

    @property
    def alice(self) -> str:
        return self.cast.mentors[0]

    @property
    def viktor(self) -> str:
        return self.cast.mentors[1]

    @property
    def ruth(self) -> str:
        return self.cast.contacts[0][0]

    @property
    def owen(self) -> str:
        return self.cast.contacts[1][0]

    @property
    def bob(self) -> str:
        return self._mentee("BOB")

    @property
    def hassan(self) -> str:
        return self._mentee("HASSAN")

    @property
    def lucia(self) -> str:
        return self._mentee("LUCIA")

    @property
    def elif_(self) -> str:
        return self._mentee("ELIF")

    @property
    def liam(self) -> str:
        return self._mentee("LIAM")

    @property
    def wanda(self) -> str:
        return self._mentee("WANDA")

    def _mentee(self, name: str) -> str:
        return next(one for one in self.cast.mentees if one.endswith(name))

    @property
    def everybody(self) -> tuple[str, ...]:
        contacts = [one for one, *_ in self.cast.contacts]
        return (*self.cast.mentees, *self.cast.mentors, *contacts, self.cast.coordinator)

    async def look_at_groups(self) -> None:
        """See who is in which group's channel now."""
        self.groups_now = [frozenset(one.members) for one in await self.groups()]
        for group in self.groups_now:
            for one in group:
                self.company[one] |= group

    def group_of(self, person: str) -> frozenset[str]:
        return frozenset(one for group in self.groups_now if person in group for one in group)

    def mentors_of(self, person: str) -> frozenset[str]:
        return self.group_of(person) & {*self.cast.mentors}

    async def now_of(self, person: str) -> list[Line]:
        """The to-dos on a person's Home tab."""
        self.home_of[person] = await self.slack.home(person)
        found = self.said.lines(self.home_of[person]["blocks"])
        self.seen |= {one.kind for one in found}
        return found

    async def do(self, kind: ToDoKind, /, *who: str, **given: Any) -> None:
        """Let these people do all to-dos of a kind, one after the other; each has at least one.

        Each is gone, or says something else, once it is done. `given` answers in its forms.
        """
        for person in who:
            lines = [one for one in await self.now_of(person) if one.kind == kind]
            assert lines, f"{person} has nothing of {kind} to do: {await self.now_of(person)}"
            for _ in range(20):
                if not lines:
                    break
                await self.press_line(person, lines[0])
                deed: Deed = DEEDS.get(kind, fill_in)
                await deed(self, person, **given)
                await self.slack.close(person)
                before = lines[0]
                lines = [one for one in await self.now_of(person) if one.kind == kind]
                assert before not in lines, f"{person} did it, and it is still there: {before}"
                self.done.add(kind)

    async def do_from_message(self, kind: ToDoKind, mentor: str, about: str) -> None:
        """Do a to-do about somebody by its button in the weekly message, which then forgets it."""
        name = next(name for who, name, *_ in self.cast.people if who == about)

        async def waiting() -> tuple[dict[str, Any], list[Line]]:
            [*_, message] = [
                one for one in await self.messages(mentor) if "Your mentoring week" in one["text"]
            ]
            lines = self.said.lines(message["blocks"])
            return message, [one for one in lines if one.kind == kind and name in one.sentence]

        message, [line] = await waiting()
        [block] = [
            one
            for one in message["blocks"]
            if one["type"] == "section" and self.said.lines([one]) == [line]
        ]
        where = {name: message[name] for name in ("channel", "ts")}
        await self.slack.click(mentor, line.action_id, **where, block_id=block["block_id"])
        await DEEDS[kind](self, mentor)
        await self.slack.close(mentor)
        message, left = await waiting()
        assert left == []
        assert line.sentence.replace("*", "") not in message["text"]

    def expect_unread(self, form: str) -> None:
        """Say that nobody but its authors has read what was written into a form so far."""
        for mark, one in self.written.items():
            if one.form == form:
                readers = {who for who, shown in self.slack.read.items() if mark in str(shown)}
                assert readers <= {one.by}, (mark, one, readers)

    async def press_line(self, person: str, line: Line) -> None:
        """Press the button of a to-do on Home, as it was last looked at."""
        home = self.home_of[person]
        [block] = [
            one
            for one in home["blocks"]
            if one["type"] == "section" and self.said.lines([one]) == [line]
        ]
        where = {"view_id": home["id"], "block_id": block["block_id"]}
        await self.slack.click(person, line.action_id, **where)

    async def fill(self, person: str, /, **given: Any) -> dict[str, Any]:
        """Fill in and send the form that lies on top; gives what Slack says to it."""
        view = await self.look(person)
        form = view["callback_id"]
        if form == "checkin.form":
            labels = [one for one in view["blocks"] if one.get("block_id", "").startswith("lens_")]
            self.asked[person].append([one["label"]["text"] for one in labels])
        day = (self.slack.clock.now() + A_GOAL_TAKES).date()
        answers = filled(view, lambda box: self.words(person, form, box, given), given, day=day)
        result = await self.slack.submit(person, view["id"], answers)
        if result["error"] and not result["acked"]:  # a slow machine: people press again
            result = await self.slack.submit(person, view["id"], answers)
        assert result["error"] is None, (form, answers, result)
        if await self.slack.views(person):
            await self.look(person)
        return result

    async def look(self, person: str) -> dict[str, Any]:
        """The form on top; a picture is taken of the latest of each sort."""
        view = await self.slack.view(person)
        if view["callback_id"] in FORMS_PICTURED:
            self._picture(FORMS_PICTURED[view["callback_id"]], FORM, view)
        return view

    async def look_at_home(self, person: str, name: str) -> None:
        """Take a picture of somebody's Home tab."""
        if self.pictures is not None:
            self._picture(name, PART, await self.slack.home(person))

    async def look_at_message(self, person: str, name: str, said: str) -> None:
        """Take a picture of the latest message to somebody that says this."""
        if self.pictures is not None:
            [*_, message] = [one for one in await self.messages(person) if said in one["text"]]
            self._picture(name, "message", {name: message[name] for name in ("text", "blocks")})

    def _picture(self, name: str, what: str, shown: dict[str, Any]) -> None:
        """Take a picture, if any are taken; the latest of a name is kept."""
        if self.pictures is not None:
            self.pictures[name] = Entry(
                key=name, shown=shown, title=name, what=what, readers=(), when=""
            )

    def words(self, person: str, form: str, box: str, chosen: dict[str, Any]) -> str:
        """Words of this person's own, of which each text has one that is nowhere else."""
        mark = f"canary{len(self.written) + 1:04d}"
        readers = self._readers(person, form, box, chosen)
        self.written[mark] = Written(person, form, box, self.slack.clock.now(), readers)
        said = sentence(box, len(self.written))
        return f"{said} {mark}" if self.is_marked else said

    def _readers(self, person: str, form: str, box: str, given: dict[str, Any]) -> frozenset[str]:
        """Who may read it beside its author, by the promise that stands on the form."""
        mentors, group = self.mentors_of(person), self.group_of(person)
        nobody: frozenset[str] = frozenset()
        match form:
            case "checkin.form" if box.removeprefix("lens_") not in given.get("left_out", ()):
                its = {"mentor": mentors, "group": group}
                return its.get(given.get("visibility", ""), nobody)
            case "goal.form" if given.get("share") == "mentor":
                return mentors
            case "checkin.form" | "checkin.preview" | "goal.form" | "compass.form" | "closing.form":
                return nobody
            case "stage.claim_form" | "agreement.side_form" if person not in self.cast.mentors:
                return mentors
            case _:
                its = {"care.form": frozenset({self.ruth}), FOR_ALL: frozenset(self.everybody)}
                return its.get(form, group)

    async def press_own(self, person: str, label: str) -> None:
        """Press a button of one's own Home tab, or of the settings behind it."""
        home = await self.slack.home(person)
        if label not in [one["text"]["text"] for one in buttons(home)]:
            await self.slack.press(person, "Settings")
            await self.slack.press(person, label, modal=True)
        else:
            await self.slack.press(person, label)

    async def opens(self, person: str, label: str) -> bool:
        """Press a button of the form on top if it is there."""
        if label not in [one["text"]["text"] for one in buttons(await self.slack.view(person))]:
            return False
        await self.slack.press(person, label, modal=True)
        return True


Deed = Callable[..., Awaitable[None]]


async def fill_in(year: Year, person: str, /, **given: Any) -> None:
    """Send the form that opened, and each that follows it, until none asks anything."""
    for _ in range(20):
        views = await year.slack.views(person)
        if not views or not views[-1].get("submit"):
            return
        await year.fill(person, **given)
    raise AssertionError("the forms have no end")


def presses(*labels: str) -> Deed:
    """Press these buttons of the form one after the other, then fill in what comes."""

    async def deed(year: Year, person: str, /, **given: Any) -> None:
        for label in labels:
            await year.look(person)
            await year.slack.press(person, label, modal=True)
        await fill_in(year, person, **given)

    return deed


async def _nothing_more(_year: Year, _person: str) -> None:
    """The button alone does it."""


async def _fill_agreements(year: Year, person: str, /, **given: Any) -> None:
    """Fill in one's side, for all at once where there are several."""
    await year.opens(person, "Fill in")
    view = await year.slack.view(person)
    also = [one for one in view["blocks"] if one.get("block_id") == "also"]
    others = [one["value"] for block in also for one in block["element"]["options"]]
    await year.fill(person, **given, **({"also": others} if others else {}))


async def _answer_times(year: Year, person: str) -> None:
    """Say to each offered time that one can."""
    while await year.opens(person, "I can"):
        pass


async def _bring_in(year: Year, person: str) -> None:
    """Hand the roster in, and take over what it says."""
    steps = BringingIn(year.slack, person)
    await steps.hand_in("roster.csv", year.cast.roster.encode())
    await steps.apply()


DEEDS: dict[str, Deed] = {
    ToDoKind.IMPORT_PEOPLE: _bring_in,
    ToDoKind.FILL_AGREEMENT: _fill_agreements,
    ToDoKind.COMPARE_ANSWERS: presses("Write one text"),
    ToDoKind.CONFIRM_AGREEMENT: presses("Confirm"),
    ToDoKind.REVIEW_AGREEMENT: presses("It still fits"),
    ToDoKind.WRITE_CHARTER: presses("Propose a line"),
    ToDoKind.READ_CHARTER: presses("I agree"),
    ToDoKind.ANSWER_TIMES: _answer_times,
    ToDoKind.CHECK_MEETING: presses("It is right as it is"),
    ToDoKind.ANSWER_CLAIM: presses("Confirm"),
    ToDoKind.TALK_ABOUT_CLAIM: presses("Send it again"),
    ToDoKind.REVIEW_GOAL: presses("Goal done"),
    ToDoKind.ANSWER_CONCERN: presses("I have it"),
    ToDoKind.APPROVE_PROPOSAL: presses("Approve…", "Approve"),
    ToDoKind.ANSWER_OFFER: presses("Yes, I would like to"),
    ToDoKind.DECIDE_ABOUT_RESEARCH: presses("Yes, without my name"),
    ToDoKind.SEND_AGAIN: _nothing_more,
    ToDoKind.INVITE_BY_HAND: _nothing_more,
}
"""What somebody does after the button of a to-do, where it is not a form to fill in."""
