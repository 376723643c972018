"""Each thing in a check-in is shared or left out by itself, now or later, and seen beforehand."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text, buttons

FELT = "I was ashamed of my question"
THOUGHT = "The plan made sense to me"
WISH = "Half an hour alone"
EXACTLY = "This is exactly what your mentor will read"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def fill_in(here: Running, user: str, **others: Any) -> dict[str, Any]:
    """Type into every box of the form without sending it; gives the form."""
    answers = {"lens_think": THOUGHT, "lens_feel": FELT, "wish": WISH, "confidence": "3"}
    view = await here.open_form(user)
    return view | {"answers": answers | {"wellbeing": "2", "visibility": "mentor"} | others}


async def save(here: Running, user: str, **others: Any) -> Any:
    view = await fill_in(here, user, **others)
    return await here.slack.submit(user, view["id"], view["answers"])


async def as_the_mentor_reads(here: Running) -> str:
    await here.slack.advance(minutes=5)
    await here.home_text(here.mentor, until="Shared with you")
    await here.slack.press(here.mentor, "Read")
    shown = all_text(await here.slack.view(here.mentor))
    await here.slack.close(here.mentor)
    return shown


async def open_own(here: Running) -> str:
    await here.slack.slash(here.bob, "past")
    listed = await here.slack.view(here.bob)
    await here.slack.click(here.bob, "checkin.read", view_id=listed["id"])
    return all_text(await here.slack.view(here.bob))


async def labels(here: Running) -> set[str]:
    return {one["text"]["text"] for one in buttons(await here.slack.view(here.bob))}


async def test_what_is_left_out_and_how_one_is_nobody_else_ever_reads(here: Running) -> None:
    await save(here, here.bob, left_out=["feel", "confidence"])
    saved = all_text(await here.slack.view(here.bob))
    await here.slack.close(here.bob)

    read = await as_the_mentor_reads(here)
    mine = await open_own(here)

    assert "Left out: _Feel_ and _How confident I am_" in saved
    assert THOUGHT in read
    assert WISH in read
    for words in (FELT, "Confidence", "of 5", "very low", "How I am"):
        assert words not in read
    for words in (THOUGHT, FELT, WISH, "Confidence: 3", "How I am: 2 of 5", "Only you see this"):
        assert words in mine
    for other in (here.mentor, here.dana, here.coordinator):
        assert "of 5" not in json.dumps(await here.slack.messages(user=other))
        assert "of 5" not in all_text(await here.slack.home(other))


async def test_the_preview_is_what_the_mentor_then_reads(here: Running) -> None:
    view = await fill_in(here, here.bob, left_out=["feel"])
    for block in view["blocks"]:
        if (name := block.get("block_id")) in view["answers"]:
            where = {"view_id": view["id"], "block_id": name}
            action_id, value = block["element"]["action_id"], view["answers"][name]
            await here.slack.click(here.bob, action_id, value=value, **where)
    await here.slack.press(here.bob, "See what they will read", modal=True)
    preview = await here.slack.view(here.bob)
    seen = all_text(preview)
    closing = {"user": here.bob, "view_id": preview["id"]}
    await here.slack.http.post("/_sandbox/close", json=closing)
    form = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, form["id"], {})
    read = await as_the_mentor_reads(here)

    assert EXACTLY in seen
    assert "Not saved yet" in seen
    assert form["callback_id"] == "checkin.form"
    for words, is_read in ((THOUGHT, True), (WISH, True), (FELT, False), ("How I am", False)):
        assert (words in seen) is (words in read) is is_read


async def test_what_would_share_nothing_is_refused_and_it_is_shared_later_but_for_some(
    here: Running,
) -> None:
    everything = ["think", "feel", "act", "confidence", "blocker", "wish"]
    refused = await save(here, here.bob, left_out=everything)
    form = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, form["id"], {"visibility": "only_me", "left_out": []})
    saved = all_text(await here.slack.view(here.bob))
    await here.slack.press(here.bob, "Share with my mentor", modal=True)
    whole = await here.slack.view(here.bob)
    await here.slack.click(here.bob, "checkin.leave_out", value=["feel"], view_id=whole["id"])
    less = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, less["id"], {})
    shared = all_text(await here.slack.view(here.bob))
    read = await as_the_mentor_reads(here)

    assert "Nothing that you filled in would be shared" in str(refused)
    assert "Only you can read it. Nothing is shared." in saved
    assert EXACTLY in all_text(whole)
    assert FELT in all_text(whole)
    assert FELT not in all_text(less)
    assert "Shared. Your mentor finds it on Home" in shared
    assert "Left out: _Feel_" in shared
    assert THOUGHT in read
    assert FELT not in read
    assert "How I am" not in all_text(whole) + read


async def test_a_patients_number_is_pointed_out_before_it_is_shared_or_changed(
    here: Running,
) -> None:
    number = "I looked after MRN 4471123"
    await save(here, here.bob, visibility="only_me", wish=number)
    form = await here.slack.view(here.bob)
    assert "Not saved yet" in all_text(form)
    await here.slack.submit(here.bob, form["id"], {"save_anyway": ["yes"]})

    await here.slack.press(here.bob, "Share with my mentor", modal=True)
    await here.slack.submit(here.bob, (await here.slack.view(here.bob))["id"], {})
    sharing = await here.slack.view(here.bob)
    await here.slack.click(here.bob, "checkin.leave_out", value=["wish"], view_id=sharing["id"])
    await here.slack.submit(here.bob, (await here.slack.view(here.bob))["id"], {})
    shared = all_text(await here.slack.view(here.bob))
    await here.slack.press(here.bob, "Change it", modal=True)
    await here.slack.submit(here.bob, (await here.slack.view(here.bob))["id"], {"wish": number})

    assert "Not saved yet" in all_text(sharing)
    assert "Shared." in shared
    assert "Not saved yet" in all_text(await here.slack.view(here.bob))


async def test_it_is_changed_until_the_mentor_has_read_it_and_then_narrowed_alone(
    here: Running,
) -> None:
    await save(here, here.bob)
    await here.slack.close(here.bob)
    unread = await open_own(here)
    await here.slack.press(here.bob, "Change it", modal=True)
    form = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, form["id"], {"lens_feel": "Better put", "left_out": ["wish"]})
    changed = all_text(await here.slack.view(here.bob))
    await open_own(here)
    await here.slack.press(here.bob, "Change it", modal=True)
    late = await here.slack.view(here.bob)

    read = await as_the_mentor_reads(here)
    refused = await here.slack.submit(here.bob, late["id"], {"lens_feel": "Too late"})
    said = all_text(await here.slack.view(here.bob))
    mine = await open_own(here)
    offered = await labels(here)
    await here.slack.press(here.bob, "Show to nobody else", modal=True)

    assert "Nobody has opened it yet" in unread
    assert "Changed." in changed
    assert "Better put" in read
    assert WISH not in read
    assert "has read it, so its words stay" in f"{refused}{said}"
    assert "Read on Monday 7 September" in mine
    assert "Too late" not in mine
    assert offered == {"Show to nobody else", "Delete"}
    assert "Only you can read it" in all_text(await here.slack.view(here.bob))


async def test_the_legal_lines_stand_in_the_first_form_and_ones_past_shows_ones_confidence(
    here: Running,
) -> None:
    first = await here.open_form(here.bob)
    await here.slack.close(here.bob)
    for figure in ("3", "0", "7"):
        await save(here, here.bob, confidence=figure)
        await here.slack.close(here.bob)
        await here.slack.advance(days=1)

    second = await here.open_form(here.bob)
    await here.slack.close(here.bob)
    await here.slack.slash(here.bob, "past")
    shown = all_text(await here.slack.view(here.bob))

    assert first["blocks"][0]["type"] == second["blocks"][0]["type"] == "input"
    assert "duty to report" in all_text(first["blocks"][1])
    assert "duty to report" not in all_text(second)
    for view in (first, second):
        behind = all_text(view["blocks"][1])
        assert "Who sees this" in behind
        assert "ot for emergencies" in behind
        assert "Occupational health on call" in behind
    assert "3 of 10 on 7 September, 7 on 9 September" in shown
    assert "the lowest was 0, the highest 7" in shown
    assert " 9 Sep   7 ━━━━━━━\n" in shown
    assert "━" not in json.dumps(await here.slack.messages(user=here.bob))
