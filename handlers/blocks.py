"""The Block Kit that Cairn speaks: small builders that keep Slack's limits.

Limits are those of https://docs.slack.dev/reference/block-kit. Text arguments called `mrkdwn` are
Slack markup: whatever a member wrote passes through `escape` first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.kernel.ports import Message

Block = dict[str, Any]
Element = dict[str, Any]
Choice = tuple[str, str]
"""The value and the label of an option."""

SECTION_CHARS = 3000
HEADER_CHARS = 150
BUTTON_CHARS = 75
OPTION_CHARS = 75
LABEL_CHARS = 2000
PLACEHOLDER_CHARS = 150
TITLE_CHARS = 24
VIEW_BLOCKS = 100
CONTEXT_ELEMENTS = 10
ACTION_ELEMENTS = 25


@dataclass(frozen=True, slots=True)
class ToDoLine:
    """How a to-do is shown: one sentence of Slack markup, and the button that does it."""

    sentence: str
    button: Element


def escape(text: str) -> str:
    """Text that a person wrote, made harmless: no mention, link or channel call survives.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """`text`, ending in an ellipsis where it had to be cut; never inside an escaped character."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    start = kept.rfind("&")
    if start != -1 and ";" not in kept[start:]:
        kept = kept[:start]
    return kept + "…"


def quote(text: str, *, limit: int = SECTION_CHARS) -> str:
    """A person's words as a quotation, escaped and cut at `limit` characters."""
    kept: list[str] = []
    left = limit
    for line in escape(text).split("\n"):
        shown = f">{cut(line, max(2, left - 1))}"
        if len(shown) + 1 > left:
            kept.append(">…")
            break
        kept.append(shown)
        left -= len(shown) + 1
    return "\n".join(kept)


def person(slack_user_id: str) -> str:
    """A mention of a person."""
    return f"<@{slack_user_id}>"


def plain(text: str, limit: int) -> Element:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": True}


def section(mrkdwn: str, *, accessory: Element | None = None, block_id: str | None = None) -> Block:
    """A paragraph, with a button or the like beside it."""
    block: Block = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": cut(mrkdwn, SECTION_CHARS)},
    }
    if accessory is not None:
        block["accessory"] = accessory
    return _with_id(block, block_id)


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER_CHARS)}


def context(*mrkdwn: str) -> Block:
    """Small print."""
    elements = [
        {"type": "mrkdwn", "text": cut(line, SECTION_CHARS)} for line in mrkdwn[:CONTEXT_ELEMENTS]
    ]
    return {"type": "context", "elements": elements}


def divider() -> Block:
    return {"type": "divider"}


def actions(*elements: Element, block_id: str | None = None) -> Block:
    """A row of buttons and selects."""
    return _with_id({"type": "actions", "elements": list(elements[:ACTION_ELEMENTS])}, block_id)


def button(
    label: str,
    action_id: str,
    *,
    value: str | None = None,
    style: str | None = None,
    confirm: Element | None = None,
    url: str | None = None,
    spoken: str | None = None,
) -> Element:
    """A button. `spoken` is what a screen reader says where the label alone is not enough."""
    element: Element = {
        "type": "button",
        "text": plain(label, BUTTON_CHARS),
        "action_id": action_id,
    }
    optional = {
        "value": value,
        "style": style,
        "confirm": confirm,
        "url": url,
        "accessibility_label": cut(spoken, BUTTON_CHARS) if spoken else None,
    }
    return element | {key: given for key, given in optional.items() if given is not None}


def rhythm_button(kind: str) -> Element:
    """A button on a prompt of `kind` that leads to how often and when it comes."""
    return button("Change rhythm", "rhythm.open", value=kind)


def confirm(title: str, mrkdwn: str, *, yes: str, no: str, danger: bool = True) -> Element:
    """The question asked before what cannot be undone."""
    dialog: Element = {
        "title": plain(title, 100),
        "text": {"type": "mrkdwn", "text": cut(mrkdwn, 300)},
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }
    return dialog | ({"style": "danger"} if danger else {})


def option(choice: Choice, *, hint: str | None = None) -> Element:
    value, label = choice
    element: Element = {"text": plain(label, OPTION_CHARS), "value": value}
    return element | ({"description": plain(hint, OPTION_CHARS)} if hint else {})


def select(
    action_id: str, choices: Sequence[Choice], *, placeholder: str, chosen: str | None = None
) -> Element:
    """One of up to 100 options."""
    element: Element = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, PLACEHOLDER_CHARS),
        "options": [option(choice) for choice in choices[:100]],
    }
    return _with_chosen(element, choices[:100], chosen)


def radio(action_id: str, choices: Sequence[Choice], *, chosen: str | None = None) -> Element:
    """One of up to 10 options, all of them visible."""
    element: Element = {
        "type": "radio_buttons",
        "action_id": action_id,
        "options": [option(choice) for choice in choices[:10]],
    }
    return _with_chosen(element, choices[:10], chosen)


def checkboxes(action_id: str, choices: Sequence[Choice], *, chosen: Iterable[str] = ()) -> Element:
    """Any of up to 10 options."""
    element: Element = {
        "type": "checkboxes",
        "action_id": action_id,
        "options": [option(choice) for choice in choices[:10]],
    }
    wanted = set(chosen)
    initial = [option(choice) for choice in choices[:10] if choice[0] in wanted]
    return element | ({"initial_options": initial} if initial else {})


def multi_select(
    action_id: str,
    choices: Sequence[Choice],
    *,
    placeholder: str,
    chosen: Iterable[str] = (),
) -> Element:
    """Any of up to 100 options."""
    element: Element = {
        "type": "multi_static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, PLACEHOLDER_CHARS),
        "options": [option(choice) for choice in choices[:100]],
    }
    wanted = set(chosen)
    initial = [option(choice) for choice in choices[:100] if choice[0] in wanted]
    return element | ({"initial_options": initial} if initial else {})


def text_field(
    action_id: str,
    *,
    multiline: bool = False,
    max_chars: int | None = None,
    placeholder: str | None = None,
    initial: str | None = None,
) -> Element:
    """A box to write in; Slack takes up to 3,000 characters."""
    element: Element = {
        "type": "plain_text_input",
        "action_id": action_id,
        "multiline": multiline,
    }
    optional = {
        "max_length": max_chars,
        "placeholder": plain(placeholder, PLACEHOLDER_CHARS) if placeholder else None,
        "initial_value": initial,
    }
    return element | {key: given for key, given in optional.items() if given is not None}


def date_field(action_id: str, *, initial: date | None = None) -> Element:
    element: Element = {"type": "datepicker", "action_id": action_id}
    return element | ({"initial_date": initial.isoformat()} if initial else {})


def file_field(action_id: str, *, filetypes: Sequence[str], max_files: int = 1) -> Element:
    return {
        "type": "file_input",
        "action_id": action_id,
        "filetypes": list(filetypes),
        "max_files": max_files,
    }


def people_field(action_id: str, *, placeholder: str) -> Element:
    return {
        "type": "users_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, PLACEHOLDER_CHARS),
    }


def channel_field(action_id: str, *, placeholder: str, initial: str | None = None) -> Element:
    element: Element = {
        "type": "conversations_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, PLACEHOLDER_CHARS),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return element | ({"initial_conversation": initial} if initial else {})


def field(
    block_id: str,
    label: str,
    element: Element,
    *,
    hint: str | None = None,
    optional: bool = False,
) -> Block:
    """A labelled question of a modal. One element each, so that the block id finds the answer."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, LABEL_CHARS),
        "element": element,
        "optional": optional,
    }
    return block | ({"hint": plain(hint, LABEL_CHARS)} if hint else {})


def modal(
    *,
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    submit: str | None = None,
    close: str = "Close",
    metadata: str = "",
    notify_on_close: bool = False,
) -> dict[str, Any]:
    """A modal. `metadata` holds ids and places, never what a person wrote."""
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, TITLE_CHARS),
        "close": plain(close, TITLE_CHARS),
        "blocks": list(blocks[:VIEW_BLOCKS]),
        "private_metadata": metadata,
        "notify_on_close": notify_on_close,
    }
    return view | ({"submit": plain(submit, TITLE_CHARS)} if submit else {})


def home(blocks: Sequence[Block]) -> dict[str, Any]:
    """The Home tab; what does not fit in 100 blocks is left off at the end."""
    return {"type": "home", "callback_id": "home", "blocks": list(blocks[:VIEW_BLOCKS])}


def table(rows: Sequence[Sequence[str]], *, block_id: str | None = None) -> Block:
    """A table of plain text whose first row is its head; at most 100 rows of 20 columns.

    https://docs.slack.dev/reference/block-kit/blocks/table-block
    """
    cells = [[{"type": "raw_text", "text": cell or "–"} for cell in row[:20]] for row in rows[:100]]
    return _with_id({"type": "table", "rows": cells}, block_id)


def _with_id(block: Block, block_id: str | None) -> Block:
    return block if block_id is None else block | {"block_id": block_id}


def _with_chosen(element: Element, choices: Sequence[Choice], chosen: str | None) -> Element:
    found = next((choice for choice in choices if choice[0] == chosen), None)
    return element if found is None else element | {"initial_option": option(found)}


def when(at: datetime) -> str:
    """Write an instant in the reader's own zone; UTC where Slack cannot show that."""
    spoken = f"{at:%A} {at.day} {at:%B}, {at:%H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_long}}, {{time}}|{spoken}>"


def notice(sentence: str, *, title: str = "Please note") -> dict[str, Any]:
    """A modal that says one thing. `sentence` is plain text."""
    return modal(callback_id="notice", title=title, blocks=[section(escape(sentence))])


def notice_message(sentence: str) -> Message:
    """A message that says one thing. `sentence` is plain text."""
    return Message(escape(sentence), (section(escape(sentence)),))
