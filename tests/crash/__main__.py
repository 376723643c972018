"""`python -m tests.crash [--long]`: kills the bot and counts what was lost or doubled."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.crash.databases import empty_database
from tests.crash.harness import Plan, Verdict, as_row, prove

SHORT = (
    Plan(engine="sqlite", workers=1, messages=60, kills=12, longest_life_steps=300),
    Plan(
        engine="postgres", workers=3, messages=60, kills=12, longest_life_steps=300, restarts=True
    ),
)
WHOLE = Plan(
    engine="postgres", workers=4, messages=1000, kills=200, rounds=10, longest_life_steps=250
)
LONG = (
    replace(WHOLE, engine="sqlite", workers=1),
    replace(WHOLE, engine="sqlite", workers=1, seed=2, clock_jumps=True),
    replace(WHOLE, workers=1, restarts=True),
    replace(WHOLE, workers=2),
    replace(WHOLE, clock_jumps=True),
    replace(WHOLE, seed=2, cut_connections=True, restarts=True),
)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.crash",
        description="Kills workers with SIGKILL while they claim, send, record and close pulse"
        " rounds, and compares what the sandbox took with what was to be sent.",
        epilog="Example: python -m tests.crash --long --json crash.json",
    )
    parser.add_argument("--long", action="store_true", help="200 kills of 1,000 messages, six ways")
    parser.add_argument("--only", type=int, metavar="N", help="the Nth of these runs alone, from 1")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), help="only this one")
    parser.add_argument("--seed", type=int, help="other moments to die at")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here too")
    parser.add_argument(
        "--commit-after-send",
        action="store_true",
        help="make the mistake of committing a claim only after sending; the proof must fail",
    )
    wanted = parser.parse_args()
    plans = [
        replace(
            plan,
            seed=plan.seed if wanted.seed is None else wanted.seed,
            commit_after_send=wanted.commit_after_send,
        )
        for number, plan in enumerate(LONG if wanted.long else SHORT, start=1)
        if wanted.engine in (None, plan.engine) and wanted.only in (None, number)
    ]
    verdicts = []
    for plan in plans:
        with empty_database(plan.engine) as place:
            verdicts.append(prove(plan, place))
            show(verdicts[-1:])
    if wanted.json:
        rows = [as_row(verdict) for verdict in verdicts]
        wanted.json.write_text(json.dumps(rows, indent=2) + "\n")
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def show(verdicts: list[Verdict]) -> None:
    """Print verdicts as a table, on stderr."""
    rows = [as_row(verdict) for verdict in verdicts]
    table = Table(show_header=False)
    for name in rows[0]:
        cells = [row[name] for row in rows]
        texts = (f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in cells)
        table.add_row(name.replace("_", " "), *texts)
    Console(file=sys.stderr).print(table)


if __name__ == "__main__":
    sys.exit(main())
