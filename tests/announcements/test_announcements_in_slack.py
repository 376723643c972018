"""A coordinator writes to many or to some, looks first, sends, and takes back what still waits."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.announcements import store, use_cases
from bot.announcements.model import AnnouncementState, Suggestion
from bot.announcements.tables import announcement
from bot.audit import store as audit
from bot.audit.model import Act
from bot.flows.closing import close_programme
from bot.jobs import tidy
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kernel.scope import everywhere
from bot.people.model import Member, MemberState, Role
from bot.people.permissions import ONLY_COORDINATORS
from bot.people.store import member_by_slack_id, put_members
from handlers import blocks as ui
from handlers.announcements.texts import TEXTS
from runtime.demo.sandbox import BOT_TOKEN
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

WORDS = "The workshop moves to Friday & starts at <!channel> nine."
SAFE = "The workshop moves to Friday &amp; starts at &lt;!channel&gt; nine."


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path, mentees=3) as running:
        await running.slack.advance(days=8)  # no week is full of messages of the beginning
        yield running


def workspace_of(here: Running) -> WorkspaceId:
    return WorkspaceId(here.slack.cairn.workspace_id)


async def member_of(here: Running, user: str) -> Member:
    async with here.slack.cairn.database.reading() as connection:
        found = await member_by_slack_id(connection, workspace_of(here), SlackUserId(user))
    assert found is not None
    return found


async def change(here: Running, user: str, **how: Any) -> None:
    member = await member_of(here, user)
    async with here.slack.cairn.database.writing() as connection:
        await put_members(connection, workspace_of(here), [replace(member, **how)])


async def write(here: Running, **answers: Any) -> str:
    """Fill in the form, as far as the preview or what is wrong."""
    await here.slack.close(here.coordinator)
    await here.slack.press(here.coordinator, "Write or look", tools=True)
    await here.slack.press(here.coordinator, "Write one", modal=True)
    form = await here.slack.view(here.coordinator)
    given = {"audience": "mentees", "text": WORDS} | answers
    said = await here.slack.submit(here.coordinator, form["id"], given)
    return str(said) + await seen(here)


async def seen(here: Running) -> str:
    return all_text(await here.slack.view(here.coordinator))


async def send(here: Running) -> str:
    preview = await here.slack.view(here.coordinator)
    await here.slack.submit(here.coordinator, preview["id"], {})
    return await seen(here)


async def has_it(here: Running, user: str) -> int:
    await here.slack.advance(minutes=2)
    return sum(SAFE in text for text in await here.texts(user))


async def test_it_comes_to_each_of_the_role_with_the_name_of_its_author(here: Running) -> None:
    preview = await write(here)
    assert "3 people get this message" in preview
    assert SAFE in preview
    assert await has_it(here, here.bob) == 0

    done = await send(here)

    assert "Written to 3 people: all mentees." in done
    assert [await has_it(here, one) for one in here.mentees] == [1, 1, 1]
    assert [await has_it(here, one) for one in (here.mentor, here.coordinator)] == [0, 0]
    [text] = [one for one in await here.texts(here.bob) if SAFE in one]
    assert f"To answer, write to <@{here.coordinator}>" in text
    assert "<!channel>" not in text


async def test_who_is_away_gets_nothing_and_is_named(here: Running) -> None:
    await change(here, here.bob, state=MemberState.PAUSED, paused_until=None)
    await change(here, here.dana, state=MemberState.LEFT)

    preview = await write(here)
    await send(here)

    assert "1 person gets this message" in preview
    assert "2 people do not get it" in preview
    assert (await member_of(here, here.bob)).name in preview
    assert await has_it(here, here.bob) == 0
    assert await has_it(here, here.dana) == 0
    assert await has_it(here, here.mentees[2]) == 1


async def test_nobody_to_reach_is_said_beside_the_question(here: Running) -> None:
    assert "Nobody is left who could get it" in await write(here, audience="peer_mentors")
    assert "Choose at least one group" in await write(here, audience="groups")
    assert "Choose at least one person" in await write(here, audience="people")
    assert "not in your list" in await write(here, audience="people", people=["U0MALLORY"])
    past = int((here.slack.clock.now() - timedelta(hours=1)).timestamp())
    assert "Choose a time to come" in await write(here, at=past)


async def test_a_group_is_written_to_person_by_person(here: Running) -> None:
    await here.slack.press(here.coordinator, "Write or look", tools=True)
    await here.slack.press(here.coordinator, "Write one", modal=True)
    form = await here.slack.view(here.coordinator)
    groups = next(one for one in form["blocks"] if one.get("block_id") == "groups")
    chosen = groups["element"]["options"][0]["value"]
    answers = {"audience": "groups", "text": WORDS, "groups": [chosen]}
    await here.slack.submit(here.coordinator, form["id"], answers)
    await send(here)

    assert [await has_it(here, one) for one in (here.bob, here.mentor)] == [1, 1]
    assert SAFE not in str(await here.posted())


async def test_it_waits_for_its_hour_and_can_be_taken_back_until_then(here: Running) -> None:
    tomorrow = int((here.slack.clock.now() + timedelta(days=1)).timestamp())
    await write(here, at=tomorrow)
    await send(here)
    assert await has_it(here, here.bob) == 0

    await here.slack.press(here.coordinator, "Take it back", modal=True)

    assert "Taken back: 3 people do not get it. Nobody had it yet." in await seen(here)
    await here.slack.advance(days=2)
    assert await has_it(here, here.bob) == 0
    await here.slack.press(here.coordinator, "All announcements", modal=True)
    assert "Taken back. 0 of 3 have it." in await seen(here)
    assert await acts(here) == [Act.ANNOUNCEMENT_TAKEN_BACK, Act.ANNOUNCED]


async def acts(here: Running) -> list[Act]:
    wanted = [Act.ANNOUNCED, Act.ANNOUNCEMENT_TAKEN_BACK]
    async with here.slack.cairn.database.reading() as connection:
        found = await audit.entries(connection, workspace_of(here), acts=wanted)
    return [one.act for one in found]


async def test_what_all_have_cannot_be_taken_back(here: Running) -> None:
    await write(here)
    await send(here)
    assert await has_it(here, here.mentees[2]) == 1

    await here.slack.press(here.coordinator, "Take it back", modal=True)

    assert use_cases.ALL_HAVE_IT in await seen(here)
    assert await acts(here) == [Act.ANNOUNCED]


async def test_sent_twice_it_comes_once(here: Running) -> None:
    await write(here)
    preview = await here.slack.view(here.coordinator)
    async with here.slack.cairn.database.reading() as connection:
        row = (await connection.execute(sa.select(announcement))).one()
        drafted = await store.find(connection, workspace_of(here), row.id)
    assert drafted is not None
    await here.slack.submit(here.coordinator, preview["id"], {})
    facts = use_cases.ReachFacts(read=nobody_is_read, uncounted=())

    async with here.slack.cairn.database.writing() as connection:
        held = await use_cases.the_announcement(
            connection, workspace_of(here), drafted.id, hold=True
        )
        again = await use_cases.send(connection, held, facts=facts, now=here.slack.clock.now())

    assert again is held
    assert await has_it(here, here.bob) == 1


async def nobody_is_read(*_: object) -> dict[str, Any]:
    raise AssertionError("it was sent before")


async def test_where_other_people_would_get_it_now_its_author_looks_again(here: Running) -> None:
    await write(here)
    await change(here, here.bob, state=MemberState.LEFT)

    again = await send(here)

    assert "Who gets it has changed since you looked" in again
    assert "2 people get this message" in again
    assert await has_it(here, here.dana) == 0
    assert "Written to 2 people" in await send(here)
    assert [await has_it(here, one) for one in (here.bob, here.dana)] == [0, 1]


async def test_a_programme_closed_meanwhile_is_said_and_nothing_sent(here: Running) -> None:
    await write(here)
    its = (here.slack.cairn.database, workspace_of(here), here.programme.id)
    await close_programme(*its, now=here.slack.clock.now())

    assert use_cases.CLOSED in await send(here)
    assert await has_it(here, here.bob) == 0


async def test_it_can_be_changed_after_a_look(here: Running) -> None:
    await write(here)
    await here.slack.press(here.coordinator, "Change it", modal=True)
    form = await here.slack.view(here.coordinator)
    assert WORDS in str(form)

    await here.slack.submit(
        here.coordinator, form["id"], {"audience": "mentors", "text": "Other words."}
    )
    await send(here)
    await here.slack.advance(minutes=2)

    assert any("Other words." in one for one in await here.texts(here.mentor))
    assert await has_it(here, here.bob) == 0


async def open_for(here: Running, value: str) -> str:
    """Press a button of this value in a message, as other capabilities draw it."""
    await here.slack.close(here.coordinator)
    await here.slack.advance(seconds=2)  # one message a second
    button = ui.button("Write to them", "announcement.write", value=value)
    await here.slack.http.post(
        "/api/chat.postMessage",
        json={
            "channel": here.coordinator,
            "text": "To do",
            "blocks": [ui.section("To do", accessory=button)],
        },
        headers={"Authorization": f"Bearer {BOT_TOKEN}"},
    )
    [*_, message] = await here.slack.messages(user=here.coordinator)
    await here.slack.press(here.coordinator, "Write to them", message=message)
    views = await here.slack.views(here.coordinator)
    messages = await here.slack.messages(user=here.coordinator)
    return str(views[-1:]) + all_text(messages[-1]["blocks"])


async def test_a_button_opens_the_form_to_those_whom_it_is_about(here: Running) -> None:
    bob, dana = await member_of(here, here.bob), await member_of(here, here.dana)

    for suggestion in Suggestion:
        shown = await open_for(here, f"{suggestion}:{bob.id},{dana.id}")

        assert f"'initial_users': ['{here.bob}', '{here.dana}']" in shown
        assert "'value': 'people'" in shown
        assert TEXTS[suggestion][:60] in shown


async def test_what_a_button_cannot_mean_is_said(here: Running) -> None:
    bob = await member_of(here, here.bob)

    assert "from another version" in await open_for(here, f"shout:{bob.id}")
    await here.slack.close(here.coordinator)
    assert "not in your list any more" in await open_for(here, "blank:member_of_elsewhere")


async def test_words_are_sealed_and_deleted_after_90_days_and_with_their_author(
    here: Running,
) -> None:
    await write(here)
    await send(here)
    database, now = here.slack.cairn.database, here.slack.clock.now()

    async def rows() -> list[Any]:
        async with database.reading() as connection:
            return list((await connection.execute(sa.select(announcement))).all())

    [row] = await rows()
    assert b"workshop" not in row.sealed
    with everywhere():
        await tidy(database, now=now + timedelta(days=89))
        assert len(await rows()) == 1
        await tidy(database, now=now + timedelta(days=91))
    assert await rows() == []

    await write(here, at=int((now + timedelta(days=1)).timestamp()))
    await send(here)
    carol = await member_of(here, here.coordinator)
    async with database.writing() as connection:
        await use_cases.erase(connection, carol, here.slack.clock.now())
    await here.slack.advance(days=2)
    assert await rows() == []
    assert await has_it(here, here.bob) == 1


async def test_who_coordinates_no_more_sends_nothing(here: Running) -> None:
    await write(here)
    await change(here, here.coordinator, roles=frozenset({Role.MENTEE}))

    assert ONLY_COORDINATORS in await send(here)
    assert await has_it(here, here.bob) == 0


async def test_a_full_week_is_said_before_it_is_sent(here: Running) -> None:
    for _ in range(3):
        await write(here)
        await send(here)
        assert await has_it(here, here.bob)

    assert "3 people have had three messages" in await write(here)
    await send(here)
    assert await has_it(here, here.bob) == 4


async def test_quiet_hours_are_kept(here: Running) -> None:
    await change(here, here.bob, timezone="Europe/London")
    night = datetime(2026, 9, 16, 1, 0, tzinfo=UTC)
    await here.slack.go_to(night)
    await write(here)
    await send(here)

    assert await has_it(here, here.bob) == 0
    await here.slack.go_to(night + timedelta(hours=10))
    assert await has_it(here, here.bob) == 1


async def test_drafts_are_no_announcements(here: Running) -> None:
    await write(here)
    await here.slack.close(here.coordinator)

    await here.slack.press(here.coordinator, "Write or look", tools=True)

    assert "Nothing has been announced yet." in await seen(here)
    async with here.slack.cairn.database.reading() as connection:
        row = (await connection.execute(sa.select(announcement))).one()
    assert row.state == AnnouncementState.DRAFT
