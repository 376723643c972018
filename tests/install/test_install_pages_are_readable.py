"""The pages of an installation can be read by everybody, on a phone too."""

from pathlib import Path

import pytest

from handlers.install import pages
from tests.support.accessible import problems_with

PAGES = {
    "begin": pages.begin("https://slack.com/oauth", ["chat:write", "users:read"]),
    "done": pages.done("Teaching hospital", app_id="A1", workspace_id="T1"),
    "problem": pages.problem("access_denied"),
}


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_a_page_of_an_installation(name: str, tmp_path: Path) -> None:
    assert problems_with(PAGES[name], tmp_path) == []
