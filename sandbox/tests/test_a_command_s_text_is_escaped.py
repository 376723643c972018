"""The text of a slash command, as an app gets it with and without should_escape."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox_support.box import Box
from sandbox_support.listening import Ear, listening


@pytest.fixture
async def ear(box: Box) -> AsyncIterator[Ear]:
    commands = [{"command": "/ask", "should_escape": True}, {"command": "/raw"}]
    await box.control("app", commands=commands)
    await box.control("users", id="W0ANN", name="ann", display_name="Anni")
    await box.control("usergroups", id="S0M", handle="mentors")
    await box.control("channels", id="C0WARD", name="ward", members=["U0ALICE"], is_private=True)
    async with listening(box) as made:
        yield made


async def sent(box: Box, ear: Ear, text: str, command: str = "/ask", user: str = "alice") -> str:
    await box.control("slash", user=user, command=command, text=text)
    return str(ear.commands[-1]["text"])


@pytest.mark.parametrize(
    ("typed", "got"),
    [
        ("@ann", "<@W0ANN|ann>"),
        ("@Anni and @bob.", "<@W0ANN|ann> and <@U0BOB|bob>."),
        ("<@U0BOB>", "<@U0BOB|bob>"),
        ("<@U0BOB|old name> x", "<@U0BOB|bob> x"),
        ("@nobody", "@nobody"),
        ("@here & @channel", "<!here> &amp; <!channel>"),
        ("@mentors", "<!subteam^S0M|@mentors>"),
        ("#ward", "<#C0WARD|ward>"),
        ("#nowhere", "#nowhere"),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("see https://example.org/?a=1&b=2 now", "see <https://example.org/?a=1&amp;b=2> now"),
        ("mail bob@example.org", "mail <mailto:bob@example.org|bob@example.org>"),
        ("<@U0NOBODY>", "&lt;@U0NOBODY&gt;"),
        ("", ""),
        ("stop", "stop"),
    ],
)
async def test_mentions_and_signs_are_escaped(box: Box, ear: Ear, typed: str, got: str) -> None:
    assert await sent(box, ear, typed) == got


async def test_a_channel_that_the_person_cannot_see_stays_words(box: Box, ear: Ear) -> None:
    assert await sent(box, ear, "#ward", user="bob") == "#ward"


async def test_without_should_escape_the_text_stays_as_typed(box: Box, ear: Ear) -> None:
    typed = "@ann & #ward https://example.org"

    assert await sent(box, ear, typed, command="/raw") == typed
