"""The site of the docs: built without a warning, reached from its start, and needing nobody."""

import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from tests.support.demo import CHROMIUM, FLAGS

ROOT = Path(__file__).parents[2]
SPHINX = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E"]
"""As in script/docs, which would look after its packages first."""


class Page(HTMLParser):
    """Collects what a page leads to, what it loads, and its pictures without words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.without_words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "link" and given.get("rel") in {"stylesheet", "icon"}:
            self.loads.append(given["href"])
        elif tag in {"img", "script", "iframe"}:
            self.loads.append(given.get("src", ""))
        if tag == "img" and not given.get("alt", "").strip():
            self.without_words.append(given.get("src", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [*SPHINX, "docs", str(folder)]
    made = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {
        file: Page(file.read_text())
        for file in site.rglob("*.html")
        if file.name not in {"genindex.html", "search.html"}
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield chromium
        chromium.close()


def _leads_to(file: Path, links: list[str]) -> Iterator[Path]:
    for link in links:
        parts = urlsplit(link)
        if parts.path and not parts.scheme:
            yield (file.parent / unquote(parts.path)).resolve()


def test_every_page_is_reached_from_the_start_by_its_words(
    site: Path, pages: dict[Path, Page]
) -> None:
    start = site / "index.html"
    reached, next_ones = set[Path](), [start]

    while next_ones:
        file = next_ones.pop()
        if file in pages and file not in reached:
            reached.add(file)
            next_ones += _leads_to(file, pages[file].links)

    assert len(reached) > 60
    assert pages.keys() - reached == set()


def test_no_link_of_the_site_leads_nowhere(pages: dict[Path, Page]) -> None:
    broken = [
        (file.name, target.name)
        for file, page in pages.items()
        for target in _leads_to(file, page.links + page.loads)
        if not target.exists()
    ]

    assert broken == []


def test_nothing_is_loaded_from_elsewhere_and_every_picture_has_words(
    pages: dict[Path, Page],
) -> None:
    assert [one for page in pages.values() for one in page.loads if urlsplit(one).netloc] == []
    assert [one for page in pages.values() for one in page.without_words] == []


@pytest.mark.browser
@pytest.mark.parametrize("page", ["index.html", "for-operators.html", "reference/settings.html"])
def test_the_site_can_be_read_by_everybody(site: Path, page: str, browser: Browser) -> None:
    shown = browser.new_page()
    shown.goto((site / page).as_uri())

    found = Axe().run(shown, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})

    shown.close()
    assert found.violations_count == 0, found.generate_report()
