"""``slack-sandbox``, or ``python -m slack_sandbox``: run the sandbox on its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from datetime import datetime
from pathlib import Path

import yaml

from slack_sandbox import apps, persist
from slack_sandbox.problems import Problem
from slack_sandbox.seed import populate
from slack_sandbox.server import HOST, create_server, place
from slack_sandbox.world import World


def main(argv: list[str] | None = None) -> int:
    """Run until interrupted; exit code 1, with one sentence, when it cannot start."""
    args = _parser().parse_args(argv)
    world = World(seed=args.seed, rate=args.rate, start=args.start)
    populate(world)
    try:
        if args.file and args.file.exists():
            persist.load(world, args.file)
        if args.manifest:
            manifest = yaml.safe_load(args.manifest.read_text())
            apps.configure(world, next(iter(world.apps.values())), {"manifest": manifest})
        listener = place(world, args.host, args.port)
    except (Problem, yaml.YAMLError, ValueError) as fault:
        return _fail(f"The sandbox cannot read its files: {fault}")
    except OSError as fault:
        return _fail(f"The sandbox cannot start on port {args.port}: {fault.strerror}.")
    world.hosts.update(name.lower() for name in args.allow_host)
    sys.stdout.write(f"Sandbox at {world.base_url}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(create_server(world).serve(sockets=[listener]))
    if args.file:
        persist.save(world, args.file)
    return 0


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return moment


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="slack-sandbox",
        description="A Slack workspace in a box.",
        epilog="Example: slack-sandbox --port 3300 --manifest manifest.yaml",
    )
    parser.add_argument("--host", default=HOST, help="address to listen on (%(default)s)")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer under this name too, besides localhost and --host; may be repeated",
    )
    parser.add_argument("--port", type=int, default=3300, help="0 picks a free one (%(default)s)")
    parser.add_argument("--file", type=Path, help="keep the world in this JSON file")
    parser.add_argument("--seed", type=int, default=0, help="seed of ids and faults (%(default)s)")
    parser.add_argument("--rate", type=float, default=1.0, help="speed of the clock (%(default)s)")
    parser.add_argument("--start", type=_moment, help="when its clock begins, with a zone (now)")
    parser.add_argument("--manifest", type=Path, help="app manifest, YAML or JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
