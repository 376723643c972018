"""A digest goes to the channel on record when it is sent, once nothing speaks against it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.programme import store as programmes
from bot.programme.model import Programme
from handlers.edge.call import Call
from handlers.pulse.listeners import on_read
from tests.support.open_pulse import Pulse, open_pulse
from tests.support.workspace import all_text, texts

HOUR = timedelta(hours=1)
WAIT = "wait,* and do not go to"


@pytest.fixture
async def pulse(tmp_path: Path) -> AsyncIterator[Pulse]:
    """An open pulse, a minute before it closes."""
    async with open_pulse(tmp_path, mentors=1, mentees=6) as found:
        await found.until_it_opens()
        await found.slack.go_to((await found.round()).closes_at - timedelta(minutes=1))
        yield found


async def post(pulse: Pulse, to: str, **body: Any) -> dict[str, Any]:
    answer = await pulse.slack.http.post(f"/_sandbox/{to}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def bot(pulse: Pulse) -> str:
    return next(str(one["id"]) for one in (await pulse.slack.state())["users"] if one["is_bot"])


async def make(pulse: Pulse, name: str, **facts: Any) -> str:
    """A private channel with the coordinator, a mentee and Cairn in it, or as `facts` say."""
    people = [pulse.coordinator, pulse.mentees[0], await bot(pulse)]
    made = await post(
        pulse, "channels", **{"name": name, "is_private": True, "members": people} | facts
    )
    return str(made["channel"]["id"])


async def choose(pulse: Pulse, channel: str, button: str = "Change", **where: Any) -> None:
    """Choose a channel in the form that `button` opens, as the coordinator."""
    await pulse.slack.press(pulse.coordinator, button, **where)
    view = await pulse.slack.view(pulse.coordinator)
    assert view["title"]["text"] == "Channel for digests"
    answer = await pulse.slack.submit(pulse.coordinator, view["id"], {"channel": channel})
    assert answer["error"] is None
    preview = await pulse.slack.view(pulse.coordinator)
    assert preview["submit"]["text"] == "Apply"
    await pulse.slack.submit(pulse.coordinator, preview["id"], {})
    await pulse.slack.close(pulse.coordinator)
    await pulse.slack.advance(seconds=5)


async def put_unchecked(pulse: Pulse, channel: str) -> None:
    """Have a channel on record that was never looked at."""
    database = pulse.slack.cairn.database
    async with database.writing() as connection:
        found = await programme(pulse)
        unchecked = replace(found, coordinator_channel=channel)
        await programmes.put_programme(connection, found.workspace_id, unchecked)
    assert unchecked.channel_checked_on is None


async def programme(pulse: Pulse) -> Programme:
    cairn = pulse.slack.cairn
    async with cairn.database.reading() as connection:
        found = await programmes.programme(
            connection, WorkspaceId(cairn.workspace_id), pulse.programme_id
        )
    assert found is not None
    return found


async def past_the_close(pulse: Pulse) -> None:
    await pulse.slack.go_to((await pulse.round()).closes_at + HOUR)


async def told(pulse: Pulse, said: str = WAIT) -> list[dict[str, Any]]:
    """What the coordinator was told directly."""
    found = await pulse.slack.messages(user=pulse.coordinator)
    return [one for one in found if said in one["text"]]


async def in_channel(pulse: Pulse, channel: str) -> list[str]:
    """The digests in a channel."""
    found = texts(await pulse.slack.messages(channel=channel))
    return [one for one in found if "has closed" in one]


async def archive(pulse: Pulse, channel: str) -> None:
    await post(pulse, "channel", user=pulse.coordinator, channel=channel, what="archive")


async def make_public(pulse: Pulse, channel: str) -> None:
    await post(pulse, "channel", user="U0OWNER", channel=channel, what="public")


async def take_cairn_out(pulse: Pulse, channel: str) -> None:
    await post(pulse, "leave", user=await bot(pulse), channel=channel)


async def let_a_guest_in(pulse: Pulse, _channel: str) -> None:
    await post(pulse, "user", user=pulse.mentees[0], is_restricted=True)


async def take_a_scope(pulse: Pulse, _channel: str) -> None:
    await post(pulse, "faults", kind="error", on="users.info", error="missing_scope")


SPOILT = {
    "archived": (archive, "It is archived"),
    "public": (make_public, "It is public"),
    "without Cairn": (take_cairn_out, "Cairn is not in it"),
    "guest": (let_a_guest_in, "There are guests in it"),
    "scope": (take_a_scope, "Cairn may not see who is in it"),
}


@pytest.mark.parametrize("what", SPOILT)
async def test_what_spoils_the_channel_between_check_and_send_keeps_the_digest_out(
    pulse: Pulse, what: str
) -> None:
    spoil, said = SPOILT[what]
    spoilt = await make(
        pulse,
        "digests-here",
        members=[pulse.coordinator, pulse.mentees[0], "U0OWNER", await bot(pulse)],
    )
    await choose(pulse, spoilt)
    await spoil(pulse, spoilt)

    await past_the_close(pulse)

    assert await in_channel(pulse, spoilt) == []
    (news,) = await told(pulse)
    assert said in news["text"]
    assert said in all_text(await pulse.slack.home(pulse.coordinator))
    await pulse.slack.advance(days=2)
    assert len(await told(pulse)) == 1, "it is said once"
    await post(pulse, "faults", clear=True)
    other = await make(pulse, "digests-there", members=[pulse.coordinator, await bot(pulse)])
    await choose(pulse, other, "Choose another", message=news)
    assert len(await in_channel(pulse, other)) == 1
    assert await in_channel(pulse, spoilt) == []


@pytest.mark.parametrize("what", ["general", "shared"])
async def test_a_channel_that_was_never_checked_gets_nothing_before_it_is(
    pulse: Pulse, what: str
) -> None:
    if what == "general":
        channel, said = await pulse.slack.channel_id("general"), "Everybody in this workspace"
        await pulse.slack.http.post(
            "/_sandbox/join", json={"user": await bot(pulse), "channel": channel}
        )
    else:
        await post(pulse, "workspaces", name="Other", id="T0OTHER")
        channel, said = await make(pulse, "with-others", shared_with=["T0OTHER"]), "another organi"
    await put_unchecked(pulse, channel)

    await past_the_close(pulse)

    assert await in_channel(pulse, channel) == []
    (news,) = await told(pulse)
    assert said in news["text"]


async def test_a_digest_that_is_queued_goes_to_the_channel_chosen_since(pulse: Pulse) -> None:
    old, new = await make(pulse, "digests-old"), await make(pulse, "digests-new")
    await choose(pulse, old)
    await post(pulse, "faults", kind="error", on="conversations.info", error="fatal_error")
    await past_the_close(pulse)
    assert await in_channel(pulse, old) == []
    assert await told(pulse) == [], "Slack did not answer, which says nothing of the channel"

    await post(pulse, "faults", clear=True)
    await choose(pulse, new)

    assert await in_channel(pulse, old) == []
    assert len(await in_channel(pulse, new)) == 1


async def test_a_digest_waits_until_slack_says_who_is_in_the_channel(pulse: Pulse) -> None:
    channel = await make(pulse, "digests-here")
    await choose(pulse, channel)
    await post(pulse, "faults", kind="status", on="users.info", status=503)
    await pulse.slack.go_to((await pulse.round()).closes_at + timedelta(hours=30))
    assert await in_channel(pulse, channel) == []

    await post(pulse, "faults", clear=True)
    await pulse.slack.advance(days=1, minutes=6)

    assert len(await in_channel(pulse, channel)) == 1
    assert await told(pulse) == []


async def test_another_problem_is_told_anew_and_a_channel_made_good_gets_the_digest(
    pulse: Pulse,
) -> None:
    channel = await make(pulse, "digests-here")
    await choose(pulse, channel)
    await archive(pulse, channel)
    await past_the_close(pulse)
    await post(pulse, "channel", user=pulse.coordinator, channel=channel, what="unarchive")
    await post(pulse, "join", user=await bot(pulse), channel=channel)
    await let_a_guest_in(pulse, channel)

    await pulse.slack.advance(hours=24)

    first, second = await told(pulse)
    assert "It is archived" in first["text"]
    assert "It is archived" not in second["text"]
    assert "There are guests in it" in second["text"]
    await post(pulse, "leave", user=pulse.mentees[0], channel=channel)
    await pulse.slack.advance(hours=24)
    assert len(await told(pulse)) == 2
    assert len(await in_channel(pulse, channel)) == 1


async def test_a_result_that_waits_is_read_on_home_by_coordinators_alone(pulse: Pulse) -> None:
    for mentee in pulse.mentees:
        await pulse.answer(mentee)
    channel = await make(pulse, "digests-here")
    await choose(pulse, channel)
    await archive(pulse, channel)
    await past_the_close(pulse)
    assert await in_channel(pulse, channel) == []

    await pulse.slack.press(pulse.coordinator, "Read all")

    assert "High" in all_text(await pulse.slack.view(pulse.coordinator))
    for person in (pulse.mentor, pulse.mentees[0], "U0NOBODY"):
        call = Call(
            workspace_id=(await programme(pulse)).workspace_id,
            slack_user_id=SlackUserId(person),
            client=AsyncWebClient(),
            value="all",
        )
        with pytest.raises(UserFacing, match="Only coordinators can do this"):
            await on_read(call, pulse.slack.cairn.services)
