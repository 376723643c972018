"""Each kind of element, used in a browser, tells the app what was chosen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Page, expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox_support.box import BOT_TOKEN, Box
from sandbox_support.browsing import open_page, plain
from slack_sandbox import modals

pytestmark = pytest.mark.browser

OPTIONS = [{"text": plain(name), "value": name.lower()} for name in ("Self", "Team")]
ELEMENTS: list[dict[str, Any]] = [
    {"type": "button", "action_id": "button", "text": plain("Press"), "value": "7"},
    {
        "type": "static_select",
        "action_id": "select",
        "placeholder": plain("Level"),
        "options": OPTIONS,
    },
    {"type": "users_select", "action_id": "user", "placeholder": plain("Whom")},
    {"type": "datepicker", "action_id": "date", "placeholder": plain("Day")},
    {"type": "timepicker", "action_id": "time", "placeholder": plain("Hour")},
    {"type": "checkboxes", "action_id": "boxes", "options": OPTIONS},
    {"type": "overflow", "action_id": "more", "options": OPTIONS},
]


@pytest_asyncio.fixture(loop_scope="session")
async def seen(box: Box) -> AsyncIterator[list[dict[str, Any]]]:
    """Run an app that posts every element to Bob and keeps the actions it hears of."""
    heard: list[dict[str, Any]] = []
    client = AsyncWebClient(token=BOT_TOKEN, base_url=f"{box.base}/api/", retry_handlers=[])
    app = AsyncApp(client=client, signing_secret="unused")

    @app.action(re.compile(".*"))
    async def keep(ack: Any, action: dict[str, Any]) -> None:
        await ack()
        heard.append(action)

    @app.options(re.compile(".*"))
    async def offer(ack: Any, body: dict[str, Any]) -> None:
        await ack(options=[{"text": plain(f"{body['value']} one"), "value": "one"}])

    @app.view("form")
    async def submitted(ack: Any, view: dict[str, Any]) -> None:
        await ack()
        heard.append(view["state"]["values"])

    @app.event(re.compile(".*"))
    async def ignore() -> None:
        return

    handler = AsyncSocketModeHandler(app, "xapp-sandbox")
    handler.client.web_client = AsyncWebClient(token="xapp-sandbox", base_url=f"{box.base}/api/")
    await handler.connect_async()  # type: ignore[no-untyped-call]
    several = {"type": "multi_users_select", "action_id": "users", "placeholder": plain("Several")}
    blocks: list[dict[str, Any]] = [
        {"type": "actions", "block_id": "b", "elements": ELEMENTS},
        {"type": "section", "text": plain("And"), "accessory": several},
    ]
    await client.chat_postMessage(channel="U0BOB", text="All of them", blocks=blocks)
    yield heard
    await handler.close_async()  # type: ignore[no-untyped-call]


async def conversation(box: Box, browser: Browser) -> Page:
    place = next(channel.id for channel in box.world.channels.values() if channel.is_im)
    return await open_page(browser, f"{box.base}/client/T0CAIRN/U0BOB/{place}")


async def heard_last(page: Page, seen: list[dict[str, Any]], count: int) -> dict[str, Any]:
    for _ in range(100):
        if len(seen) >= count:
            return seen[-1]
        await page.wait_for_timeout(30)
    raise AssertionError(f"The app heard {len(seen)} times, not {count}.")


async def test_elements_of_a_message_tell_what_was_chosen(
    box: Box, seen: list[dict[str, Any]], browser: Browser
) -> None:
    page = await conversation(box, browser)

    await page.get_by_role("button", name="Press").click()
    assert (await heard_last(page, seen, 1))["value"] == "7"
    await page.get_by_label("Level").select_option(label="Team")
    assert (await heard_last(page, seen, 2))["selected_option"]["value"] == "team"
    await page.get_by_label("Whom").select_option(label="Alice")
    assert (await heard_last(page, seen, 3))["selected_user"] == "U0ALICE"
    await page.get_by_role("group", name="Several").get_by_label("Alice").check()
    assert (await heard_last(page, seen, 4))["selected_users"] == ["U0ALICE"]
    await page.get_by_label("Day").fill("2026-03-02")
    assert (await heard_last(page, seen, 5))["selected_date"] == "2026-03-02"
    await page.get_by_label("Hour").fill("09:30")
    assert (await heard_last(page, seen, 6))["selected_time"] == "09:30"
    await page.get_by_role("group", name="Options").get_by_label("Self").check()
    assert [one["value"] for one in (await heard_last(page, seen, 7))["selected_options"]] == [
        "self"
    ]
    await page.get_by_label("More actions").click()
    await page.get_by_role("button", name="Team").click()
    assert (await heard_last(page, seen, 8))["selected_option"]["value"] == "team"


async def test_a_form_sends_files_moments_and_options_of_the_app(
    box: Box, seen: list[dict[str, Any]], browser: Browser
) -> None:
    page = await conversation(box, browser)

    def asked(name: str, kind: str, **more: Any) -> dict[str, Any]:
        element = {"type": kind, "action_id": "a", **more}
        return {"type": "input", "block_id": name, "label": plain(name), "element": element}

    view = {
        "type": "modal",
        "callback_id": "form",
        "title": plain("Form"),
        "submit": plain("Send"),
        "blocks": [
            asked("Roster", "file_input", filetypes=["csv"], max_files=1),
            asked("Moment", "datetimepicker"),
            asked("Found", "external_select", min_query_length=1),
            asked("Long", "plain_text_input", multiline=True),
        ],
    }
    app = next(iter(box.world.apps))
    modals.open_view(box.world, user="U0BOB", team_id="T0CAIRN", app_id=app, payload=view)
    box.world.users["U0BOB"].tz = "Asia/Tokyo"

    dialog = page.get_by_role("dialog", name="Form")
    csv: FilePayload = {"name": "roster.csv", "mimeType": "text/csv", "buffer": b"slack_id\n"}
    await dialog.get_by_label("Roster").set_input_files(csv)
    await dialog.get_by_label("Moment").fill("2026-03-02T09:00")
    await dialog.get_by_label("Search: Found").press_sequentially("x")
    await expect(dialog.get_by_role("option", name="x one")).to_be_attached()
    await dialog.get_by_label("Found", exact=True).select_option("one")
    await dialog.get_by_label("Long").fill("line\nline")
    await dialog.get_by_role("button", name="Send").click()

    values = await heard_last(page, seen, 1)
    assert values["Roster"]["a"]["files"][0]["name"] == "roster.csv"
    assert values["Moment"]["a"]["selected_date_time"] == 1772409600
    assert values["Found"]["a"]["selected_option"]["value"] == "one"
    assert values["Long"]["a"]["value"] == "line\nline"


async def test_a_menu_without_a_shortest_query_offers_what_there_is_when_it_is_entered(
    box: Box, seen: list[dict[str, Any]], browser: Browser
) -> None:
    page = await conversation(box, browser)
    element = {"type": "external_select", "action_id": "a", "min_query_length": 0}
    view = {
        "type": "modal",
        "callback_id": "form",
        "title": plain("Form"),
        "submit": plain("Send"),
        "blocks": [
            {"type": "input", "block_id": "Found", "label": plain("Found"), "element": element}
        ],
    }
    app = next(iter(box.world.apps))
    modals.open_view(box.world, user="U0BOB", team_id="T0CAIRN", app_id=app, payload=view)

    dialog = page.get_by_role("dialog", name="Form")
    await dialog.get_by_label("Search: Found").focus()

    await expect(dialog.get_by_role("option", name=" one")).to_be_attached()
    assert seen == []
