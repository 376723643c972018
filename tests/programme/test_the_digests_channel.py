"""Who would read the digests is looked at when the channel is chosen, and every day."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.kernel.ids import WorkspaceId
from bot.kinds import MessageKind
from bot.programme import store
from bot.programme.model import Programme, ProgrammeState
from handlers.sending.digest_channel import check_daily
from tests.programme.setting_up import (
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
    await check_daily(services, HERE, programme.id, now=now)
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
    assert f"To <#{channel}>, checked every day." in await home_text(slack, CAROL)

    other = await make(slack)
    await choose(slack, other)

    assert f"To <#{other}>, checked every day." in await home_text(slack, CAROL)


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
    await confirm(slack, channel)
    assert (await the_programme(slack)).coordinator_channel == channel
    assert f"To <#{channel}>, as confirmed." in await home_text(slack, CAROL)
    assert (await check_again(slack, 8)).channel_problem is None


async def test_a_guest_who_came_in_is_told_once_however_often_it_is_checked(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    await choose(slack, await make(slack, members=[CAROL, BOB, *await bots(slack)]))
    await slack.http.post("/_sandbox/user", json={"user": BOB, "is_restricted": True})

    programme = await check_again(slack, 1)
    await check_again(slack, 2)

    assert programme.channel_problem == "guests"
    assert await readers(slack, MessageKind.DIGEST_CHANNEL) == [CAROL]
    home = await home_text(slack, CAROL)
    assert "They wait, and do not go to" in home
    assert "There are guests in it" in home


async def test_what_was_confirmed_is_asked_about_again_when_it_comes_back(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    await slack.http.post("/_sandbox/user", json={"user": BOB, "is_restricted": True})
    channel = await make(slack, members=[CAROL, BOB, *await bots(slack)])
    await choose(slack, channel)
    await confirm(slack, channel)
    assert (await check_again(slack, 1)).channel_problem is None

    await slack.http.post("/_sandbox/user", json={"user": BOB, "is_restricted": False})
    await check_again(slack, 2)
    await slack.http.post("/_sandbox/user", json={"user": BOB, "is_restricted": True})

    assert (await check_again(slack, 3)).channel_problem == "guests"


async def test_who_is_in_a_channel_is_read_without_reading_the_whole_workspace(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    crowd = [{"id": f"U0CROWD{n:03}", "name": f"Crowd {n}"} for n in range(60)]
    await slack.http.post("/_sandbox/users", json={"users": crowd})
    before = len(await slack.calls("users.list"))

    small = await make(slack)
    await choose(slack, small)
    asked = len(await slack.calls("users.info"))
    large = await make(slack, name="everybody", members=[CAROL, *await bots(slack), *ids(crowd)])
    await choose(slack, large)

    assert "More than 50 people" in all_text(await slack.view(CAROL))
    assert (await the_programme(slack)).coordinator_channel == small
    assert len(await slack.calls("users.list")) == before
    assert len(await slack.calls("users.info")) == asked


async def test_a_form_says_so_when_slack_does_not_answer_in_time(slack: SlackWorkspace) -> None:
    await set_up(slack)
    before = await the_programme(slack)
    slow = {"kind": "delay", "on": "users.info", "delay_s": 4}
    await slack.http.post("/_sandbox/faults", json=slow)

    answer = await choose(slack, await make(slack))

    assert "Slack did not say who is in this channel" in answer
    assert await the_programme(slack) == before


def ids(people: list[dict[str, str]]) -> list[str]:
    return [one["id"] for one in people]


async def confirm(slack: SlackWorkspace, channel: str) -> None:
    """Tick the box of the form that asks about this channel."""
    form = await slack.view(CAROL)
    (box,) = [one for one in form["blocks"] if one.get("block_id") == "sure"]
    await choose(slack, channel, sure=[box["element"]["options"][0]["value"]])


async def bots(slack: SlackWorkspace) -> list[str]:
    state = (await slack.http.get("/_sandbox/state")).json()
    return [one["id"] for one in state["users"] if one["is_bot"]]
