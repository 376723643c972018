"""Decide what a portfolio and a letter say, and write a portfolio as Markdown."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from string import Formatter

from bot.checkins.rules import CheckIn
from bot.goals.model import Goal, GoalStatus
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.words import full_date, plural
from bot.meetings.model import Length, Meeting
from bot.people.model import Role
from bot.portfolio.model import Chapter, Document, LetterFacts, Passage, Section
from bot.programme.model import Programme
from bot.stages.model import StageEvent, StageEventKind
from bot.stages.rules import MOVES

NOTE = (
    "A lens for reflection, not an assessment: stages were claimed by the mentee and confirmed by "
    "a mentor, never computed."
)
MOST_NAME_CHARS = 120
_CAME = {GoalStatus.OPEN: "Open", GoalStatus.DONE: "Done", GoalStatus.LET_GO: "Let go"}
_MIDDLE_MINUTES = {Length.UNDER_30: 20, Length.FROM_30_TO_60: 45, Length.OVER_60: 75}
"""The minutes for which a band of them counts in a letter."""
ROLE_NAMES = {Role.MENTOR: "mentor", Role.PEER_MENTOR: "peer mentor"}
FIELDS = frozenset({"name", "role", "programme", "first", "last", "groups", "log"})
"""The fields that the wording of a letter may name, in braces."""
_MARKS = re.compile(r"([\\`*_{}\[\]<>#+\-.!|~$&])")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def document(
    name: str, programme: Programme, chapters: Sequence[Chapter], *, today: date
) -> Document:
    """Put chapters together as somebody's portfolio."""
    return Document(
        title=f"Portfolio of {name}",
        subtitle=f"{programme.name} · {full_date(today)}",
        note=NOTE,
        chapters=tuple(chapters),
    )


def stages_chapter(history: Sequence[StageEvent], *, tz: str) -> Chapter:
    """Tell the way through the stages: each move, with the evidence of the claim before it."""
    entries, evidence = [], ""
    for event in history:
        if event.kind is StageEventKind.CLAIMED:
            evidence = event.note
        elif event.kind in MOVES:
            confirmed = event.kind is StageEventKind.CONFIRMED
            said = "Confirmed" if confirmed else "Stepped back"
            facts = f"{said} on {full_date(local_date(event.at, tz))}, from {event.from_level}."
            words = (Passage("What showed it", evidence),) if confirmed and evidence else ()
            entries.append(Section(event.to_level, facts, words))
    return _chapter_of("Stages", entries, empty="No stage was confirmed in this time.")


def goals_chapter(goals: Sequence[Goal], *, tz: str) -> Chapter:
    """Tell of each goal: what came of it, the steps that were done, and its confidence."""
    entries = []
    for one in goals:
        ended = f" on {full_date(local_date(one.ended_at, tz))}" if one.ended_at else ""
        figures = ", ".join(str(each) for each in one.confidences)
        trend = f" Confidence: {figures} of 10." if figures else ""
        steps = [note.step_done for note in one.notes if note.step_done]
        if one.is_open and one.next_step:
            steps.append(f"Next: {one.next_step}")
        words = (Passage("Steps", "\n".join(steps)),) if steps else ()
        entries.append(Section(one.title, f"{_CAME[one.status]}{ended}.{trend}", words))
    return _chapter_of("Goals", entries, empty="No goal was set in this time.")


def confidence_chapter(checkins: Sequence[CheckIn], *, tz: str) -> Chapter:
    """List the confidence of each check-in that has one, the oldest first."""
    given = [one for one in reversed(checkins) if one.entry.confidence is not None]
    entries = [
        Section(full_date(local_date(one.written_at, tz)), f"{one.entry.confidence} of 10")
        for one in given
    ]
    return _chapter_of("Confidence", entries, empty="No check-in has a confidence.")


def reflections_chapter(checkins: Sequence[CheckIn], *, tz: str) -> Chapter:
    """Show the check-ins that were picked, whole, the oldest first."""
    entries = []
    for one in reversed(checkins):
        passages = [Passage(answer.prompt, answer.text) for answer in one.entry.answers]
        title = f"{full_date(local_date(one.written_at, tz))} · {one.stage}"
        entries.append(Section(title, "", tuple(passages)))
    return Chapter("Reflections", tuple(entries))


def _chapter_of(title: str, entries: Sequence[Section], *, empty: str) -> Chapter:
    return Chapter(title, tuple(entries) or (Section(empty, ""),))


def markdown(document: Document) -> str:
    """Write a document as Markdown, in which no word of it becomes a mark or a link."""
    lines = [f"# {_escaped(document.title)}", "", _escaped(document.subtitle), ""]
    lines += [f"*{_escaped(document.note)}*", ""]
    for chapter in document.chapters:
        lines += _chapter(chapter)
    return "\n".join(lines).rstrip() + "\n"


def _chapter(chapter: Chapter) -> Iterator[str]:
    yield from (f"## {_escaped(chapter.title)}", "")
    for entry in chapter.entries:
        yield from _entry(entry)


def _entry(entry: Section) -> Iterator[str]:
    yield from (f"### {_escaped(entry.title)}", "")
    if entry.facts:
        yield from (_escaped(entry.facts), "")
    for passage in entry.passages:
        if passage.label and passage.label.strip():
            yield from (f"**{_escaped(passage.label)}**", "")
        for line in passage.text.splitlines():
            yield f"> {_escaped(line)}" if line.strip() else ">"
        yield ""


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def unknown_fields(wording: str) -> list[str]:
    """Find the fields in braces that a letter does not have. Raises ValueError for a lone brace."""
    named = [field for _, field, _, _ in Formatter().parse(wording) if field is not None]
    return [field for field in named if field not in FIELDS]


def filled_in(wording: Sequence[str], facts: LetterFacts) -> list[str]:
    """Fill in the paragraphs of a letter with what is on record."""
    values = _values(facts)
    return [_replaced(one, values) for one in wording]


def _replaced(wording: str, values: Mapping[str, str]) -> str:
    pieces = Formatter().parse(wording)
    return "".join(text + (values[field] if field else "") for text, field, _, _ in pieces)


def _values(facts: LetterFacts) -> dict[str, str]:
    return {
        "name": facts.name,
        "role": ROLE_NAMES[facts.role],
        "programme": facts.programme,
        "first": full_date(facts.first_on),
        "last": full_date(facts.last_on),
        "groups": _counted(facts.groups, "mentoring group"),
        "log": log_of(facts),
    }


def log_of(facts: LetterFacts) -> str:
    """Say how often and how long somebody met, as noted: `12 meetings, 9 hours in all`."""
    met = _counted(facts.meetings, "meeting")
    if not facts.minutes:
        return met
    hours = round(facts.minutes / 60)
    long = plural(hours, "hour") if hours else plural(facts.minutes, "minute")
    return f"{met}, {long} in all"


def _counted(count: int, noun: str) -> str:
    if count < len(_NUMBERS):
        return f"{_NUMBERS[count]} {noun}{'' if count == 1 else 's'}"
    return plural(count, noun)


def minutes_of(meetings: Sequence[Meeting]) -> int | None:
    """Add the meetings whose length was noted, a band by its middle; None where none was."""
    noted = [minutes for one in meetings if (minutes := noted_minutes(one.minutes, one.length))]
    return sum(noted) if noted else None


def noted_minutes(minutes: int | None, length: Length | None) -> int:
    """Give the minutes of a meeting, a band by its middle; 0 where neither was noted."""
    return minutes or (_MIDDLE_MINUTES[length] if length else 0)


def checked_name(name: str) -> str:
    """Tidy a name as a letter prints it. Raises UserFacing for none."""
    clean = " ".join(name.split())
    if not clean or len(clean) > MOST_NAME_CHARS:
        raise UserFacing(f"Write the name in 1 to {MOST_NAME_CHARS} characters.")
    return clean
