"""`python -m tests.crash [--long]`: kills the bot and counts what was lost or doubled."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.crash import receiving
from tests.crash.databases import Place, empty_database
from tests.crash.harness import Plan, as_row, prove
from tests.support.scopes import see_all_workspaces

SHORT = (
    Plan(engine="sqlite", workers=1, messages=60, kills=12, longest_life_steps=600),
    Plan(
        engine="postgres", workers=3, messages=60, kills=12, longest_life_steps=300, restarts=True
    ),
)
WHOLE = Plan(
    engine="postgres", workers=4, messages=1000, kills=200, rounds=10, longest_life_steps=250
)
LONG = (
    replace(WHOLE, engine="sqlite", longest_life_steps=500, workers=1),
    replace(WHOLE, engine="sqlite", longest_life_steps=500, workers=1, seed=2, clock_jumps=True),
    replace(WHOLE, workers=1, restarts=True),
    replace(WHOLE, workers=2),
    replace(WHOLE, clock_jumps=True),
    replace(WHOLE, seed=2, cut_connections=True, restarts=True),
)

RECEIVING = (
    receiving.Plan(engine="sqlite", mode="socket", kills=4),
    receiving.Plan(engine="postgres", mode="http", kills=4, restarts=True),
)
RECEIVING_LONG_KILLS = 60


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.crash",
        description="Kills workers with SIGKILL while they claim, send, record and close pulse"
        " rounds, and compares what the sandbox took with what was to be sent.",
        epilog="Example: python -m tests.crash --long --json crash.json",
    )
    parser.add_argument("--long", action="store_true", help="200 kills of 1,000 messages, six ways")
    parser.add_argument(
        "--receiving",
        action="store_true",
        help="kill the whole bot while events and check-ins come in, instead",
    )
    parser.add_argument("--only", type=int, metavar="N", help="the Nth of these runs alone, from 1")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), help="only this one")
    parser.add_argument("--seed", type=int, help="other moments to die at")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here too")
    parser.add_argument(
        "--commit-after-send",
        action="store_true",
        help="make the mistake of committing a claim only after sending; the proof must fail",
    )
    parser.add_argument(
        "--ack-first",
        action="store_true",
        help="make the mistake of acking an event before it is kept; the proof must fail",
    )
    wanted = parser.parse_args()
    see_all_workspaces()
    rows = []
    for plan in plans(wanted):
        with empty_database(plan.engine) as place:
            rows.append(run(plan, place))
            show(rows[-1])
    if wanted.json:
        wanted.json.write_text(json.dumps(rows, indent=2) + "\n")
    return 0 if all(row["holds"] for row in rows) else 1


def plans(wanted: argparse.Namespace) -> list[Plan | receiving.Plan]:
    """The runs that were asked for."""
    there: list[Plan | receiving.Plan] = [
        replace(plan, commit_after_send=wanted.commit_after_send)
        for plan in (LONG if wanted.long else SHORT)
    ]
    if wanted.receiving:
        there = [
            replace(
                plan,
                kills=RECEIVING_LONG_KILLS if wanted.long else plan.kills,
                ack_first=wanted.ack_first,
            )
            for plan in RECEIVING
        ]
    return [
        replace(plan, seed=plan.seed if wanted.seed is None else wanted.seed)
        for number, plan in enumerate(there, start=1)
        if wanted.engine in (None, plan.engine) and wanted.only in (None, number)
    ]


def run(plan: Plan | receiving.Plan, place: Place) -> dict[str, object]:
    """The verdict on one run, as a row of the report."""
    if isinstance(plan, Plan):
        return as_row(prove(plan, place))
    return as_row(receiving.prove(plan, place))


def show(row: Mapping[str, object]) -> None:
    """Print a verdict as a table, on stderr."""
    table = Table(show_header=False)
    for name, cell in row.items():
        text = f"{cell:.1f}" if isinstance(cell, float) else str(cell)
        table.add_row(name.replace("_", " "), text)
    Console(file=sys.stderr).print(table)


if __name__ == "__main__":
    sys.exit(main())
