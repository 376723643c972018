"""End the process in time when it is told to, whatever hangs in it.

The first SIGTERM or SIGINT lets what is under way be finished. What is not after WITHIN_S is left
as by a crash, which loses nothing: the outbox, the inbox and the leases in the database are taken
up by the next process. A second signal ends it at once.

A thread watches, so that neither a loop that stands still nor a thread that never ends delays it.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

log = structlog.get_logger("cairn.process")

SIGNALS = (signal.SIGINT, signal.SIGTERM)
WITHIN_S = 8.0
SAID_WITHIN_S = 1.0
"""Docker kills after 10 s (docs.docker.com/reference/cli/docker/container/stop), others later."""


@contextmanager
def ending_on_signals(stop: asyncio.Event, *, within_s: float = WITHIN_S) -> Iterator[None]:
    """Set `stop` on the first signal, and end the process `within_s` later or at the second.

    Use it in the main thread, with the loop running that waits for `stop`. Once a signal has come,
    the end of the block is no end of the watch: what comes after it can hang, too.
    """
    told, tells = socket.socketpair()
    tells.setblocking(False)
    heard_before = signal.set_wakeup_fd(tells.fileno())
    before = {number: signal.signal(number, _heard) for number in SIGNALS}
    watching = threading.Thread(
        target=_watch,
        args=(told, stop, asyncio.get_running_loop(), within_s),
        name="ending",
        daemon=True,
    )
    watching.start()
    try:
        yield
    finally:
        if not stop.is_set():
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(heard_before)
            tells.close()
        else:
            _OPEN.append(tells)


_OPEN: list[socket.socket] = []
"""Sockets that must stay open until the process has ended."""


def _heard(*_: object) -> None:
    """Do nothing: Python writes the signal's number where `_watch` reads it."""


def _watch(
    told: socket.socket,
    stop: asyncio.Event,
    loop: asyncio.AbstractEventLoop,
    within_s: float,
) -> None:
    with told:
        if _next_signal(told) is None:
            return
        with suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(stop.set)
        told.settimeout(within_s)
        try:
            number = _next_signal(told)
        except TimeoutError:
            _end(0, say=lambda: log.warning("stopped_unfinished", lasted_s=within_s))
        else:
            _end(128 + (number or 0))


def _next_signal(told: socket.socket) -> int | None:
    """Wait for one of SIGNALS; None when none will come any more.

    Whichever others have a handler are written there, too.
    """
    while written := told.recv(1):
        if written[0] in SIGNALS:
            return written[0]
    return None


def end_at_once() -> None:
    """End the process as a crash does, for a supervisor to start it again."""
    _end(1)


def _end(code: int, *, say: Callable[[], None] = lambda: None) -> None:
    """End the process, with its last words where somebody takes them within SAID_WITHIN_S."""
    last = threading.Thread(target=_say_last, args=(say,), name="last", daemon=True)
    last.start()
    last.join(SAID_WITHIN_S)
    os._exit(code)


def _say_last(say: Callable[[], None]) -> None:
    with suppress(OSError, ValueError):
        say()
        sys.stdout.flush()
        sys.stderr.flush()
