"""Decide who hears of a concern, when the next person is asked, and when it is deleted. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.care.model import Concern, NextStep, Route
from bot.kernel.clock import as_utc, local_date
from bot.kernel.ids import MemberId
from bot.schedule.rules import instant_of

ASKED_AGAIN_AFTER_HOURS = 24
"""Hours of working days: a weekend does not add a message to Monday's."""
LONG = timedelta(days=3)
"""So long after the deputy was due the author hears once that nobody has answered."""
KEPT_FOR = timedelta(days=30)
"""How long a concern stays once it is solved, or in hand when its programme has closed."""
_LONGEST_REST_DAYS = 60
MOST_NAMED = 6
"""People from whom somebody chooses who hears of a concern."""


def routes(named: Sequence[MemberId], *, barred: Collection[MemberId]) -> list[Route]:
    """List the ways a concern can go, the usual one first; none where everybody is barred.

    `barred` are the member's own mentors, themselves, and whom they blocked: never asked, and never
    asked later either.
    """
    able = [one for one in named if one not in barred][:MOST_NAMED]
    alone = [Route(one, None) for one in able]
    return [Route(able[0], able[1]), *alone] if len(able) > 1 else alone


def _present_for(
    absent: MemberId, stand_ins: Mapping[MemberId, MemberId], *, able: Collection[MemberId]
) -> MemberId | None:
    """Follow stand-ins of stand-ins to the first who is able; None where nobody is."""
    seen, now = {absent}, stand_ins.get(absent)
    while now is not None and now not in seen:
        if now in able:
            return now
        seen.add(now)
        now = stand_ins.get(now)
    return None


def hearing_instead(
    asked: Sequence[MemberId],
    *,
    stand_ins: Mapping[MemberId, MemberId],
    coordinators: Sequence[MemberId],
    able: Collection[MemberId],
) -> list[MemberId]:
    """Find who hears of a concern while nobody of those `asked` can: their stand-ins, else the
    coordinators; only who is `able`, so here, allowed to hear it, and barred by nobody.
    """
    if not {*asked}.isdisjoint(able):
        return []
    standing = (_present_for(one, stand_ins, able=able) for one in asked)
    found = [one for one in dict.fromkeys(standing) if one is not None]
    return found or [one for one in coordinators if one in able]


def after_working_hours(
    start: datetime, hours: int, *, tz: ZoneInfo, is_working: Callable[[date], bool]
) -> datetime:
    """Find the instant (UTC) when so many hours of working days have passed since `start`.

    All 24 hours of a working day count, none of any other, by the clocks of `tz`. After
    _LONGEST_REST_DAYS it is due in any case: nobody waits for somebody who never works.
    """
    at, left = as_utc(start), timedelta(hours=hours)
    latest = at + left + timedelta(days=_LONGEST_REST_DAYS)
    while at < latest:
        day = local_date(at, tz.key)
        midnight = instant_of(day + timedelta(days=1), time(0), tz)
        if is_working(day):
            if at + left <= midnight:
                return at + left
            left -= midnight - at
        at = midnight
    return latest


def next_step(
    concern: Concern,
    *,
    again_at: datetime,
    reachable: Collection[MemberId],
    barred: Collection[MemberId] = (),
    now: datetime,
) -> NextStep:
    """Say what is to be done about a concern; somebody who cannot be reached is not waited for.

    `again_at` is when those who were asked are asked again, in working hours. `barred` are those
    who may not hear of it any more: a deputy among them is never asked.
    """
    if not concern.is_waiting:
        return NextStep.WAIT
    reachable = {*reachable} - {*barred}
    has_deputy = concern.deputy_id is not None and concern.deputy_id not in barred
    is_late = now >= concern.due_at or (concern.to_id in barred and not has_deputy)
    if has_deputy and concern.deputy_asked_at is None:
        return NextStep.ASK_DEPUTY if is_late or concern.to_id not in reachable else NextStep.WAIT
    if not has_deputy and concern.to_id not in reachable and not is_late:
        return NextStep.ASK_AGAIN
    if is_late or concern.deputy_asked_at is not None:
        return NextStep.ASK_AGAIN if now >= again_at else NextStep.WAIT
    return NextStep.WAIT


def is_first_after_long(concern: Concern, *, now: datetime) -> bool:
    """Say whether this is the first time that people are asked again since it has waited long."""
    return concern.asked_last_at < concern.due_at + LONG <= now


def stepped(concern: Concern, step: NextStep, *, now: datetime) -> Concern:
    """Give the concern as it is once a step has been taken."""
    match step:
        case NextStep.ASK_DEPUTY:
            return replace(concern, deputy_asked_at=now, asked_last_at=now)
        case NextStep.ASK_AGAIN:
            return replace(concern, asked_last_at=now, due_at=min(concern.due_at, now))
        case _:
            return concern


def let_fall(concern: Concern, *, present: Collection[MemberId], now: datetime) -> Concern:
    """Let a concern wait again, and be late, when the person who had it in hand has gone.

    So has somebody who may not hear of it any more.
    """
    if concern.seen_by is None or concern.solved_at is not None or concern.seen_by in present:
        return concern
    return replace(concern, seen_by=None, seen_at=None, due_at=min(concern.due_at, now))


def is_to_be_deleted(concern: Concern, *, now: datetime) -> bool:
    """Say whether a concern has been kept long enough; one that waits for somebody never has."""
    if concern.solved_at is not None:
        return now >= concern.solved_at + KEPT_FOR
    if concern.seen_at is None or concern.closed_at is None:
        return False
    return now >= max(concern.seen_at, concern.closed_at) + KEPT_FOR
