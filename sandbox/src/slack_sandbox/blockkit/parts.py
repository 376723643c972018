"""Text, option and confirmation objects: docs.slack.dev/reference/block-kit/composition-objects."""

from __future__ import annotations

from typing import Any

from slack_sandbox.blockkit.core import (
    Check,
    Report,
    also,
    by_type,
    flag,
    items,
    matching,
    one_of,
    shape,
    string,
    whole,
)

KIND: Check = string()
BLOCK_ID: Check = string(255)
ACTION_ID: Check = string(255)
URL: Check = also(
    string(3000),
    matching(lambda one: one.startswith(("http://", "https://")), "must be a valid URL"),
)


def _plain(most: int) -> Check:
    return shape({"type": KIND, "text": string(most)}, {"emoji": flag})


def plain(most: int = 3000) -> Check:
    """A text object that is ``plain_text``."""
    return by_type({"plain_text": _plain(most)}, what="text type")


def text(most: int = 3000) -> Check:
    """A text object, plain or with markup."""
    marked = shape({"type": KIND, "text": string(most)}, {"verbatim": flag})
    return by_type({"plain_text": _plain(most), "mrkdwn": marked}, what="text type")


def option(*, marked: bool = False, link: bool = False) -> Check:
    """A choice; ``marked`` texts are for checkboxes and radio buttons, links for overflows."""
    wording = text if marked else plain
    more: dict[str, Check] = {"description": wording(75)}
    if link:
        more["url"] = URL
    return shape({"text": wording(75), "value": string(150)}, more)


def option_group(most: int = 100) -> Check:
    """Choices under a heading."""
    return shape({"label": plain(75), "options": items(option(), most=most)})


CONFIRM: Check = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
DISPATCH_CONFIG: Check = shape(
    {},
    {
        "trigger_actions_on": items(
            one_of("on_enter_pressed", "on_character_entered"), least=1, most=2
        )
    },
)
CONVERSATION_FILTER: Check = shape(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), least=1),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)
SLACK_FILE: Check = shape({}, {"id": string(), "url": URL})


def has_one(*names: str) -> Check:
    """At least one of these fields."""

    def check(value: Any, report: Report) -> None:
        if not any(value.get(name) is not None for name in names):
            report.note(f"missing required field: {' or '.join(names)}")

    return check


_STYLE: Check = shape(
    {},
    dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), flag)
    | dict.fromkeys(("client_highlight", "unlink"), flag),
)
_INLINE: Check = by_type(
    {
        "text": shape({"type": KIND, "text": string()}, {"style": _STYLE}),
        "link": shape(
            {"type": KIND, "url": string()}, {"text": string(), "style": _STYLE, "unsafe": flag}
        ),
        "user": shape({"type": KIND, "user_id": string()}, {"style": _STYLE}),
        "channel": shape({"type": KIND, "channel_id": string()}, {"style": _STYLE}),
        "usergroup": shape({"type": KIND, "usergroup_id": string()}, {"style": _STYLE}),
        "team": shape({"type": KIND, "team_id": string()}, {"style": _STYLE}),
        "emoji": shape(
            {"type": KIND, "name": string()},
            {"unicode": string(), "style": _STYLE, "skin_tone": whole(1, 6), "url": string()},
        ),
        "broadcast": shape(
            {"type": KIND, "range": one_of("here", "channel", "everyone")}, {"style": _STYLE}
        ),
        "color": shape({"type": KIND, "value": string()}, {"style": _STYLE}),
        "date": shape(
            {"type": KIND, "timestamp": whole(), "format": string()},
            {"url": string(), "fallback": string(), "style": _STYLE},
        ),
    }
)
_SECTION: Check = shape({"type": KIND, "elements": items(_INLINE, least=0)})
_RICH: Check = by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": shape(
            {
                "type": KIND,
                "style": one_of("bullet", "ordered"),
                "elements": items(by_type({"rich_text_section": _SECTION})),
            },
            {"indent": whole(0, 8), "offset": whole(0), "border": whole(0, 1)},
        ),
        "rich_text_quote": shape(
            {"type": KIND, "elements": items(_INLINE, least=0)}, {"border": whole(0, 1)}
        ),
        "rich_text_preformatted": shape(
            {"type": KIND, "elements": items(_INLINE, least=0)},
            {"border": whole(0, 1), "language": string()},
        ),
    }
)
RICH_TEXT: Check = shape({"type": KIND, "elements": items(_RICH)}, {"block_id": BLOCK_ID})
