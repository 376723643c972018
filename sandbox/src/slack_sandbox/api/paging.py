"""Lists in pages: docs.slack.dev/apis/web-api/pagination.

As in Slack a cursor is opaque, may end in ``=`` as base64 does, and names what comes next: what is
added or taken away between two pages moves nothing else to another page.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from slack_sandbox.api.args import Args
from slack_sandbox.problems import ApiError


def page(
    ids: Sequence[str], args: Args, *, default: int, most: int, error: str = "invalid_limit"
) -> tuple[Sequence[str], str]:
    """Return one page of ``ids`` and the cursor of the next one, empty at the end."""
    limit = args.whole("limit", default, most=most, error=error)
    start = _start(ids, args.text("cursor"))
    end = start + limit
    return ids[start:end], write_cursor("next", end, ids[end]) if end < len(ids) else ""


def write_cursor(*parts: str | int) -> str:
    """Return a cursor that stands for ``parts``."""
    return base64.b64encode(":".join(map(str, parts)).encode()).decode()


def read_cursor(cursor: str, kind: str) -> list[str]:
    """Return what follows ``kind`` in a cursor; ApiError when it is none of that kind."""
    try:
        found, *parts = base64.b64decode(cursor, validate=True).decode().split(":")
    except ValueError:
        raise ApiError("invalid_cursor") from None
    if found != kind or not parts:
        raise ApiError("invalid_cursor")
    return parts


def _start(ids: Sequence[str], cursor: str) -> int:
    if not cursor:
        return 0
    place, *named = read_cursor(cursor, "next")
    if not place.isdigit() or len(named) != 1:
        raise ApiError("invalid_cursor")
    # Whoever the cursor names may be gone; then their place is the best that is left.
    return ids.index(named[0]) if named[0] in ids else int(place)
