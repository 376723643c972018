"""Look at an HTML file as axe-core does, in a wide window and on a phone, light and dark."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tests.support.demo import CHROMIUM, FLAGS


def problems_with(html: str, folder: Path) -> list[str]:
    """List what axe finds, and each window that the page is wider than."""
    (folder / "page.html").write_text(html, encoding="utf-8")
    problems = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        for width, scheme in ((1200, "light"), (380, "dark")):
            page = browser.new_page(
                viewport={"width": width, "height": 800},
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            page.goto((folder / "page.html").as_uri())
            found = Axe().run(page)
            if found.violations_count:
                problems.append(found.generate_report())
            if page.evaluate("document.documentElement.scrollWidth") > width:
                problems.append(f"it is wider than {width}")
        browser.close()
    return problems
