"""`PYTHONPATH=sandbox/tests python -m tests.e2e.screenshots`: takes the pictures of the sandbox.

They lie in sandbox/docs/images and show Cairn a week into a programme with 6 mentors and 36
mentees. Run it after a change of the page, and look at what it made.
"""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

from bot.kernel.ids import WorkspaceId
from runtime.demo.cast import Cast, made_up_cast, set_up_programme
from sandbox_support.browsing import CHROMIUM, FLAGS, open_page
from tests.support.tables import with_all_tables
from tests.support.workspace import SlackWorkspace, slack_workspace

IMAGES = Path(__file__).parents[2] / "sandbox" / "docs" / "images"
START = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
MONDAY = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
WIDE, PHONE = {"width": 1280, "height": 760}, {"width": 390, "height": 800}
SAID = (
    "I asked for help on the ward round, and nobody minded.",
    "I waited too long before I called. Next time I call first and apologise later.",
    "My supervisor let me lead the handover. I had planned it the evening before.",
    "Two good reasons pulled in different directions. I wrote both down, and that settled it.",
    "Nights are still hard. Walking home helps more than the bus does.",
)


async def main() -> None:
    """Write every picture."""
    cast = made_up_cast()
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/cairn.db"
        await with_all_tables(address)
        async with slack_workspace(address, Path(folder) / "keys", start=START, cast=cast) as slack:
            await _live_a_week(slack, cast)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=CHROMIUM, args=FLAGS.split()
                )
                await _take(browser, slack, cast)
                await browser.close()


async def _live_a_week(slack: SlackWorkspace, cast: Cast) -> None:
    await set_up_programme(
        slack.cairn.database,
        slack.cairn.services.catalogue,
        cast,
        workspace_id=WorkspaceId(slack.cairn.workspace_id),
        now=slack.clock.now(),
    )
    slack.cairn.services.wake()
    await slack.settle()
    for number, mentee in enumerate(cast.mentees):
        await slack.slash(mentee)
        view = await slack.view(mentee)
        lens = next(b["block_id"] for b in view["blocks"] if b.get("block_id", "")[:5] == "lens_")
        shared = SAID[number % len(SAID)]
        answers = {lens: shared, "visibility": "mentor", "confidence": str(5 + number % 4)}
        await slack.submit(mentee, view["id"], answers)
        await slack.close(mentee)
    await slack.go_to(MONDAY)


async def _take(browser: Browser, slack: SlackWorkspace, cast: Cast) -> None:
    client = f"{slack.url}/client/{slack.cairn.workspace_id}"
    told = (await slack.messages(user=cast.mentors[0]))[-1]["channel"]
    talk = f"{client}/{cast.mentors[0]}/{told}"
    await _shoot(browser, slack.url, "start", viewport=WIDE)
    await _shoot(browser, talk, "log", press="Web API log", unfold=True, viewport=WIDE)
    await _shoot(browser, talk, "faults", press="Faults", viewport=WIDE, color_scheme="dark")
    home = f"{client}/{cast.mentors[0]}/A0SANDBOX"
    await _shoot(browser, home, "home-dark", viewport=WIDE, color_scheme="dark")
    await slack.slash(cast.mentees[1])
    await _shoot(browser, f"{client}/{cast.mentees[1]}/A0SANDBOX", "form", viewport=WIDE)
    await _shoot(browser, talk, "phone", viewport=PHONE)


async def _shoot(
    browser: Browser,
    address: str,
    name: str,
    *,
    press: str = "",
    unfold: bool = False,
    **options: Any,
) -> None:
    page = await open_page(browser, address, **options)
    if press:
        await page.get_by_role("button", name=press).first.click()
    if unfold:
        await page.get_by_role("complementary").locator("summary").first.click()
    await page.wait_for_timeout(700)
    await page.screenshot(path=IMAGES / f"{name}.png")
    await page.context.close()


if __name__ == "__main__":
    asyncio.run(main())
