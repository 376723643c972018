"""Slack's limits on Block Kit, as https://docs.slack.dev/reference/block-kit gives them."""

from collections.abc import Iterator, Mapping
from typing import Any

TEXT_LIMITS = {
    ("section", "text"): 3000,
    ("header", "text"): 150,
    ("button", "text"): 75,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
}
MANY_LIMITS = {
    ("message", "blocks"): 50,
    ("modal", "blocks"): 100,
    ("home", "blocks"): 100,
    ("actions", "elements"): 25,
    ("context", "elements"): 10,
    ("checkboxes", "options"): 10,
    ("radio_buttons", "options"): 10,
    ("static_select", "options"): 100,
    ("multi_static_select", "options"): 100,
}


def _parts(found: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, Mapping):
        yield found
        for value in found.values():
            yield from _parts(value)
    elif isinstance(found, list | tuple):
        for each in found:
            yield from _parts(each)


def problems_of(shown: Mapping[str, Any]) -> list[str]:
    """Every limit that a view or message breaks, and every message without text."""
    problems = []
    is_message = "type" not in shown
    if is_message and not str(shown.get("text", "")).strip():
        problems.append("a message needs text")
    if len(str(shown.get("private_metadata", ""))) > 3000:
        problems.append("private_metadata is too long")
    for part in _parts(shown):
        kind = str(part.get("type", "message" if part is shown else ""))
        problems += _of_part(kind, part)
    return problems + _repeated_ids(shown)


def _of_part(kind: str, part: Mapping[str, Any]) -> Iterator[str]:
    for (of_kind, name), limit in TEXT_LIMITS.items():
        value = part.get(name)
        if kind == of_kind and isinstance(value, Mapping):
            length = len(str(value.get("text", "")))
            if not 0 < length <= limit:
                yield f"{kind}.{name} has {length} characters of at most {limit}"
    for (of_kind, name), limit in MANY_LIMITS.items():
        is_grouped = name == "options" and "option_groups" in part
        if kind == of_kind and not is_grouped and not 0 < len(part.get(name, ())) <= limit:
            yield f"{kind}.{name} has {len(part.get(name, ()))} of at most {limit}"
    if "value" in part and len(str(part["value"])) > 2000:
        yield "a value is too long"
    spoken, label = part.get("accessibility_label"), part.get("text")
    if spoken and isinstance(label, Mapping) and label["text"].rstrip("…") not in spoken:
        # WCAG 2.5.3: it can be pressed by saying what is written on it
        yield f"{spoken!r} does not say the label {label['text']!r}"
    if kind in {"mrkdwn", "plain_text"} and not str(part.get("text", "")).strip():
        yield "a text is empty"


def _repeated_ids(shown: Mapping[str, Any]) -> list[str]:
    blocks = shown.get("blocks") or ()
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    problems = [f"block_id {each} stands twice" for each in set(ids) if ids.count(each) > 1]
    for block in blocks:
        actions = [each.get("action_id") for each in block.get("elements", ())]
        named = [each for each in actions if each]
        if len(set(named)) != len(named):
            problems.append("an action_id stands twice in a block")
    return problems
