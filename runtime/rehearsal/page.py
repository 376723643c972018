"""Draw a rehearsal as one page of HTML that needs nothing from elsewhere."""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from bot.kernel.words import plural
from bot.rehearsal import rules
from bot.rehearsal.model import CHANNEL, Rehearsal, Week
from bot.rehearsal.rules import KINDS, SLACKS_RATE, TITLES
from runtime.rehearsal.charts import bars, weeks_chart

SHOWN = 12
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STEPS = 6
DONE = {
    "conduct": "code of conduct accepted",
    "checkins": "check-ins written",
    "meetings": "meetings held",
    "claims": "stages claimed",
    "mentors": "claims confirmed",
    "pulse": "pulse answered",
    "action": "told what was done",
}
STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#4a5565;--paper:#fff;--line:#c9d0da;
--h0:#fff;--h1:#e3eefc;--h2:#b9d6f7;--h3:#7fb2ec;--h4:#2f6db5;--h5:#173f73;--bar:#2f6db5;
--k0:#2f6db5;--k1:#a8480f;--k2:#6b3fa0;--k3:#0f7a4f;--k4:#8a1f5c}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf2;--soft:#b4bfcd;--paper:#12161c;--line:#3a4452;
--h0:#12161c;--h1:#1b2c42;--h2:#214268;--h3:#2b5c94;--h4:#7fb2ec;--h5:#cfe3fb;--bar:#7fb2ec;
--k0:#7fb2ec;--k1:#f0a56b;--k2:#c4a3ee;--k3:#6fd3a6;--k4:#f09cc9}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
max-width:72rem;padding:1rem}
h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2.2rem}p,li{max-width:48rem}
.soft,caption{color:var(--soft)}caption{text-align:left;padding:.3rem 0}
.scroll{overflow-x:auto}.scroll table{min-width:40rem}.scroll table.heat{min-width:0}
.scroll:focus-visible{outline:3px solid var(--bar)}
table{border-collapse:collapse;font-size:.9rem}th,td{padding:.25rem .5rem;text-align:left;
border-bottom:1px solid var(--line);vertical-align:top}td.n,th.n{text-align:right}
table.heat td{text-align:center;padding:.15rem .3rem;min-width:1.6rem;border:1px solid var(--line)}
table.heat th[scope=row]{position:sticky;left:0;background:var(--paper);min-width:9rem}
.h0{background:var(--h0)}.h1{background:var(--h1)}.h2{background:var(--h2)}
.h3{background:var(--h3);color:#000}.h4{background:var(--h4);color:#fff}
.h5{background:var(--h5);color:#fff}
@media(prefers-color-scheme:dark){.h3{color:#fff}.h4,.h5{color:#000}}
svg{max-width:100%;height:auto;min-width:34rem}svg text{fill:var(--ink);font:12px system-ui}
svg .grid{stroke:var(--line)}svg .bar{fill:var(--bar)}
svg .line{fill:none;stroke-width:2.5}.c0{stroke:var(--k0)}.c1{stroke:var(--k1)}.c2{stroke:var(--k2)}
.c3{stroke:var(--k3)}.c4{stroke:var(--k4)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0}
@media print{.scroll{overflow:visible}}
"""


def as_html(found: Rehearsal) -> str:
    """Draw the whole report: a calendar, who gets how much, when, and what to look at."""
    title = f"Rehearsal of {escape(found.template)}"
    sections = (
        _summary(found),
        _section("Still to be decided", _list(found.unset)),
        _section("Worth a look", _list(_to_look_at(found))),
        _section("Messages for one person, week by week", _lines(found) + _calendar(found)),
        _section("Who gets how much", _heat(found)),
        _section("Busiest days", _busiest_days(found)),
        _section("Hours", _hours(found)),
        _section("Busiest weeks", _fullest(found)),
        _section("Pulses", _pulses(found)),
        _section("Nobody to look after them", _unseated(found)),
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main><h1>{title}</h1>{''.join(sections)}"
        "</main></body></html>\n"
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>" if body else ""


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: int = 99
) -> str:
    """Draw a table whose first column names its rows; columns from `numbers` on are numbers."""
    kinds = ["n" if at >= numbers else "" for at in range(len(head))]
    heads = "".join(
        f'<th scope="col" class="{kind}">{escape(one)}</th>'
        for one, kind in zip(head, kinds, strict=True)
    )
    lines = "".join(
        f'<tr><th scope="row">{escape(str(row[0]))}</th>'
        + "".join(
            f'<td class="{kind}">{escape(str(cell))}</td>'
            for cell, kind in zip(row[1:], kinds[1:], strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return _scroll(
        caption,
        f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{lines}</tbody></table>",
    )


def _scroll(label: str, body: str) -> str:
    """Let the keyboard reach what is wider than the window."""
    named = escape(label, quote=True)
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{named}">{body}</div>'


def _summary(found: Rehearsal) -> str:
    people = [one for one in found.recipients if one.kind != CHANNEL]
    last = rules.weeks(found)[-1].begins if found.sent else found.first_monday
    rates = ", ".join(f"{DONE[name]} {getattr(found.rates, name)}" for name in DONE)
    done = ", ".join(f"{DONE[name]} {count:,}" for name, count in found.done.items() if count)
    facts = (
        ("People", f"{len(people):,}"),
        ("First Monday", f"{found.first_monday:%d %B %Y}"),
        ("Last messages", f"in the week of {last:%d %B %Y}"),
        ("Messages", f"{len(found.sent):,}"),
        ("Of a hundred do it", rates),
        ("They did", done or "nothing"),
        ("Seed", str(found.seed)),
    )
    body = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in facts)
    return (
        "<p>The whole programme was played on a clock that runs ahead, by the rules and at the "
        "pace of the running bot. Nothing was sent. What people do was drawn by chance; the same "
        f"seed gives the same report.</p><dl>{body}</dl>"
    )


def _to_look_at(found: Rehearsal) -> Iterable[str]:
    yield (
        f"Weekly budget of {found.weekly_messages}: {rules.folded(found)} messages folded into "
        f"another, {rules.waited(found)} held for an hour or longer."
    )
    unlikely = rules.without_result(found)
    if unlikely:
        yield (
            f"{plural(len(unlikely), 'group has', 'groups have')} a pulse result of their own less "
            f"than half of the time when {found.rates.pulse} of 100 answer: "
            + ", ".join(f"{name} ({likely} %)" for name, _people, likely in unlikely[:SHOWN])
            + (", and others" if len(unlikely) > SHOWN else "")
            + "."
        )
    for message, count in sorted(rules.outside_hours(found).items()):
        yield f"{count} × {message} would come in somebody's evening, night or weekend."
    for message, count in sorted(rules.after_the_end(found).items()):
        yield f"{count} × {message} would go out after week {found.weeks}, until it is closed."
    for state, count in sorted(found.lost.items()):
        yield f"{count} messages would end as {state}."
    for load in rules.over_capacity(found):
        yield f"{load.name} has {load.mentees} mentees and a capacity of {load.capacity}."
    yield from found.warnings


def _kinds(found: Rehearsal) -> list[str]:
    present = {one.kind for one in found.recipients}
    return [kind for kind in KINDS if kind in present]


def _lines(found: Rehearsal) -> str:
    calendar = rules.weeks(found)
    series = [
        (TITLES[kind], [_mean(week, kind) for week in calendar])
        for kind in _kinds(found)
        if kind != CHANNEL
    ]
    return _scroll(
        "Chart of messages for one person in each week",
        weeks_chart([one.week for one in calendar], series),
    )


def _mean(week: Week, kind: str) -> float:
    counted = week.kinds[kind]
    return sum(counted.messages.values()) / counted.people


def _calendar(found: Rehearsal) -> str:
    kinds = _kinds(found)

    def row(week: Week) -> list[object]:
        spans = [week.kinds[kind] for kind in kinds]
        counts = [
            str(one.most) if one.least == one.most else f"{one.least}-{one.most}" for one in spans
        ]
        every = Counter[str]()
        for one in spans:
            every.update(one.messages)
        said = ", ".join(f"{message} {count:,}" for message, count in every.most_common())
        off = "; ".join(f"{day:%d %b} {name}" for day, name in week.days_off)
        return [week.week, f"{week.begins:%d %b %Y}", *counts, said or "nothing", off or "none"]

    head = ("Week", "From", *(TITLES[kind] for kind in kinds), "What falls due", "Days off")
    return table(
        "Messages for one person in each week, least to most",
        head,
        map(row, rules.weeks(found)),
    )


def _heat(found: Rehearsal) -> str:
    numbers, rows = rules.heat(found)
    most = max((count for row in rows for count in row.by_week), default=0) or 1
    lines = []
    for row in rows:
        several = f", {row.people} people, on average" if row.people > 1 else ""
        named = f"{TITLES[row.kind]}: {row.name}{several}"
        cells = "".join(_cell(count, most) for count in row.by_week)
        lines.append(f'<tr><th scope="row">{escape(named)}</th>{cells}</tr>')
    heads = "".join(f'<th scope="col" class="n">{number}</th>' for number in numbers)
    caption = "Messages in each week of the programme; a darker cell has more"
    return (
        '<p class="soft">Where there are many of a kind, they are sorted by their messages and '
        "shown in fifths.</p>"
    ) + _scroll(
        caption,
        f'<table class="heat"><caption>{caption}</caption><thead><tr><th scope="col">Who</th>'
        f"{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>",
    )


def _cell(count: float, most: float) -> str:
    step = 0 if not count else min(STEPS - 1, 1 + int(count / most * (STEPS - 1.01)))
    shown = f"{count:g}" if count == int(count) else f"{count:.1f}"
    return f'<td class="h{step}">{shown}</td>'


def _busiest_days(found: Rehearsal) -> str:
    days = rules.bursts(found)[:SHOWN]
    chart = bars([(f"{one.day:%a %d %b %Y}", one.messages) for one in days], "Busiest days")
    rows = (
        (
            f"{one.day:%A %d %B %Y}",
            f"{one.messages:,}",
            f"{one.begins:%H:%M}",
            f"{one.run:,}",
            f"{one.begins + one.lasts:%H:%M:%S}",
        )
        for one in days
    )
    head = ("Day", "Messages", "Longest burst from (UTC)", "of so many", "ends (UTC)")
    return _scroll("Chart of the busiest days", chart) + table(
        f"Busiest days, and their longest burst at {SLACKS_RATE} messages a minute, with which "
        "Cairn begins; it goes faster as long as Slack takes more",
        head,
        rows,
        numbers=1,
    )


def _hours(found: Rehearsal) -> str:
    counts = rules.by_hour(found)
    hours = [hour for hour in range(24) if any(day[hour] for day in counts)]
    head = ("Day", *(f"{hour}:00" for hour in hours))
    rows = ((DAYS[at], *(day[hour] for hour in hours)) for at, day in enumerate(counts))
    return table("Messages by weekday and hour, by the reader's clock", head, rows, numbers=1)


def _fullest(found: Rehearsal) -> str:
    rows = []
    for kind in _kinds(found):
        theirs = [one for one in rules.busiest(found) if one.recipient.kind == kind]
        if theirs:
            first = theirs[0]
            same = sum(one.messages == first.messages for one in theirs)
            rows.append((TITLES[kind], first.messages, first.week, f"{same} of {len(theirs)}"))
    head = ("Role", "At most", "In week, for one of them", "Have a week as full")
    return table("The fullest week of each role", head, rows, numbers=1)


def _pulses(found: Rehearsal) -> str:
    rows = []
    for one in found.rounds:
        own = [cell for cell in one.cells if not cell.is_pool]
        likely = sum(cell.alone_per_cent >= 50 for cell in own)
        opens, closes = f"{one.opens_at:%a %d %b %Y}", f"{one.closes_at:%a %d %b %Y}"
        rows.append((one.week, opens, closes, one.eligible, len(own), likely))
    head = (
        "Week",
        "Opens",
        "Closes",
        "Asked",
        "Groups",
        "likely with a result of their own",
    )
    return (
        table(f"Pulses, when {found.rates.pulse} of 100 answer", head, rows, numbers=3)
        if rows
        else ""
    )


def _unseated(found: Rehearsal) -> str:
    rows = [(one.name, one.reason, one.smallest_change) for one in found.unseated]
    return (
        table("Mentees without a mentor", ("Who", "Why", "What would help"), rows) if rows else ""
    )
