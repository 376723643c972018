"""The README's first minutes, as a stranger does them: `script/demo`, a browser, and the mouse."""

import os
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.demo import a_browser, running_demo

PICTURES = os.environ.get("SCREENSHOTS")
"""A folder for pictures of every step; the one in the README is made this way."""
PATIENCE_MS = 60_000


@pytest.fixture
async def demo() -> AsyncIterator[str]:
    """The address of a demo that has been started the way script/demo starts it."""
    async with running_demo() as address:
        yield address


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with a_browser() as opened:
        yield opened


class Stranger:
    """Somebody at the page, who can be anybody in the workspace."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    async def be(self, name: str) -> None:
        """Become the person whose name begins so."""
        await self.page.goto(self.address)
        await self.page.get_by_role("link", name=re.compile(f"^{name}")).first.click()
        await self.page.wait_for_selector("html[data-ready]")

    async def read_messages_of_cairn(self) -> None:
        await self.page.get_by_role("link", name=re.compile("^Messages")).click()
        await expect(self.page.get_by_role("textbox", name="Message Cairn")).to_be_visible()
        await self.page.wait_for_selector("html[data-ready]")

    async def type(self, command: str) -> Locator:
        """Type a slash command; the dialog that opens."""
        box = self.page.get_by_role("textbox", name="Message Cairn")
        await box.fill(f"{command} ")
        await self.page.get_by_role("button", name="Send", exact=True).click()
        return await self.dialog()

    async def dialog(self) -> Locator:
        dialog = self.page.get_by_role("dialog")
        await expect(dialog).to_be_visible(timeout=PATIENCE_MS)
        return dialog

    async def move_the_clock(self, button: str) -> None:
        """Press a button of the clock, and wait until everything has happened."""
        await self.page.wait_for_selector("html[data-ready]")
        await self.page.get_by_role("button", name=button, exact=True).click()
        await expect(self.page.get_by_text("Moving the clock")).to_have_count(
            0, timeout=PATIENCE_MS
        )
        await expect(self.page.get_by_text(re.compile("^Now "))).to_be_visible(timeout=PATIENCE_MS)
        await self.page.get_by_role("button", name="Dismiss").click()

    async def say_what_was_done(self, what: str) -> None:
        """Answer the last digest, as the coordinator."""
        channel = self.page.get_by_role("heading", level=1, name="mentoring-digests")
        await expect(channel).to_be_visible()
        await self.page.wait_for_selector("html[data-ready]")
        await self.page.get_by_role("button", name="Say what was done").last.click()
        form = await self.dialog()
        await form.get_by_role("textbox").fill(what)
        await form.get_by_role("button", name=re.compile("^(Send|Tell)")).click()
        await expect(form).to_have_count(0)

    async def picture(self, name: str) -> None:
        if PICTURES:
            for form in await self.page.locator("dialog [data-part=body]").all():
                await form.evaluate("body => body.scrollTo(0, 0)")
            await self.page.screenshot(path=f"{PICTURES}/{name}.png")


@pytest.mark.browser
@pytest.mark.slow
async def test_a_stranger_follows_the_readme(demo: str, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 1280, "height": 860})
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    stranger = Stranger(page, demo)

    await page.goto(demo)
    await expect(page.get_by_text("Begin with one of these")).to_be_visible()
    await stranger.picture("start")
    await stranger.be("Bob")
    await expect(page.get_by_role("heading", name="What to try as Bob")).to_be_visible()
    await stranger.picture("hints")
    group = page.get_by_role("link", name=re.compile("private channel group"))
    await stranger.read_messages_of_cairn()
    checkin = await stranger.type("/checkin")
    await checkin.get_by_role("textbox").first.fill("I froze when the family asked me directly.")
    await checkin.get_by_label("My mentor, who is told").check()
    await stranger.picture("checkin")
    await checkin.get_by_role("button", name="Save").click()
    await expect(checkin.get_by_text("Your check-in is saved")).to_be_visible()
    await checkin.get_by_role("button", name="Close").last.click()
    await group.click()
    await expect(page.get_by_role("heading", level=1, name=re.compile("group-of"))).to_be_visible()
    await stranger.picture("introduction")

    await stranger.be("Carol")
    digests = page.get_by_role("link", name=re.compile("^private channel mentoring-digests"))
    await digests.click()
    await stranger.say_what_was_done("Every round now begins with two minutes for questions.")

    await stranger.be("Alice")
    await stranger.move_the_clock("Monday 09:00")
    await stranger.read_messages_of_cairn()
    await expect(page.get_by_text("Shared with you:").last).to_be_visible()
    await stranger.picture("nudge")
    await page.get_by_role("button", name="Read").last.click()
    reading = await stranger.dialog()
    mine = reading.get_by_text("I froze when the family asked me directly.")
    while not await mine.count():
        await reading.get_by_role("button", name="Next").click()
    await expect(mine).to_be_visible()
    await stranger.picture("reading")
    await reading.get_by_role("button", name="Close").last.click()

    await stranger.move_the_clock("Monday 09:00")
    await stranger.move_the_clock("+1 day")
    await stranger.move_the_clock("+1 day")
    await stranger.be("Bob")
    await stranger.read_messages_of_cairn()
    await page.get_by_role("button", name="Answer").last.click()
    pulse = await stranger.dialog()
    for question in await pulse.get_by_role("group").all():
        await question.get_by_label("Agree", exact=True).check()
    await stranger.picture("pulse")
    await pulse.get_by_role("button", name="Put in the box").click()
    await expect(pulse.get_by_text("It is in the box")).to_be_visible()
    await pulse.get_by_role("button", name="Close").last.click()

    await stranger.move_the_clock("Monday 09:00")
    await stranger.move_the_clock("+1 day")
    await stranger.be("Carol")
    await digests.click()
    digest = page.get_by_role("log")
    await expect(digest.get_by_text("High").first).to_be_visible()
    await digest.get_by_role("link", name=re.compile("repl(y|ies)")).last.click()
    await expect(page.get_by_role("heading", name="over time").first).to_be_visible()
    await digest.get_by_role("button", name="Say what was done").last.scroll_into_view_if_needed()
    await stranger.picture("digest")
