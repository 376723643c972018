"""The page of all that is logged, from `runtime/log_events`."""

import json

from bot.audit.model import Act
from runtime.log_events import SECTIONS
from runtime.log_events.model import FIELDS
from tests.reference_pages import markdown

EXAMPLE = {
    "timestamp": "2026-11-02T09:00:04.218Z",
    "level": "info",
    "event": "message_sent",
    "workspace": "T0CAIRN",
    "entry": "send_5f0c62c1d2a94b7e8d31",
    "kind": "checkin_prompt",
    "attempts": 1,
}
ACTS = """\
`act_recorded` says one of {}.
All are of coordinators, the command line or Cairn itself: `{}` is a coordinator who says
what was done about a result."""
INTRODUCTION = """\
Cairn logs to standard error, one JSON object a line (in columns where that is a terminal), from
the level that [`LOG_LEVEL`](settings.md) says. Every line has `timestamp` (UTC), `level` and
`event`, then the fields of its event in the order of the [last table](#fields). Nothing else is
ever logged: a test holds every place that logs against this list, and while Cairn runs, what is not
on it is left out, and a value of another shape reads `withheld`. What else keeps a log around
Cairn, and how to let it tell less, is in [What logs tell](../explanation/what-logs-tell.md).

To follow one message, search for its `entry`: at `DEBUG` it is `message_queued`,
`message_claimed` and then `message_sent`, or whatever else became of it; at `INFO` you see what
became of each try. With systemd that is `journalctl -u cairn | grep send_5f0c62c1d2a94b7e8d31`, in
a container `docker compose logs | grep send_5f0c62c1d2a94b7e8d31`; [`queue`](commands.md#queue)
names the ids of what could not be delivered."""


def page() -> str:
    """Write the page."""
    fields = [(f"`{name}`", field.meaning) for name, field in FIELDS.items()]
    parts = [INTRODUCTION, f"```json\n{json.dumps(EXAMPLE)}\n```"]
    for title, events in SECTIONS.items():
        rows = [
            (f"`{one.name}`", one.level, markdown.code(one.fields), one.meaning, one.remedy)
            for one in events
        ]
        heads = ("Event", "Level", "Fields", "What it says", "What to do")
        parts += [f"## {title}", markdown.table(heads, rows)]
    return markdown.page(
        "Log events",
        *parts,
        "## Fields",
        "A field that has nothing to say is left out of its line.",
        markdown.table(("Field", "What it holds"), fields),
        "## Acts that are told",
        ACTS.format(markdown.code(sorted(Act)), Act.PULSE_ANSWERED),
    )
