"""Pictures of messages, forms and parts of Home, drawn by the sandbox's page in Chromium."""

import base64
import struct
import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright

from sandbox_support.browsing import CHROMIUM, FLAGS, open_page
from slack_sandbox.conversations import create_channel
from slack_sandbox.messages import post
from slack_sandbox.modals import name_blocks, open_view, publish_home
from slack_sandbox.people import add_user
from slack_sandbox.seed import APP_ID, OWNER_ID, TEAM_ID, populate
from slack_sandbox.server import running
from slack_sandbox.world import World
from tests.messages_page.page import FORM, IMAGES, PART, Entry

START = datetime(2026, 9, 8, 8, tzinfo=UTC)
NAMES = ("Alice", "Bob", "Carol", "Dan", "Dana", "Eve", "Pete")
PEOPLE = {f"U0{name.upper()}": name for name in NAMES} | {
    "U0003ROSA": "Rosa",
    "U0005LIAM": "Liam",
}
CHANNELS = {"C0GROUP": "group-of-alice", "C0ALL": "everybody"}
REDUCE = (Path(__file__).parent / "palette.js").read_text("utf-8").partition("\n")[2]
SIZE = {"width": 760, "height": 4000}
GRAY_LETTERS = " --disable-lcd-text --font-render-hinting=none"
WITH_A_MARGIN = (
    ".modal { position: absolute; inset: 0 auto auto 0; margin: 0; max-height: none !important; "
    "border-radius: 0 !important; animation: none !important; } "
    ".message-body, .home-blocks { padding: 12px !important; }"
)


async def draw(
    every: Sequence[Entry],
    *,
    only_new: bool = False,
    folder: Path = IMAGES,
    people: Mapping[str, str] = PEOPLE,
    channels: Mapping[str, str] = CHANNELS,
) -> None:
    """Write the picture of each entry, or of those without one; delete those of what is gone.

    They lie in `folder`. `people` and `channels` are the names that stand for ids in them.
    """
    paths = {one.key: folder / f"{one.anchor}.png" for one in every}
    there = _keep_only(folder, paths.values())
    world = _workspace(people, channels)
    async with running(world) as base, async_playwright() as playwright:
        flags = f"{FLAGS}{GRAY_LETTERS}".split()
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        client = f"{base}/client/{TEAM_ID}/{OWNER_ID}"
        page_ = await _open(browser, client)
        wanted = [one for one in every if not (only_new and paths[one.key] in there)]
        for number, one in enumerate(wanted):
            payload = dict(one.shown)
            where = APP_ID
            if one.what == FORM:
                open_view(world, user=OWNER_ID, team_id=TEAM_ID, app_id=APP_ID, payload=payload)
                found = page_.get_by_role("dialog")
            elif one.what == PART:
                publish_home(world, user=OWNER_ID, team_id=TEAM_ID, app_id=APP_ID, payload=payload)
                found = page_.locator(".home-blocks")
            else:
                where = _post(world, one, number)
                found = page_.locator("li.message .message-body").last
            await _go(page_, f"{client}/{where}")
            _write(paths[one.key], await _shoot(found))
            world.stacks.pop(OWNER_ID, None)
        await browser.close()


def _keep_only(folder: Path, paths: Collection[Path]) -> set[Path]:
    """Delete the pictures of what is gone; give those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    there = {*folder.glob("*.png")}
    for gone in there - {*paths}:
        gone.unlink()
    return there & {*paths}


def _workspace(people: Mapping[str, str], channels: Mapping[str, str]) -> World:
    world = World(seed=7, start=START, rate=0)
    populate(world)
    for slack_id, name in people.items():
        person = {"id": slack_id, "name": slack_id.lower(), "real_name": name}
        add_user(world, person, announce=False)
    for channel_id, name in channels.items():
        create_channel(
            world, TEAM_ID, name, channel_id=channel_id, creator=OWNER_ID, members=[OWNER_ID]
        )
    return world


def _post(world: World, one: Entry, number: int) -> str:
    """Post a message as Cairn into a channel of its own; return the channel's id."""
    channel = create_channel(
        world, TEAM_ID, f"message-{number}", creator=OWNER_ID, members=[OWNER_ID]
    )
    app = world.app_in(TEAM_ID, APP_ID)
    bot = world.bot(app, TEAM_ID)
    blocks = name_blocks(world, [dict(block) for block in one.shown["blocks"]])
    post(world, channel, user=bot.id, app_id=APP_ID, text=one.spoken, blocks=blocks)
    return channel.id


async def _open(browser: Browser, address: str) -> Page:
    return await open_page(
        browser, address, viewport=SIZE, timezone_id="Europe/London", bypass_csp=True
    )


async def _go(page_: Page, address: str) -> None:
    await page_.goto(address)
    await page_.wait_for_selector("html[data-ready]")
    await page_.add_style_tag(content=WITH_A_MARGIN)


async def _shoot(found: Locator) -> bytes:
    taken = await found.screenshot(animations="disabled", caret="hide")
    reduced = await found.page.evaluate(REDUCE, base64.b64encode(taken).decode())
    width, height, palette, pixels = reduced
    return _png(width, height, base64.b64decode(palette), base64.b64decode(pixels))


def _write(path: Path, picture: bytes) -> None:
    path.write_bytes(picture)


def _png(width: int, height: int, palette: bytes, pixels: bytes) -> bytes:
    """Write a PNG with a palette (https://www.w3.org/TR/png-3/), a quarter of one without."""
    rows = b"".join(b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
