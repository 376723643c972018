"""Count what a rehearsal sent, week by week, and write it as CSV or JSON."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.kernel import csv_text
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.people.model import Role
from bot.schedule.calendar import ORDINARY, Calendar

WORKSPACE = WorkspaceId("T0REHEARSAL")
CHANNEL = "group channel"
"""Stands beside the roles of people: what a whole mentoring group reads together."""
REPORTED = "reported"
TOO_SMALL = ("too small to be reported alone", "too small to be reported")
"""For a group whose answers are counted with others', and for one whose answers are not counted."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody, or a group's channel. `kind` is a role or CHANNEL; `timezone` is an IANA name."""

    id: str
    name: str
    kind: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message that went out at `at`, in the programme's `week`.

    `counts` towards the weekly budget; `folded` into another message because that was used up;
    `held` is how long it waited; `outside_hours` by the recipient's clock, who has not said
    otherwise.
    """

    recipient: Recipient
    message: str
    week: int
    at: datetime
    counts: bool
    folded: bool
    held: timedelta
    outside_hours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The people of a pulse who are counted together, and in plain words what becomes of them."""

    cell: str
    eligible: int
    if_all_answer: str

    @property
    def is_reported(self) -> bool:
        return self.if_all_answer == REPORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseRound:
    """A pulse round, and the people asked in it."""

    week: int
    opens_at: datetime
    closes_at: datetime
    eligible: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """A mentor's mentees, and their capacity."""

    name: str
    mentees: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Unseated:
    """A mentee without a mentor, the reason, and the smallest change that would help."""

    name: str
    reason: str
    smallest_change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A programme as played. `first_monday` begins week 1; `lost` counts what was never sent."""

    template: str
    first_monday: date
    weeks: int
    weekly_messages: int
    recipients: tuple[Recipient, ...]
    sent: tuple[Sent, ...]
    rounds: tuple[PulseRound, ...]
    loads: tuple[Load, ...]
    unseated: tuple[Unseated, ...]
    unset: tuple[str, ...]
    lost: Mapping[str, int]
    calendar: Calendar = ORDINARY
    moved: Mapping[int, date] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def monday(self, week: int) -> date:
        """Find the Monday of a week; `moved` are those that breaks have moved."""
        return self.moved.get(week) or self.first_monday + timedelta(weeks=week - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindInWeek:
    """Messages of a week for people of one kind: how many of each, the least and most for one."""

    people: int
    least: int
    most: int
    messages: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week of the calendar, for each kind of recipient that there is.

    `days_off` are its public holidays and days within a break, weekends aside.
    """

    week: int
    begins: date
    days_off: tuple[tuple[date, str], ...]
    kinds: Mapping[str, KindInWeek]


@dataclass(frozen=True, slots=True)
class Busiest:
    """The week in which somebody receives most."""

    recipient: Recipient
    week: int
    messages: int


KINDS = (*(role.value for role in Role), CHANNEL)


def weeks(found: Rehearsal) -> tuple[Week, ...]:
    """Count every week from the first message to the last, the quiet ones between too."""
    if not found.sent:
        return ()
    numbers = [one.week for one in found.sent]
    by_week: dict[int, list[Sent]] = defaultdict(list)
    for one in found.sent:
        by_week[one.week].append(one)
    return tuple(
        Week(
            week=number,
            begins=found.monday(number),
            days_off=_days_off(found, number),
            kinds=dict(_kinds(found, by_week[number])),
        )
        for number in range(min(numbers), max(numbers) + 1)
    )


def _days_off(found: Rehearsal, number: int) -> tuple[tuple[date, str], ...]:
    """List the days off from Monday to Friday until the next week that is counted."""
    monday, after = found.monday(number), found.monday(number + 1)
    days = [monday + timedelta(days=one) for one in range((after - monday).days)]
    named = ((day, found.calendar.day_off(day)) for day in days if day.weekday() < 5)
    return tuple((day, name) for day, name in named if name)


def _kinds(found: Rehearsal, sent: Sequence[Sent]) -> Iterable[tuple[str, KindInWeek]]:
    for kind in KINDS:
        ids = [one.id for one in found.recipients if one.kind == kind]
        theirs = [one for one in sent if one.recipient.kind == kind]
        if not ids:
            continue
        each = Counter(one.recipient.id for one in theirs if not one.folded)
        counts = [each[id_] for id_ in ids]
        yield (
            kind,
            KindInWeek(
                people=len(ids),
                least=min(counts),
                most=max(counts),
                messages=dict(sorted(Counter(one.message for one in theirs).items())),
            ),
        )


def busiest(found: Rehearsal) -> tuple[Busiest, ...]:
    """Find everybody's fullest week, the fullest of all first; of equal ones the earliest."""
    each = Counter((one.recipient, one.week) for one in found.sent if not one.folded)
    best: dict[str, Busiest] = {}
    for (recipient, week), messages in sorted(each.items(), key=lambda item: item[0][1]):
        known = best.get(recipient.id)
        if known is None or messages > known.messages:
            best[recipient.id] = Busiest(recipient, week, messages)
    by_name = sorted(best.values(), key=lambda one: one.recipient.name)
    return tuple(sorted(by_name, key=lambda one: (-one.messages, one.week)))


def over_capacity(found: Rehearsal) -> tuple[Load, ...]:
    """Find mentors with more mentees than they have capacity for."""
    return tuple(one for one in found.loads if one.mentees > one.capacity)


def folded(found: Rehearsal) -> int:
    """Count messages that went inside another because a week's budget was used up."""
    return sum(one.folded for one in found.sent)


def waited(found: Rehearsal) -> int:
    """Count messages that waited for an hour or longer, and then went by themselves."""
    return sum(one.held >= timedelta(hours=1) and not one.folded for one in found.sent)


def outside_hours(found: Rehearsal) -> Counter[str]:
    """Count messages by kind that reach somebody in the evening, at night or on a day off."""
    return Counter(one.message for one in found.sent if one.outside_hours)


def after_the_end(found: Rehearsal) -> Counter[str]:
    """Count messages by kind that go on after the calendar's last week."""
    return Counter(one.message for one in found.sent if one.week > found.weeks)


COLUMNS = (
    "week", "sent_at", "local_time", "recipient", "name", "kind", "message", "counts", "folded",
    "held_h", "outside_hours",
)  # fmt: skip
SHOWN = 8
YES = {True: "yes", False: "no"}
TITLES = {
    "mentee": "Mentee", "mentor": "Mentor", "peer_mentor": "Peer-mentor",
    "coordinator": "Coordinator", CHANNEL: "Group channel",
}  # fmt: skip


def refuse_other_files(out: Path | None) -> None:
    """Refuse a file that is neither CSV nor JSON. Raises OperatorFacing."""
    if out is not None and out.suffix not in (".csv", ".json"):
        raise OperatorFacing(f"{out} is neither .csv nor .json; name one of them", permanent=True)


def write(found: Rehearsal, out: Path) -> None:
    """Write every message as CSV, or the whole report as JSON, by the file's name."""
    text = as_csv(found) if out.suffix == ".csv" else as_json(found)
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as failure:
        raise OperatorFacing(f"{out} cannot be written: {failure.strerror}") from None


def as_csv(found: Rehearsal) -> str:
    """Write one line for each message, in the order in which they go out."""
    return csv_text.as_csv(COLUMNS, map(_line, found.sent))


def _line(one: Sent) -> Sequence[object]:
    who, local = one.recipient, one.at.astimezone(ZoneInfo(one.recipient.timezone))
    return (
        one.week, f"{one.at:%Y-%m-%dT%H:%M:%SZ}", f"{local:%Y-%m-%d %H:%M}", who.id, who.name,
        who.kind, one.message, YES[one.counts], YES[one.folded],
        f"{one.held.total_seconds() / 3600:.1f}", YES[one.outside_hours],
    )  # fmt: skip


def as_json(found: Rehearsal) -> str:
    """Write all that was found as JSON."""
    whole = {
        "template": found.template,
        "first_monday": found.first_monday,
        "weeks": [asdict(one) for one in weeks(found)],
        "busiest_weeks": [
            {
                "recipient": one.recipient.id,
                "name": one.recipient.name,
                "kind": one.recipient.kind,
                "week": one.week,
                "messages": one.messages,
            }
            for one in busiest(found)
        ],
        "weekly_budget": {
            "messages": found.weekly_messages,
            "folded": folded(found),
            "held": waited(found),
        },
        "outside_hours": outside_hours(found),
        "after_the_end": after_the_end(found),
        "not_sent": found.lost,
        "pulse_rounds": [asdict(one) for one in found.rounds],
        "mentors": [asdict(one) for one in found.loads],
        "unseated": [asdict(one) for one in found.unseated],
        "unset": found.unset,
    }
    return json.dumps(whole, indent=1, default=lambda at: at.isoformat())
