"""Dying at a chosen moment: between any two steps that an event loop takes."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Generator
from types import TracebackType
from typing import Any


def die_now() -> None:
    """SIGKILL to oneself: no handler, no `finally`, no flush is run."""
    os.kill(os.getpid(), signal.SIGKILL)


class Steps:
    """Counts every step of every task of a loop, a step being what runs from one suspension at an
    `await` to the next, and calls `at_last` right after step number `last`.

    What a step has written to a socket is with the kernel by then, so dying there is dying with a
    request sent and its answer not read.
    """

    def __init__(self, last: int | None, *, at_last: Callable[[], None] = die_now) -> None:
        self.taken = 0
        self.last = last
        self._at_last = at_last

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count from now on, in every task that `loop` is given."""
        loop.set_task_factory(self._task)

    def _task(
        self, loop: asyncio.AbstractEventLoop, work: Any, **named: Any
    ) -> "asyncio.Task[Any]":
        return asyncio.Task(_Counted(work, self), loop=loop, **named)

    def step_taken(self) -> None:
        self.taken += 1
        if self.taken == self.last:
            self._at_last()


class _Counted(Coroutine[Any, Any, Any]):
    """A coroutine that reports each of its steps."""

    def __init__(self, inner: Coroutine[Any, Any, Any], steps: Steps) -> None:
        self._inner = inner
        self._steps = steps

    def send(self, value: Any) -> Any:
        try:
            return self._inner.send(value)
        finally:
            self._steps.step_taken()

    def throw(
        self,
        kind: Any,
        value: BaseException | object = None,
        traceback: TracebackType | None = None,
    ) -> Any:
        try:
            return self._inner.throw(kind)
        finally:
            self._steps.step_taken()

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from self._inner.__await__())
