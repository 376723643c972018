"""The text of a message, which is heard and stands in notifications, says what its blocks say."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.messages_page.page import goldens

MARK = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>|<[@#][A-Z0-9]+(?:\|[^>]*)?>")
LITTLE = frozenset(
    re.findall(
        "[a-z]+",
        "a an the and or of to in is are it you your i for with on at by as that this be was not "
        "will from statement",
    )
)
MESSAGES = {key: shown for key, shown in goldens().items() if "type" not in shown}


def words(text: str) -> list[str]:
    """Split a text into its words and numbers; who is mentioned is named in another way."""
    plain = html.unescape(MARK.sub(lambda found: found[1] or "", text)).lower()
    return re.findall(r"\w+(?:['’]\w+)*", plain)


def shown_texts(message: Mapping[str, Any]) -> Iterator[str]:
    for block in message["blocks"]:
        if block["type"] in {"section", "header"} and "text" in block:
            yield block["text"]["text"]
        yield from (one["text"] for one in block.get("fields", []))
        if block["type"] == "context":
            yield from (one["text"] for one in block["elements"] if "text" in one)
        for row in block.get("rows", []):
            yield from (cell.get("text", "") for cell in row)


def unheard(message: Mapping[str, Any]) -> list[str]:
    """List the words that are seen in the blocks of a message and not heard in its text."""
    heard = {*words(message["text"]), *LITTLE}
    return [one for text in shown_texts(message) for one in words(text) if one not in heard]


@pytest.mark.parametrize("key", sorted(MESSAGES))
def test_what_is_seen_is_heard(key: str) -> None:
    assert unheard(MESSAGES[key]) == []


def test_a_date_or_a_number_that_is_not_heard_is_noticed() -> None:
    block = {"type": "section", "text": {"text": "On <!date^1^{date}|2 September>, ring 555."}}

    assert unheard({"text": "On a day, ring.", "blocks": [block]}) == ["2", "september", "555"]
