"""Play what is asked on standard input, and say on standard output how it goes."""

import asyncio
import os
import pickle
import sys
import threading

from bot.kernel.errors import UserFacing
from bot.rehearsal.rules import summary
from config.catalogue import load_catalogue
from runtime.logs import set_up_logs
from runtime.rehearsal.copied import rehearse_copy
from runtime.rehearsal.page import as_html


def main() -> None:
    """Play one rehearsal, at a lower priority than the bot: see `process.py`."""
    set_up_logs("CRITICAL")
    os.nice(5)
    asked, config_folder = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
    threading.Thread(target=_end_with_the_bot, daemon=True).start()
    shown = ""

    def told(share: float, day: str) -> None:
        nonlocal shown
        month = day.partition(" ")[2]
        if month != shown:
            shown = month
            _say(f"at {share:.3f} {month}\n".encode())

    try:
        catalogue = load_catalogue(own=config_folder)
        found = asyncio.run(rehearse_copy(asked, catalogue, told=told))
    except UserFacing as problem:
        _say(f"refused {problem.sentence}\n".encode())
        return
    whole = pickle.dumps(summary(found, as_html(found)))
    _say(f"played {len(whole)}\n".encode() + whole)


def _end_with_the_bot() -> None:
    """End once nobody holds the other end of the input, however the bot ended."""
    sys.stdin.buffer.read()
    os._exit(1)


def _say(what: bytes) -> None:
    sys.stdout.buffer.write(what)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
