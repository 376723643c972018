"""Work that takes long, beside the event loop."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import TypeVar

T = TypeVar("T")

LARGE = 1_000
"""Above this many people, the flow solver holds Python's lock for tenths of a second."""


async def work_out(people: int, work: Callable[[], T]) -> T:
    """Call `work`, a partial of a module's pure function about so many people; give its result.

    For a large workspace it runs in a process of its own, which ends with it: OR-tools holds
    Python's lock while it solves, so that in a thread it would hold up every form. For others a
    thread will do, and costs no start.
    """
    if people <= LARGE:
        return await asyncio.to_thread(work)
    processes = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_serve_alone)
    try:
        return await asyncio.get_running_loop().run_in_executor(processes, work)
    finally:
        processes.shutdown(wait=False, cancel_futures=True)


def _serve_alone() -> None:
    """Leave Ctrl-C to the process that asked, and end when it has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
