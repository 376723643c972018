"""The page in a browser, with a real Bolt app on a real socket behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox_support.box import BOT_TOKEN, Box
from sandbox_support.browsing import open_page, plain
from slack_sandbox import actions

pytestmark = pytest.mark.browser

HOME = "/client/T0CAIRN/U0BOB/A0SANDBOX"


def form(title: str = "Check-in") -> dict[str, Any]:
    thought = {"type": "plain_text_input", "action_id": "a", "multiline": True}
    number = {"type": "number_input", "action_id": "a", "is_decimal_allowed": False}
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain(title),
        "submit": plain("Share"),
        "blocks": [
            {"type": "input", "block_id": "t", "label": plain("A thought"), "element": thought},
            {"type": "input", "block_id": "n", "label": plain("Confidence"), "element": number},
            {
                "type": "actions",
                "block_id": "more",
                "elements": [
                    {"type": "button", "action_id": "retitle", "text": plain("Another title")},
                    {"type": "button", "action_id": "stack", "text": plain("Tell me more")},
                ],
            },
        ],
    }


def small_app(client: AsyncWebClient) -> AsyncApp:
    """Return an app with a command, a form that can be wrong, and a Home tab."""
    app = AsyncApp(client=client, signing_secret="unused")

    @app.command("/checkin")
    async def checkin(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=form())

    @app.action("retitle")
    async def retitle(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await client.views_update(view_id=body["view"]["id"], view=form("Second title"))

    @app.action("stack")
    async def stack(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        said = {"type": "section", "text": plain("It takes a minute.")}
        view = {"type": "modal", "title": plain("Help"), "close": plain("Back"), "blocks": [said]}
        await client.views_push(trigger_id=body["trigger_id"], view=view)

    @app.view("form")
    async def taken(ack: Any, view: dict[str, Any], body: dict[str, Any]) -> None:
        values = view["state"]["values"]
        if int(values["n"]["a"]["value"]) > 10:
            await ack(response_action="errors", errors={"n": "Ten is the most there is."})
            return
        await ack()
        await client.chat_postMessage(
            channel=body["user"]["id"], text=f"Kept: {values['t']['a']['value']}"
        )

    @app.action("pause")
    async def pause(ack: Any, respond: Any) -> None:
        del respond
        await ack()

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any]) -> None:
        confirm = {
            "title": plain("Pause everything?"),
            "text": plain("You hear nothing until you resume."),
            "confirm": plain("Yes, pause"),
            "deny": plain("Keep going"),
        }
        button = {
            "type": "button",
            "action_id": "pause",
            "text": plain("Take a break"),
            "confirm": confirm,
        }
        blocks = [
            {"type": "header", "text": plain("Good morning")},
            {"type": "actions", "elements": [button]},
        ]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.event({"type": "message"})
    async def message() -> None:
        return

    return app


@pytest_asyncio.fixture(loop_scope="session")
async def bolt(box: Box) -> AsyncIterator[AsyncWebClient]:
    await box.control("app", commands=[{"command": "/checkin", "description": "Reflect"}])
    client = AsyncWebClient(token=BOT_TOKEN, base_url=f"{box.base}/api/", retry_handlers=[])
    handler = AsyncSocketModeHandler(small_app(client), "xapp-sandbox")
    handler.client.web_client = AsyncWebClient(token="xapp-sandbox", base_url=f"{box.base}/api/")
    await handler.connect_async()  # type: ignore[no-untyped-call]
    yield client
    await handler.close_async()  # type: ignore[no-untyped-call]


async def run_command(page: Page, command: str) -> None:
    field = page.get_by_label("Message general")
    await field.fill(f"{command} ")
    await field.press("Enter")


def general(box: Box, user: str = "U0BOB") -> str:
    return f"{box.base}/client/T0CAIRN/{user}/{box.world.channel_names['T0CAIRN', 'general']}"


async def test_a_long_form_scrolls_between_its_title_and_its_buttons(
    box: Box, bolt: AsyncWebClient, browser: Browser
) -> None:
    page = await open_page(browser, general(box))
    await run_command(page, "/checkin")
    dialog = page.get_by_role("dialog")
    options = [{"text": plain(answer), "value": answer} for answer in ("Yes", "No", "Partly")]
    buttons = {"type": "radio_buttons", "action_id": "a", "options": options}
    questions = [
        {"type": "input", "block_id": f"q{number}", "label": plain("Well?"), "element": buttons}
        for number in range(12)
    ]
    view_id = str(await dialog.get_attribute("data-view-id"))
    await bolt.views_update(view_id=view_id, view=form() | {"blocks": questions})

    await dialog.get_by_label("Partly").last.check()

    await expect(dialog.get_by_role("button", name="Share")).to_be_in_viewport()
    await expect(dialog.get_by_role("heading", name="Check-in")).to_be_in_viewport()
    assert await dialog.evaluate("dialog => dialog.scrollHeight - dialog.clientHeight") == 0


async def test_a_command_opens_a_form_that_is_corrected_and_answered(
    box: Box, bolt: AsyncWebClient, browser: Browser
) -> None:
    page = await open_page(browser, general(box))
    await page.get_by_label("Message general").press_sequentially("/che")
    await expect(page.get_by_role("option", name="/checkin")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    dialog = page.get_by_role("dialog", name="Check-in")
    await dialog.get_by_label("A thought").fill("I asked for help & got it <3")
    await dialog.get_by_label("Confidence").fill("11")
    await dialog.get_by_role("button", name="Share").click()

    number = dialog.get_by_label("Confidence")
    await expect(dialog.get_by_text("Ten is the most there is.")).to_be_visible()
    await expect(number).to_be_focused()
    await expect(number).to_have_attribute("aria-invalid", "true")
    await expect(dialog.get_by_label("A thought")).to_have_value("I asked for help & got it <3")

    await number.fill("9")
    await number.press("Enter")
    await expect(dialog).to_be_hidden()
    app = page.get_by_role("navigation", name="Channels").get_by_role("link", name="Cairn")
    await expect(app).to_contain_text("1 unread")
    await app.click()
    await expect(page.get_by_text("Kept: I asked for help & got it <3")).to_be_visible()


async def test_a_message_arrives_live_and_what_is_being_typed_stays(
    box: Box, bolt: AsyncWebClient, browser: Browser
) -> None:
    page = await open_page(browser, general(box))
    await page.get_by_label("Message general").fill("half a sen")

    await actions.say(
        box.world, user="U0ALICE", channel=box.world.channel_names["T0CAIRN", "general"], text="Hi"
    )

    await expect(page.get_by_role("log").get_by_text("Hi", exact=True)).to_be_visible()
    await expect(page.get_by_label("Message general")).to_have_value("half a sen")
    await expect(page.get_by_label("Message general")).to_be_focused()


async def test_a_form_keeps_what_is_typed_when_the_app_changes_it(
    box: Box, bolt: AsyncWebClient, browser: Browser
) -> None:
    page = await open_page(browser, general(box))
    await run_command(page, "/checkin")
    await page.get_by_label("A thought").fill("not to be lost")

    await page.get_by_role("button", name="Another title").click()

    await expect(page.get_by_role("dialog", name="Second title")).to_be_visible()
    await expect(page.get_by_label("A thought")).to_have_value("not to be lost")


async def test_a_view_on_top_goes_back_to_the_one_below(
    box: Box, bolt: AsyncWebClient, browser: Browser
) -> None:
    page = await open_page(browser, general(box))
    await run_command(page, "/checkin")
    await page.get_by_label("A thought").fill("still here")
    await page.get_by_role("button", name="Tell me more").click()
    await expect(page.get_by_role("dialog", name="Help")).to_be_visible()

    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog", name="Check-in")).to_be_visible()
    await expect(page.get_by_label("A thought")).to_have_value("still here")
    await page.get_by_role("button", name="Close", exact=True).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_label("Message general")).to_be_focused()


async def test_home_is_shown_when_it_is_opened_and_asks_before_it_acts(
    box: Box, bolt: AsyncWebClient, browser: Browser
) -> None:
    page = await open_page(browser, box.base + HOME)
    await expect(page.get_by_role("heading", name="Good morning")).to_be_visible()

    await page.get_by_role("button", name="Take a break").click()

    question = page.get_by_role("dialog", name="Pause everything?")
    await expect(question).to_contain_text("You hear nothing until you resume.")
    await question.get_by_role("button", name="Yes, pause").click()
    await expect(question).to_be_hidden()


async def test_an_app_that_is_not_there_is_reported(box: Box, browser: Browser) -> None:
    await box.control("app", commands=["/checkin"])
    page = await open_page(browser, general(box))

    await run_command(page, "/checkin")

    await expect(page.get_by_role("alert").filter(has_text="/checkin failed")).to_be_visible()


async def test_one_key_opens_the_list_of_people(box: Box, browser: Browser) -> None:
    page = await open_page(browser, general(box))

    await page.keyboard.press("p")
    await expect(page.get_by_label("You are")).to_be_focused()
    await page.get_by_label("You are").select_option(label="Alice")

    await page.wait_for_url("**/U0ALICE/**")
    await expect(page.get_by_label("You are")).to_have_value(page.url.removeprefix(box.base))


async def test_the_clock_moves_and_tells(box: Box, browser: Browser) -> None:
    await box.control("clock", rate=0)
    page = await open_page(browser, general(box))
    before_s = box.world.clock.time()

    await page.get_by_role("button", name="+1 day").click()

    await expect(page.get_by_role("status").get_by_text("No new messages")).to_be_visible()
    assert box.world.clock.time() - before_s == 86_400
    await page.get_by_role("button", name="×60", exact=True).click()
    await expect(page.get_by_role("button", name="×60", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    assert box.world.clock.rate == 60


async def test_the_log_fills_while_it_is_open(
    box: Box, bolt: AsyncWebClient, browser: Browser
) -> None:
    page = await open_page(browser, general(box))
    await page.get_by_role("button", name="Web API log").first.click()

    await bolt.chat_postMessage(channel="U0BOB", text="Logged")

    panel = page.get_by_role("complementary", name="Web API log")
    line = panel.get_by_text("chat.postMessage")
    await line.click()
    await expect(panel.get_by_text('"text": "Logged"').first).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1360), ("dark", 1360), ("light", 390)], ids=str
)
async def test_axe_finds_no_violation(
    box: Box, bolt: AsyncWebClient, browser: Browser, scheme: Any, width: int
) -> None:
    size = {"width": width, "height": 820}
    page = await open_page(browser, general(box), color_scheme=scheme, viewport=size)
    found: dict[str, Any] = {}

    async def look(name: str) -> None:
        result = await Axe().run(page)
        for wrong in result.response["violations"]:
            found[f"{name}: {wrong['id']}"] = [node["html"] for node in wrong["nodes"]]

    await page.get_by_label("Message general").fill("/")
    await look("conversation with commands")
    await page.get_by_label("Message general").fill("/checkin ")
    await page.keyboard.press("Enter")
    await page.get_by_label("A thought").wait_for()
    await page.get_by_role("button", name="Share").click()
    await page.get_by_text("Please complete this required field.").first.wait_for()
    await look("form with mistakes")
    await page.keyboard.press("Escape")
    await page.get_by_role("dialog").wait_for(state="detached")
    await page.get_by_role("button", name="API log").first.click()
    await look("log")
    await page.goto(box.base + HOME)
    await page.get_by_role("heading", name="Good morning").wait_for()
    await look("home")
    await page.goto(f"{box.base}/")
    await look("start")

    assert found == {}


async def test_on_a_phone_what_is_due_next_is_in_sight(box: Box, browser: Browser) -> None:
    size = {"width": 360, "height": 740}
    page = await open_page(browser, general(box), viewport=size)

    for name in ("Next due", "+1 day", "×60"):
        button = page.get_by_role("button", name=name, exact=True)
        await button.wait_for()
        place = await button.bounding_box()
        assert place
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= 360
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_one_s_own_message_is_changed_and_taken_back(box: Box, browser: Browser) -> None:
    for user, text in (("U0ALICE", "Not mine"), ("U0BOB", "First words")):
        await box.control("say", user=user, channel="#general", text=text)
    page = await open_page(browser, general(box))
    log = page.get_by_role("log")

    await log.get_by_text("First words").hover()
    await log.get_by_role("button", name="Edit your message").click()
    field = log.get_by_role("textbox", name="Your message")
    await expect(field).to_have_value("First words")
    await field.fill("Better words")
    await field.press("Enter")
    await expect(log.get_by_text("Better words")).to_be_visible()
    await expect(log.get_by_text("(edited)")).to_be_visible()
    await log.get_by_role("button", name="Delete the message of").click()
    await expect(log.get_by_text("Better words")).to_have_count(0)

    await expect(log.get_by_text("Not mine")).to_be_visible()
    await expect(log.get_by_role("button", name="Edit your message")).to_have_count(0)


async def test_a_channel_is_renamed_from_its_menu(box: Box, browser: Browser) -> None:
    await box.control("channels", id="C0WARD", name="ward", members=["U0BOB"])
    page = await open_page(browser, f"{box.base}/client/T0CAIRN/U0BOB/C0WARD")

    await page.get_by_text("1 member").click()
    await page.get_by_label("Another name").fill("ward-2")
    await page.get_by_role("button", name="Rename").click()

    await expect(page.get_by_role("heading", name="ward-2")).to_be_visible()
    found = (await Axe().run(page)).response["violations"]
    assert [one["id"] for one in found] == []
