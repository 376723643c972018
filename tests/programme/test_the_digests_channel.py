"""Who would read the digests is looked at when the channel is chosen, and every week."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.flows.pulse_messages import DIGEST, tell_coordinators
from bot.kernel.ids import WorkspaceId
from bot.kinds import MessageKind
from bot.programme import store
from bot.programme.model import Programme, ProgrammeState
from handlers.sending.digest_channel import check_weekly
from tests.programme.test_set_up import (
    BOB,
    CAROL,
    home_text,
    press,
    set_up,
    slack,
)
from tests.support.workspace import SlackWorkspace, all_text

__all__ = ["slack"]
HERE = WorkspaceId("T0CAIRN")


async def make(slack: SlackWorkspace, **facts: Any) -> str:
    """A channel with Carol and Cairn in it, or as `facts` say."""
    state = (await slack.http.get("/_sandbox/state")).json()
    bots = [one["id"] for one in state["users"] if one["is_bot"]]
    body = {"name": "for-coordinators", "is_private": True, "members": [CAROL, *bots]} | facts
    made = await slack.http.post("/_sandbox/channels", json=body)
    assert made.status_code == 200, made.json()
    return str(made.json()["channel"]["id"])


async def choose(slack: SlackWorkspace, channel: str, **more: Any) -> str:
    """Choose the channel in the form, opened anew unless something is confirmed."""
    if not more:
        await press(slack, CAROL, "programme.channel")
    view = await slack.view(CAROL)
    return str(await slack.submit(CAROL, view["id"], {"channel": channel, **more}))


async def the_programme(slack: SlackWorkspace) -> Programme:
    async with slack.cairn.services.database.reading() as connection:
        (found,) = await store.programmes(connection, HERE)
    return found


async def check_again(slack: SlackWorkspace, days: int) -> Programme:
    """Check the running programme's channel so many days after the choice."""
    services, programme = slack.cairn.services, await the_programme(slack)
    async with services.database.writing() as connection:
        running = replace(programme, state=ProgrammeState.RUNNING)
        await store.put_programme(connection, HERE, running)
    now = services.clock.now() + timedelta(days=days)
    await check_weekly(services, HERE, programme.id, now=now)
    return await the_programme(slack)


async def readers(slack: SlackWorkspace, kind: str) -> list[str]:
    """To whom messages of a kind wait to be sent."""
    services = slack.cairn.services
    async with services.database.reading() as connection:
        found = await connection.exec_driver_sql("select kind, recipient from outbox")
        return [row.recipient for row in found if row.kind == kind]


async def test_home_shows_the_channel_and_it_can_be_changed(slack: SlackWorkspace) -> None:
    await set_up(slack)
    channel = await slack.private_channel("mentoring-coordinators")
    assert f"To <#{channel}>, checked every week." in await home_text(slack, CAROL)

    other = await make(slack)
    await choose(slack, other)

    assert f"To <#{other}>, checked every week." in await home_text(slack, CAROL)


async def test_a_channel_without_cairn_is_refused_with_what_to_do(slack: SlackWorkspace) -> None:
    await set_up(slack)
    before = await the_programme(slack)

    answer = await choose(slack, await make(slack, members=[CAROL]))

    assert "/invite @Cairn" in answer
    assert await the_programme(slack) == before


@pytest.mark.parametrize(
    ("facts", "said"),
    [({"is_private": False}, "It is public"), ({"shared_with": ["T0OTHER"]}, "another organi")],
)
async def test_who_else_would_read_is_said_and_confirmed(
    slack: SlackWorkspace, facts: dict[str, Any], said: str
) -> None:
    await set_up(slack)
    if "shared_with" in facts:
        await slack.http.post("/_sandbox/workspaces", json={"name": "Other", "id": "T0OTHER"})
    before = await the_programme(slack)
    channel = await make(slack, **facts)

    await choose(slack, channel)

    form = await slack.view(CAROL)
    assert said in all_text(form)
    assert await the_programme(slack) == before
    (box,) = [one for one in form["blocks"] if one.get("block_id") == "sure"]
    await choose(slack, channel, sure=[box["element"]["options"][0]["value"]])
    assert (await the_programme(slack)).coordinator_channel == channel
    assert f"To <#{channel}>, as confirmed." in await home_text(slack, CAROL)
    assert (await check_again(slack, 8)).channel_problem is None


async def test_a_guest_who_came_in_sends_digests_to_coordinators(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await choose(slack, await make(slack, members=[CAROL, BOB, *await bots(slack)]))
    await slack.http.post("/_sandbox/user", json={"user": BOB, "is_restricted": True})

    assert (await check_again(slack, 6)).channel_problem is None
    programme = await check_again(slack, 7)
    await check_again(slack, 15)

    assert programme.channel_problem == "guests"
    services = slack.cairn.services
    async with services.database.writing() as connection:
        now = services.clock.now()
        await tell_coordinators(connection, programme, "round_1:0", kind=DIGEST, now=now)
    assert await readers(slack, DIGEST) == [CAROL]
    assert await readers(slack, MessageKind.DIGEST_CHANNEL) == [CAROL]
    assert "There are guests in it" in await home_text(slack, CAROL)


async def bots(slack: SlackWorkspace) -> list[str]:
    state = (await slack.http.get("/_sandbox/state")).json()
    return [one["id"] for one in state["users"] if one["is_bot"]]
