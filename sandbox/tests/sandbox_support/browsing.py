"""Opening the page in the system's Chromium."""

from __future__ import annotations

import os
from typing import Any

import pytest
from playwright.async_api import Browser, Page

CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
)


def plain(text: str) -> dict[str, str]:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": text}


async def open_page(browser: Browser, address: str, **options: Any) -> Page:
    """Open an address; an error in the page's own scripts fails the test."""
    context = await browser.new_context(**options)
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"The page's script failed: {error}"))
    await page.goto(address)
    if "/client/" in address:
        await page.wait_for_selector("html[data-ready]")
    return page
