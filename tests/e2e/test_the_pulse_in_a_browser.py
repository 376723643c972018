"""The pulse on a phone: what stands before the first answer, and how long all of it takes."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page

from bot.pulse.model import ItemUse
from handlers.pulse.form_views import PROMISE
from sandbox_support.browsing import open_page
from tests.support.demo import a_browser
from tests.support.open_pulse import Pulse, open_pulse

PHONE = {"width": 390, "height": 844}
CLICK_S = 2.0
"""How long a person takes to find what to press, and to press it."""
WORDS_A_SECOND = 4.0
"""How fast a person reads."""


@pytest.fixture
async def pulse(tmp_path: Path) -> AsyncIterator[Pulse]:
    async with open_pulse(tmp_path, mentors=1, mentees=6) as found:
        await found.until_it_opens()
        yield found


class Hand:
    """Somebody with a phone, who counts what they press."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    async def press(self, what: Locator) -> None:
        await what.click()
        self.clicks += 1

    @property
    def form(self) -> Locator:
        return self.page.get_by_role("dialog", name="Pulse")


def words(text: str) -> int:
    return len(re.findall(r"[\w']+", text))


@pytest.mark.browser
@pytest.mark.slow
async def test_the_longest_form_takes_a_phone_less_than_a_minute_of_clicks(pulse: Pulse) -> None:
    bob, cairn = pulse.mentees[0], pulse.slack.cairn
    round_ = await pulse.round()
    told = (await pulse.invitation(bob))["channel"]
    address = f"{pulse.slack.url}/client/{cairn.workspace_id}/{bob}/{told}"
    async with a_browser() as browser:
        hand = Hand(await open_page(browser, address, viewport=PHONE))
        await hand.press(hand.page.get_by_role("button", name="Answer the pulse").last)
        first = hand.form.get_by_role("radio").first
        await first.wait_for()
        shown = await first.bounding_box()
        body = await hand.form.inner_text()
        before = body[: body.index(round_.instrument.items[0].text)]
        assert shown
        assert shown["y"] + shown["height"] < PHONE["height"]
        assert re.sub(r"[*]", "", PROMISE) in " ".join(before.split())
        assert "In a crisis, turn to" in before

        questions = await hand.form.get_by_role("group").all()
        for question in questions[:1]:
            await hand.press(question.get_by_label("Agree", exact=True))
        await hand.form.get_by_role("button", name="Who sees this?").click()
        told_all = hand.page.get_by_role("dialog", name="Who sees a pulse")
        await told_all.get_by_role("button", name="Close").last.click()
        await told_all.wait_for(state="hidden")
        assert await questions[0].get_by_label("Agree", exact=True).is_checked()
        for question in questions[1:]:
            await hand.press(question.get_by_label("Agree", exact=True))
        await hand.press(hand.form.get_by_role("button", name="Put in the box"))
        await hand.page.get_by_text("It is in the box").wait_for()

    items = round_.instrument.items
    usual = [item.text for item in items if item.place is ItemUse.CORE]
    usual.append(max((item.text for item in items if item.place is ItemUse.ROTATING), key=len))
    reading_s = words(" ".join([before, *usual, *round_.instrument.scale])) / WORDS_A_SECOND
    assert len(questions) == len(items), "the longest form asks everything"
    assert hand.clicks == len(questions) + 2
    assert hand.clicks * CLICK_S < 60
    assert words(before) < 80
    assert reading_s + (len(usual) + 2) * CLICK_S < 60, "the usual form, read word for word"
