"""Show a rehearsal: tables in a terminal, and the same as CSV or JSON."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from bot.kernel.errors import OperatorFacing
from runtime.rehearsal import report
from runtime.rehearsal.report import CHANNEL, Cell, KindInWeek, Rehearsal, Week

COLUMNS = (
    "week", "sent_at", "local_time", "recipient", "name", "kind", "message", "counts", "folded",
    "held_h", "outside_hours",
)  # fmt: skip
SHOWN = 8
TITLES = {
    "mentee": "Mentee", "mentor": "Mentor", "peer_mentor": "Peer-mentor",
    "coordinator": "Coordinator", CHANNEL: "Group channel",
}  # fmt: skip


def refuse_other_files(out: Path | None) -> None:
    """Refuse a file that is neither CSV nor JSON. Raises OperatorFacing."""
    if out is not None and out.suffix not in (".csv", ".json"):
        raise OperatorFacing(f"{out} is neither .csv nor .json; name one of them", permanent=True)


def write(found: Rehearsal, out: Path) -> None:
    """Write every message as CSV, or the whole report as JSON, by the file's name."""
    text = as_csv(found) if out.suffix == ".csv" else as_json(found)
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as failure:
        raise OperatorFacing(f"{out} cannot be written: {failure.strerror}") from None


def as_csv(found: Rehearsal) -> str:
    """Write one line for each message, in the order in which they go out."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found.sent:
        who = one.recipient
        local = one.at.astimezone(ZoneInfo(who.timezone))
        writer.writerow((
            one.week, f"{one.at:%Y-%m-%dT%H:%M:%SZ}", f"{local:%Y-%m-%d %H:%M}", who.id, who.name,
            who.kind, one.message, _yes(one.counts), _yes(one.folded),
            f"{one.held.total_seconds() / 3600:.1f}", _yes(one.outside_hours),
        ))  # fmt: skip
    return text.getvalue()


def as_json(found: Rehearsal) -> str:
    """Write the whole report."""
    whole = {
        "template": found.template,
        "first_monday": found.first_monday,
        "weeks": [asdict(one) for one in report.weeks(found)],
        "busiest_weeks": [
            {
                "recipient": one.recipient.id,
                "name": one.recipient.name,
                "kind": one.recipient.kind,
                "week": one.week,
                "messages": one.messages,
            }
            for one in report.busiest(found)
        ],
        "weekly_budget": {
            "messages": found.weekly_messages,
            "folded": report.folded(found),
            "held": report.waited(found),
        },
        "outside_hours": report.outside_hours(found),
        "after_the_end": report.after_the_end(found),
        "not_sent": found.lost,
        "pulse_rounds": [asdict(one) for one in found.rounds],
        "mentors": [asdict(one) for one in found.loads],
        "unseated": [asdict(one) for one in found.unseated],
        "unset": found.unset,
    }
    return json.dumps(whole, indent=1, default=lambda at: at.isoformat())


def show(found: Rehearsal, console: Console) -> None:
    """Print the calendar and what to look at before the programme starts."""
    console.print(_calendar(found))
    console.print(_pulses(found))
    for title, lines in (
        ("Fullest weeks", _fullest(found)),
        ("Look at", _to_look_at(found)),
        ("Still to be decided", found.unset),
    ):
        shown = list(lines)
        if shown:
            console.print(f"\n[bold]{title}[/bold]")
        for line in shown:
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def _calendar(found: Rehearsal) -> Table:
    weeks = report.weeks(found)
    table = Table(title=f"{found.template}: messages for one person in each week")
    table.add_column("Week", justify="right")
    table.add_column("From", no_wrap=True)
    for kind, counted in weeks[0].kinds.items() if weeks else ():
        table.add_column(f"{TITLES[kind]}\n({counted.people})", justify="center", no_wrap=True)
    table.add_column("What")
    for week in weeks:
        table.add_row(
            str(week.week),
            f"{week.begins:%d %b}",
            *(_span(one) for one in week.kinds.values()),
            _what(week),
        )
    return table


def _span(kind: KindInWeek) -> str:
    return str(kind.most) if kind.least == kind.most else f"{kind.least}-{kind.most}"


def _what(week: Week) -> str:
    """Name every message of the week, with how often it goes out, the most frequent first."""
    counts = Counter[str]()
    for kind in week.kinds.values():
        counts.update(kind.messages)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{message} {count}" for message, count in ordered)


def _pulses(found: Rehearsal) -> Table:
    table = Table(title="Pulses, if everybody answers")
    for name in ("Week", "Opens (UTC)", "Closes (UTC)", "Asked", "Reported", "Not reported"):
        table.add_column(name, justify="right" if name in ("Week", "Asked") else "left")
    for one in found.rounds:
        reported = [cell for cell in one.cells if cell.is_reported]
        table.add_row(
            str(one.week),
            f"{one.opens_at:%Y-%m-%d %H:%M}",
            f"{one.closes_at:%Y-%m-%d %H:%M}",
            str(one.eligible),
            f"{len(reported)} with {sum(cell.eligible for cell in reported)} people",
            _not_reported(one.cells),
        )
    return table


def _not_reported(cells: Iterable[Cell]) -> str:
    """Count the cells that are not reported, and their people, for each reason."""
    count, people = Counter[str](), Counter[str]()
    for one in cells:
        if not one.is_reported:
            count[one.if_all_answer] += 1
            people[one.if_all_answer] += one.eligible
    return "; ".join(f"{count[fate]} with {people[fate]} people {fate}" for fate in count) or "-"


def _fullest(found: Rehearsal) -> Iterable[str]:
    """Say the fullest week of each kind of recipient, and how many have one like it."""
    everybody = report.busiest(found)
    for kind in report.KINDS:
        theirs = [one for one in everybody if one.recipient.kind == kind]
        if theirs:
            first = theirs[0]
            same = sum(one.messages == first.messages for one in theirs)
            yield (
                f"{TITLES[kind]}: up to {first.messages} in a week, such as week {first.week} for "
                f"{first.recipient.name}; {same} of {len(theirs)} have one as full."
            )


def _to_look_at(found: Rehearsal) -> Iterable[str]:
    yield (
        f"Weekly budget of {found.weekly_messages}: {report.folded(found)} messages folded into "
        f"another, {report.waited(found)} held."
    )
    for message, count in sorted(report.outside_hours(found).items()):
        yield f"{count} × {message} would come in somebody's evening, night or weekend."
    for message, count in sorted(report.after_the_end(found).items()):
        yield f"{count} × {message} would go out after week {found.weeks}, until it is closed."
    for state, count in sorted(found.lost.items()):
        yield f"{count} messages would end as {state}."
    for load in report.over_capacity(found):
        yield f"{load.name} has {load.mentees} mentees and a capacity of {load.capacity}."
    for one in found.unseated[:SHOWN]:
        yield f"{one.name} has no mentor: {one.reason} {one.smallest_change}"
    if len(found.unseated) > SHOWN:
        yield f"{len(found.unseated) - SHOWN} more have no mentor; --out names them."
    yield from found.warnings


def _yes(claim: bool) -> str:
    return "yes" if claim else "no"
