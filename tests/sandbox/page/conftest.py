"""A browser for the tests that need one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.sandbox.page.browsing import CHROMIUM, FLAGS

# A busy machine is slow, not wrong.
expect.set_options(timeout=15_000)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Start Chromium without a window, for one test."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield launched
        await launched.close()
