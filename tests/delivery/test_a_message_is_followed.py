"""What the log tells of one message by its id, however it fares."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.delivery import store
from bot.delivery.model import OutboxState
from bot.kernel.ports import Ambiguous, NotSent, Refused
from bot.kinds import MessageKind
from tests.conftest import HERE
from tests.delivery.conftest import Office

BEGUN = ["message_queued", "message_claimed"]
LOST = (Ambiguous("timeout"),)


def unwanted(office: Office) -> None:
    office.composed.unwanted = {"bob"}


def raising(office: Office) -> None:
    office.composed.raising = {"bob": KeyError("stage")}


def scripted(*script: Any) -> Callable[[Office], None]:
    def prepare(office: Office) -> None:
        office.slack.script = [*script]

    return prepare


STORIES: dict[str, tuple[Callable[[Office], None], list[str], str | None]] = {
    "sent": (scripted(), ["message_sent"], None),
    "sent later": (
        scripted(NotSent("connect_failed")),
        ["message_postponed", "message_claimed", "message_sent"],
        "connect_failed",
    ),
    "arrived": (scripted(LOST), ["message_unknown", "message_found"], "timeout"),
    "lost": (
        scripted(Ambiguous("timeout")),
        ["message_unknown", "message_absent", "message_claimed", "message_sent"],
        "timeout",
    ),
    "refused": (scripted(Refused("user_disabled")), ["message_failed"], "user_disabled"),
    "not wanted": (unwanted, ["message_withdrawn"], None),
    "not written": (raising, ["rendering_failed", "message_failed"], "rendering: KeyError"),
}


@pytest.mark.parametrize("story", STORIES)
async def test_a_message_is_followed_from_the_queue_to_its_end(office: Office, story: str) -> None:
    prepare, follows, reason = STORIES[story]
    prepare(office)

    with capture_logs() as lines:
        await office.put("bob")
        await office.play()

    entry = await office.entry("bob")
    assert [one["event"] for one in lines] == [*BEGUN, *follows]
    assert {(one["workspace"], one["entry"], one["kind"]) for one in lines} == {
        (HERE, entry.id, "notice")
    }
    reasons = {one["reason"] for one in lines if one.get("reason")}
    assert reasons == ({reason} if reason else set())
    assert entry.recipient not in str(lines)


async def test_what_happens_to_it_in_the_queue_is_told_too(office: Office) -> None:
    office.slack.script = [Refused("user_disabled")]
    await office.put("ann")
    await office.play()
    await office.put("bob", after=timedelta(hours=1))
    await office.put("cem", lasts=timedelta(hours=1))
    office.clock.advance(timedelta(hours=2))

    with capture_logs() as lines:
        async with office.database.writing() as connection:
            now = office.clock.now()
            await store.resend(connection, HERE, now=now)
            await store.withdraw(connection, HERE, subject_id="bob", now=now)
            assert lines == [], "nothing is said before it is committed"
        await office.dispatcher.drain()

    told = {one["entry"]: one["event"] for one in lines[:3]}
    ids = [(await office.entry(who)).id for who in ("ann", "bob", "cem")]
    assert [told[one] for one in ids] == ["message_resent", "message_withdrawn", "message_expired"]


async def test_of_a_note_about_a_concern_only_a_failure_is_told(office: Office) -> None:
    office.slack.script = [None, Refused("user_disabled")]

    with capture_logs() as lines:
        await office.put("bob", kind=MessageKind.PERSONAL_NOTE)
        await office.dispatcher.drain()
        assert lines == []
        await office.put("dan", kind=MessageKind.PERSONAL_NOTE)
        await office.play()

    assert (await office.entry("bob")).state is OutboxState.SENT
    assert [one["event"] for one in lines] == ["message_failed"]
