"""Read from a Slack status whether somebody is away, and until when."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

WITHOUT_END = timedelta(days=14)
"""How long an absence without an end is believed, should nobody say that it is over."""

_AWAY_EMOJI = frozenset(
    {
        ":airplane:",
        ":beach_with_umbrella:",
        ":desert_island:",
        ":face_with_thermometer:",
        ":palm_tree:",
    }
)
_AWAY_WORDS = re.compile(
    r"\b(vacation\w*|holidays?|annual leave|parental leave|on leave|out of (the )?office|ooo"
    r"|out sick|off sick)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SlackStatus:
    """The status of a Slack profile; `until` is when Slack clears it, None for never."""

    text: str = ""
    emoji: str = ""
    until: datetime | None = None


def away_until(status: SlackStatus, *, now: datetime) -> datetime | None:
    """Find until when somebody with this status is on vacation or ill; None while they are there.

    The emoji are those that Slack itself offers for it, and common ones; only a few plain words
    count, so that nobody is thought to be away for a word in passing.
    """
    if status.until is not None and status.until <= now:
        return None
    if status.emoji not in _AWAY_EMOJI and not _AWAY_WORDS.search(status.text):
        return None
    return status.until or now + WITHOUT_END
