from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.workspace import all_text

WHOLE = "It was <!channel> & <@U0CAROL> " + "x" * 2968


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


def lens_blocks(view: dict[str, Any]) -> list[str]:
    return [b["block_id"] for b in view["blocks"] if b.get("block_id", "").startswith("lens_")]


async def write(here: Running, user: str, **answers: Any) -> dict[str, Any]:
    """Fill in the form; `first` stands for whichever lens comes first."""
    view = await here.open_form(user)
    first = answers.pop("first", None)
    if first:
        answers[lens_blocks(view)[0]] = first
    answers.setdefault("visibility", "only_me")
    return await here.slack.submit(user, view["id"], answers)


async def test_a_mentee_writes_for_themselves_and_nobody_else_sees_it(here: Running) -> None:
    await write(here, here.bob, first="A secret of mine", confidence="4")

    saved = await here.slack.view(here.bob)
    assert "Only you can read it" in all_text(saved["blocks"])
    await here.slack.slash(here.bob, "past")
    assert "A secret of mine" in all_text((await here.slack.view(here.bob))["blocks"])
    for other, until in (
        (here.mentor, "My people"),
        (here.dana, "My check-ins"),
        (here.coordinator, "Autumn mentoring"),
    ):
        shown = await here.home_text(other, until=until)
        assert until in shown
        assert "A secret of mine" not in shown
        assert "A secret of mine" not in str(await here.slack.messages(user=other))
    assert "A secret of mine" not in str(await here.posted())


async def test_who_writes_shortly_before_they_are_asked_is_not_asked_then(here: Running) -> None:
    await here.slack.go_to(datetime(2026, 9, 13, 20, tzinfo=UTC))
    before = len(await here.texts(here.bob))
    await write(here, here.bob, first="A quiet ward")
    assert "again on Monday 28 September" in all_text(await here.slack.view(here.bob))
    await here.slack.close(here.bob)

    await here.slack.go_to(datetime(2026, 9, 15, 12, tzinfo=UTC))

    assert not [one for one in (await here.texts(here.bob))[before:] if "check-in" in one]
    assert [one for one in await here.texts(here.dana) if "time for a check-in" in one]
    assert "is due" not in await here.home_text(here.bob, until="Last check-in: 13 September")
    await here.slack.go_to(datetime(2026, 9, 28, 12, tzinfo=UTC))
    assert "time for a check-in" in (await here.texts(here.bob))[-1]


async def test_the_form_says_who_reads_and_what_to_leave_out(here: Running) -> None:
    shown = all_text((await here.open_form(here.bob))["blocks"])

    for words in (
        "Who sees this",
        "Not monitored; not for emergencies",
        "Occupational health on call",
        "patient",
        "duty to report",
    ):
        assert words in shown


async def test_two_stages_ask_different_questions_and_the_next_time_others(here: Running) -> None:
    async def labels(user: str) -> set[str]:
        view = await here.open_form(user)
        return {b["label"]["text"] for b in view["blocks"] if b["type"] == "input"}

    bob, dana = await labels(here.bob), await labels(here.dana)
    await write(here, here.bob, first="Something")
    again = await labels(here.bob)

    def prompts(found: set[str]) -> set[str]:
        return {each for each in found if each.split(":")[0] in {"Think", "Feel", "Act"}}

    assert len(prompts(bob)) == len(prompts(dana)) == 3
    assert not prompts(bob) & prompts(dana)
    assert not prompts(bob) & prompts(again)


async def test_each_of_the_others_gets_a_sentence_that_fits(here: Running) -> None:
    expected = {
        here.mentor: "Check-ins are written by mentees",
        here.coordinator: "coordinators have no form",
        STRANGER: "I do not know you yet",
    }
    for user, words in expected.items():
        await here.slack.slash(user)

        assert await here.slack.views(user) == []
        assert words in str(await here.slack.messages(user=user))


async def test_help_and_anything_else_are_answered_in_one_sentence(here: Running) -> None:
    await here.slack.slash(here.bob, "help")
    await here.slack.slash(here.bob, "I cried today <!channel>")

    said = str(await here.slack.messages(user=here.bob))
    assert "opens a check-in, at any time" in said
    assert "I did not understand that, and nothing was saved" in said
    assert "I cried" not in said


async def test_an_empty_form_stays_open_with_a_sentence(here: Running) -> None:
    answer = await write(here, here.bob)

    assert "A few words" in str(answer)
    assert lens_blocks(await here.slack.view(here.bob))


async def test_a_long_answer_is_read_by_the_group_whole_and_harmless(here: Running) -> None:
    await write(here, here.bob, first=WHOLE, visibility="group")

    posted = (await here.posted())[-1]
    await here.slack.press(here.dana, "Read", message=posted)
    view = await here.slack.view(here.dana)

    assert "<!channel>" not in str(view)
    assert "<@U0CAROL>" not in str(view)
    assert all_text(view["blocks"]).count("x") >= 2968


async def test_what_looks_like_a_patients_number_is_pointed_out_before_saving(
    here: Running,
) -> None:
    await write(here, here.bob, first="I looked after MRN 4471123", visibility="mentor")

    view = await here.slack.view(here.bob)
    shown = all_text(view["blocks"])
    assert "Not saved yet" in shown
    await here.slack.slash(here.bob, "past")
    assert "You have not written a check-in yet" in all_text(
        (await here.slack.view(here.bob))["blocks"]
    )


async def test_it_is_saved_anyway_once_the_box_is_ticked(here: Running) -> None:
    await write(here, here.bob, first="Ticket 4471123 from the canteen")

    view = await here.slack.view(here.bob)
    lens = lens_blocks(view)[0]
    answers = {
        lens: "Ticket 4471123 from the canteen",
        "save_anyway": ["yes"],
        "visibility": "only_me",
    }
    await here.slack.submit(here.bob, view["id"], answers)

    assert "is saved" in all_text((await here.slack.view(here.bob))["blocks"])


async def test_a_deleted_check_in_is_gone(here: Running) -> None:
    await write(here, here.bob, first="Not for long")
    await here.slack.slash(here.bob, "past")
    listed = await here.slack.view(here.bob)
    await here.slack.click(here.bob, "checkin.read", view_id=listed["id"])
    one = await here.slack.view(here.bob)

    await here.slack.click(here.bob, "checkin.delete", view_id=one["id"])

    assert "is deleted" in all_text((await here.slack.view(here.bob))["blocks"])
    await here.slack.slash(here.bob, "past")
    assert "Not for long" not in all_text((await here.slack.view(here.bob))["blocks"])


async def test_a_prompt_comes_when_it_is_due_and_its_button_opens_the_form(here: Running) -> None:
    await here.slack.advance(days=21)

    prompts = [
        message
        for message in await here.slack.messages(user=here.bob)
        if "time for a check-in" in message["text"]
    ]
    assert prompts
    last = prompts[-1]
    await here.slack.click(here.bob, "checkin.open", channel=last["channel"], ts=last["ts"])
    assert lens_blocks(await here.slack.view(here.bob))


async def test_the_home_tab_offers_the_form_and_says_when_it_is_asked_for(here: Running) -> None:
    before = await here.home_text(here.bob, until="My check-ins")
    await write(here, here.bob, first="Something")
    await here.slack.advance(days=1)
    after = await here.home_text(here.bob, until="7 September")

    assert "Last check-in: none yet" in before
    assert "I will ask on Monday" in before
    assert "Last check-in: 7 September" in after


async def test_a_saved_check_in_leads_to_the_past_ones(here: Running) -> None:
    form = await here.open_form(here.bob)
    lens = next(b["block_id"] for b in form["blocks"] if b.get("block_id", "").startswith("lens"))
    await here.slack.submit(here.bob, form["id"], {lens: "I led it.", "visibility": "only_me"})

    await here.slack.press(here.bob, "My past check-ins", modal=True)

    assert "I led it." in all_text(await here.slack.view(here.bob))
