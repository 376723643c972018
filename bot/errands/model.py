"""Errands, and how an attempt at one can end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.kernel.ids import WorkspaceId


class Want(StrEnum):
    """The wished state of something in Slack.

    `in` and `out`: a person in, or not in, a channel. `redrawn`: a message that was sent, as it
    would be written now; removed when nothing would be. `opened`: a group's channel there, with
    its members in it.
    """

    IN = "in"
    OUT = "out"
    REDRAWN = "redrawn"
    OPENED = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One thing to bring about in Slack. A later errand about the same takes its place.

    `place` is a Slack channel, the id of the outbox entry whose message it is about, or `group:`
    and the id of the group whose channel is to be opened; `person` is a Slack user id, empty where
    none is concerned. `id` changes with what is wanted, so that an attempt at what was wanted
    before ends nothing. `failed_at` is when it was found to be impossible.
    """

    id: str
    workspace_id: WorkspaceId
    place: str
    person: str
    want: Want
    asked_at: datetime
    attempts: int = 0
    last_error: str | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """It is as it was wanted, by this attempt or before it."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not yet, or perhaps: it is tried again. `reason` is a short code for operators.

    `wait` is how long Slack asked to be left alone, if it did.
    """

    reason: str
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Impossible:
    """Slack will never do it; somebody has to do it by hand."""

    reason: str


Outcome = Done | Later | Impossible


FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)


def wait_after(attempts: int) -> timedelta:
    """Say how long to wait after so many attempts: doubled each time, never longer than six hours.

    There is no last attempt: what was asked for is still owed.
    """
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 12)
    return min(LONGEST_WAIT, doubled)
