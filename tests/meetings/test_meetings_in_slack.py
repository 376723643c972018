"""From "Find a time" to a record that everybody sees, in the sandbox over real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import WorkspaceId
from bot.meetings import store
from bot.meetings.model import PlanState
from tests.home.test_now import asked, press_now
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text, buttons

A_DAY = timedelta(days=1)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def offer(here: Running, many: int = 2) -> list[str]:
    """The mentor offers times from Home; the labels of those that were chosen."""
    await here.slack.press(here.mentor, "Find a time")
    form = await here.slack.view(here.mentor)
    since = (here.slack.clock.now() + 3 * A_DAY).date().isoformat()
    await here.slack.submit(here.mentor, form["id"], {"minutes": "45", "since": since})
    times = await here.slack.view(here.mentor)
    boxes = next(b for b in times["blocks"] if b.get("block_id") == "times")["element"]["options"]
    values = [one["value"] for one in boxes[:many]]
    await here.slack.submit(here.mentor, times["id"], {"times": values})
    assert "Asked: " in all_text(await here.slack.view(here.mentor))
    await here.slack.close(here.mentor)
    await here.slack.advance(seconds=10)
    return [one["text"]["text"] for one in boxes[:many]]


async def answer_all(here: Running, user: str) -> None:
    form = await press_now(here.slack, user, "When can you?")
    while [one for one in buttons(form) if one["text"]["text"] == "I can"]:
        await here.slack.press(user, "I can", modal=True)
        form = await here.slack.view(user)
    await here.slack.close(user)


async def fix(here: Running) -> None:
    form = await press_now(here.slack, here.mentor, "can meet")
    radio = next(b for b in form["blocks"] if b.get("block_id") == "time")["element"]
    chosen = radio["initial_option"]["value"]
    await here.slack.submit(here.mentor, form["id"], {"time": chosen})
    await here.slack.close(here.mentor)
    await here.slack.advance(seconds=10)


async def planned(here: Running) -> Any:
    cairn = here.slack.cairn
    async with cairn.database.reading() as connection:
        workspace_id = WorkspaceId(cairn.workspace_id)
        return (await store.plans(connection, workspace_id, states=PlanState))[-1]


async def lines(here: Running, user: str) -> str:
    return "\n".join(asked(await here.slack.home(user)))


async def test_a_time_is_found_fixed_kept_and_seen_by_all(here: Running) -> None:
    await offer(here)

    (told,) = [
        m for m in await here.slack.messages(user=here.bob) if "times are offered" in m["text"]
    ]
    assert "When can you?" in await lines(here, here.bob)
    first, second = [b for b in buttons(told) if b["text"]["text"] == "I can"]
    where = {"channel": told["channel"], "ts": told["ts"]}
    await here.slack.click(here.bob, first["action_id"], value=first["value"], **where)
    await here.slack.click(here.bob, second["action_id"], value=second["value"], **where)
    (redrawn,) = [m for m in await here.slack.messages(user=here.bob) if m["ts"] == told["ts"]]
    assert redrawn["text"].count("you can") == 2
    assert "that is all" in redrawn["text"]
    assert "When can you?" not in await lines(here, here.bob)

    await answer_all(here, here.dana)
    assert "2 mentees have answered" in await lines(here, here.mentor)
    await fix(here)
    assert "The next meeting of" in str((await here.posted())[-1]["text"])
    for user in (here.bob, here.dana, here.mentor):
        assert "*Next:*" in all_text(await here.slack.home(user))

    starts_at = (await planned(here)).starts_at
    await here.slack.go_to(starts_at - timedelta(hours=1))
    (agenda,) = [m for m in await here.slack.messages(user=here.mentor) if "agenda" in m["text"]]
    assert not [m for m in await here.slack.messages(user=here.bob) if "agenda" in m["text"]]
    await here.slack.press(here.mentor, "Agenda", message=agenda)
    assert "To ask at" in all_text(await here.slack.view(here.mentor))
    await here.slack.close(here.mentor)

    await here.slack.go_to(starts_at + timedelta(hours=2))
    form = await press_now(here.slack, here.mentor, "Did you meet?")
    bob = next(b for b in form["blocks"] if b.get("block_id") == "mentees")["element"]["options"][0]
    day = starts_at.date().isoformat()
    told_of = {"held_on": day, "mentees": [bob["value"]], "minutes": "45"}
    await here.slack.submit(here.mentor, form["id"], told_of)

    assert "Did you meet?" not in await lines(here, here.mentor)
    assert (await planned(here)).state is PlanState.HELD
    homes = [all_text(await here.slack.home(one)) for one in (here.bob, here.dana)]
    assert all("45 minutes." in home and "*Last met:*" in home for home in homes)
    assert sorted("You are noted as there" in home for home in homes) == [False, True]
    assert "counts against nobody" in "".join(homes)


async def test_what_did_not_happen_is_no_mark_and_leads_to_a_new_time(here: Running) -> None:
    await offer(here)
    await answer_all(here, here.bob)
    await fix(here)
    await here.slack.go_to((await planned(here)).starts_at + timedelta(hours=2))
    known = {user: await here.texts(user) for user in (here.bob, here.dana)}

    await press_now(here.slack, here.mentor, "Did you meet?")
    await here.slack.press(here.mentor, "It did not happen", modal=True)

    assert "counts against nobody" in all_text(await here.slack.view(here.mentor))
    await here.slack.press(here.mentor, "Find a time", modal=True)
    assert (await here.slack.view(here.mentor))["callback_id"] == "meeting.find_form"
    assert "Did you meet?" not in await lines(here, here.mentor)
    plan = await planned(here)
    async with here.slack.cairn.database.reading() as connection:
        missed = await store.missed_meetings(
            connection, plan.workspace_id, group_ids=[plan.group_id]
        )
    assert missed == {plan.group_id: [plan.starts_at]}
    assert known == {user: await here.texts(user) for user in (here.bob, here.dana)}


async def test_a_meeting_is_called_off_for_all(here: Running) -> None:
    await offer(here)
    await answer_all(here, here.bob)
    await fix(here)

    await here.slack.press(here.mentor, "All meetings")
    await here.slack.press(here.mentor, "Call it off", modal=True)
    await here.slack.advance(seconds=10)

    assert "is called off" in str((await here.posted())[-1]["text"])
    assert "*Next:*" not in all_text(await here.slack.home(here.bob))
    starts_at = (await planned(here)).starts_at
    await here.slack.go_to(starts_at + timedelta(hours=2))
    assert not [m for m in await here.slack.messages(user=here.mentor) if "agenda" in m["text"]]


async def test_new_times_take_the_place_of_those_before(here: Running) -> None:
    await offer(here)
    (before,) = [
        m for m in await here.slack.messages(user=here.bob) if "times are offered" in m["text"]
    ]
    await offer(here)

    await here.slack.press(here.bob, "I can", message=before)

    assert "not open any more" in (await here.texts(here.bob))[-1]
    assert "When can you?" in await lines(here, here.bob)


async def record(here: Running) -> None:
    await here.slack.press(here.mentor, "We met")
    form = await here.slack.view(here.mentor)
    people = next(b for b in form["blocks"] if b.get("block_id") == "mentees")["element"]["options"]
    day = here.slack.clock.now().date().isoformat()
    both = [one["value"] for one in people]
    await here.slack.submit(here.mentor, form["id"], {"held_on": day, "mentees": both})
    await here.slack.close(here.mentor)


async def test_a_mentee_says_that_it_was_not_so_and_the_mentor_looks_again(here: Running) -> None:
    await record(here)

    await here.slack.press(here.bob, "That is not how it was")
    assert "your mentor looks at it again" in all_text(await here.slack.home(here.bob))
    assert "was not as you noted it" in await lines(here, here.mentor)
    await press_now(here.slack, here.mentor, "not as you noted it")
    await here.slack.press(here.mentor, "It is right as it is", modal=True)
    assert "not as you noted it" not in await lines(here, here.mentor)

    await here.slack.close(here.mentor)
    await here.slack.press(here.mentor, "All meetings")
    await here.slack.press(here.mentor, "Correct", modal=True)
    await here.slack.press(here.mentor, "Delete", modal=True)
    assert "You have not met yet" in all_text(await here.slack.home(here.bob))


async def test_a_log_of_protected_time_is_there_to_copy(here: Running) -> None:
    await record(here)

    await here.slack.press(here.mentor, "All meetings")
    await here.slack.press(here.mentor, "My protected time", modal=True)

    shown = all_text(await here.slack.view(here.mentor))
    assert "1 meeting, 0 h 00 min on record" in shown
    assert "date,group,minutes,length,how,mentees present" in shown
    assert "Download" not in shown
    assert "My calendar" not in all_text(await here.slack.home(here.mentor))
