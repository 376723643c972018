"""`PYTHONPATH=sandbox/tests python -m tests.e2e.bringing_in_pictures`: how people are brought in.

Three of the pictures lie in docs/images; with a folder as its argument, every step goes there.
Run it after a change of these forms, and look at what it made.
"""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from runtime.demo.cast import Cast, made_up_cast
from sandbox_support.browsing import CHROMIUM, FLAGS, open_page
from tests.support.bringing_in import BringingIn
from tests.support.tables import with_all_tables
from tests.support.workspace import slack_workspace

IMAGES = Path(__file__).parents[2] / "docs" / "images"
START = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
IN_THE_DOCS = {
    "sources": "people-sources",
    "preview": "people-preview",
    "mapping": "people-columns",
}


async def main(folder: Path | None) -> None:
    """Go through every step, and take its picture."""
    cast = made_up_cast(mentors=2, mentees=6)
    with tempfile.TemporaryDirectory() as temporary:
        address = f"sqlite:///{temporary}/cairn.db"
        await with_all_tables(address)
        keys = Path(temporary) / "keys"
        async with (
            slack_workspace(address, keys, start=START, cast=cast) as slack,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
            steps = BringingIn(slack, cast.coordinator)
            await slack.press(cast.coordinator, "Set up mentoring")
            await _go_through(_Camera(browser, steps, folder), steps, cast)
            await browser.close()


class _Camera:
    """Takes the picture of what the coordinator sees."""

    def __init__(self, browser: Browser, steps: BringingIn, folder: Path | None) -> None:
        self.browser, self.steps, self.folder = browser, steps, folder

    async def take(self, name: str) -> None:
        slack = self.steps.slack
        client = f"{slack.url}/client/{slack.cairn.workspace_id}/{self.steps.who}/A0SANDBOX"
        size = {"width": 1000, "height": 900}
        page = await open_page(self.browser, client, viewport=size)
        await page.wait_for_timeout(500)
        if name in IN_THE_DOCS:
            dialog = page.get_by_role("dialog").first
            await dialog.screenshot(path=IMAGES / f"{IN_THE_DOCS[name]}.png")
        if self.folder is not None:
            await page.screenshot(path=self.folder / f"{name}.png")
        await page.context.close()


async def _go_through(camera: _Camera, steps: BringingIn, cast: Cast) -> None:
    slack, emails = steps.slack, {one[0]: one[2] for one in cast.people}
    alice, bob, *_ = cast.mentors[0], cast.mentees[0]
    body = {"handle": "residents", "name": "Residents", "users": list(cast.mentees)}
    await slack.http.post("/_sandbox/usergroups", json=body)
    await steps.sources()
    await camera.take("sources")
    for source in ("picked", "channel", "group", "list"):
        await steps.form(source)
        await camera.take(f"form-{source}")
    await steps.answer({"pasted": f"Who,Reach them at\nBob,{emails[bob]}\nAlice,{emails[alice]}"})
    await camera.take("mapping")
    await steps.answer({"column0": "name", "column1": "email"})
    await camera.take("role")
    await steps.answer({"role": "mentee"})
    await camera.take("small-preview")
    await steps.apply()
    await camera.take("applied")
    await steps.paste(
        "email,role,capacity,avoid\n"
        f"{emails[bob]},mentee,,{emails[alice]}\n{emails[alice]},mentor,4,\n"
        f"{emails[cast.mentees[1]]},mentee,,\n{emails[cast.mentees[2]]},mentee,,\n"
        "nobody@example.org,mentee,,\n"
    )
    await camera.take("preview")
    await steps.apply(confirm=["yes"])
    await slack.close(steps.who)
    await camera.take("home")
    await steps.paste("email,role,capacity\nx@example.org,boss,many\ny@example,mentee,\n")
    await camera.take("problems")
    await slack.close(steps.who)
    await slack.press(steps.who, "People")
    await camera.take("people")
    await steps.answer({"member": bob})
    await camera.take("member")
    await slack.close(steps.who)
    await slack.press(steps.who, "People")
    await slack.press(steps.who, "See who", modal=True)
    await camera.take("waiting")
    await slack.press(steps.who, "Ask them", modal=True)
    await camera.take("ask")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
