"""Log without leaks: only named fields pass, and libraries name the kind of failure alone."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED_FIELDS = frozenset(
    {
        "event", "level", "timestamp", "logger",
        "incident", "listener", "failure", "error", "place", "reason", "groups", "waiting",
        "kind", "lane", "state", "attempts", "count", "sent", "due", "seconds",
        "claimed", "expired", "dead", "late_s", "engine", "address", "mode", "version",
        "schema", "at", "workspace",
    }
)  # fmt: skip
"""Reflections, answers, names, tokens and ids of people have no field to travel in."""

QUIET_LIBRARIES = ("slack_bolt", "slack_sdk", "aiohttp", "httpx", "httpcore", "apscheduler")


def drop_other_fields(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep the allowed fields of a log line and nothing else."""
    return {key: value for key, value in event.items() if key in ALLOWED_FIELDS}


class KindOnly(logging.Filter):
    """Replace a library's message, which may quote a request, by the kind of failure."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "message"
        record.msg, record.args = f"{record.name} {record.levelname.lower()} ({kind})", ()
        record.exc_info, record.exc_text, record.stack_info = None, None, None
        return True


def set_up_logs(level: str) -> None:
    """Log to standard error at `level` (DEBUG … ERROR). Libraries never go below WARNING: at
    DEBUG they would write whole payloads."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(KindOnly())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)  # its warnings are about our set-up
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            drop_other_fields,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
            if sys.stderr.isatty()
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is at that moment
        cache_logger_on_first_use=False,
    )
