"""The words of blocks, for those who hear a message or read it in a notification."""

from collections.abc import Iterable, Mapping
from typing import Any


def said(blocks: Iterable[Mapping[str, Any]]) -> list[str]:
    """List what headers, sections and notes say, to go into the text of a message."""
    return [
        one["text"]
        for block in blocks
        for one in (block.get("text"), *block.get("elements", ()))
        if isinstance(one, Mapping) and block["type"] in {"header", "section", "context"}
    ]
