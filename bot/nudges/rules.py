"""Decide what the weekly nudge says, and when it comes back after a snooze."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import NewType

from bot.kernel.clock import local_date, monday_of
from bot.kernel.ids import MemberId, WorkspaceId
from bot.schedule.model import Rhythm
from bot.schedule.rules import instant_of, welcome_at, zone
from bot.stages.model import Level

NudgeId = NewType("NudgeId", str)


class Turn(StrEnum):
    """A mentee's turn between two check-ins. Logistics only, never what was written."""

    WAITING = "waiting"
    DUE = "due"
    WRITTEN = "written"
    LATER = "later"
    AWAY = "away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentee:
    """A mentee as the nudge sees them: written, asked and next asked, in UTC; None for never."""

    id: MemberId
    name: str
    stage: Level
    last_checkin_at: datetime | None
    asked_at: datetime | None
    next_at: datetime | None
    is_away: bool
    unanswered: int = 0
    """The prompts since their last check-in, or since they chose how often they are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """That somebody let the mentor read a check-in, and when: nothing of what it says."""

    name: str
    member_id: MemberId
    shared_at: datetime
    with_group: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question to try, and for whom; for nobody in particular where it is a peer-mentor's."""

    name: str
    stage: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a week, and the mentee for whom it was."""

    member_id: MemberId
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A mentee with where they stand and the instant that belongs to it."""

    name: str
    turn: Turn
    at: datetime | None
    member_id: MemberId


@dataclass(frozen=True, slots=True)
class Met:
    """A group with the day of its latest recorded meeting, None before the first.

    `weeks_since` counts whole weeks since then, or since the programme began. `meets_at` (UTC) is
    when it meets next, None where nothing is planned.
    """

    group_name: str
    last_on: date | None
    weeks_since: int = 0
    meets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """A group in which a peer-mentor sits beside a mentor: all that is theirs to know of it.

    `newcomers` are the names of mentees who came since the last weekly message, and `meets_at`
    (UTC) is when it meets next, None where nothing is planned.
    """

    group_name: str
    newcomers: tuple[str, ...] = ()
    meets_at: datetime | None = None

    def is_news(self, *, until: datetime) -> bool:
        """Say whether somebody is new, or the group meets within a week."""
        return bool(self.newcomers) or (self.meets_at is not None and self.meets_at < until + WEEK)


class Rung(IntEnum):
    """The steps of what is offered while a group notes no meeting, each kinder than insistent."""

    NONE = 0
    SHORT_ONE_COUNTS = 4
    SUGGEST_A_TIME = 6
    ASK_FOR_HELP = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """The contents of one weekly message, of which no word is anybody's.

    `met` has one entry for each of the mentor's groups; `quiet` are the lines of mentees who have
    not answered several prompts in a row, `unmet` the groups that have long noted no meeting and
    plan none. `beside` are the groups in which its reader is a peer-mentor beside a mentor.
    """

    id: NudgeId
    lines: tuple[Line, ...]
    shared: tuple[Shared, ...]
    shared_since: datetime | None
    shared_until: datetime
    question: Question | None
    met: tuple[Met, ...]
    quiet: tuple[Line, ...] = ()
    unmet: tuple[Met, ...] = ()
    beside: tuple[Beside, ...] = ()

    @property
    def rung(self) -> Rung:
        """Give the step of the group that has gone longest without a meeting."""
        weeks = max((each.weeks_since for each in self.unmet), default=0)
        return max((rung for rung in Rung if weeks >= rung), default=Rung.NONE)

    @property
    def is_calm(self) -> bool:
        """Say whether nothing was shared, nobody has gone quiet, and nothing is new to a peer."""
        news = any(one.is_news(until=self.shared_until) for one in self.beside)
        return not (self.shared or self.quiet or self.unmet or news)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A nudge that fell due for a mentor: at most one for each local week.

    `week_on` is the Monday of that week in the mentor's zone. It covers what was shared from
    `shared_since` (None: from the beginning) up to `rules.told_until`. `asked_about` is the mentee
    for whom `question` is. `comes_at` is when it comes again after a snooze. `silent`: its
    mentor wants no message in a quiet week.
    """

    id: NudgeId
    workspace_id: WorkspaceId
    mentor_id: MemberId
    week_on: date
    due_at: datetime
    shared_since: datetime | None
    put_off: bool = False
    asked_about: MemberId | None = None
    question: str | None = None
    comes_at: datetime | None = None
    silent: bool = False


PATIENCE = timedelta(days=2)
"""How long after being asked nobody is called waited for."""

WEEK = timedelta(days=7)

ASKS_BEFORE_QUIET = 3
"""So many prompts in a row without an answer, before a mentor hears that somebody is quiet."""

PEER_QUESTIONS = (
    "What has been harder here than you expected, and what easier?",
    "What would you like to ask that feels too small for a mentor?",
    "What does everybody here take for granted that nobody explained to you?",
    "Who has helped you lately without being asked?",
    "What would make the next group meeting worth your time?",
    "When did you last feel that you belong here?",
    "What helps you to leave a long day behind?",
    "What have you stopped worrying about since you began?",
    "What would you tell somebody who starts here next month?",
    "Which habit from your last rotation would you like to keep?",
    "What would you like to watch somebody else do once, before you do it?",
    "What have you learned from something that did not go as planned?",
)
"""For somebody who was in the same position not long ago; more than come in eight weeks."""

_ORDER = (Turn.DUE, Turn.WAITING, Turn.WRITTEN, Turn.LATER, Turn.AWAY)


def turn_of(mentee: Mentee, *, now: datetime) -> Turn:
    """Decide where the mentee stands at `now`, by dates alone, never by what was written."""
    if mentee.is_away:
        return Turn.AWAY
    answered = _is_after(mentee.last_checkin_at, mentee.asked_at)
    if mentee.asked_at is not None and mentee.asked_at <= now and not answered:
        return Turn.DUE if now - mentee.asked_at < PATIENCE else Turn.WAITING
    if mentee.next_at is not None and mentee.next_at < now + WEEK:
        return Turn.DUE
    return Turn.WRITTEN if mentee.last_checkin_at else Turn.LATER


def _is_after(at: datetime | None, asked_at: datetime | None) -> bool:
    return at is not None and asked_at is not None and at >= asked_at


def line_of(mentee: Mentee, *, now: datetime) -> Line:
    """Give the mentee with their turn and the date that belongs to it."""
    turn = turn_of(mentee, now=now)
    asked_lately = mentee.asked_at is not None and now - mentee.asked_at < PATIENCE
    open_since = None if _is_after(mentee.last_checkin_at, mentee.asked_at) else mentee.asked_at
    at = {
        Turn.WAITING: mentee.asked_at,
        Turn.DUE: open_since if asked_lately and open_since else mentee.next_at,
        Turn.WRITTEN: mentee.last_checkin_at,
        Turn.LATER: mentee.next_at,
        Turn.AWAY: None,
    }[turn]
    return Line(mentee.name, turn, at, mentee.id)


def lines_of(mentees: Sequence[Mentee], *, now: datetime) -> list[Line]:
    """Write a line for each mentee: the due first, the away last, and by name."""
    return sorted(
        (line_of(mentee, now=now) for mentee in mentees),
        key=lambda line: (_ORDER.index(line.turn), line.name.casefold()),
    )


def this_weeks(
    sending: Sending,
    *,
    mentees: Sequence[Mentee],
    shared: Sequence[Shared],
    met: Sequence[Met],
    beside: Sequence[Beside] = (),
    until: datetime,
    now: datetime,
) -> Nudge:
    """Give the week's nudge, with what was shared up to `until`."""
    present = [each for each in mentees if not each.is_away]
    quiet = [each for each in present if each.unanswered >= ASKS_BEFORE_QUIET]
    return Nudge(
        id=sending.id,
        lines=tuple(lines_of(mentees, now=now)),
        shared=tuple(sorted(shared, key=lambda each: (each.shared_at, each.name))),
        shared_since=sending.shared_since,
        shared_until=until,
        question=question_of(sending, present) or peer_question_of(sending),
        met=tuple(met),
        beside=tuple(beside),
        quiet=tuple(sorted(lines_of(quiet, now=now), key=lambda line: line.name)),
        unmet=tuple(
            each
            for each in met
            if each.weeks_since >= Rung.SHORT_ONE_COUNTS and each.meets_at is None
        ),
    )


def question_of(sending: Sending, present: Iterable[Mentee]) -> Question | None:
    """Give the question that was chosen for this week, while it fits a mentee who is there."""
    about = next((each for each in present if each.id == sending.asked_about), None)
    if about is None or sending.question not in about.stage.mentor_questions:
        return None
    return Question(about.name, about.stage.name, sending.question)


def peer_question_of(sending: Sending) -> Question | None:
    """Give the question that was chosen for a peer-mentor, or None."""
    if sending.asked_about is not None or sending.question not in PEER_QUESTIONS:
        return None
    return Question("", "", sending.question)


def next_peer_question(asked: Sequence[Asked]) -> str:
    """Choose the peer-mentor's question that was asked longest ago, or never."""
    texts = [each.text for each in asked]
    return max(PEER_QUESTIONS, key=lambda one: _weeks_ago(one, texts))


def next_question(stages: Mapping[MemberId, Level], asked: Sequence[Asked]) -> Asked | None:
    """Choose a question for one mentee's stage; `asked` are those of earlier weeks, newest first.

    It is the turn of the mentee whose last one is longest ago, with the question that was asked
    longest ago or never: none returns while the stage has others.
    """
    turns, texts = [each.member_id for each in asked], [each.text for each in asked]
    asking = [one for one, stage in stages.items() if stage.mentor_questions]
    if not asking:
        return None
    chosen = max(asking, key=lambda one: (_weeks_ago(one, turns), one))
    questions = stages[chosen].mentor_questions
    return Asked(chosen, max(questions, key=lambda one: _weeks_ago(one, texts)))


def _weeks_ago(wanted: object, newest_first: Sequence[object]) -> int:
    return newest_first.index(wanted) if wanted in newest_first else len(newest_first)


def week_of(at: datetime, tz: str) -> date:
    """Give the Monday of the week in which `at` falls, for somebody in `tz`."""
    return monday_of(local_date(at, tz))


def is_out_of_date(sending: Sending, not_before: datetime) -> bool:
    """Say whether a message that was to be sent then gave way to a later one of this nudge."""
    comes_later = sending.comes_at is not None and not_before < sending.comes_at
    return sending.put_off or comes_later


def told_until(sending: Sending, not_before: datetime) -> datetime:
    """Say up to when a message of this nudge tells what was shared: until it was to be sent."""
    return max(sending.due_at, not_before)


def tomorrow(now: datetime, *, tz: str, at: time, rhythm: Rhythm | None = None) -> datetime | None:
    """Find when a mentor who wants it tomorrow, at the local time `at`, welcomes it.

    None when the next week's nudge comes by then: two would come in one morning.
    """
    day = local_date(now, tz) + timedelta(days=1)
    comes_at = welcome_at(instant_of(day, at, zone(tz)), zone(tz), rhythm or Rhythm())
    is_this_week = monday_of(local_date(comes_at, tz)) == monday_of(local_date(now, tz))
    return comes_at if is_this_week else None
