"""What must hold in every week of a programme, whatever breaks: each a function of what was seen.

Each gives a sentence for everything that breaks it, and nothing where all is well.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

NUDGE = "mentor_nudge"
ANSWERS = "interactive"
"""The lane of what answers somebody who did something a moment ago: it comes at any hour."""
LATE_AFTER = timedelta(days=1)
DAYS_LATE = 4
"""Within how many days a prompt that fell due is queued: the bot may be down meanwhile."""
QUIET_FROM, QUIET_UNTIL, WEEKEND = 20, 8, (5, 6)
"""Hours and weekdays of people who have chosen none themselves."""
PUT_DOWN = ("sent", "failed", "expired", "withdrawn")
"""The states in which a message stays."""
SHORTEST_LIFE = timedelta(weeks=3)
"""Of a process after its warm-up, of which growth can be told from chance."""
ARRIVED = timedelta(hours=2)
"""How long before somebody's absence ended, or after it began, a message counts as on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A message as the bot's database has it."""

    id: str
    kind: str
    to: str
    lane: str
    state: str
    created_at: datetime
    expires_at: datetime
    ready_at: datetime
    rides_on: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as Slack has it: of which entry, to whom, and when."""

    entry: str
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """Somebody's absence: a break, or from leaving until coming back."""

    who: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Fell:
    """A prompt that fell due: its kind, for whom it was, and when."""

    kind: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What a process needs at one moment of the virtual clock; `life` counts its restarts."""

    life: int
    at: datetime
    rss_mb: float
    tasks: int
    connections: int
    files: int
    wal_mb: float = 0.0


def one_nudge_a_week(posted: Sequence[Posted], queued: Mapping[str, Queued]) -> Iterator[str]:
    """Of the weekly message, each mentor has one a week."""
    weeks: Counter[tuple[str, date]] = Counter()
    for one in posted:
        if one.entry in queued and queued[one.entry].kind == NUDGE:
            weeks[one.to, one.at.date() - timedelta(days=one.at.weekday())] += 1
    for (who, week), count in weeks.items():
        if count > 1:
            yield f"{who} was nudged {count} times in the week of {week}"


def nothing_to_the_absent(
    posted: Sequence[Posted], queued: Mapping[str, Queued], gone: Sequence[Gone]
) -> Iterator[str]:
    """Who is on a break or has left hears nothing but answers."""
    for one in posted:
        entry = queued.get(one.entry)
        is_answer = entry is None or entry.lane == ANSWERS
        for away in () if is_answer else gone:
            if one.to == away.who and away.since + ARRIVED < one.at < away.until:
                kind = queued[one.entry].kind
                yield f"{one.to} was away and got {kind} at {one.at:%Y-%m-%d %H:%M}"


def quiet_hours_kept(
    posted: Sequence[Posted],
    queued: Mapping[str, Queued],
    zones: Mapping[str, Collection[str]],
) -> Iterator[str]:
    """Nobody but who asked a moment ago is written to in the night or at the weekend.

    `zones` are those in which somebody was: it has to be day in one of them.
    """
    for one in posted:
        entry = queued.get(one.entry)
        if one.to not in zones or entry is None or entry.lane == ANSWERS:
            continue
        times = [one.at.astimezone(ZoneInfo(zone)) for zone in sorted(zones[one.to])]
        if not any(
            QUIET_UNTIL <= local.hour < QUIET_FROM and local.weekday() not in WEEKEND
            for local in times
        ):
            yield f"{one.to} got {entry.kind} at {times[0]:%A %H:%M} of their time"


def nothing_doubled(posted: Sequence[Posted]) -> Iterator[str]:
    """No entry was posted twice."""
    for entry, count in Counter(one.entry for one in posted).items():
        if count > 1:
            yield f"{entry} was posted {count} times"


def nothing_lost(
    posted: Sequence[Posted], queued: Mapping[str, Queued], *, now: datetime
) -> Iterator[str]:
    """What counts as sent is in Slack, what ended otherwise has a reason, and nothing is stuck."""
    there = {one.entry for one in posted}
    for one in queued.values():
        what = f"{one.kind} for {one.to}"
        if one.state == "sent" and (one.rides_on or one.id) not in there:
            yield f"{what} counts as sent, and is not in Slack"
        elif one.state == "failed" and not one.reason:
            yield f"{what} failed without a reason"
        elif one.state not in PUT_DOWN and one.expires_at + LATE_AFTER < now:
            yield f"{what} is still {one.state}, and was of use until {one.expires_at:%Y-%m-%d}"
        elif one.state in ("sending", "unknown") and one.ready_at + LATE_AFTER < now:
            yield f"{what} has been {one.state} since {one.ready_at:%Y-%m-%d %H:%M}"


def every_prompt_queued(fell: Sequence[Fell], queued: Mapping[str, Queued]) -> Iterator[str]:
    """Whatever fell due for somebody who was there is in the outbox, or was."""
    days = {(one.kind, one.to, one.created_at.date()) for one in queued.values()}
    for one in fell:
        near = [one.at.date() + timedelta(days=number) for number in range(DAYS_LATE)]
        if not any((one.kind, one.who, day) in days for day in near):
            yield f"{one.kind} of {one.at:%Y-%m-%d} for {one.who} was never queued"


def dead_letters_have_a_cause(
    queued: Mapping[str, Queued], causes: Collection[str]
) -> Iterator[str]:
    """Given up is only what a fault that was dealt out explains."""
    for one in queued.values():
        if one.state == "failed" and one.reason not in causes:
            yield f"{one.kind} for {one.to} was given up: {one.reason}"


def schedules_lie_ahead(due: Mapping[str, datetime], *, now: datetime) -> Iterator[str]:
    """After a pass, nothing is due any more."""
    for what, at in due.items():
        if at <= now:
            yield f"{what} was due at {at:%Y-%m-%d %H:%M} and was not done"


def channels_are_seats(
    channels: Mapping[str, Collection[str]], seats: Mapping[str, Collection[str]]
) -> Iterator[str]:
    """In a group's channel are exactly those who have a seat there."""
    for name, seated in seats.items():
        there = set(channels.get(name, ()))
        for who in there - set(seated):
            yield f"{who} has no seat in {name}, and is in its channel"
        for who in set(seated) - there:
            yield f"{who} has a seat in {name}, and is not in its channel"


def words_stay_private(
    shown: Mapping[str, Collection[str]], readers: Mapping[str, Collection[str]]
) -> Iterator[str]:
    """A mark in somebody's words is shown to those for whom they wrote, and to nobody else."""
    for who, marks in shown.items():
        for mark in marks:
            if who not in readers.get(mark, ()):
                yield f"{who} was shown {mark}, which is not for them"


def nothing_unexpected(log: Sequence[str], causes: Collection[str]) -> Iterator[str]:
    """The log tells of no failure but those that were dealt out."""
    for line in log:
        if not line.startswith("{"):
            if not line.startswith("pass_broken_off"):
                yield f"the log says: {line[:300]}"
            continue
        said = json.loads(line)
        why = str(said.get("failure") or said.get("error") or said.get("reason") or "")
        if said.get("level") == "error" and why not in causes:
            where = " ".join(
                str(said[name]) for name in ("listener", "kind", "place") if name in said
            )
            yield f"the log tells of {said['event']} ({why or 'no reason'}) {where}".rstrip()


def stays_flat(
    seen: Sequence[Vitals], *, limits: Mapping[str, float], warm_up: timedelta
) -> Iterator[str]:
    """Within each life, after its warm-up, nothing grows by more than its limit in a week."""
    for name, limit in limits.items():
        found = slope_per_week(seen, name, warm_up=warm_up)
        if found is not None and found > limit:
            yield f"{name} grew by {found:.2f} a week, and may grow by {limit:g}"


def slope_per_week(seen: Sequence[Vitals], name: str, *, warm_up: timedelta) -> float | None:
    """Growth of one figure a week in the longest life, by least squares; None where it is short."""
    lives = Counter(one.life for one in seen)
    if not lives:
        return None
    [(life, _)] = lives.most_common(1)
    its = [one for one in seen if one.life == life]
    late = [one for one in its if one.at - its[0].at >= warm_up]
    if not late or late[-1].at - late[0].at < SHORTEST_LIFE:
        return None
    weeks = [(one.at - late[0].at) / timedelta(weeks=1) for one in late]
    values = [float(getattr(one, name)) for one in late]
    middle, mean = sum(weeks) / len(weeks), sum(values) / len(values)
    spread = sum((week - middle) ** 2 for week in weeks)
    if not spread:
        return None
    return sum((w - middle) * (v - mean) for w, v in zip(weeks, values, strict=True)) / spread


def fell_due(
    before: Mapping[tuple[str, str], datetime],
    after: Mapping[tuple[str, str], datetime],
    *,
    now: datetime,
) -> list[Fell]:
    """What came by `now`, between two looks at the schedules: its next time lies further on."""
    return [
        Fell(*key, at) for key, at in before.items() if at <= now and after.get(key, at) > at
    ]  # one that was taken out meanwhile is owed to nobody


def absences(looks: Sequence[tuple[datetime, Collection[str]]]) -> list[Gone]:
    """Who was away at two looks, one after the other, was away between them."""
    return [
        Gone(who, since, until)
        for (since, first), (until, second) in pairwise(looks)
        for who in sorted(set(first) & set(second))
    ]
