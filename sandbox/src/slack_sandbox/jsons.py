"""Reading JSON that strangers sent."""

from __future__ import annotations

import json
import re
from typing import Any

_LONE = re.compile("[\ud800-\udfff]")


def loads(text: str | bytes) -> Any:
    """Return what the JSON says; ValueError when it is none, or nested beyond reason.

    Half a surrogate pair, which no encoding can write again, becomes U+FFFD.
    """
    try:
        said = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    suspect = b"\\ud" if isinstance(text, bytes) else "\\ud"
    return _scrubbed(said) if suspect in text.lower() else said  # type: ignore[operator]


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return value if _is_whole(value) else _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_scrubbed(one) for one in value]
    if isinstance(value, dict):
        return {_scrubbed(key): _scrubbed(one) for key, one in value.items()}
    return value


def _is_whole(value: str) -> bool:
    return _LONE.search(value) is None
