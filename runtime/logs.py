"""Log without leaks, one JSON object a line: only listed events pass, with their listed fields."""

import logging
import sys
import threading
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.processors import CallsiteParameter, CallsiteParameterAdder

from bot.kernel.errors import origin_of
from runtime.log_events import EVENTS
from runtime.log_events.model import FIELDS

log = structlog.get_logger("cairn.logs")

WITHHELD = "withheld"
"""Stands in place of a value that is not of its field's shape, and may be anybody's words."""
QUIET_LIBRARIES = ("slack_bolt", "slack_sdk", "aiohttp", "httpx", "httpcore", "apscheduler")

_caller = CallsiteParameterAdder(
    [CallsiteParameter.FILENAME, CallsiteParameter.LINENO, CallsiteParameter.FUNC_NAME],
    additional_ignores=["runtime.logs"],
)

Line = MutableMapping[str, Any]


def only_listed(logger: Any, method: str, line: Line) -> Line:
    """Keep of a line what the list of events knows, in one order, and withhold odd values."""
    event = EVENTS.get(line["event"])
    if event is None:
        at = _caller(logger, method, {})
        event = EVENTS["unlisted"]
        line = {"source": f"{at['filename']}:{at['lineno']} {at['func_name']}"}
    kept = {
        name: value if field.takes(value) else WITHHELD
        for name, field in FIELDS.items()
        if name in event.fields and (value := line.get(name)) is not None
    }
    at_utc = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    return {"timestamp": f"{at_utc}Z", "level": method, "event": event.name, **kept}


class Libraries(logging.Handler):
    """Writes what libraries log as lines of ours: never their words, which may quote a request."""

    def __init__(self, render: Callable[[Any, str, Line], Any]) -> None:
        super().__init__()
        self.render = render

    def emit(self, record: logging.LogRecord) -> None:
        structlog.PrintLogger(sys.stderr).msg(self.line_of(record))

    def line_of(self, record: logging.LogRecord) -> str:
        """Write the line of one record: the library, and the type of a failure."""
        line: Line = {"event": "library", "library": record.name}
        failure = record.exc_info[1] if record.exc_info else None
        if failure is not None:
            line["failure"], line["source"] = type(failure).__name__, origin_of(failure)
        level = record.levelname.lower()
        return str(self.render(None, level, only_listed(None, level, line)))


def set_up_logs(level: str) -> None:
    """Log to standard error at `level` (DEBUG … ERROR): JSON, or in columns on a terminal.

    Libraries never go below WARNING: at DEBUG they would write whole payloads."""
    render = (
        structlog.dev.ConsoleRenderer(sort_keys=False)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    logging.basicConfig(level=logging.WARNING, handlers=[Libraries(render)], force=True)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)  # its warnings are about our set-up
    logging.getLogger("apscheduler").setLevel(
        logging.ERROR
    )  # a beat that lasts is no news each 5 s
    structlog.configure(
        processors=[only_listed, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is at that moment
        cache_logger_on_first_use=False,
    )


def log_crashes() -> None:
    """Write one line about whatever ends the process, a thread or an object, and no traceback:
    its last line may hold anybody's words. Python's warnings become lines as well."""
    sys.excepthook = lambda _kind, failure, _trace: _crashed(failure)
    threading.excepthook = lambda given: _crashed(given.exc_value)
    sys.unraisablehook = lambda given: _crashed(given.exc_value)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a line that cannot be written is none, not a traceback


def _crashed(failure: BaseException | None) -> None:
    if failure is None or isinstance(failure, KeyboardInterrupt):
        return
    if not structlog.is_configured():
        set_up_logs("INFO")
    log.critical("crashed", failure=type(failure).__name__, source=origin_of(failure))
