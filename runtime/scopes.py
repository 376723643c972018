"""The permissions that the app asks for in Slack."""

from pathlib import Path

import yaml

MANIFEST = Path(__file__).parents[1] / "config" / "slack-manifest.yaml"
HISTORY_SCOPES = frozenset({"im:history", "groups:history"})
"""Needed only to find out whether a message arrived when the connection broke."""


def needed_scopes() -> frozenset[str]:
    """The bot scopes of the manifest."""
    manifest = yaml.safe_load(MANIFEST.read_text())
    return frozenset(manifest["oauth_config"]["scopes"]["bot"])
