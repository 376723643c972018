"""Block elements: docs.slack.dev/reference/block-kit/block-elements.

Lengths and counts are those of the reference, as the models of slack_sdk 3.47 carry them.
"""

from __future__ import annotations

import re
from typing import Any

from slack_sandbox.blockkit.core import (
    Check,
    Report,
    also,
    anything,
    flag,
    items,
    one_of,
    shape,
    string,
    whole,
)
from slack_sandbox.blockkit.core import matching as pattern
from slack_sandbox.blockkit.parts import (
    ACTION_ID,
    CONFIRM,
    CONVERSATION_FILTER,
    DISPATCH_CONFIG,
    KIND,
    RICH_TEXT,
    SLACK_FILE,
    URL,
    has_one,
    option,
    option_group,
    plain,
    text,
)

_DATE = pattern(re.compile(r"\d{4}-\d{2}-\d{2}").fullmatch, "must be a date: YYYY-MM-DD")
_TIME = pattern(re.compile(r"([01]\d|2[0-3]):[0-5]\d").fullmatch, "must be a time: HH:mm")
_ACTING: dict[str, Check] = {"action_id": ACTION_ID, "confirm": CONFIRM, "focus_on_load": flag}
_ENTERING: dict[str, Check] = {
    "action_id": ACTION_ID,
    "placeholder": plain(150),
    "focus_on_load": flag,
    "dispatch_action_config": DISPATCH_CONFIG,
}
_CHOOSING: dict[str, Check] = {**_ACTING, "placeholder": plain(150)}
_MANY: dict[str, Check] = {**_CHOOSING, "max_selected_items": whole(1)}
_OPTIONS: dict[str, Check] = {
    "options": items(option(), most=100),
    "option_groups": items(option_group(), most=100),
}


def _preset_is_offered(value: Any, report: Report) -> None:
    """Note a fault when what is preset is not among the options, to the letter."""
    offered = list(value.get("options") or [])
    for group in value.get("option_groups") or []:
        offered += group["options"]
    preset = list(value.get("initial_options") or [])
    if value.get("initial_option"):
        preset.append(value["initial_option"])
    if any(one not in offered for one in preset):
        report.note("initial_option(s) must exactly match one of the options provided")


def _one_source(value: Any, report: Report) -> None:
    if value.get("options") is not None and value.get("option_groups") is not None:
        report.note("options and option_groups cannot both be provided")


def _static(more: dict[str, Check]) -> Check:
    return also(
        shape({"type": KIND}, {**more, **_OPTIONS}),
        has_one("options", "option_groups"),
        _one_source,
        _preset_is_offered,
    )


_BUTTON = shape(
    {"type": KIND, "text": plain(75)},
    {
        "action_id": ACTION_ID,
        "url": URL,
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "agent_prompt": string(4000),
    },
)
_IMAGE = also(
    shape({"type": KIND, "alt_text": string(2000)}, {"image_url": URL, "slack_file": SLACK_FILE}),
    has_one("image_url", "slack_file"),
)
_FEW = items(option(marked=True), most=10)
_FEEDBACK = shape({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})

SELECTS: dict[str, Check] = {
    "static_select": _static({**_CHOOSING, "initial_option": option()}),
    "external_select": shape(
        {"type": KIND},
        {**_CHOOSING, "initial_option": option(), "min_query_length": whole(0)},
    ),
    "users_select": shape({"type": KIND}, {**_CHOOSING, "initial_user": string()}),
    "conversations_select": shape(
        {"type": KIND},
        {
            **_CHOOSING,
            "initial_conversation": string(),
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": CONVERSATION_FILTER,
        },
    ),
    "channels_select": shape(
        {"type": KIND},
        {**_CHOOSING, "initial_channel": string(), "response_url_enabled": flag},
    ),
}
MULTI_SELECTS: dict[str, Check] = {
    "multi_static_select": _static({**_MANY, "initial_options": items(option(), most=100)}),
    "multi_external_select": shape(
        {"type": KIND},
        {**_MANY, "initial_options": items(option(), most=100), "min_query_length": whole(0)},
    ),
    "multi_users_select": shape({"type": KIND}, {**_MANY, "initial_users": items(string())}),
    "multi_conversations_select": shape(
        {"type": KIND},
        {
            **_MANY,
            "initial_conversations": items(string()),
            "default_to_current_conversation": flag,
            "filter": CONVERSATION_FILTER,
        },
    ),
    "multi_channels_select": shape({"type": KIND}, {**_MANY, "initial_channels": items(string())}),
}
PICKERS: dict[str, Check] = {
    "datepicker": shape({"type": KIND}, {**_CHOOSING, "initial_date": _DATE}),
    "timepicker": shape({"type": KIND}, {**_CHOOSING, "initial_time": _TIME, "timezone": string()}),
    "checkboxes": also(
        shape({"type": KIND, "options": _FEW}, {**_ACTING, "initial_options": _FEW}),
        _preset_is_offered,
    ),
    "radio_buttons": also(
        shape(
            {"type": KIND, "options": _FEW},
            {**_ACTING, "initial_option": option(marked=True)},
        ),
        _preset_is_offered,
    ),
}
MOMENT: dict[str, Check] = {
    "datetimepicker": shape(
        {"type": KIND}, {**_ACTING, "initial_date_time": whole(1_000_000_000, 9_999_999_999)}
    )
}
BUTTONS: dict[str, Check] = {
    "button": _BUTTON,
    "overflow": shape(
        {"type": KIND, "options": items(option(link=True), most=5)},
        {"action_id": ACTION_ID, "confirm": CONFIRM},
    ),
    "workflow_button": shape(
        {"type": KIND, "text": plain(75), "workflow": shape({"trigger": anything})},
        {"action_id": ACTION_ID, "style": string(), "accessibility_label": string(75)},
    ),
}
IMAGE: dict[str, Check] = {"image": _IMAGE}
ENTRIES: dict[str, Check] = {
    "plain_text_input": shape(
        {"type": KIND},
        {
            **_ENTERING,
            "initial_value": string(3000, least=0),
            "multiline": flag,
            "min_length": whole(0, 3000),
            "max_length": whole(1, 3000),
        },
    ),
    "email_text_input": shape({"type": KIND}, {**_ENTERING, "initial_value": string()}),
    "url_text_input": shape({"type": KIND}, {**_ENTERING, "initial_value": string()}),
    "number_input": shape(
        {"type": KIND, "is_decimal_allowed": flag},
        {
            **_ENTERING,
            "initial_value": string(),
            "min_value": string(),
            "max_value": string(),
        },
    ),
    "rich_text_input": shape({"type": KIND}, {**_ENTERING, "initial_value": RICH_TEXT}),
    "file_input": shape(
        {"type": KIND},
        {"action_id": ACTION_ID, "filetypes": items(string()), "max_files": whole(1, 10)},
    ),
}
CONTEXT_ACTIONS: dict[str, Check] = {
    "feedback_buttons": shape(
        {"type": KIND, "positive_button": _FEEDBACK, "negative_button": _FEEDBACK},
        {"action_id": ACTION_ID},
    ),
    "icon_button": shape(
        {"type": KIND, "icon": one_of("trash"), "text": plain(75)},
        {
            "action_id": ACTION_ID,
            "value": string(2000),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": items(string()),
        },
    ),
}
WORDS: dict[str, Check] = {"plain_text": text(), "mrkdwn": text()}

# Which elements which block takes. A multi-select is not for actions: Slack's server refuses it
# there (slackapi/python-slack-sdk issue 1631, node-slack-sdk issue 1299). An entry is for inputs.
IN_SECTION = {**BUTTONS, **IMAGE, **SELECTS, **MULTI_SELECTS, **PICKERS}
IN_ACTIONS = {**BUTTONS, **SELECTS, **PICKERS, **MOMENT}
IN_INPUT = {**ENTRIES, **SELECTS, **MULTI_SELECTS, **PICKERS, **MOMENT}
IN_CONTEXT = {**IMAGE, **WORDS}
