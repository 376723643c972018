"""A coordinator changes a running programme in Slack: sees what it does, applies it, undoes it."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.audit import store as audit
from bot.kernel.ids import WorkspaceId
from bot.programme import store as programmes
from bot.programme.model import Programme
from tests.course.others import somebody_else_changes
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as found:
        yield found


async def open_list(here: Running, who: str = "") -> str:
    """Open *Change something*; what it says."""
    carol = who or here.coordinator
    await here.slack.close(carol)
    await here.slack.press(carol, "Change something", tools=True)
    return all_text(await here.slack.view(carol))


async def ask(
    here: Running, what: str, answers: Mapping[str, Any], *, who: str = ""
) -> dict[str, Any]:
    """Open the form for something and submit it; the answer where it stays open, or the preview."""
    carol = who or here.coordinator
    view = await here.slack.view(carol)
    await here.slack.click(carol, f"course.change:{what}", view_id=view["id"])
    form = await here.slack.view(carol)
    answer = await here.slack.submit(carol, form["id"], answers)
    if "errors" in str(answer):
        return answer
    return await here.slack.view(carol)


async def programme_now(here: Running) -> Programme:
    cairn = here.slack.cairn
    async with cairn.database.reading() as connection:
        its = (connection, WorkspaceId(cairn.workspace_id), here.programme.id)
        found = await programmes.programme(*its)
    assert found is not None
    return found


async def test_a_shift_is_seen_applied_and_undone(here: Running) -> None:
    said = await open_list(here)
    assert "*End:*" in said
    assert "*Shift the calendar:* not so far." in said
    day = (here.programme.starts_on + timedelta(weeks=1)).isoformat()

    seen = await ask(here, "shift", {"day": day, "weeks": "2"})

    text = all_text(seen)
    assert "all comes 2 weeks later" in text
    assert "It ends on" in text
    assert "*As it is*" in text
    assert await programme_now(here) == here.programme
    await here.slack.submit(here.coordinator, seen["id"], {})
    assert "*Done.*" in all_text(await here.slack.view(here.coordinator))
    changed = await programme_now(here)
    assert [one.weeks for one in changed.shifts] == [2]

    await here.slack.press(here.coordinator, "Undo", modal=True)

    assert "*Undone.*" in all_text(await here.slack.view(here.coordinator))
    assert await programme_now(here) == here.programme
    async with here.slack.cairn.database.reading() as connection:
        acts = await audit.entries(connection, WorkspaceId(here.slack.cairn.workspace_id))
    assert {one.act.value for one in acts} >= {"course_undone", "course_changed"}


async def test_two_coordinators_at_once_the_second_reads_what_the_first_did(
    here: Running,
) -> None:
    await open_list(here)
    mine = await ask(here, "nudges", {"weekday": "3", "at": "10:00"})
    cairn = here.slack.cairn
    await somebody_else_changes(cairn, here.programme, weekday=2)

    await here.slack.submit(here.coordinator, mine["id"], {})

    said = all_text(await here.slack.view(here.coordinator))
    assert "changed this programme after you had looked at it" in said
    assert "*Theirs, which counts:* Nudges come on Wednesdays at 11:00" in said
    assert "*Yours, not made:* Nudges come on Thursdays at 10:00" in said
    assert (await programme_now(here)).template.nudge_weekday == 2


@pytest.mark.parametrize(
    ("what", "answers", "sentence"),
    [
        ("end", {"last_day": "2026-09-01"}, "This is before the first day"),
        ("shift", {"day": "2026-09-07", "weeks": "2"}, "This week has begun"),
        ("shift", {"day": "2036-09-07", "weeks": "2"}, "This is after the last day"),
        ("pulses", {"next_on": "2026-09-05", "every": "4"}, "This day has passed"),
        ("pulses", {"next_on": "2029-09-05", "every": "4"}, "ends before that"),
        ("template", {"template": "term_12"}, "This is how it is already"),
        ("framework", {"framework": "miller_is"}, "This is how it is already"),
    ],
)
async def test_what_cannot_be_is_said_beside_the_field(
    here: Running, what: str, answers: dict[str, str], sentence: str
) -> None:
    await open_list(here)

    answer = await ask(here, what, answers)

    assert sentence in str(answer)
    assert await programme_now(here) == here.programme


async def test_the_calendar_shows_every_week_page_by_page(here: Running) -> None:
    await here.slack.press(here.coordinator, "The calendar", tools=True)

    first = all_text(await here.slack.view(here.coordinator))
    await here.slack.press(here.coordinator, "Later weeks", modal=True)
    second = all_text(await here.slack.view(here.coordinator))

    assert "*Week 1*, from 7 September (this week)" in first
    assert "*The pulse opens*" in first
    assert "*Mentors:* Hold the first meeting" in first
    assert "*Week 9*" in second
    assert "*Week 1*" not in second


async def choose_elsewhere(
    here: Running, action: str, answers: Mapping[str, Any]
) -> tuple[dict[str, Any], Any]:
    """Fill in one of the forms that are the same before the start; the preview, and the answer."""
    await open_list(here)
    page = await here.slack.view(here.coordinator)
    its = {"view_id": page["id"], "value": here.programme.id}
    await here.slack.click(here.coordinator, action, **its)
    form = await here.slack.view(here.coordinator)
    assert form["submit"]["text"] == "See what it does"
    answer = await here.slack.submit(here.coordinator, form["id"], answers)
    return await here.slack.view(here.coordinator), answer


async def test_contacts_are_seen_applied_and_undone(here: Running) -> None:
    state = (await here.slack.http.get("/_sandbox/state")).json()
    taken = {here.coordinator, here.mentor, here.bob, *here.mentees}
    free = [one["id"] for one in state["users"] if not one["is_bot"] and one["id"] not in taken]
    answers = {"crisis": "Night line, 5555", "concern": "Dr Amsel <5556>", "hours": "8"}
    same = {"person": here.coordinator, "deputy": here.coordinator}
    _, refused = await choose_elsewhere(here, "programme.contacts", answers | same)
    assert "somebody else than the contact person" in str(refused)
    people = {"person": here.coordinator, "deputy": free[-1]}

    seen, _ = await choose_elsewhere(here, "programme.contacts", answers | people)

    said = all_text(seen)
    assert "Members read on Home at once: With a concern, Dr Amsel &lt;5556&gt;." in said
    assert "after 8 working hours" in said
    assert await programme_now(here) == here.programme
    await here.slack.submit(here.coordinator, seen["id"], {})
    assert (await programme_now(here)).concern_contact == "Dr Amsel <5556>"
    assert "Dr Amsel" in await here.home_text(here.bob, until="Dr Amsel")

    await here.slack.press(here.coordinator, "Undo", modal=True)

    assert await programme_now(here) == here.programme


async def test_a_channel_that_is_gone_by_then_is_not_taken(here: Running) -> None:
    state = (await here.slack.http.get("/_sandbox/state")).json()
    bots = [one["id"] for one in state["users"] if one["is_bot"]]
    body = {"name": "digests-2", "is_private": True, "members": [here.coordinator, *bots]}
    made = (await here.slack.http.post("/_sandbox/channels", json=body)).json()
    channel = str(made["channel"]["id"])
    before = await programme_now(here)

    seen, _ = await choose_elsewhere(here, "programme.channel", {"channel": channel})

    assert f"Digests go to <#{channel}> from now on" in all_text(seen)
    deed = {"user": here.coordinator, "channel": channel, "what": "archive"}
    assert (await here.slack.http.post("/_sandbox/channel", json=deed)).json()["ok"]
    await here.slack.submit(here.coordinator, seen["id"], {})
    assert "is not as it was" in all_text(await here.slack.view(here.coordinator))
    assert (await programme_now(here)).coordinator_channel == before.coordinator_channel
