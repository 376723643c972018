from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery.model import OutboxState
from bot.delivery.tables import ENTRY, entry_from, outbox
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.model import MemberState
from bot.schedule import store as schedule
from bot.schedule.model import Due
from handlers.sending.messenger import deactivate_refused
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text, buttons

WEEK_DAYS = [str(day) for day in range(5)]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def prompts(here: Running) -> list[dict[str, object]]:
    messages = await here.slack.messages(user=here.bob)
    return [m for m in messages if "Change rhythm" in str(m) and "check-in" in m["text"]]


async def until_prompts(here: Running, count: int) -> list[dict[str, object]]:
    for _ in range(20):
        found = await prompts(here)
        if len(found) >= count:
            return found
        await here.slack.advance(days=7)
    raise AssertionError(f"only {len(await prompts(here))} prompts came")


async def next_prompt(here: Running) -> Due:
    cairn = here.slack.cairn
    workspace_id = WorkspaceId(cairn.workspace_id)
    async with cairn.database.reading() as connection:
        bob = await people.member_by_slack_id(connection, workspace_id, SlackUserId(here.bob))
        assert bob
        found = await schedule.upcoming(connection, workspace_id, subject_ids=[bob.id])
    return next(due for due in found if due.kind == "checkin_prompt")


async def test_a_member_changes_their_rhythm_in_two_clicks_from_a_prompt(here: Running) -> None:
    prompt = (await until_prompts(here, 1))[-1]

    await here.slack.press(here.bob, "Change rhythm", message=prompt)
    form = await here.slack.view(here.bob)
    answers = {"every": "4", "day": "3", "hour": "14", "quiet": "20-7", "days": WEEK_DAYS}
    await here.slack.submit(here.bob, form["id"], answers)

    assert "The next one comes on Thursday" in all_text(await here.slack.view(here.bob))
    due = await next_prompt(here)
    assert due.due_at.weekday() == 3


async def test_a_time_in_the_quiet_hours_is_refused_and_nothing_changes(here: Running) -> None:
    prompt = (await until_prompts(here, 1))[-1]
    before = await next_prompt(here)

    await here.slack.press(here.bob, "Change rhythm", message=prompt)
    form = await here.slack.view(here.bob)
    answers = {"every": "1", "day": "6", "hour": "14", "quiet": "20-7", "days": WEEK_DAYS}
    await here.slack.submit(here.bob, form["id"], answers)

    assert (await here.slack.view(here.bob))["callback_id"] == "rhythm.form"
    assert await next_prompt(here) == before


async def test_the_third_prompt_after_two_ignored_ones_asks_about_the_rhythm(
    here: Running,
) -> None:
    first, second, third = (await until_prompts(here, 3))[:3]

    assert "Would another rhythm suit you better" not in str(first) + str(second)
    assert "Would another rhythm suit you better" in str(third)
    await here.slack.press(here.bob, "Leave it as it is", message=third)
    fourth = (await until_prompts(here, 4))[3]
    assert "Would another rhythm suit you better" not in str(fourth)


async def test_a_vacation_in_the_slack_status_rests_and_ends_by_itself(here: Running) -> None:
    until = here.slack.clock.now() + timedelta(days=40)
    on_vacation = {"status_emoji": ":palm_tree:", "status_expiration": int(until.timestamp())}

    before = await next_prompt(here)
    await here.slack._do("user", {"user": here.bob, **on_vacation})
    resting = await next_prompt(here)
    await here.slack.advance(seconds=1)
    await here.slack._do("user", {"user": here.bob, "status_emoji": "", "status_expiration": 0})

    assert resting.due_at >= until > before.due_at
    assert await next_prompt(here) == before


async def test_a_coordinator_sees_what_failed_and_sends_it_again(here: Running) -> None:
    cairn = here.slack.cairn
    async with cairn.database.writing() as connection:
        failed = sa.update(outbox).values(
            state=OutboxState.FAILED.value, last_error="is_archived", kind="nobody_writes_this"
        )
        await connection.execute(failed)

    shown = await here.home_text(here.coordinator, until="could not be delivered")
    assert "the channel is archived" in shown
    assert "could not be delivered" not in await here.home_text(here.bob, until="My check-ins")
    await here.slack.press(here.coordinator, "Send them again")
    await here.slack.advance(minutes=1)
    async with cairn.database.reading() as connection:
        reasons = set((await connection.execute(sa.select(outbox.c.last_error))).scalars())

    assert reasons == {"rendering: OperatorFacing"}, "it was tried again, and failed anew"
    labels = [b["text"]["text"] for b in buttons(await here.slack.home(here.mentor))]
    assert "Send them again" not in labels


async def test_a_person_whose_account_was_closed_is_sent_nothing_more(here: Running) -> None:
    cairn = here.slack.cairn
    refused = deactivate_refused(here.slack.clock)
    workspace_id = WorkspaceId(cairn.workspace_id)
    async with cairn.database.writing() as connection:
        row = (await connection.execute(sa.select(*ENTRY).limit(1))).one()
        entry = replace(entry_from(row), recipient=here.mentor)
        for reason, state in (
            ("account_inactive", MemberState.ACTIVE),
            ("user_disabled", MemberState.DEACTIVATED),
        ):
            await refused(connection, entry, reason)
            member = await people.member_by_slack_id(
                connection, workspace_id, SlackUserId(here.mentor)
            )
            assert member is not None
            assert member.state is state
