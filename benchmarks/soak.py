"""`python -m benchmarks soak`: weeks of a programme with faults and kills, each week judged.

The run itself, and what must hold, are in tests/soak: a short form of it runs with the tests.
"""

import argparse
import asyncio
import sys
from dataclasses import fields

from rich.console import Console
from rich.table import Table

from bot.kernel.scope import everywhere
from tests.crash.databases import empty_database
from tests.soak.judging import LIMITS
from tests.soak.plan import SoakPlan
from tests.soak.soaking import SoakReport, soak

NAME = "soak"


def main(argv: list[str]) -> int:
    """Print what came of it; exit code 1, with the week and the seed, when something broke."""
    plan = _plan(argv)
    with empty_database(plan.engine) as place, everywhere():
        report = asyncio.run(soak(plan, place, tell=lambda said: sys.stderr.write(f"{said}\n")))
    _show(report)
    for sentence in report.broken:
        sys.stderr.write(f"Broken in week {report.week} with seed {plan.seed}: {sentence}\n")
    return 1 if report.broken else 0


def _plan(argv: list[str]) -> SoakPlan:
    usual = SoakPlan()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks soak",
        description="Lets a programme live for weeks of the sandbox's clock, with people who act, "
        "faults of Slack, a database that is struck, and a bot that is killed; judges every week.",
        epilog="Example: python -m benchmarks soak --weeks 24 --engine postgres --seed 2",
    )
    for name in ("weeks", "seed", "mentors", "mentees", "kills", "blows"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default=usual.engine)
    given = vars(parser.parse_args(argv))
    return SoakPlan(**{one.name: given[one.name] for one in fields(SoakPlan) if one.name in given})


def _show(report: SoakReport) -> None:
    table = Table(title=f"soak, {report.week} weeks on {report.plan.engine}", show_header=False)
    table.add_row("seed", str(report.plan.seed))
    table.add_row("took", f"{report.seconds:,.0f} s")
    table.add_row("messages in Slack", f"{report.messages:,}")
    table.add_row("kills of the bot", str(report.kills))
    table.add_row("blows at the database", str(report.blows))
    table.add_row("faults, of the last 1,000", _counts(report.faults))
    table.add_row("people did", _counts(report.acted))
    table.add_row("people gave up", _counts(report.given_up) or "nothing")
    for what in report.given_up:
        table.add_row("", f"{what}: {report.why[what]}")
    for name, limit in LIMITS.items():
        values = [getattr(one, name) for one in report.vitals]
        slope = report.slopes[name]
        growth = "too short a life to say" if slope is None else f"{slope:+.2f} a week"
        figures = f"{min(values):g} to {max(values):g}" if values else "never seen"
        table.add_row(name.replace("_", " "), f"{figures}, {growth}, may grow by {limit:g}")
    table.add_row("holds", "no" if report.broken else "yes")
    Console(file=sys.stderr, width=120).print(table)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
