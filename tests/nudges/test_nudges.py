from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery.model import OutboxState
from bot.delivery.tables import ENTRY, entry_from, outbox
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kinds import MessageKind
from bot.people.use_cases import pause
from bot.programme import store as programmes
from bot.programme.model import Use
from handlers.nudges.messages import write_nudge
from tests.support.members import as_member
from tests.support.running_programme import Running, running_programme
from tests.support.transactions import write
from tests.support.workspace import all_text, buttons

MONDAY = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
"""After nine in every zone of the cast."""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    """A programme without agreements, for which a mentor is asked in each of its weeks."""
    async with running_programme(tmp_path) as running:
        workspace_id, its = WorkspaceId(running.slack.cairn.workspace_id), running.programme
        uses = tuple(one for one in its.template.uses if one[0] is not Use.AGREEMENTS)
        calm = replace(its, template=replace(its.template, uses=uses))
        async with running.slack.cairn.database.writing() as connection:
            await programmes.put_programme(connection, workspace_id, calm)
        yield running


async def share(here: Running, words: str, visibility: str = "mentor") -> None:
    view = await here.open_form(here.bob)
    lens = next(b["block_id"] for b in view["blocks"] if b.get("block_id", "").startswith("lens"))
    await here.slack.submit(
        here.bob, view["id"], {lens: words, "visibility": visibility, "blocker": "team"}
    )


async def nudges(here: Running) -> list[dict[str, Any]]:
    found = await here.slack.messages(user=here.mentor)
    return [each for each in found if each["text"].startswith("Your mentoring week")]


async def press(here: Running, action_id: str) -> None:
    last = (await nudges(here))[-1]
    await here.slack.click(here.mentor, action_id, channel=last["channel"], ts=last["ts"])


async def read_all(here: Running) -> list[str]:
    """Every first answer in the form that the last nudge opens, page by page."""
    await press(here, "checkin.week")
    found = []
    while True:
        view = await here.slack.view(here.mentor)
        shown = all_text(view["blocks"]).split("\n")
        found.append(next(line[1:] for line in shown if line.startswith(">")))
        if not any(one["action_id"] == "checkin.next" for one in buttons(view)):
            await here.slack.close(here.mentor)
            return found
        await here.slack.press(here.mentor, "Next", modal=True)


async def test_the_nudge_says_who_is_due_and_what_was_shared(here: Running) -> None:
    await share(here, "I was <!here> & afraid")
    await share(here, "For nobody", visibility="only_me")

    await here.slack.go_to(MONDAY)

    last = (await nudges(here))[-1]
    assert "1 check-in shared with you: Bob" in last["text"]
    assert "(7 September). Press Read." in last["text"]
    assert "A question to try" in last["text"]
    for words in ("afraid", "For nobody", "My team"):
        assert words not in str(last)


async def test_what_was_told_once_is_not_told_again(here: Running) -> None:
    await here.slack.go_to(MONDAY)
    await share(here, "Told once")
    await here.slack.advance(days=7)
    assert await read_all(here) == ["Told once"]

    await here.slack.advance(days=7)

    assert "shared with you" not in (await nudges(here))[-1]["text"]
    assert "Shared with you:" in await here.home_text(here.mentor, until="Shared with you:")
    await here.slack.press(here.mentor, "Read")
    assert "Told once" in all_text(await here.slack.view(here.mentor))


async def test_we_met_is_noted_with_one_form(here: Running) -> None:
    await here.slack.go_to(MONDAY)

    await press(here, "nudge.met")
    form = await here.slack.view(here.mentor)
    chosen = next(b for b in form["blocks"] if b.get("block_id") == "mentees")["element"]
    everybody = [option["value"] for option in chosen["initial_options"]]
    assert len(everybody) == 2
    await here.slack.submit(
        here.mentor, form["id"], {"held_on": "2026-09-14", "mentees": everybody, "mode": "video"}
    )

    assert "Noted: you met" in all_text((await here.slack.view(here.mentor))["blocks"])
    shown = await here.home_text(here.mentor, until="*Last met:* Monday 14 September")
    assert "*Last met:* Monday 14 September" in shown
    carol = await here.home_text(here.coordinator, until="last met on 14 September")
    assert "last met on 14 September" in carol


async def test_a_meeting_in_the_future_is_refused_beside_its_date(here: Running) -> None:
    await here.slack.go_to(MONDAY)
    await press(here, "nudge.met")
    form = await here.slack.view(here.mentor)
    chosen = next(b for b in form["blocks"] if b.get("block_id") == "mentees")["element"]
    mentee = chosen["options"][0]["value"]

    answer = await here.slack.submit(
        here.mentor, form["id"], {"held_on": "2026-09-20", "mentees": [mentee]}
    )

    assert "Choose today or an earlier day" in str(answer)


async def test_a_snoozed_nudge_tells_what_is_new_by_then_and_each_thing_once(here: Running) -> None:
    await share(here, "Before the nudge")
    await here.slack.go_to(MONDAY)
    await press(here, "nudge.tomorrow")
    await share(here, "After the snooze")

    await here.slack.advance(days=1)
    snoozed = await read_all(here)
    await share(here, "After it came")
    await here.slack.advance(days=6)
    following = await read_all(here)

    assert snoozed == ["Before the nudge", "After the snooze"]
    assert following == ["After it came"]


async def test_snoozed_until_tomorrow_it_comes_again_at_nine(here: Running) -> None:
    await share(here, "Worth a snooze")
    await here.slack.go_to(MONDAY)
    before = await nudges(here)

    await press(here, "nudge.tomorrow")
    put_off = (await here.slack.messages(user=here.mentor))[-1]["text"]
    await here.slack.advance(days=1)

    assert "comes again on Tuesday 15 September at 09:00" in put_off
    assert len(await nudges(here)) == len(before)
    assert (await here.slack.messages(user=here.mentor))[-1]["text"].startswith("Your mentoring")


async def test_a_message_that_gave_way_to_a_later_one_is_not_sent(here: Running) -> None:
    await share(here, "Worth a snooze")
    await here.slack.go_to(MONDAY)
    cairn = here.slack.cairn
    query = sa.select(*ENTRY).where(outbox.c.kind == MessageKind.MENTOR_NUDGE)
    async with cairn.database.reading() as connection:
        entry = entry_from((await connection.execute(query)).one())
        late = replace(entry, state=OutboxState.QUEUED)
        assert await write_nudge(cairn.services, connection, late) is not None

    await press(here, "nudge.tomorrow")

    async with cairn.database.reading() as connection:
        assert await write_nudge(cairn.services, connection, late) is None


async def test_put_off_for_a_week_it_is_told_next_monday(here: Running) -> None:
    await share(here, "Still to be read")
    await here.slack.go_to(MONDAY)

    await press(here, "nudge.next_week")
    await here.slack.advance(days=1)
    assert await nudges(here) == []
    await here.slack.advance(days=6)

    assert await read_all(here) == ["Still to be read"]


async def test_a_paused_mentor_receives_nothing(here: Running) -> None:
    cairn = here.slack.cairn
    await write(
        cairn.database,
        as_member,
        pause,
        WorkspaceId(cairn.workspace_id),
        slack_user_id=SlackUserId(here.mentor),
        until=None,
        now=here.slack.clock.now(),
    )

    await here.slack.go_to(MONDAY)

    assert await nudges(here) == []


async def claim(here: Running) -> None:
    """Bob claims the next stage, with evidence, from his Home tab."""
    await here.home_text(here.bob, until="Claim a stage")
    await here.slack.press(here.bob, "Claim a stage")
    form = await here.slack.view(here.bob)
    level = next(b for b in form["blocks"] if b.get("block_id") == "level")["element"]
    chosen = level["initial_option"]["value"]
    await here.slack.submit(here.bob, form["id"], {"level": chosen, "evidence": "Secret deeds"})
    await here.slack.advance(seconds=10)


async def test_a_claim_stands_first_every_week_until_it_is_answered(here: Running) -> None:
    await claim(here)
    await here.slack.go_to(MONDAY)
    await here.slack.advance(days=14)

    for each in (await nudges(here))[-2:]:
        first = next(block for block in each["blocks"] if block["type"] == "section")
        assert "waits for your answer" in first["text"]["text"]
        assert first["accessory"]["style"] == "primary"
        assert "Secret deeds" not in str(each)
        assert each["text"].startswith("Your mentoring week. Bob")

    await here.slack.press(here.mentor, "Read and answer", message=(await nudges(here))[-1])
    await here.slack.press(here.mentor, "Confirm", modal=True)
    await here.slack.advance(days=7)
    assert "waits for your answer" not in (await nudges(here))[-1]["text"]


async def test_after_a_button_the_message_says_what_is_now_true(here: Running) -> None:
    await claim(here)
    await here.slack.go_to(MONDAY)
    told = (await nudges(here))[-1]

    await here.slack.press(here.mentor, "Read and answer", message=told)
    await here.slack.press(here.mentor, "Confirm", modal=True)
    await here.slack.advance(seconds=60)

    [now] = [each for each in await nudges(here) if each["ts"] == told["ts"]]
    assert "waits for your answer" in told["text"]
    assert "waits for your answer" not in str(now)
    assert "nothing waits for you" in now["text"]


async def test_a_snoozed_message_stays_put_off_whatever_its_reader_does(here: Running) -> None:
    await claim(here)
    await here.slack.go_to(MONDAY)
    told = (await nudges(here))[-1]
    asked = next(m for m in await here.slack.messages(user=here.mentor) if "claims" in m["text"])

    await press(here, "nudge.tomorrow")
    await here.slack.press(here.mentor, "Read and answer", message=asked)
    await here.slack.press(here.mentor, "Confirm", modal=True)
    await here.slack.advance(seconds=60)

    every = await here.slack.messages(user=here.mentor)
    [now] = [each for each in every if each["ts"] == told["ts"]]
    assert "comes again on Tuesday" in now["text"]


async def test_a_mentor_may_want_to_hear_nothing_in_quiet_weeks(here: Running) -> None:
    await here.slack.go_to(MONDAY)
    await press(here, "nudge.silence")
    chosen = (await here.slack.messages(user=here.mentor))[-1]
    await here.slack.advance(days=7)
    silent = await nudges(here)

    await share(here, "Not quiet any more")
    await here.slack.advance(days=7)
    told = await nudges(here)

    assert "stay silent" in chosen["text"]
    assert silent == []
    assert ["shared with you" in each["text"] for each in told] == [True]


async def test_silence_in_quiet_weeks_is_taken_back_where_it_was_chosen(here: Running) -> None:
    await here.slack.go_to(MONDAY)
    await press(here, "nudge.silence")
    chosen = (await here.slack.messages(user=here.mentor))[-1]

    await here.slack.press(here.mentor, "Write in quiet weeks, too", message=chosen)
    await here.slack.advance(days=7)

    assert "A quiet week" in (await nudges(here))[-1]["text"]


async def test_who_has_gone_quiet_is_named_by_dates_alone(here: Running) -> None:
    await here.slack.go_to(MONDAY)
    await here.slack.advance(days=49)

    last = (await nudges(here))[-1]

    assert "Quiet lately: Bob" in last["text"]
    assert "No meeting noted:" in last["text"]
    assert "suggest one time to all" in last["text"] or "coordinator can help" in last["text"]
