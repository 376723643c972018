"""Block Kit as Slack checks it."""

from __future__ import annotations

from slack_sandbox.blockkit.check import check_message, check_view

__all__ = ["check_message", "check_view"]
