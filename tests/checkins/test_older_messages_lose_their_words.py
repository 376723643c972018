"""At the upgrade, messages that quote words are drawn anew without them, once."""

from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.keys.vault import Vault
from runtime.commands.schema import migrate
from runtime.demo.sandbox import BOT_TOKEN
from tests.checkins.test_reading import change, write
from tests.migrations.test_migrations import downgrade
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

MONDAY = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
SECRET = "I should not have said that"
QUOTED = ("Your mentoring week", "shares a check-in", "claims the stage")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def upgrade(address: str, vault: Vault) -> None:
    """Go back to the version before, and upgrade from it."""
    await downgrade(address, "0010", vault=lambda: nullcontext(vault))
    await migrate(address, vault=lambda: nullcontext(vault))


async def quote_words(here: Running, message: dict[str, Any]) -> None:
    """Make a message as the version before wrote it."""
    answer = await here.slack.http.post(
        "/api/chat.update",
        json={
            "channel": message["channel"],
            "ts": message["ts"],
            "text": f"In full: {SECRET}",
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": f">{SECRET}"}}],
        },
        headers={"Authorization": f"Bearer {BOT_TOKEN}"},
    )
    assert answer.json()["ok"], answer.json()


async def claim(here: Running) -> None:
    await here.home_text(here.bob, until="Claim a stage")
    await here.slack.press(here.bob, "Claim a stage")
    form = await here.slack.view(here.bob)
    level = next(b for b in form["blocks"] if b.get("block_id") == "level")["element"]
    answers = {"level": level["initial_option"]["value"], "evidence": SECRET}
    await here.slack.submit(here.bob, form["id"], answers)
    await here.slack.close(here.bob)


async def test_older_messages_are_drawn_anew_without_words_and_once(
    here: Running, tmp_path: Path
) -> None:
    await write(here, here.bob, SECRET, "group")
    await write(here, here.bob, SECRET, "group")
    await write(here, here.dana, SECRET, "mentor")
    await claim(here)
    await here.slack.go_to(MONDAY)
    channel = await here.channel()
    both = {"user": here.mentor}, {"channel": channel}
    quoting = [
        one
        for where in both
        for one in await here.slack.messages(**where)
        if any(words in one["text"] for words in QUOTED)
    ]
    for one in quoting:
        await quote_words(here, one)
    await change(here, "checkin.delete")
    before = len(await here.slack.calls("chat.update"))

    vault = here.slack.cairn.services.vault
    await upgrade(f"sqlite:///{tmp_path / 'cairn.db'}", vault)
    await here.slack.advance(minutes=5)
    updates = len(await here.slack.calls("chat.update")) - before
    await here.slack.advance(minutes=5)

    left = [one for where in both for one in await here.slack.messages(**where)]
    assert len(quoting) == 4
    assert SECRET not in str(left)
    texts = " ".join(one["text"] for one in left)
    assert texts.count("shares a check-in with this group") == 1  # the other was deleted
    assert "Your mentoring week" in texts
    assert "claims the stage" in texts
    assert updates == 3
    assert len(await here.slack.calls("chat.update")) - before == updates
    await here.slack.press(here.mentor, "Read", message=left[-1])
    assert SECRET in all_text(await here.slack.view(here.mentor))
