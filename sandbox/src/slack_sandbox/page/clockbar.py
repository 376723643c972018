"""The clock bar: what time it is, what is due next, and what a move of the clock brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from slack_sandbox.page.dates import clock_time
from slack_sandbox.page.names import conversation_name, shown_name
from slack_sandbox.world import User, World

RATES = ((0, "Pause"), (1, "×1"), (60, "×60"), (10_000, "×10,000"))
_MONDAY_HOUR = 9
_PEOPLE_NAMED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockBar:
    """The clock as one person reads it; instants are epoch seconds."""

    now_s: float
    date: str
    time: str
    zone: str
    rate: float
    next_due: str | None
    next_due_s: float | None
    monday_s: float
    followers: int


def clock_bar(world: World, user: User) -> ClockBar:
    """Return the clock in the person's zone."""
    now = world.clock.now().astimezone(ZoneInfo(user.tz))
    both = (world.followers.next_due_s(), world.clock.next_timer_s())
    due_s = min((at for at in both if at is not None), default=None)
    due = datetime.fromtimestamp(due_s, UTC).astimezone(now.tzinfo) if due_s else None
    return ClockBar(
        now_s=now.timestamp(),
        date=short_date(now),
        time=clock_time(now),
        zone=user.tz.rpartition("/")[2].replace("_", " "),
        rate=world.clock.rate,
        next_due=f"{short_date(due)}, {clock_time(due)}" if due else None,
        next_due_s=due_s,
        monday_s=next_monday(now).timestamp(),
        followers=len(world.followers.alive()),
    )


def short_date(moment: datetime) -> str:
    """Return the date with its weekday in short, such as Mon 2 Mar 2026."""
    return f"{moment:%a} {moment.day} {moment:%b %Y}"


def next_monday(now: datetime) -> datetime:
    """Return the next Monday at 09:00 in the zone of ``now``, always later than ``now``."""
    monday = now.date() - timedelta(days=now.weekday())
    for weeks in (0, 1):
        day = monday + timedelta(weeks=weeks)
        found = datetime(day.year, day.month, day.day, _MONDAY_HOUR, tzinfo=now.tzinfo)
        if found > now:
            return found
    raise AssertionError("a Monday comes every week")  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Receiver:
    """Someone who got messages, and where to read them as this person."""

    name: str
    where: str
    count: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What came of a move of the clock."""

    to: str
    settled: bool
    steps: int
    messages: int
    receivers: list[Receiver]
    more: int


def last_stamps(world: World) -> dict[str, str]:
    """Return the last timestamp of every conversation, to compare with later."""
    return {c.id: next(reversed(c.messages), "0") for c in world.channels.values()}


def moved(world: World, user: User, before: dict[str, str], *, settled: bool, steps: int) -> Moved:
    """Return what has been written since ``before``, conversation by conversation."""
    now = world.clock.now().astimezone(ZoneInfo(user.tz))
    found: list[Receiver] = []
    for channel in world.channels.values():
        since = float(before.get(channel.id, "0"))
        fresh = [m for m in reversed(channel.messages.values()) if float(m.ts) > since]
        if fresh:
            found.append(_receiver(world, channel.id, len(fresh), user))
    found.sort(key=lambda receiver: (not receiver.where, receiver.name.casefold()))
    return Moved(
        to=f"{short_date(now)}, {clock_time(now)}",
        settled=settled,
        steps=steps,
        messages=sum(receiver.count for receiver in found),
        receivers=found[:_PEOPLE_NAMED],
        more=max(0, len(found) - _PEOPLE_NAMED),
    )


def _receiver(world: World, channel_id: str, count: int, user: User) -> Receiver:
    """Return who reads a conversation: the viewer if they are in it, else one of its people."""
    channel = world.channels[channel_id]
    people = [world.users[m] for m in channel.members if m in world.users]
    humans = [person for person in people if not person.is_bot]
    reader = user if user.id in channel.members else (humans or people or [user])[0]
    address = f"/client/{reader.team_id}/{reader.id}/{channel.id}"
    if channel.is_im or channel.is_mpim:
        name = ", ".join(shown_name(person) for person in humans) or "Nobody"
        return Receiver(name, "", count, address)
    return Receiver(f"#{conversation_name(world, channel, reader.id)}", "channel", count, address)
