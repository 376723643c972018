"""`script/demo --empty`: what a coordinator finds before anything is set up."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import Page, expect

from runtime.demo.empty import JOBS, people_without_a_programme
from tests.support.demo import a_browser, running_demo

PATIENCE_MS = 60_000


@pytest.fixture
async def empty() -> AsyncIterator[str]:
    """The address of a demo without a programme."""
    async with running_demo("--empty") as address:
        yield address


def test_nobody_has_a_role_before_there_is_a_programme() -> None:
    cast = people_without_a_programme()

    assert cast.roster == ""
    assert {title for *_, title in cast.people} == set(JOBS.values())


@pytest.mark.browser
@pytest.mark.slow
async def test_carol_is_led_to_the_set_up_and_nobody_else_is(empty: str) -> None:
    async with httpx.AsyncClient(base_url=empty) as http:
        state = (await http.get("/_sandbox/state")).json()
    people = {one["real_name"]: one for one in state["users"] if not one["deleted"]}
    async with a_browser() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 860})
        expect.set_options(timeout=PATIENCE_MS)

        await be(page, empty, "Carol Okafor")
        set_up = page.get_by_role("button", name="Set up mentoring")
        await expect(set_up).to_be_visible()
        for name in ("Bob", "Sam Novak"):
            await be(page, empty, name)
            await expect(page.get_by_text("Nobody has set up mentoring here yet.")).to_be_visible()
            await expect(set_up).to_have_count(0)

        await be(page, empty, "Carol Okafor")
        await set_up.click()
        await expect(page.get_by_role("heading", name="Welcome to Cairn")).to_have_count(0)

    assert people["Carol Okafor"]["is_admin"]
    assert people["Pat Moreno"]["is_restricted"]
    assert people["Sam Novak"]["is_ultra_restricted"]
    assert people["Rota"]["is_bot"]
    assert [one["name"] for one in state["users"] if one["deleted"]] == ["leo.brandt"]
    assert [one["handle"] for one in state["usergroups"]] == ["mentors"]
    assert {"residents", "consultants"} <= {one["name"] for one in state["channels"]}


async def be(page: Page, address: str, name: str) -> None:
    """Become the person whose name begins so, and open Cairn's Home."""
    await page.goto(address)
    await page.get_by_role("link", name=re.compile(f"^{name}")).first.click()
    await page.wait_for_selector("html[data-ready]")
    await page.get_by_role("link", name="Cairn", exact=True).first.click()
    await page.wait_for_selector("html[data-ready]")
