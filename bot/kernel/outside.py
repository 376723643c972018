"""Work that takes long, beside the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

T = TypeVar("T")

LARGE = 1_000
"""People, above whom the flow solver would keep Python to itself for tenths of a second."""


async def work_out(people: int, work: Callable[[], T]) -> T:
    """Call `work`, a partial of a module's pure function about so many people; give its result.

    For a large workspace it runs in a process of its own, which ends with it: OR-tools holds
    Python's lock while it solves, so that in a thread it would hold up every form. For others a
    thread will do, and costs no start.
    """
    if people <= LARGE:
        return await asyncio.to_thread(work)
    processes = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        return await asyncio.get_running_loop().run_in_executor(processes, work)
    finally:
        processes.shutdown(wait=False, cancel_futures=True)
