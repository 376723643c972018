"""`python -m benchmarks NAME… [--quick] [--json FILE]`: runs, prints a table, writes JSON."""

import argparse
import importlib
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.kernel.scope import everywhere

NAMES = (
    *("ack", "startup", "match", "rotate", "burst", "tick", "pulse", "sandbox", "grow", "monday"),
    "roster",
    "door",
    "portfolio",
    "export",
    "load",
)
SIZED = ("grow", "monday")
"""Benchmarks of several sizes and engines, of which a few may be chosen."""
PARTS = {"match": ("match", "groups"), "burst": ("burst", "fleet")}
"""Benchmarks of several tables: seats and the groups on top of them, one workspace and forty."""
WIDTH = 180
"""Columns of a table that goes to a file."""
Row = dict[str, object]


def main() -> int:
    if sys.argv[1:2] == ["soak"]:  # which measures nothing beside a baseline
        return int(importlib.import_module("benchmarks.soak").main(sys.argv[2:]))
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures beside a baseline in the same run.",
        epilog="Example: python -m benchmarks ack startup --json figures.json. "
        "And: python -m benchmarks soak --help",
    )
    parser.add_argument("names", nargs="+", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="smaller instances, for a first look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here too")
    for name in ("sizes", "engines", "only"):
        help_ = f"only these {name if name != 'only' else 'cases'}, of {' and '.join(SIZED)}"
        parser.add_argument(f"--{name}", type=_several, metavar="A,B", help=help_)
    for size in ("workspaces", "members", "weeks"):
        parser.add_argument(f"--{size}", type=int, help=f"how many {size} `load` has")
    help_ = "let mentees' prompts be due on the Monday of `load`, too"
    parser.add_argument("--everybody", action="store_true", help=help_)
    wanted = parser.parse_args()
    chosen = {
        "sizes": [int(size) for size in wanted.sizes or ()],
        "engines": wanted.engines or [],
        "only": wanted.only or [],
    }
    many = {name: getattr(wanted, name) for name in ("workspaces", "members", "weeks", "everybody")}
    figures = {}
    for name in (part for one in wanted.names for part in PARTS.get(one, (one,))):
        given = {"load": many}.get(name, chosen if name in SIZED else {})
        with everywhere():
            rows = importlib.import_module(f"benchmarks.{name}").run(quick=wanted.quick, **given)
        figures[name] = rows
        show(name, rows)
    report = {"measured": datetime.now(UTC).isoformat(), "machine": machine(), "figures": figures}
    text = json.dumps(report, indent=2, default=str)
    if wanted.json:
        wanted.json.write_text(text + "\n")
    else:
        print(text)
    return 0


def _several(text: str) -> list[str]:
    return text.split(",")


def machine() -> dict[str, object]:
    """What a reader needs to compare: cores, processor family, Python. No names or paths."""
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
    }


def show(name: str, rows: list[Row]) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = Table(title=name)
    for column in columns:
        table.add_column(column.replace("_", " "))
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    width = None if sys.stderr.isatty() else WIDTH
    Console(file=sys.stderr, width=width).print(table)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"
    return "" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main())
