"""Show a rehearsal as tables on a terminal."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from rich.console import Console
from rich.table import Table

from bot.kernel.words import plural
from bot.rehearsal.model import TOO_SMALL, Cell, KindInWeek, Rehearsal, Week
from bot.rehearsal.rules import (
    KINDS,
    TITLES,
    after_the_end,
    busiest,
    folded,
    outside_hours,
    over_capacity,
    waited,
    weeks,
    without_result,
)
from runtime.rehearsal.report import SHOWN


def show(found: Rehearsal, console: Console) -> None:
    """Print the calendar and what to look at before the programme starts."""
    console.print(_calendar(found))
    console.print(_pulses(found))
    for title, lines in (
        ("Busiest weeks", _fullest(found)),
        ("Worth a look", _to_look_at(found)),
        ("Still to be decided", found.unset),
    ):
        shown = list(lines)
        if shown:
            console.print(f"\n[bold]{title}[/bold]")
        for line in shown:
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def _calendar(found: Rehearsal) -> Table:
    calendar = weeks(found)
    table = Table(title=f"{found.template}: messages for one person in each week")
    table.add_column("Week", justify="right")
    table.add_column("From", no_wrap=True)
    for kind, counted in calendar[0].kinds.items() if calendar else ():
        table.add_column(f"{TITLES[kind]}\n({counted.people})", justify="center", no_wrap=True)
    table.add_column("What")
    for week in calendar:
        table.add_row(
            str(week.week),
            f"{week.begins:%d %b}",
            *(_span(one) for one in week.kinds.values()),
            _what(week),
        )
    return table


def _span(kind: KindInWeek) -> str:
    return str(kind.most) if kind.least == kind.most else f"{kind.least}-{kind.most}"


def _days(days: Sequence[date]) -> str:
    first, last = f"{days[0]:%d %b}", f"{days[-1]:%d %b}"
    return first if first == last else f"{first} to {last}"


def _what(week: Week) -> str:
    """Name every message of the week, with how often it goes out, the most frequent first."""
    counts = Counter[str]()
    for kind in week.kinds.values():
        counts.update(kind.messages)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    by_name: dict[str, list[date]] = {}
    for day, name in week.days_off:
        by_name.setdefault(name, []).append(day)
    off = "; ".join(f"{_days(days)}: {name}" for name, days in by_name.items())
    sent = ", ".join(f"{message} {count}" for message, count in ordered)
    return f"{sent} ({off})" if off and sent else sent or off


def _pulses(found: Rehearsal) -> Table:
    table = Table(title="Pulses, if everybody answers")
    for name in (
        "Week",
        "Opens (UTC)",
        "Closes (UTC)",
        "Asked",
        "Reported",
        "Not reported",
    ):
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


def _small_groups(found: Rehearsal) -> Iterable[str]:
    """Say of the first pulse how many groups are too small for a result of their own."""
    for first in found.rounds[:1]:
        small = [cell for cell in first.cells if cell.if_all_answer in TOO_SMALL]
        if small:
            groups = plural(len(small), "group gets", "groups get")
            yield (
                f"{groups} no result of a pulse, with fewer than six mentees: {_names(small)}. "
                "Plan larger groups, or report the programme as a whole (pulse: cell_level: "
                "programme)."
            )


def _names(cells: Sequence[Cell]) -> str:
    more = len(cells) - SHOWN
    return ", ".join([one.cell for one in cells[:SHOWN]] + ([f"{more} more"] if more > 0 else []))


def _fullest(found: Rehearsal) -> Iterable[str]:
    """Say the fullest week of each kind of recipient, and how many have one like it."""
    for kind in KINDS:
        theirs = [one for one in busiest(found) if one.recipient.kind == kind]
        if theirs:
            first = theirs[0]
            same = sum(one.messages == first.messages for one in theirs)
            yield (
                f"{TITLES[kind]}: up to {first.messages} in a week, such as week {first.week} for "
                f"{first.recipient.name}; {same} of {len(theirs)} have one as full."
            )


def _to_look_at(found: Rehearsal) -> Iterable[str]:
    yield (
        f"Weekly budget of {found.weekly_messages}: {folded(found)} messages folded into "
        f"another, {waited(found)} held."
    )
    yield from _small_groups(found)
    likely = [one for one in without_result(found) if one[1] >= 6]
    if likely:
        more = plural(len(likely), "more group has", "more groups have")
        yield (
            f"With {found.rates.pulse} of 100 answering, {more} a pulse result of their own less "
            "than half of the time."
        )
    for message, count in sorted(outside_hours(found).items()):
        yield f"{count} × {message} would come in somebody's evening, night or weekend."
    for message, count in sorted(after_the_end(found).items()):
        yield f"{count} × {message} would go out after week {found.weeks}, until it is closed."
    for state, count in sorted(found.lost.items()):
        yield f"{count} messages would end as {state}."
    for load in over_capacity(found):
        yield f"{load.name} has {load.mentees} mentees and a capacity of {load.capacity}."
    for one in found.unseated[:SHOWN]:
        yield f"{one.name} has no mentor: {one.reason} {one.smallest_change}"
    if len(found.unseated) > SHOWN:
        yield f"{len(found.unseated) - SHOWN} more have no mentor; --out names them."
    yield from found.warnings
