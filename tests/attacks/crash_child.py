"""Closes a round in a process of its own that is killed at one step.

python -m tests.attacks.crash_child DATABASE_URL KEY_DIR NOW STEP
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.flows import pulse_rounds as rounds
from bot.kernel.database import open_database
from bot.keys.vault import FileVault
from bot.pulse import ballots, closing
from bot.pulse import store as kept
from tests.pulse.papers import INSTRUMENT
from tests.support.scopes import see_all_workspaces

Step = Callable[..., Awaitable[Any]]
PLACES: dict[str, tuple[Any, str, str]] = {
    "before the box is shut": (closing, "begin_closing", "before"),
    "after the box is shut": (closing, "count", "before"),
    "after counting": (closing, "count", "after"),
    "after writing the releases": (kept, "put_results", "after"),
    "after emptying the box": (ballots, "empty", "after"),
    "after the release": (ballots, "destroy_keys", "before"),
    "after destroying the key": (ballots, "scrub", "before"),
}


def _fatal(step: Step, when: str) -> Step:
    async def killed(*args: Any, **named: Any) -> Any:
        if when == "after":
            await step(*args, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return killed


async def main(url: str, key_dir: str, now: str, step: str) -> None:
    """Die at `step` of closing whatever is past its close at `now`."""
    module, name, when = PLACES[step]
    setattr(module, name, _fatal(getattr(module, name), when))
    database = open_database(url)
    means = rounds.PulseServices(database, FileVault(Path(key_dir)), {"small": INSTRUMENT})
    await rounds.finish_rounds(means, now=datetime.fromisoformat(now))


if __name__ == "__main__":
    see_all_workspaces()
    asyncio.run(main(*sys.argv[1:]))
