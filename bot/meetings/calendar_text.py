"""Write a member's planned meetings as a calendar, and a mentor's log as a table."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlencode

from bot.kernel.csv_text import as_csv
from bot.kernel.ids import GroupId
from bot.meetings.model import Meeting, PlannedMeeting, PlanState

REFRESHED = timedelta(hours=1)
LOG_HEAD = ("date", "group", "minutes", "length", "how", "mentees present")


def calendar_text(plans: Iterable[PlannedMeeting], names: Mapping[GroupId, str]) -> bytes:
    """Write the meetings as iCalendar (RFC 5545): times and the groups' names, nothing else."""
    from icalendar import Calendar, Event  # needed where a calendar asks, and nowhere else

    calendar = Calendar()
    calendar.add("prodid", "-//Cairn//Mentoring//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Mentoring")
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    for plan in plans:
        if plan.starts_at is None or plan.ends_at is None:
            continue
        event = Event()
        event.add("uid", f"{plan.id}@cairn")
        event.add("dtstamp", plan.changed_at)
        event.add("last-modified", plan.changed_at)
        event.add("sequence", plan.changes)
        event.add("dtstart", plan.starts_at)
        event.add("dtend", plan.ends_at)
        event.add("summary", title(names[plan.group_id]))
        is_off = plan.state is PlanState.CALLED_OFF
        event.add("status", "CANCELLED" if is_off else "CONFIRMED")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def title(group_name: str) -> str:
    """Name a meeting in a calendar."""
    return f"Mentoring: {group_name}"


def links_to_add(plan: PlannedMeeting, group_name: str) -> list[tuple[str, str]]:
    """Give web addresses that put a meeting into a calendar: of Google, and of Outlook.

    They hold the time and the group's name, need no server, and do not follow a change.
    """
    assert plan.starts_at is not None, "only a fixed time goes into a calendar"
    assert plan.ends_at is not None
    begin, end = (f"{at:%Y%m%dT%H%M%SZ}" for at in (plan.starts_at, plan.ends_at))
    google = {"action": "TEMPLATE", "text": title(group_name), "dates": f"{begin}/{end}"}
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title(group_name),
        "startdt": f"{plan.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{plan.ends_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return [
        ("Google Calendar", f"https://calendar.google.com/calendar/render?{urlencode(google)}"),
        ("Outlook", f"https://outlook.office.com/calendar/0/deeplink/compose?{urlencode(outlook)}"),
    ]


def log_text(held: Sequence[Meeting], names: Mapping[GroupId, str]) -> str:
    """Write the meetings at which a mentor was as CSV: how many mentees came, and never who."""
    rows = [
        (
            one.held_on.isoformat(),
            names.get(one.group_id),
            one.minutes,
            one.length,
            one.mode,
            len(one.mentees),
        )
        for one in held
    ]
    return as_csv(LOG_HEAD, rows)
