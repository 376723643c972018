"""Where blocks are shown, and where on it one element stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from markupsafe import Markup

from slack_sandbox.page import mrkdwn
from slack_sandbox.page.directory import Directory
from slack_sandbox.page.shape import as_map, as_text

State = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """A message, a Home tab or a modal.

    ``prefix`` makes the ids of its elements unique on the page; ``state`` is what has been
    chosen so far, as Slack's ``view.state.values``.
    """

    kind: Literal["message", "home", "modal"]
    names: Directory
    prefix: str = "b"
    state: State = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """The place of one element: its block, its id in the document and what names it.

    ``label`` is the visible label's text, empty when the element must name itself; ``acts``
    says that a change is sent to the app at once.
    """

    surface: Surface
    block_id: str
    id: str
    label: str = ""
    acts: bool = True
    required: bool = False
    described_by: str | None = None

    @property
    def names(self) -> Directory:
        """The names that text in this place may mention."""
        return self.surface.names


def field_name(block_id: str, action_id: str) -> str:
    """Return the form field's name of an element: a JSON pair, so that no id can forge one."""
    return json.dumps([block_id, action_id], separators=(",", ":"))


def hooks(element: Mapping[str, Any], spot: Spot) -> dict[str, object]:
    """Return the attributes by which scripts and tests find an element."""
    action_id = as_text(element.get("action_id"))
    return {
        "data-block-id": spot.block_id,
        "data-action-id": action_id,
        "data-type": as_text(element.get("type")),
        "data-acts": spot.acts,
    }


def text_object(composition: object, names: Directory, *, inline: bool = False) -> Markup:
    """Return the HTML of a text object: plain_text or mrkdwn, a bare string as plain."""
    if isinstance(composition, str):
        return mrkdwn.plain(composition)
    found = as_map(composition)
    text = as_text(found.get("text"))
    if found.get("type") == "mrkdwn":
        return mrkdwn.inline(text, names) if inline else mrkdwn.render(text, names)
    return mrkdwn.plain(text, emoji_shown=found.get("emoji") is not False)


def option_text(option: Mapping[str, Any], names: Directory) -> str:
    """Return an option's text without markup, for menus that cannot show any."""
    return mrkdwn.as_text(as_text(as_map(option.get("text")).get("text")), names)
