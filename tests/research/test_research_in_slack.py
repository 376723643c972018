"""Members decide about research on Home and in Settings; a coordinator gets the file."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.programme.model import Use
from tests.portfolio.test_portfolio import files_of
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.workspace import all_text

YES, NO = "Yes, without my name", "No, not mine"
ASKS = "May research use what you noted"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    uses = {Use.RESEARCH, Use.CHECKINS}
    async with running_programme(tmp_path, mentees=6, uses=uses) as running:
        await running.begin_now(Use.RESEARCH)
        await running.do_without(*(set(Use) - uses))
        yield running


async def decide(here: Running, user: str, answer: str) -> str:
    await here.home_text(user, until=ASKS)
    await here.slack.press(user, "Read and decide")
    await here.slack.press(user, answer, modal=True)
    said = all_text(await here.slack.view(user))
    await here.slack.close(user)
    return said


async def export_page(here: Running) -> dict[str, Any]:
    await here.slack.press(here.coordinator, "Tools")
    await here.slack.press(here.coordinator, "Open", modal=True)
    return await here.slack.view(here.coordinator)


async def test_whoever_has_decided_is_not_asked_again_and_can_change_their_mind(
    here: Running,
) -> None:
    assert "nobody is told" in all_text(await form_of(here, here.bob))
    await here.slack.close(here.bob)
    assert "Thank you" in await decide(here, here.bob, YES)
    assert "All right" in await decide(here, here.dana, NO)

    for who in (here.bob, here.dana):
        assert ASKS not in await here.home_text(who, until="In a crisis")
    await here.slack.press(here.bob, "Settings")
    assert "It may use what you noted" in all_text(await here.slack.view(here.bob))
    await here.slack.press(here.bob, "Take back", modal=True)
    assert "No file that is made from then on" in all_text(await here.slack.view(here.bob))
    await here.slack.press(here.bob, NO, modal=True)
    assert "cannot be called back" in all_text(await here.slack.view(here.bob))


async def form_of(here: Running, user: str) -> dict[str, Any]:
    await here.home_text(user, until=ASKS)
    await here.slack.press(user, "Read and decide")
    return await here.slack.view(user)


async def test_nobody_is_written_to_about_it(here: Running) -> None:
    await here.slack.advance(days=7)

    for user in (*here.mentees, here.mentor, here.coordinator):
        assert ASKS not in str(await here.slack.messages(user=user))


async def test_a_coordinator_gets_the_file_and_sees_no_small_number(here: Running) -> None:
    for user in here.mentees[:4]:
        await decide(here, user, YES)
    await decide(here, here.mentees[4], NO)
    page = await export_page(here)
    assert "fewer than 5 of 7 members agreed" in all_text(page)
    assert not page.get("submit")
    await here.slack.close(here.coordinator)

    await decide(here, here.mentees[5], YES)
    page = await export_page(here)
    assert "5 of 7 members agreed" in all_text(page)
    await here.slack.submit(here.coordinator, page["id"], {"programme": here.programme.id})

    files = await files_of(here, here.coordinator)
    with zipfile.ZipFile(io.BytesIO(files["research-export.zip"])) as opened:
        assert "datapackage.json" in opened.namelist()
        assert opened.read("participants.csv").count(b"\n") == 6
    assert "5 participants" in str(await here.slack.messages(user=here.coordinator))
    for other in (here.mentor, here.bob):
        assert await files_of(here, other) == {}


async def test_nobody_else_gets_it_whatever_they_press(here: Running) -> None:
    for user in here.mentees[:5]:
        await decide(here, user, YES)
    page = await export_page(here)
    for user in (here.mentor, here.bob, STRANGER):
        home = await here.slack.home(user)
        await here.slack.http.post(
            "/_sandbox/click",
            json={"user": user, "action_id": "research.export", "view_id": home.get("id", "")},
        )
        assert await files_of(here, user) == {}
    assert "fewer" not in all_text(page)
