"""Boxes for members' own words: what is said beside each, and how it is read."""

from dataclasses import dataclass
from datetime import datetime

from bot.checkins.rules import Blocker, Hint, Reflection
from bot.goals.model import Progress
from bot.kernel.clock import read_instant
from bot.kernel.words import fold_at, units
from handlers.blocks import (
    SECTION_CHARS,
    Block,
    escape,
    quoted_units,
    section,
)

BLOCKERS = {
    Blocker.NONE: "Nothing at the moment",
    Blocker.SELF: "Myself: energy, skills, doubts",
    Blocker.RELATIONSHIP: "A relationship: my mentor, a colleague, a friend",
    Blocker.TEAM: "My team: how we work together",
    Blocker.INSTITUTION: "The institution: rota, rules, resources",
    Blocker.SOCIETY: "Society: money, family, how people like me are treated",
}

PROGRESS = {
    Progress.MOVED: "It moved",
    Progress.SAME: "The same",
    Progress.STUCK: "I am stuck",
    Progress.NOT_NOW: "Not now",
}

HINT_WORDS = {
    Hint.RECORD_NUMBER: "a record or phone number",
    Hint.DATE_OF_BIRTH: "a full date, such as a date of birth",
}


WHERE_TO_TURN = (
    "With a concern, use the button at the foot of Cairn's Home tab: it does not go to your mentor."
)


def not_monitored(crisis_contact: str | None) -> str:
    """Say, as Slack markup, that nobody watches what is written, and whom to turn to."""
    contact = f" In a crisis, turn to {escape(crisis_contact)}." if crisis_contact else ""
    return f"*Not monitored; not for emergencies.*{contact}"


def care_notes(crisis_contact: str | None) -> tuple[str, ...]:
    """Say what everybody should know who writes free text, as Slack markup."""
    return (
        f"{not_monitored(crisis_contact)} {WHERE_TO_TURN}",
        "Leave out anything by which a patient could be recognised.",
        "Mentors may have a duty to report it when somebody is in danger.",
    )


def care_line(crisis_contact: str | None) -> str:
    """Say the same in one line, to somebody who has read it before."""
    contact = f" In a crisis: {escape(crisis_contact)}." if crisis_contact else ""
    return (
        f"Not monitored; not for emergencies.{contact} Concerns: the button at the foot of Home. "
        "Leave out what could identify a patient."
    )


def quoted(text: str) -> list[str]:
    """Quote all of a member's words, escaped, in pieces that each fit into a section.

    Cut between words, and only a long word in the middle.
    """
    pieces, left = [], escape(text)
    while quoted_units(left) > SECTION_CHARS:
        end = fold_at(left, SECTION_CHARS, measure=quoted_units)
        pieces.append(left[:end])
        left = left[end + 1 :] if left[end].isspace() else left[end:]
    return ["\n".join(f">{line}" for line in piece.split("\n")) for piece in [*pieces, left]]


def words(entry: Reflection) -> list[Block]:
    """Show everything that was filled in, whole, but for the wellbeing."""
    blocks = [block for heading, text in headed(entry) for block in titled(heading, text)]
    facts = figures(entry)
    goals = [f"{escape(one.title)}: {PROGRESS[one.moved]}" for one in entry.goals]
    return [*blocks, *(section(line) for line in [facts, *goals] if line)]


def titled(heading: str, text: str) -> list[Block]:
    """Show a member's words, whole, under a heading; nothing is escaped yet."""
    first, *others = quoted(text)
    title = f"*{escape(heading)}*"
    if units(f"{title}\n{first}") <= SECTION_CHARS:
        return [section(f"{title}\n{first}"), *map(section, others)]
    return [section(title), section(first), *map(section, others)]


def headed(entry: Reflection) -> list[tuple[str, str]]:
    """List what was typed, each text with its question; nothing is escaped."""
    typed = [(answer.prompt, answer.text) for answer in entry.answers]
    return typed + ([("What I would like from my mentor", entry.wish)] if entry.wish else [])


def figures(entry: Reflection) -> str:
    """Write confidence and blocker in a line, or nothing."""
    return " · ".join(facts(entry.confidence, BLOCKERS[entry.blocker] if entry.blocker else None))


def facts(confidence: int | None, blocker: str | None) -> list[str]:
    """Say how confident somebody is, and what is in the way in the words for it."""
    said = [] if confidence is None else [f"Confidence: {confidence} of 10"]
    return [*said, f"In the way: {blocker}"] if blocker else said


@dataclass(frozen=True, slots=True)
class SharedWeek:
    """The check-ins shared from `since` (None: the beginning) to `until`; `told` is how many."""

    since: datetime | None
    until: datetime
    told: int

    def pack(self) -> str:
        """Write the button's value: instants and a number, never words."""
        since = self.since.isoformat() if self.since else ""
        return f"{since}|{self.until.isoformat()}|{self.told}"


def read_week(value: str) -> SharedWeek:
    """Read what `pack` wrote. Raises ValueError for anything else."""
    since, until, told = value.split("|")
    if not (told.isascii() and told.isdigit() and len(told) < 6):
        raise ValueError("no number of check-ins")
    return SharedWeek(
        since=read_instant(since) if since else None, until=read_instant(until), told=int(told)
    )


def bold(words: str) -> str:
    """Write somebody's words in bold, escaped; as they are where they hold the mark for it."""
    shown = escape(words)
    return shown if "*" in shown or "\n" in shown else f"*{shown}*"
