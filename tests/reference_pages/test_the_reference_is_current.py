"""The generated pages say what the code does today."""

import pytest

from tests.reference_pages.pages import FOLDER, PAGES
from tests.reference_pages.scopes import NoReason, reasons

AGAIN = "run python -m tests.reference_pages"
MANIFEST = """
oauth_config:
  scopes:
    bot:
      - chat:write # prompts,
                   # and nudges
      - commands # /checkin
    bot_optional:
      - files:read{}
"""


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says_today(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), AGAIN


def test_the_reason_of_a_scope_is_read_whole() -> None:
    found = reasons(MANIFEST.format(" # the list"))

    assert found == {
        "bot": {"chat:write": "prompts, and nudges", "commands": "/checkin"},
        "bot_optional": {"files:read": "the list"},
    }


def test_a_scope_without_a_reason_is_refused() -> None:
    with pytest.raises(NoReason, match="files:read"):
        reasons(MANIFEST.format(""))
