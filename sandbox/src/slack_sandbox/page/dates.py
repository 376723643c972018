"""Times as people read them, in the zone of whoever reads."""

from __future__ import annotations

import re
from datetime import datetime

from slack_sandbox.page.directory import Directory

_TOKEN = re.compile(r"\{([a-z_]+)\}")


def clock_time(moment: datetime) -> str:
    """Return the time of day, such as 09:05."""
    return moment.strftime("%H:%M")


def long_date(moment: datetime) -> str:
    """Return the date with its weekday, such as Monday 2 March 2026."""
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


def day_heading(moment: datetime, today: datetime) -> str:
    """Return Today, Yesterday, Tomorrow, or the date with its weekday."""
    return _relative(moment, today) or f"{moment:%A} {moment.day} {moment:%B %Y}"


def _relative(moment: datetime, today: datetime) -> str | None:
    days = (moment.date() - today.date()).days
    return {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}.get(days)


def ago(moment: datetime, now: datetime) -> str:
    """Return the distance in words, such as 3 hours ago or in 2 days."""
    seconds = (now - moment).total_seconds()
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        count = int(abs(seconds) // size)
        if count:
            text = f"{count} {word}{'' if count == 1 else 's'}"
            return f"{text} ago" if seconds > 0 else f"in {text}"
    return "now"


def date_template(template: str, epoch_s: int, names: Directory) -> str | None:
    """Fill Slack's date tokens, such as ``{date_long} at {time}``; None for no such instant.

    Tokens: https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    moment = names.local(epoch_s)
    if moment is None:
        return None
    today = names.now.astimezone(moment.tzinfo)
    shown = _tokens(moment, today)
    return _TOKEN.sub(lambda found: shown.get(found[1], found[0]), template)


def _tokens(moment: datetime, today: datetime) -> dict[str, str]:
    relative = _relative(moment, today)
    short = f"{moment.day} {moment:%b %Y}"
    plain = f"{moment.day} {moment:%B %Y}"
    long = long_date(moment)
    return {
        "date_num": f"{moment:%Y-%m-%d}",
        "date": plain,
        "date_short": short,
        "date_long": long,
        "date_long_full": long,
        "date_pretty": relative or plain,
        "date_short_pretty": relative or short,
        "date_long_pretty": relative or long,
        "day_divider_pretty": relative or long,
        "time": clock_time(moment),
        "time_secs": f"{moment:%H:%M:%S}",
        "ago": ago(moment, today),
    }
