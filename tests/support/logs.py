"""Hold every line that a test makes Cairn log against the list, or let it log as in production."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from runtime.log_events import EVENTS
from runtime.logs import set_up_logs


def refuse_unlisted(_logger: object, method: str, line: Any) -> Any:
    """Fail on a line that production would leave out, and write none of the others."""
    name = line.pop("event")
    assert name in EVENTS, f"{name!r} is not on the list of runtime/log_events"
    assert method == EVENTS[name].level, f"{name} is logged as {method}"
    assert set(line) <= set(EVENTS[name].fields), f"{name} is logged with {sorted(line)}"
    raise structlog.DropEvent


def keep_to_the_list() -> None:
    """Hold all that is logged from now on against the list."""
    structlog.configure(processors=[refuse_unlisted], cache_logger_on_first_use=False)


@contextmanager
def logging_as_in_production(level: str = "DEBUG") -> Iterator[None]:
    """Log to standard error as a running process does, at the level at which most is said."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, root_level = list(root.handlers), root.level
    set_up_logs(level)
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(root_level)
