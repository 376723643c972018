"""Write a rehearsal as CSV, JSON or a page of HTML."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.kernel import csv_text
from bot.kernel.errors import OperatorFacing
from bot.rehearsal import rules
from bot.rehearsal.model import CHANNEL, Rehearsal, Sent
from bot.rehearsal.rules import (
    SLACKS_RATE,
    after_the_end,
    busiest,
    folded,
    outside_hours,
    waited,
    weeks,
)
from runtime.rehearsal.page import as_html

COLUMNS = (
    "week", "sent_at", "local_time", "recipient", "name", "kind", "message", "counts", "folded",
    "held_h", "outside_hours",
)  # fmt: skip
SHOWN = 8
YES = {True: "yes", False: "no"}


def refuse_other_files(out: Path | None) -> None:
    """Refuse a file of another kind, or in a folder that is none. Raises OperatorFacing."""
    if out is None:
        return
    if out.suffix not in WRITERS:
        raise OperatorFacing(f"{out} is neither {', '.join(WRITERS)}; name one", permanent=True)
    if not out.parent.is_dir() or out.is_dir():
        raise OperatorFacing(f"{out} cannot be written; name a file in a folder that is there")


def write(found: Rehearsal, out: Path) -> None:
    """Write every message as CSV, or the whole report as JSON or HTML, by the file's name."""
    try:
        out.write_text(WRITERS[out.suffix](found), encoding="utf-8")
    except OSError as failure:
        raise OperatorFacing(f"{out} cannot be written: {failure.strerror}") from None


def as_csv(found: Rehearsal) -> str:
    """Write one line for each message, in the order in which they go out."""
    return csv_text.as_csv(COLUMNS, map(_line, found.sent))


def _line(one: Sent) -> Sequence[object]:
    who, local = one.recipient, one.at.astimezone(ZoneInfo(one.recipient.timezone))
    return (
        one.week, f"{one.at:%Y-%m-%dT%H:%M:%SZ}", f"{local:%Y-%m-%d %H:%M}", who.id, who.name,
        who.kind, one.message, YES[one.counts], YES[one.folded],
        f"{one.held.total_seconds() / 3600:.1f}", YES[one.outside_hours],
    )  # fmt: skip


def as_json(found: Rehearsal) -> str:
    """Write all that was found as JSON."""
    numbers, rows = rules.heat(found)
    whole = {
        "schema": 1,
        "response": asdict(found.rates),
        "seed": found.seed,
        "people": len([one for one in found.recipients if one.kind != CHANNEL]),
        "messages": len(found.sent),
        "done": found.done,
        "seconds": round(found.seconds, 1),
        "heat": {"weeks": numbers, "rows": [asdict(one) for one in rows]},
        "by_hour": rules.by_hour(found),
        "busiest_days": [
            {
                "day": one.day,
                "messages": one.messages,
                "burst": one.run,
                "burst_begins_at": one.begins,
                "burst_seconds": round(one.lasts.total_seconds()),
                "at_messages_a_minute": SLACKS_RATE,
            }
            for one in rules.bursts(found)[:SHOWN]
        ],
        "groups_without_result": [
            {"group": name, "people": people, "own_result_per_cent": likely}
            for name, people, likely in rules.without_result(found)
        ],
        "template": found.template,
        "first_monday": found.first_monday,
        "weeks": [asdict(one) for one in weeks(found)],
        "busiest_weeks": [
            {
                "recipient": one.recipient.id,
                "name": one.recipient.name,
                "kind": one.recipient.kind,
                "week": one.week,
                "messages": one.messages,
            }
            for one in busiest(found)
        ],
        "weekly_budget": {
            "messages": found.weekly_messages,
            "folded": folded(found),
            "held": waited(found),
        },
        "outside_hours": outside_hours(found),
        "after_the_end": after_the_end(found),
        "not_sent": found.lost,
        "pulse_rounds": [asdict(one) for one in found.rounds],
        "mentors": [asdict(one) for one in found.loads],
        "unseated": [asdict(one) for one in found.unseated],
        "unset": found.unset,
    }
    return json.dumps(whole, indent=1, default=lambda at: at.isoformat())


WRITERS: Mapping[str, Callable[[Rehearsal], str]] = {
    ".csv": as_csv,
    ".json": as_json,
    ".html": as_html,
}
