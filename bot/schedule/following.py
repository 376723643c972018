"""Work out when a schedule that is kept as a row is next due."""

from datetime import datetime
from typing import Any

from bot.schedule import rules
from bot.schedule.calendar import Calendar
from bot.schedule.model import Rule

NEVER: dict[str, Any] = {"next_due_at": None, "due_on": None}


def following_values(
    values: dict[str, Any], *, since: datetime, paused_until: datetime | None, calendar: Calendar
) -> dict[str, Any]:
    """Work out `next_due_at` and `due_on` of a schedule that is not being claimed."""
    if paused_until is not None and paused_until >= rules.FARTHEST:
        return NEVER
    not_before = [end for end in (values["not_before"], paused_until) if end is not None]
    found = rules.next_occurrence(
        Rule.from_text(values["rule"]),
        rules.zone(values["tz"]),
        since=max([since, *not_before]),
        served_on=values["served_on"],
        calendar=calendar,
    )
    if found is None:
        return NEVER
    return {"next_due_at": max([found.at, *not_before]), "due_on": found.day}
