"""What can be wrong with a request to the sandbox, as two exceptions."""

from __future__ import annotations

from typing import Any


class Problem(Exception):
    """A control request that cannot be done; answered as JSON 400 that names the field."""

    def __init__(self, field: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.status = status

    def as_json(self) -> dict[str, Any]:
        """Return the answer's body."""
        return {"ok": False, "error": self.message, "field": self.field}


class ApiError(Exception):
    """A Web API call that Slack would refuse with ``error``; ``extra`` joins the answer."""

    def __init__(self, error: str, *, messages: list[str] | None = None, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra
        if messages:
            self.extra["response_metadata"] = {"messages": messages}

    def as_json(self) -> dict[str, Any]:
        """Return the answer's body, as Slack words it."""
        return {"ok": False, "error": self.error, **self.extra}
