from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.checkins.rules import CheckInId
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people.store import member_by_slack_id
from bot.portfolio import use_cases
from bot.portfolio.model import Content
from bot.programme.model import Use
from runtime.demo.sandbox import BOT_TOKEN
from tests.portfolio.test_portfolio_papers import words_of
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        await running.begin_now(Use.CLOSING)
        yield running


async def write(here: Running, words: str) -> None:
    view = await here.open_form(here.bob)
    lens = next(b["block_id"] for b in view["blocks"] if b.get("block_id", "").startswith("lens"))
    await here.slack.submit(here.bob, view["id"], {lens: words, "confidence": "4"})
    await here.slack.close(here.bob)


async def files_of(here: Running, user: str) -> dict[str, bytes]:
    """The files that this person has in their DM with Cairn, by name."""
    found: dict[str, bytes] = {}
    for message in await here.slack.messages(user=user):
        for file in message.get("files", []):
            token = {"Authorization": f"Bearer {BOT_TOKEN}"}
            answer = await here.slack.http.get(file["url_private"], headers=token)
            found[file["name"]] = answer.content
    return found


async def ask(here: Running, user: str, button: str, **answers: Any) -> str:
    await here.home_text(user, until=button)
    await here.slack.press(user, button)
    form = await here.slack.view(user)
    refused = await here.slack.submit(user, form["id"], answers)
    return str(refused) + all_text(await here.slack.view(user))


def options(form: dict[str, Any], block_id: str) -> list[str]:
    block = next(b for b in form["blocks"] if b.get("block_id") == block_id)
    return [one["value"] for one in block["element"]["options"]]


async def test_a_mentee_takes_along_what_they_pick_and_nothing_else(here: Running) -> None:
    await write(here, "Worth keeping")
    await here.slack.advance(minutes=1)
    await write(here, "Not for the portfolio")
    await here.home_text(here.bob, until="Make my portfolio")
    await here.slack.press(here.bob, "Make my portfolio")
    form = await here.slack.view(here.bob)
    newest, oldest = options(form, "picked")

    await here.slack.submit(
        here.bob,
        form["id"],
        {"parts": ["confidence"], "picked": [oldest], "format": ["pdf", "markdown"]},
    )

    said = all_text(await here.slack.view(here.bob))
    found = await files_of(here, here.bob)
    assert "Sent: it is in our messages" in said
    for text in (words_of(found["portfolio.pdf"]), found["portfolio.md"].decode()):
        assert "Worth keeping" in text
        assert "4 of 10" in text
        assert "Not for the portfolio" not in text
    for other in (here.mentor, here.coordinator, here.dana):
        assert await files_of(here, other) == {}
    assert newest != oldest


async def test_anothers_check_in_is_never_in_a_portfolio_whatever_the_form_says(
    here: Running,
) -> None:
    await write(here, "Bob's own")
    await here.slack.press(here.bob, "Make my portfolio")
    [bobs] = options(await here.slack.view(here.bob), "picked")
    await here.home_text(here.dana, until="Make my portfolio")
    await here.slack.press(here.dana, "Make my portfolio")
    form = await here.slack.view(here.dana)
    assert "picked" not in str(form)

    cairn = here.slack.cairn
    workspace_id = WorkspaceId(cairn.workspace_id)
    async with cairn.database.reading() as connection:
        dana = await member_by_slack_id(connection, workspace_id, SlackUserId(here.dana))
        assert dana is not None
        made = await use_cases.portfolio_of(
            connection,
            dana,
            here.programme,
            parts=[Content.CONFIDENCE],
            picked=[CheckInId(bobs)],
            now=here.slack.clock.now(),
        )
    assert "Bob's own" not in str(made)


async def test_nothing_chosen_is_said_beside_the_boxes(here: Running) -> None:
    said = await ask(here, here.bob, "Make my portfolio", parts=[], format=["pdf"])
    assert "Choose at least one thing" in said
    assert await files_of(here, here.bob) == {}


async def test_a_mentor_gets_a_letter_with_hours_and_nothing_about_mentees(here: Running) -> None:
    await here.home_text(here.mentor, until="We met")
    await here.slack.press(here.mentor, "We met")
    form = await here.slack.view(here.mentor)
    await here.slack.submit(
        here.mentor,
        form["id"],
        {"held_on": "2026-09-07", "mentees": options(form, "mentees"), "minutes": "75"},
    )
    await here.slack.close(here.mentor)

    said = await ask(here, here.mentor, "Make my letter", name="Dr. Zoë Ångström")

    letter = words_of((await files_of(here, here.mentor))["letter.pdf"])
    assert "Sent: it is in our messages" in said
    assert "Dr. Zoë Ångström was a mentor" in letter
    assert "one mentoring group and one meeting, 1 hour in all" in letter
    assert "Bob" not in letter
    assert "Make my letter" not in await here.home_text(here.bob, until="Make my portfolio")


async def test_a_stranger_gets_neither(here: Running) -> None:
    for action_id in ("portfolio.open", "letter.open"):
        home = await here.slack.home(STRANGER)
        await here.slack.http.post(
            "/_sandbox/click",
            json={"user": STRANGER, "action_id": action_id, "view_id": home.get("id", "")},
        )
    assert await files_of(here, STRANGER) == {}


async def test_without_the_permission_it_says_which_one_and_nothing_is_lost(here: Running) -> None:
    fault = {"kind": "error", "on": "files.getUploadURLExternal", "error": "missing_scope"}
    asked_for = await here.slack.http.post("/_sandbox/faults", json=fault)
    assert asked_for.status_code == 200, asked_for.text

    said = await ask(here, here.bob, "Make my portfolio", parts=["confidence"], format=["markdown"])

    assert "files:write" in said
