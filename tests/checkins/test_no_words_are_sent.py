"""A week is lived with unmistakable words: nothing but forms ever carries one of them."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.checkins.test_reading import change, read
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text, buttons

MONDAY = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
FORMS = ("views.open", "views.push", "views.update", "views.publish")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def write_all(here: Running, user: str, visibility: str, word: str) -> None:
    """Fill in every field of the form with words like no others."""
    view = await here.open_form(user)
    lenses = [b["block_id"] for b in view["blocks"] if b.get("block_id", "").startswith("lens_")]
    answers: dict[str, Any] = {lens: f"{word} {lens} पूछा 🦉" for lens in lenses}
    answers |= {"wish": f"{word} wish", "confidence": "3", "blocker": "society"}
    await here.slack.submit(user, view["id"], answers | {"visibility": visibility})
    await here.slack.close(user)
    await here.slack.advance(minutes=1)


async def claim_and_talk(here: Running) -> None:
    await here.home_text(here.bob, until="Claim a stage")
    await here.slack.press(here.bob, "Claim a stage")
    form = await here.slack.view(here.bob)
    level = next(b for b in form["blocks"] if b.get("block_id") == "level")["element"]
    answers = {"level": level["initial_option"]["value"], "evidence": "Xylophone evidence"}
    await here.slack.submit(here.bob, form["id"], answers)
    await here.slack.close(here.bob)
    await here.slack.advance(minutes=1)
    told = (await here.slack.messages(user=here.mentor))[-1]
    await here.slack.press(here.mentor, "Read and answer", message=told)
    await here.slack.press(here.mentor, "Talk first", modal=True)
    form = await here.slack.view(here.mentor)
    await here.slack.submit(here.mentor, form["id"], {"note": "Xylophone note"})
    await here.slack.close(here.mentor)
    await here.slack.advance(minutes=1)


async def everything_sent(here: Running) -> list[tuple[str, str]]:
    """Every Web API call of the week: its method, and all that was said and answered."""
    answer = await here.slack.http.get("/_sandbox/calls", params={"limit": "100000"})
    return [
        (call["method"], json.dumps(call, ensure_ascii=False)) for call in answer.json()["calls"]
    ]


def hidden_in(view: dict[str, Any]) -> str:
    """What a form carries besides the texts that it shows: metadata and the values of buttons."""
    hidden = [str(view.get("private_metadata"))]

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            hidden.extend(str(node[key]) for key in ("value", "action_id") if key in node)
            hidden.extend(str(node[key]) for key in ("block_id",) if key in node)
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(view["blocks"])
    return " ".join(hidden)


async def test_nothing_but_a_form_ever_holds_a_word_of_a_member(
    here: Running, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    for visibility in ("only_me", "mentor", "group"):
        await write_all(here, here.bob, visibility, "Xylophone")
        await write_all(here, here.dana, visibility, "Xylophone")
    await claim_and_talk(here)
    await here.slack.go_to(MONDAY)
    told = [
        one
        for one in await here.slack.messages(user=here.mentor)
        if one["text"].startswith("Your mentoring week")
    ][-1]
    shown = await read(here, here.mentor, told)
    form = await here.slack.view(here.mentor)
    await here.slack.press(here.mentor, "Next", modal=True)
    await here.slack.close(here.mentor)
    await change(here, "checkin.narrow:mentor")
    await change(here, "checkin.delete", here.dana)
    await here.home_text(here.mentor, until="Shared with you")
    carol = await here.home_text(here.coordinator, until="Autumn mentoring")

    sent = await everything_sent(here)
    outside = [(method, said) for method, said in sent if method not in FORMS]
    assert "Xylophone" in shown
    assert len(outside) > 10
    for method, said in outside:
        for word in ("Xylophone", "पूछा", "🦉", "Confidence", "people like me are treated"):
            assert word not in said, method
    assert "Xylophone" not in hidden_in(form)
    assert "Xylophone" not in carol
    assert "Xylophone" not in all_text(await here.slack.home(here.mentor))
    assert "Xylophone" not in caplog.text
    assert "Xylophone" not in "".join(capfd.readouterr())


SAID = "मैंने वार्ड में मदद माँगी और किसी ने बुरा नहीं माना। " * 6
"""310 characters and more, once a name and a number stand before it."""


async def test_of_six_who_wrote_much_one_takes_it_back_and_the_others_are_read_whole(
    tmp_path: Path,
) -> None:
    async with running_programme(tmp_path, mentees=6) as here:
        for number, mentee in enumerate(here.mentees):
            view = await here.open_form(mentee)
            lenses = [b["block_id"] for b in view["blocks"] if b.get("block_id", "")[:5] == "lens_"]
            answers = dict.fromkeys((*lenses, "wish"), f"N{number} {SAID}"[:310])
            await here.slack.submit(mentee, view["id"], answers | {"visibility": "mentor"})
            await here.slack.close(mentee)
            await here.slack.advance(seconds=1)
        await here.slack.go_to(MONDAY)
        told = (await here.slack.messages(user=here.mentor))[-1]
        before = str([await here.slack.messages(user=one) for one in (here.mentor, here.bob)])

        await change(here, "checkin.delete")
        pages = [await read(here, here.mentor, told)]
        while any(one["text"]["text"] == "Next" for one in buttons(await top(here))):
            await here.slack.press(here.mentor, "Next", modal=True)
            pages.append(all_text(await top(here)))
        after = str([await here.slack.messages(user=one) for one in (here.mentor, here.bob)])

    assert "6 check-ins shared with you" in told["text"]
    assert "वार्ड" not in before + after
    assert len(pages) == 5
    assert [page.count(f"N{n} {SAID}"[:310].strip()) for n, page in enumerate(pages, 1)] == [4] * 5
    assert all("N0 " not in page and "of 1 other check-in" in page for page in pages)


async def top(here: Running) -> dict[str, Any]:
    return await here.slack.view(here.mentor)
