"""A member gets their file from Settings, and before they are erased; nobody else gets it."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.programme.model import Use
from tests.portfolio.test_portfolio import files_of
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path, uses={Use.CHECKINS}) as running:
        yield running


async def test_a_member_gets_one_file_of_everything(here: Running) -> None:
    await here.slack.press(here.bob, "Get my data", settings=True)

    assert "Sent: it is in our messages" in all_text(await here.slack.view(here.bob))
    files = await files_of(here, here.bob)
    with zipfile.ZipFile(io.BytesIO(files["my-data.zip"])) as opened:
        data = json.loads(opened.read("my-data.json"))
        page = opened.read("my-data.html").decode()
    assert data["data"]["You"][0]["slack_user_id"] == here.bob
    assert "a ballot cannot be tied to anybody" in page
    for other in (here.dana, here.mentor, here.coordinator):
        assert await files_of(here, other) == {}


async def test_it_is_offered_before_everything_is_deleted(here: Running) -> None:
    await here.slack.press(here.bob, "Delete what Cairn knows about me", settings=True)
    await here.slack.press(here.bob, "Get my data", modal=True)

    assert set(await files_of(here, here.bob)) == {"my-data.zip"}


async def test_a_stranger_gets_none(here: Running) -> None:
    home = await here.slack.home(STRANGER)
    await here.slack.http.post(
        "/_sandbox/click",
        json={"user": STRANGER, "action_id": "my_data.get", "view_id": home.get("id", "")},
    )

    assert await files_of(here, STRANGER) == {}
