"""A coordinator rehearses a programme in Slack, and what it says is what is then sent."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery.tables import outbox
from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from bot.people import store as people
from bot.programme.store import put_programme
from bot.rehearsal.model import Rates, RehearsalOrder
from bot.rehearsal.source import copy_draft
from runtime.demo.sandbox import BOT_TOKEN
from runtime.rehearsal import process
from runtime.rehearsal.copied import rehearse_copy
from runtime.rehearsal.process import Rehearsals
from tests.support.draft_programme import Draft, draft_programme
from tests.support.workspace import all_text

pytestmark = pytest.mark.slow
PATIENCE_S = 500


@pytest.fixture
async def draft(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=1, mentees=6) as found:
        template = replace(found.programme.template, weeks=3, checkin_first_week=1)
        short = replace(found.programme, weeks=3, template=template)
        async with found.slack.cairn.database.writing() as connection:
            await put_programme(connection, found.workspace_id, short)
        yield found


async def asked(draft: Draft, *, rates: Rates, by: str | None = None) -> RehearsalOrder:
    cairn = draft.slack.cairn
    async with cairn.database.reading() as connection:
        who = await people.member_by_slack_id(
            connection, draft.workspace_id, SlackUserId(by or draft.carol)
        )
        assert who is not None
        return await copy_draft(
            connection,
            draft.workspace_id,
            by=who.id,
            rates=rates,
            seed=1,
            now=draft.slack.clock.now(),
        )


async def busiest_turn_s(stop: asyncio.Event) -> float:
    """The most processor time that the loop's thread spends between two turns of this task."""
    most = 0.0
    while not stop.is_set():
        before = time.thread_time()
        await asyncio.sleep(0)
        most = max(most, time.thread_time() - before)
        await asyncio.sleep(0.005)
    return most


async def test_a_coordinator_sees_what_everybody_will_get_and_nobody_is_written_to(
    draft: Draft,
) -> None:
    before = await sent(draft)
    await draft.slack.press(draft.carol, "What will everybody get?")
    form = await draft.slack.view(draft.carol)
    stop = asyncio.Event()
    watching = asyncio.create_task(busiest_turn_s(stop))

    await draft.slack.submit(draft.carol, form["id"], {"response": "70"})
    until = time.monotonic() + PATIENCE_S
    while (view := await draft.slack.view(draft.carol))["callback_id"] == "working":
        assert time.monotonic() < until, all_text(view)
        await asyncio.sleep(0.3)

    stop.set()
    assert view["callback_id"] == "rehearsal.result", all_text(view)
    assert "Nothing was sent to anybody else" in all_text(view)
    assert await watching < 0.1
    assert await sent(draft) == before
    files = await files_of(draft, draft.carol)
    assert b"Rehearsal of" in files["rehearsal.html"]
    assert await files_of(draft, draft.cast.mentees[0]) == {}


async def files_of(draft: Draft, user: str) -> dict[str, bytes]:
    """The files that this person has in their DM with Cairn, by name."""
    found: dict[str, bytes] = {}
    for message in await draft.slack.messages(user=user):
        for file in message.get("files", []):
            token = {"Authorization": f"Bearer {BOT_TOKEN}"}
            answer = await draft.slack.http.get(file["url_private"], headers=token)
            found[file["name"]] = answer.content
    return found


async def sent(draft: Draft) -> Counter[str]:
    async with draft.slack.cairn.database.reading() as connection:
        rows = await connection.execute(sa.select(outbox.c.kind))
        return Counter(row.kind for row in rows)


async def test_what_was_rehearsed_is_what_is_then_sent(draft: Draft) -> None:
    rates = Rates.of(0, action=0)
    planned = await asked(draft, rates=rates)
    catalogue = draft.slack.cairn.services.catalogue
    began, weeks = draft.slack.clock.now(), timedelta(weeks=2)
    found = await rehearse_copy(planned, catalogue, told=lambda _share, _day: None)

    await draft.slack.advance(minutes=5)
    await draft.approve()
    for _ in range(14):
        await draft.slack.advance(days=1)

    async with draft.slack.cairn.database.reading() as connection:
        query = sa.select(outbox.c.kind).where(
            outbox.c.state == "sent", outbox.c.claimed_at < began + weeks
        )
        really = Counter(row.kind.replace("_", " ") for row in await connection.execute(query))
    assert Counter(one.message for one in found.sent if one.at < began + weeks) == really
    assert really["checkin prompt"] > 0
    assert really["mentor nudge"] > 0


async def test_only_coordinators_rehearse_and_only_before_the_start(draft: Draft) -> None:
    with pytest.raises(UserFacing):
        await asked(draft, rates=Rates(), by=draft.cast.mentees[0])

    await draft.approve()
    await draft.slack.advance(minutes=30)

    with pytest.raises(UserFacing, match="has not begun"):
        await asked(draft, rates=Rates())


async def test_what_is_copied_holds_no_words_of_members(draft: Draft) -> None:
    copied = await asked(draft, rates=Rates())

    assert {"profile", "goal", "compass", "checkin", "agreement"}.isdisjoint(copied.rows)
    assert len(copied.rows["member"]) >= 8


async def test_one_is_played_at_a_time_and_ends_with_the_bot(
    draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsals = Rehearsals()
    one = await asked(draft, rates=Rates())

    async def told(_share: float, _day: str) -> None: ...

    under_way = asyncio.create_task(rehearsals.play(one, told))
    await asyncio.sleep(1)
    with pytest.raises(UserFacing, match="Another rehearsal"):
        await rehearsals.play(one, told)
    [child] = rehearsals._children  # noqa: SLF001 - whether it is gone
    assert child.stdin is not None
    child.stdin.close()  # as when the bot is killed

    with pytest.raises(UserFacing, match="could not be played"):
        await under_way
    assert child.returncode is not None
    again = asyncio.create_task(rehearsals.play(one, told))
    await asyncio.sleep(0.5)
    await rehearsals.close()
    with pytest.raises(UserFacing, match="could not be played"):
        await again
    monkeypatch.setattr(process, "AT_MOST_S", 0.5)
    with pytest.raises(UserFacing, match="took too long"):
        await rehearsals.play(one, told)
    broken = replace(one, rows={"member": []})
    monkeypatch.setattr(process, "AT_MOST_S", 60)
    with pytest.raises(UserFacing):
        await rehearsals.play(broken, told)
