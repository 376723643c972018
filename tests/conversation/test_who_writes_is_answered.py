"""Who writes to Cairn reads that nobody reads it; what they wrote is nowhere."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery import store as delivery
from bot.delivery.model import Lane
from bot.delivery.tables import outbox
from bot.inbox.tables import inbox
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kinds import MessageKind
from bot.people import store as people
from bot.people import use_cases
from runtime.process import assembled
from tests.edge.test_the_database_is_away import deliver
from tests.support.members import as_member
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.workspace import all_text, buttons

WORDS = "Xylophone-47 the night was unbearable"
CONTACT = "A concern, or: please contact me"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


def holding(folder: Path, content: bytes) -> list[str]:
    """The files under `folder` in which this stands, the database's own among them."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if content in path.read_bytes()]


async def say(here: Running, user: str, text: str = WORDS, **more: str) -> None:
    bot = next(one["id"] for one in (await here.slack.state())["users"] if one["is_bot"])
    said = {"user": user, "channel": bot, "text": text, **more}
    assert (await here.slack.http.post("/_sandbox/say", json=said)).status_code == 200
    await here.slack.settle()


async def answers(here: Running, user: str) -> list[dict[str, Any]]:
    found = await here.slack.messages(user=user)
    return [one for one in found if "Nobody reads what is written here" in one["text"]]


def labels(message: dict[str, Any]) -> list[str]:
    return [button["text"]["text"] for button in buttons(message)]


async def test_a_mentee_reads_whom_to_turn_to_and_what_they_can_do(here: Running) -> None:
    await say(here, here.bob)

    (answer,) = await answers(here, here.bob)
    programme = here.programme
    for text in (answer["text"], all_text(answer["blocks"])):
        assert programme.crisis_contact
        assert programme.crisis_contact in text
        assert "In a crisis" in text
        assert "With a concern" in text
        assert "keep none of it" in text
    assert labels(answer) == ["Check in", CONTACT, "Take a break"]


async def test_each_button_of_the_answer_does_what_it_says(here: Running) -> None:
    await say(here, here.bob)
    (answer,) = await answers(here, here.bob)

    for label, form in (("Check in", "checkin.form"), ("Take a break", "people.pause_form")):
        await here.slack.press(here.bob, label, message=answer)
        assert (await here.slack.view(here.bob))["callback_id"] == form
        await here.slack.close(here.bob)


@pytest.mark.usefixtures("as_in_production")
async def test_nothing_of_what_was_written_is_kept_or_logged(
    here: Running, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    await say(here, here.bob)
    await say(here, here.dana, f"And {WORDS}")
    await here.slack.slash(here.bob, WORDS)
    await here.slack.advance(hours=2)

    assert await answers(here, here.bob)
    assert holding(tmp_path, b"conversation_answer")
    assert holding(tmp_path, b"Xylophone") == []
    said = capfd.readouterr()
    assert "Xylophone" not in said.out + said.err
    async with here.slack.cairn.database.reading() as connection:
        rows = (await connection.execute(sa.select(inbox))).all()
    assert [(row.kind, row.facts) for row in rows] == [("message", {})] * 2


async def test_an_hour_passes_before_the_same_is_said_again(here: Running) -> None:
    for minutes in (0, 5, 50):
        await here.slack.advance(minutes=minutes)
        await say(here, here.bob)
    within = len(await answers(here, here.bob))
    await here.slack.advance(days=1, minutes=6)
    await say(here, here.bob)

    assert (within, len(await answers(here, here.bob))) == (1, 2)


async def test_a_restart_does_not_forget_whom_it_answered(here: Running) -> None:
    await say(here, here.bob)
    running = here.slack.cairn
    body = {"event": written(here, here.bob), "event_id": "Ev9", "type": "event_callback"}
    async with assembled(running.options, here.slack.clock) as second:
        await second.inbox.keep(body, WorkspaceId(second.workspace_id))
        await second.catch_up()

    assert len(await answers(here, here.bob)) == 1


def written(here: Running, user: str, **more: Any) -> dict[str, Any]:
    ts = f"{here.slack.clock.now().timestamp():.6f}"
    about = {"type": "message", "channel_type": "im", "channel": "D1", "user": user, "ts": ts}
    return about | {"text": WORDS} | more


@pytest.mark.parametrize(
    "what",
    [
        {"subtype": "file_share", "files": [{"id": "F1", "name": "Xylophone.jpg"}]},
        {"subtype": "me_message"},
        {"thread_ts": "1.000001"},
        {"text": ""},
        {"blocks": [{"type": "rich_text", "elements": []}]},
    ],
    ids=["a photo", "/me", "in a thread", "nothing", "blocks"],
)
async def test_whatever_was_written_gets_the_same_answer(
    here: Running, what: dict[str, Any]
) -> None:
    assert await deliver(here, "Ev1", event=written(here, here.bob, **what)) == 200
    await here.slack.settle()

    assert len(await answers(here, here.bob)) == 1


@pytest.mark.parametrize(
    "what",
    [
        {"subtype": "message_changed", "message": {"text": WORDS}, "hidden": True},
        {"subtype": "message_deleted", "hidden": True},
        {"subtype": "bot_message", "bot_id": "B1"},
        {"bot_id": "B1"},
        {"channel_type": "channel"},
        {"channel_type": "group"},
        {"subtype": "channel_join"},
    ],
    ids=["edited", "deleted", "a bot", "an app", "in a channel", "in a group", "a join"],
)
async def test_what_nobody_wrote_to_cairn_is_not_answered(
    here: Running, what: dict[str, Any]
) -> None:
    assert await deliver(here, "Ev1", event=written(here, here.bob, **what)) == 200
    await here.slack.settle()

    assert await answers(here, here.bob) == []


async def test_its_own_messages_are_not_answered(here: Running) -> None:
    bot = next(one["id"] for one in (await here.slack.state())["users"] if one["is_bot"])

    assert await deliver(here, "Ev1", event=written(here, bot)) == 200
    await here.slack.advance(hours=3)

    async with here.slack.cairn.database.reading() as connection:
        rows = (await connection.execute(sa.select(outbox.c.recipient))).scalars().all()
    assert bot not in rows


async def test_a_stranger_is_told_who_can_say_more(here: Running) -> None:
    await say(here, STRANGER)

    (answer,) = await answers(here, STRANGER)
    assert "not in the mentoring programme" in answer["text"]
    assert f"<@{here.coordinator}>" in answer["text"]
    assert labels(answer) == [CONTACT]


async def test_a_mentor_and_a_coordinator_get_what_fits_them(here: Running) -> None:
    for person in (here.mentor, here.coordinator):
        await say(here, person)

    (mentors,) = await answers(here, here.mentor)
    (coordinators,) = await answers(here, here.coordinator)
    assert labels(mentors) == [CONTACT, "Take a break"]
    assert labels(coordinators) == [CONTACT]


async def test_who_is_on_a_break_is_answered_and_can_come_back(here: Running) -> None:
    cairn, now = here.slack.cairn, here.slack.clock.now()
    async with cairn.database.writing() as connection:
        who = SlackUserId(here.bob)
        workspace = WorkspaceId(cairn.workspace_id)
        await as_member(
            connection, use_cases.pause, workspace, slack_user_id=who, until=None, now=now
        )
        bob = await use_cases.the_member(connection, workspace, who)
        await delivery.enqueue(
            connection,
            workspace,
            kind=MessageKind.WELCOME_BACK,
            subject_id=bob.id,
            recipient=bob.slack_user_id,
            dedupe_key="waits for bob",
            lane=Lane.PROMPT,
            now=now,
            expires_at=now + timedelta(days=1),
        )

    await say(here, here.bob)
    before = await here.texts(here.bob)
    (answer,) = await answers(here, here.bob)
    await here.slack.press(here.bob, "Come back now", message=answer)
    await here.slack.go_to(now + timedelta(seconds=9))  # a message a second

    assert "You are on a break" in answer["text"]
    assert labels(answer) == ["Check in", CONTACT, "Come back now"]
    said = [text for text in await here.texts(here.bob) if text not in before]
    assert len(said) == 2
    assert any("You are back" in text for text in said)


async def test_who_has_left_is_answered_and_can_come_back(here: Running) -> None:
    cairn = here.slack.cairn
    async with cairn.database.writing() as connection:
        workspace, who = WorkspaceId(cairn.workspace_id), SlackUserId(here.bob)
        member = await people.member_by_slack_id(connection, workspace, who)
        assert member
        await use_cases.leave(connection, member, now=here.slack.clock.now())

    await say(here, here.bob)

    (answer,) = await answers(here, here.bob)
    assert "no longer in the programme" in answer["text"]
    assert labels(answer) == [CONTACT, "Come back"]


async def test_the_answer_leads_to_a_person_who_is_not_the_mentor(here: Running) -> None:
    await say(here, here.bob)
    (answer,) = await answers(here, here.bob)

    await here.slack.press(here.bob, CONTACT, message=answer)

    form = await here.slack.view(here.bob)
    assert form["callback_id"] == "care.form"
    assert "Ruth Amsel" in all_text(form)
    assert WORDS not in str(form)


async def test_erasing_somebody_erases_that_they_wrote(here: Running) -> None:
    await say(here, here.bob)
    await here.slack.press(here.bob, "Delete what Cairn knows about me", settings=True)
    form = await here.slack.view(here.bob)
    await here.slack.submit(here.bob, form["id"], {})

    async with here.slack.cairn.database.reading() as connection:
        left = (
            await connection.execute(sa.select(outbox).where(outbox.c.subject_id == here.bob))
        ).all()
    assert left == []


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("stop", ["Take a break", "Leave the programme"]),
        ("UNSUBSCRIBE!", ["Take a break", "Leave the programme"]),
        ("skip this week", ["Change how often I am asked", "Take a break"]),
        ("home", ["Check in", CONTACT, "Take a break"]),
        ("talk to a person", [CONTACT]),
        ("delete my data", ["Delete what Cairn knows about me"]),
    ],
)
async def test_a_word_after_the_command_leads_to_its_button(
    here: Running, typed: str, leads_to: list[str]
) -> None:
    await here.slack.slash(here.bob, typed)

    assert labels((await here.slack.messages(user=here.bob))[-1]) == leads_to


@pytest.mark.parametrize(
    ("typed", "form"), [("pause", "people.pause_form"), ("check in", "checkin.form")]
)
async def test_a_word_after_the_command_opens_its_form(
    here: Running, typed: str, form: str
) -> None:
    await here.slack.slash(here.bob, typed)

    assert (await here.slack.view(here.bob))["callback_id"] == form
