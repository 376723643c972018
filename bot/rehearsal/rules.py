"""Count what a rehearsal sent: by week, person, day and hour, and how long bursts last."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import fmean
from zoneinfo import ZoneInfo

from bot.people.model import Role
from bot.rehearsal.model import (
    CHANNEL,
    Busiest,
    BusyDay,
    Cell,
    KindInWeek,
    Load,
    Rehearsal,
    Sent,
    Summary,
    Week,
)

SLACKS_RATE = 300
"""Messages a minute: where the dispatcher begins, of the several hundred that Slack takes."""
ROWS_OF_A_KIND, BANDS = 12, 5
DAYS_IN_SHORT = 5
TITLES = {
    "mentee": "Mentee", "mentor": "Mentor", "peer_mentor": "Peer-mentor",
    "coordinator": "Coordinator", CHANNEL: "Group channel",
}  # fmt: skip
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


@dataclass(frozen=True, slots=True)
class HeatRow:
    """Messages in each week for one person, or on average for each of a band of `people`."""

    kind: str
    name: str
    people: int
    by_week: tuple[float, ...]


def heat(found: Rehearsal) -> tuple[tuple[int, ...], tuple[HeatRow, ...]]:
    """Count messages per person and week; kinds of many people in bands, from most to fewest."""
    numbers = tuple(one.week for one in weeks(found))
    each = Counter((one.recipient.id, one.week) for one in found.sent if not one.folded)
    rows: list[HeatRow] = []
    for kind in KINDS:
        theirs = [
            (one.name, tuple(each[one.id, week] for week in numbers))
            for one in found.recipients
            if one.kind == kind
        ]
        theirs.sort(key=lambda one: (-sum(one[1]), one[0]))
        if len(theirs) <= ROWS_OF_A_KIND:
            rows += [HeatRow(kind, name, 1, counts) for name, counts in theirs]
        else:
            rows += _bands(kind, [counts for _name, counts in theirs])
    return numbers, tuple(rows)


def _bands(kind: str, counts: Sequence[tuple[int, ...]]) -> Iterable[HeatRow]:
    """Split people, sorted by their messages, in bands of equal size; each gives an average."""
    edges = [round(number * len(counts) / BANDS) for number in range(BANDS + 1)]
    for number, (first, last) in enumerate(pairwise(edges), 1):
        some = counts[first:last]
        means = tuple(round(fmean(week), 2) for week in zip(*some, strict=True))
        yield HeatRow(kind, f"fifth {number}, {first + 1} to {last}", len(some), means)


@dataclass(frozen=True, slots=True)
class Burst:
    """The messages of one day, and the longest run of them at SLACKS_RATE (UTC)."""

    day: date
    messages: int
    begins: datetime
    run: int
    lasts: timedelta


def bursts(found: Rehearsal) -> tuple[Burst, ...]:
    """Find how long each day's longest burst lasts at Slack's rate, the fullest day first.

    A message goes when it was due or, in a burst, when those before it have gone.
    """
    by_day: dict[date, list[datetime]] = defaultdict(list)
    for one in found.sent:
        if not one.folded:
            by_day[one.at.date()].append(one.at)
    counted = [_burst(day, sorted(times)) for day, times in by_day.items()]
    return tuple(sorted(counted, key=lambda one: (-one.messages, one.day)))


def _burst(day: date, times: Sequence[datetime]) -> Burst:
    every = timedelta(minutes=1) / SLACKS_RATE
    free_at = begins = times[0]
    run, longest = 0, (timedelta(), 0, times[0])
    for at in times:
        if at - free_at > timedelta(minutes=1):
            run, begins, free_at = 0, at, at
        run, free_at = run + 1, max(free_at, at) + every
        longest = max(longest, (free_at - begins, run, begins))
    lasts, run, begins = longest
    return Burst(day, len(times), begins, run, lasts)


def by_hour(found: Rehearsal) -> tuple[tuple[int, ...], ...]:
    """Count messages by weekday from Monday on and by hour, by the clock of who is written to."""
    counts = Counter(
        (local.weekday(), local.hour)
        for one in found.sent
        if not one.folded
        for local in [one.at.astimezone(ZoneInfo(one.recipient.timezone))]
    )
    return tuple(tuple(counts[day, hour] for hour in range(24)) for day in range(7))


def without_result(found: Rehearsal) -> tuple[tuple[str, int, int], ...]:
    """List groups that have a pulse result of their own less than half of the time.

    Each with its people and how often they have one, in per cent, over all pulses.
    """
    every: dict[str, list[Cell]] = defaultdict(list)
    for round_ in found.rounds:
        for cell in round_.cells:
            if not cell.is_pool:
                every[cell.cell].append(cell)
    likely = {name: round(fmean(one.alone_per_cent for one in its)) for name, its in every.items()}
    return tuple(
        (name, its[0].eligible, likely[name])
        for name, its in sorted(every.items())
        if likely[name] < 50
    )


def summary(found: Rehearsal, page: str) -> Summary:
    """Give a rehearsal in short, beside its whole report."""
    kinds = tuple(kind for kind in KINDS if any(one.kind == kind for one in found.recipients))
    groups = {cell.cell for one in found.rounds for cell in one.cells if not cell.is_pool}
    return Summary(
        template=found.template,
        people=sum(one.kind != CHANNEL for one in found.recipients),
        messages=len(found.sent),
        rates=found.rates,
        seconds=found.seconds,
        kinds=kinds,
        weeks=tuple(
            (
                week.week,
                week.begins,
                tuple((week.kinds[kind].least, week.kinds[kind].most) for kind in kinds),
                tuple(dict.fromkeys(name for _day, name in week.days_off)),
            )
            for week in weeks(found)
        ),
        days=tuple(
            BusyDay(one.day, one.messages, one.run, one.begins, one.begins + one.lasts)
            for one in bursts(found)[:DAYS_IN_SHORT]
        ),
        groups=len(groups),
        unlikely=len(without_result(found)),
        unseated=len(found.unseated),
        held=waited(found),
        folded=folded(found),
        outside_hours=outside_hours(found).total(),
        unset=found.unset,
        page=page.encode(),
    )
