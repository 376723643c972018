"""Decide whether a message may go to its recipient now, later or never.

The one rule about people's time. It is asked whenever a message's turn comes, so what has changed
since it was queued (a zone, a break, quiet hours, a closed account) counts by itself.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import Entry, KindPolicy, Lane
from bot.kernel.ids import WorkspaceId
from bot.schedule.model import Rhythm
from bot.schedule.rules import FARTHEST, DaysOff, morning_after, welcome_at, working_days

LOOKED_AT_AGAIN = timedelta(hours=1)
"""When what waits for somebody's return is looked at again: they may be back before they said."""
KEPT_AFTER_RETURN = timedelta(days=7)
"""How long what has waited through an absence is worth sending afterwards."""


class Presence(StrEnum):
    """Whether somebody may be written to.

    `away` is a break or a vacation. The account of who is `closed` may be opened again. Who is
    `gone` has left, was deleted, or was never a member. `unclear`: what is on record cannot be
    read, so nothing is sent until it can.
    """

    HERE = "here"
    AWAY = "away"
    CLOSED = "closed"
    GONE = "gone"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Describe the person or channel that a message is for, as of now.

    `away_until` is the end of an absence, FARTHEST without one; what waited goes the morning after.
    `days_off` are those of everybody.
    """

    tz: ZoneInfo
    rhythm: Rhythm = field(default_factory=Rhythm)
    presence: Presence = Presence.HERE
    away_until: datetime = FARTHEST
    days_off: DaysOff = working_days


ReadRecipients = Callable[
    [AsyncConnection, WorkspaceId, Collection[str], datetime], Awaitable[Mapping[str, Recipient]]
]
"""Asked within a claim: what is known of these recipients. Who is not named is nobody's member."""


_ALWAYS = Rhythm(quiet_from=time(0), quiet_until=time(0), working_days=frozenset(range(7)))


async def at_any_hour(
    _connection: AsyncConnection, _workspace_id: WorkspaceId, names: Collection[str], _now: datetime
) -> Mapping[str, Recipient]:
    """Stand in where nobody has quiet hours."""
    return dict.fromkeys(names, Recipient(tz=ZoneInfo("UTC"), rhythm=_ALWAYS))


@dataclass(frozen=True, slots=True)
class Hold:
    """When a message may go; `at` None means never.

    `expires_at` is later than its own where it waits through an absence; `fold` joins it with what
    else waited.
    """

    at: datetime | None
    expires_at: datetime | None = None
    fold: bool = False


def is_to_person(recipient: str) -> bool:
    """Say whether a recipient is a person, whom a user id names, and no channel."""
    return recipient[:1] in {"U", "W"}


def is_answer(entry: Entry) -> bool:
    """Say whether an entry answers the person it goes to, who did something a moment ago."""
    return entry.lane == Lane.INTERACTIVE and is_to_person(entry.recipient)


def may_send(
    entry: Entry, recipient: Recipient | None, *, policy: KindPolicy, now: datetime
) -> Hold:
    """Say when `entry` may go: at `now` or later, or never.

    An answer always may. Nothing else goes to who is away, has no account or is no member, nor in
    quiet hours and on days off.
    """
    if is_answer(entry):
        return Hold(now)
    at = welcome_from(recipient, now=now)
    is_away = recipient is not None and _back_at(recipient, now=now) > now
    if at is None or not (is_away and policy.outlasts_absence):
        return Hold(at)
    keeps_until = max(entry.expires_at, at + KEPT_AFTER_RETURN)
    return Hold(at, expires_at=keeps_until, fold=entry.lane == Lane.PROMPT)


def welcome_from(recipient: Recipient | None, *, now: datetime) -> datetime | None:
    """Say when somebody may be disturbed, by a message or an invitation; None for never."""
    if recipient is None or recipient.presence is Presence.GONE:
        return None
    if recipient.presence in (Presence.CLOSED, Presence.UNCLEAR):
        return now + LOOKED_AT_AGAIN
    back_at = _back_at(recipient, now=now)
    if back_at > now:
        return min(back_at, now + LOOKED_AT_AGAIN)
    return welcome_at(now, recipient.tz, recipient.rhythm, recipient.days_off)


def _back_at(recipient: Recipient, *, now: datetime) -> datetime:
    """Find the morning after an absence; `now` for who is here, FARTHEST where it has no end."""
    until = recipient.away_until
    if recipient.presence is not Presence.AWAY:
        return now
    if until >= FARTHEST:
        return FARTHEST
    return morning_after(until, recipient.tz, recipient.rhythm, recipient.days_off)
