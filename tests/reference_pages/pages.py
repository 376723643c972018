"""The generated pages of docs/reference, each with the function that writes it."""

from collections.abc import Callable

from tests.reference_pages import commands, log_events, metrics, schema, scopes, settings
from tests.support.source import ROOT

FOLDER = ROOT / "docs/reference"
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands.page,
    "settings.md": settings.page,
    "log-events.md": log_events.page,
    "scopes.md": scopes.page,
    "schema.md": schema.page,
    "metrics.md": metrics.page,
}
