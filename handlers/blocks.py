"""The Block Kit of Cairn, within the limits of https://docs.slack.dev/reference/block-kit.

Arguments called `mrkdwn` are Slack markup: what a member wrote passes through `escape` first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.kernel.ports import Message
from bot.kernel.words import cut, fold_at, units
from handlers.message_text import said

Block = dict[str, Any]
Element = dict[str, Any]
View = dict[str, Any]
"""A modal or a Home tab as JSON."""
Choice = tuple[str, str]
"""The value and the label of an option."""

MESSAGE_BYTES = 3500
"""The `text` of a message that may be redrawn: chat.update refuses more than 4,000."""
SECTION_CHARS = 3000
FIELD_CHARS = 2000
HEADER_CHARS = 150
BUTTON_CHARS = 75
OPTION_CHARS = 75
LABEL_CHARS = 2000
PLACEHOLDER_CHARS = 150
TITLE_CHARS = 24
VIEW_BLOCKS = 100
CONTEXT_ELEMENTS = 10
ACTION_ELEMENTS = 25
MENU_OPTIONS = 100
BOX_OPTIONS = 10


@dataclass(frozen=True, slots=True)
class ToDoLine:
    """How a to-do is shown: one sentence of Slack markup, and the button that does it."""

    sentence: str
    button: Element


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """A thing to talk about at a meeting: Slack markup without a member's words, count, button."""

    title: str
    count: int = 0
    button: Element | None = None


def escape(text: str) -> str:
    """Escape what a person wrote: no mention, link or channel call survives.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quote(text: str, *, limit: int = SECTION_CHARS) -> str:
    """Quote a person's words, escaped, or their beginning within `limit`."""
    shown = cut(escape(text), limit, measure=quoted_units)
    return "\n".join(f">{line}" for line in shown.split("\n"))


def quoted_units(text: str) -> int:
    """Count the UTF-16 units of a text with the sign that quotes it before each line."""
    return units(text) + text.count("\n") + 1


def person(slack_user_id: str) -> str:
    """Mention a person."""
    return f"<@{slack_user_id}>"


def plain(text: str, limit: int) -> Element:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": True}


def section(mrkdwn: str, *, accessory: Element | None = None) -> Block:
    """Write a paragraph, with a button or the like beside it."""
    return _of("section", text=_markup(mrkdwn, SECTION_CHARS), accessory=accessory)


def columns(*texts: str, title: str | None = None) -> Block:
    """Put up to ten texts side by side, in two columns, below a paragraph if there is one."""
    above = _markup(title, SECTION_CHARS) if title else None
    fields = [_markup(text, FIELD_CHARS) for text in texts[:10]]
    return _of("section", text=above, fields=fields)


def header(text: str) -> Block:
    return _of("header", text=plain(text, HEADER_CHARS))


def context(*mrkdwn: str) -> Block:
    """Write small print."""
    return _of("context", elements=[_markup(x, SECTION_CHARS) for x in mrkdwn[:CONTEXT_ELEMENTS]])


def divider() -> Block:
    return {"type": "divider"}


def actions(*elements: Element) -> Block:
    """Put buttons and selects in a row."""
    return _of("actions", elements=list(elements[:ACTION_ELEMENTS]))


def button(
    label: str,
    action_id: str,
    *,
    value: str | None = None,
    style: str | None = None,
    confirm: Element | None = None,
    spoken: str | None = None,
) -> Element:
    """Draw a button. `spoken` is for screen readers, where the label alone is not enough."""
    return _of(
        "button",
        text=plain(label, BUTTON_CHARS),
        action_id=action_id,
        value=value,
        style=style,
        confirm=confirm,
        accessibility_label=cut(spoken, BUTTON_CHARS) if spoken else None,
    )


def quiet(drawn: Element) -> Element:
    """Give a button without the colour that makes it stand out."""
    return {name: value for name, value in drawn.items() if name != "style"}


def rhythm_button(kind: str) -> Element:
    """Draw the button on a prompt of `kind` that leads to how often and when it comes."""
    return button("Change rhythm", "rhythm.open", value=kind)


def confirm(title: str, mrkdwn: str, *, yes: str, no: str, danger: bool = True) -> Element:
    """Ask before what cannot be undone."""
    dialog: Element = {
        "title": plain(title, 100),
        "text": _markup(mrkdwn, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }
    return dialog | ({"style": "danger"} if danger else {})


def option(choice: Choice) -> Element:
    value, label = choice
    return {"text": plain(label, OPTION_CHARS), "value": value}


def select(
    action_id: str, choices: Sequence[Choice], *, placeholder: str, chosen: str | None = None
) -> Element:
    """Offer one of up to 100 options."""
    menu = _menu("static_select", action_id, placeholder)
    return menu | _one_of(choices[:MENU_OPTIONS], chosen)


def grouped_select(
    action_id: str,
    groups: Sequence[tuple[str, Sequence[Choice]]],
    *,
    placeholder: str,
    chosen: str | None = None,
) -> Element:
    """Offer one of many options, in up to 100 groups of up to 100."""
    shown = [
        {"label": plain(label, OPTION_CHARS), "options": [option(one) for one in choices]}
        for label, choices in groups[:MENU_OPTIONS]
    ]
    options = [option(one) for _, choices in groups for one in choices]
    first = next((each for each in options if each["value"] == chosen), None)
    menu = _menu("static_select", action_id, placeholder) | {"option_groups": shown}
    return menu | ({"initial_option": first} if first else {})


def multi_select(
    action_id: str, choices: Sequence[Choice], *, placeholder: str, chosen: Collection[str] = ()
) -> Element:
    """Offer any of up to 100 options."""
    menu = _menu("multi_static_select", action_id, placeholder)
    return menu | _any_of(choices[:MENU_OPTIONS], chosen)


def radio(action_id: str, choices: Sequence[Choice], *, chosen: str | None = None) -> Element:
    """Offer one of up to 10 options, all of them visible."""
    return _of("radio_buttons", action_id=action_id) | _one_of(choices[:BOX_OPTIONS], chosen)


def checkboxes(
    action_id: str, choices: Sequence[Choice], *, chosen: Collection[str] = ()
) -> Element:
    """Offer any of up to 10 options."""
    return _of("checkboxes", action_id=action_id) | _any_of(choices[:BOX_OPTIONS], chosen)


def long_checkboxes(
    action_id: str, choices: Sequence[Choice], *, chosen: Collection[str] = ()
) -> Element:
    """Offer options whose sentences may be longer than a label: the rest stands below it."""
    box = checkboxes(action_id, choices, chosen=chosen)
    for shown in (box["options"], box.get("initial_options", ())):
        for one in shown:
            text = dict(choices)[one["value"]]
            if units(text) > OPTION_CHARS:
                comma = text.rfind(", ", 0, OPTION_CHARS) + 1
                end = comma or fold_at(text, OPTION_CHARS)
                one["text"] = plain(text[:end], OPTION_CHARS)
                one["description"] = plain(text[end:].strip(), OPTION_CHARS)
    return box


def overflow(action_id: str, choices: Sequence[Choice]) -> Element:
    """Offer up to five more things to do, behind three dots."""
    return _of("overflow", action_id=action_id) | _any_of(choices[:5], ())


def text_field(
    action_id: str,
    *,
    multiline: bool = False,
    max_chars: int | None = None,
    placeholder: str | None = None,
    initial: str | None = None,
) -> Element:
    """Ask for text; Slack takes up to 3,000 characters."""
    return _of(
        "plain_text_input",
        action_id=action_id,
        multiline=multiline,
        max_length=max_chars,
        placeholder=plain(placeholder, PLACEHOLDER_CHARS) if placeholder else None,
        initial_value=initial,
    )


def date_field(action_id: str, *, initial: date | None = None) -> Element:
    day = initial.isoformat() if initial else None
    return _of("datepicker", action_id=action_id, initial_date=day)


def file_field(action_id: str, *, filetypes: Sequence[str]) -> Element:
    return _of("file_input", action_id=action_id, filetypes=list(filetypes), max_files=1)


def person_field(action_id: str, *, initial: str | None = None) -> Element:
    """Ask for a person; `initial` is a Slack id."""
    chosen = {"initial_user": initial} if initial else {}
    return _menu("users_select", action_id, "Choose somebody") | chosen


def people_field(
    action_id: str, *, placeholder: str, most: int, initial: Sequence[str] = ()
) -> Element:
    """Ask for up to `most` people; `initial` are Slack ids."""
    chosen = {"initial_users": list(initial)} if initial else {}
    menu = _menu("multi_users_select", action_id, placeholder)
    return menu | {"max_selected_items": most} | chosen


def channel_field(action_id: str, *, placeholder: str, initial: str | None = None) -> Element:
    channels = {"include": ["public", "private"], "exclude_bot_users": True}
    chosen = {"initial_conversation": initial} if initial else {}
    return _menu("conversations_select", action_id, placeholder) | {"filter": channels} | chosen


def field(
    block_id: str, label: str, element: Element, *, hint: str | None = None, optional: bool = False
) -> Block:
    """Ask one question of a modal. One element each, so that the block id finds the answer."""
    return _of(
        "input",
        block_id=block_id,
        label=plain(label, LABEL_CHARS),
        element=element,
        optional=optional,
        hint=plain(hint, LABEL_CHARS) if hint else None,
    )


def modal(
    *,
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    submit: str | None = None,
    close: str = "Close",
    metadata: str = "",
) -> View:
    """Draw a modal. `metadata` holds ids and positions, never what a person wrote."""
    return _of(
        "modal",
        callback_id=callback_id,
        title=plain(title, TITLE_CHARS),
        close=plain(close, TITLE_CHARS),
        blocks=list(blocks[:VIEW_BLOCKS]),
        private_metadata=metadata,
        notify_on_close=False,
        submit=plain(submit, TITLE_CHARS) if submit else None,
    )


def home(blocks: Sequence[Block]) -> View:
    """Draw the Home tab; what does not fit in 100 blocks is left off at the end."""
    return _of("home", callback_id="home", blocks=list(blocks[:VIEW_BLOCKS]))


def table(rows: Sequence[Sequence[str]]) -> Block:
    """Draw a table of plain text whose first row is its head; at most 100 rows of 20 columns.

    https://docs.slack.dev/reference/block-kit/blocks/table-block
    """
    cells = [[{"type": "raw_text", "text": cell or "–"} for cell in row[:20]] for row in rows[:100]]
    return _of("table", rows=cells)


def when(at: datetime) -> str:
    """Write an instant in the reader's own zone; UTC where Slack cannot show that."""
    spoken = f"{at:%A} {at.day} {at:%B}, {at:%H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_long}}, {{time}}|{spoken}>"


NOTICE = "notice"


def notice(sentence: str, *, title: str = "Please note", callback_id: str = NOTICE) -> View:
    """Say one thing in a modal, with the buttons of commands. `sentence` is plain text."""
    blocks = [section(escape(sentence)), *buttons_named(sentence)]
    return modal(callback_id=callback_id, title=title, blocks=blocks)


def working(saying: str, *, title: str) -> View:
    """Say in a modal that something takes long. `saying` is plain text."""
    said = section(f":hourglass_flowing_sand: {escape(saying)}")
    how_long = context("This takes a few seconds, longer in a programme of thousands.")
    return modal(callback_id="working", title=title, blocks=[said, how_long])


def paragraph(mrkdwn: str, *after: Block) -> Message:
    """Write a message of one paragraph and the blocks after it; its text says what they say."""
    return Message(" ".join([mrkdwn, *said(after)]), (section(mrkdwn), *after))


def notice_message(sentence: str) -> Message:
    """Say one thing in a message, with the buttons of commands. `sentence` is plain text."""
    return paragraph(escape(sentence), *buttons_named(sentence))


def _of(kind: str, **fields: Any) -> Block:
    """Make an object of Slack's `kind`, with those of the fields that have a value."""
    given = {key: value for key, value in fields.items() if value is not None}
    return {"type": kind} | given


def _markup(mrkdwn: str, limit: int) -> Element:
    return {"type": "mrkdwn", "text": cut(mrkdwn, limit)}


def _menu(kind: str, action_id: str, placeholder: str) -> Element:
    return _of(kind, action_id=action_id, placeholder=plain(placeholder, PLACEHOLDER_CHARS))


def _one_of(choices: Sequence[Choice], chosen: str | None) -> dict[str, Any]:
    options = [option(choice) for choice in choices]
    first = next((each for each in options if each["value"] == chosen), None)
    return {"options": options} | ({"initial_option": first} if first else {})


def _any_of(choices: Sequence[Choice], chosen: Collection[str]) -> dict[str, Any]:
    options = [option(choice) for choice in choices]
    initial = [each for each in options if each["value"] in chosen]
    return {"options": options} | ({"initial_options": initial} if initial else {})


CARE = button("A concern, or: please contact me", "care.open")
"""Asks a person who is not the mentor to get in touch: it stands on whatever a member touches."""
CHECK_IN = button("Check in", "checkin.open", style="primary")
PAST_CHECKINS = button("My past check-ins", "checkin.past")
_COMMANDS = {"/checkin past": PAST_CHECKINS, "/checkin": CHECK_IN}
"""The button that does the same as a command; a longer command goes before a shorter."""


def buttons_named(sentence: str) -> list[Block]:
    """Draw the buttons of the commands that a sentence names, if it names any."""
    found = []
    for command, its_button in _COMMANDS.items():
        if command in sentence:
            found.append(its_button)
            sentence = sentence.replace(command, "")
    return [actions(*found)] if found else []
