"""A charter and the offer of the peer-mentor role in Slack, for those whom they are for."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.flows.closing import close_programme
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member, Role
from tests.support.running_programme import STRANGER, Running, running_programme
from tests.support.workspace import all_text, buttons

SAID = {"speaking": "We let <!channel> & each other finish."}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as running:
        yield running


async def home(here: Running, who: str) -> str:
    return all_text(await here.slack.home(who))


async def top(here: Running, who: str) -> str:
    return all_text(await here.slack.view(who))


async def press(here: Running, who: str, label: str, *, within: str = "") -> None:
    """Press the button with this label whose action begins so, in a modal or else on Home."""
    views = await here.slack.views(who)
    holder: dict[str, Any] = views[-1] if views else await here.slack.home(who)
    [button, *_] = [
        one
        for one in buttons(holder)
        if one["text"]["text"] == label and one["action_id"].startswith(within)
    ]
    await here.slack.click(who, button["action_id"], view_id=holder["id"])


async def submit(here: Running, who: str, answers: dict[str, Any]) -> str:
    form = await here.slack.view(who)
    await here.slack.submit(who, form["id"], answers)
    return await top(here, who)


async def member(here: Running, slack_user_id: str) -> Member:
    cairn = here.slack.cairn
    async with cairn.database.reading() as connection:
        found = await people.member_by_slack_id(
            connection, WorkspaceId(cairn.workspace_id), SlackUserId(slack_user_id)
        )
    assert found is not None
    return found


async def test_a_group_writes_its_charter_and_each_says_what_they_think(here: Running) -> None:
    assert "has no charter yet" in await home(here, here.bob)
    await press(here, here.bob, "Open the charter", within="charter")
    await press(here, here.bob, "Propose a line")
    assert "1 of 3 members agrees with this version" in await submit(here, here.bob, SAID)
    await here.slack.close(here.bob)
    assert "has no charter" not in await home(here, here.bob)

    assert "do you agree with it? There is no hurry." in await home(here, here.mentor)
    await press(here, here.mentor, "Read", within="charter")
    assert "We let &lt;!channel&gt; &amp; each other finish." in await top(here, here.mentor)
    await press(here, here.mentor, "I agree")
    assert "2 of 3 members" in await top(here, here.mentor)
    await here.slack.close(here.mentor)

    await press(here, here.dana, "Read", within="charter")
    await press(here, here.dana, "Propose a line")
    await submit(here, here.dana, {"leaving": "We meet a last time."})
    assert "0 of 3 members agree with it" in await home(here, here.dana)
    await press(here, here.dana, "Not now")
    await here.slack.close(here.dana)
    assert "do you agree" not in await home(here, here.dana)
    assert "do you agree" in await home(here, here.bob)

    await press(here, here.bob, "Open", within="charter")
    await press(here, here.bob, "Change")
    changed = await submit(here, here.bob, {"text": "We ask before we answer."})
    assert "We ask before we answer." in changed
    await press(here, here.bob, "Change")
    await press(here, here.bob, "Take it out")
    assert "We ask before" not in await top(here, here.bob)
    await here.slack.close(here.bob)
    for who in (here.coordinator, STRANGER):
        assert "a last time" not in await home(here, who)
    state = await here.slack.state()
    for channel in state["channels"]:
        assert "a last time" not in str(await here.slack.messages(channel=channel["id"]))


async def test_a_finished_mentee_is_offered_the_role_and_has_it_only_after_a_yes(
    here: Running,
) -> None:
    await press(here, here.coordinator, "Note training")
    await submit(here, here.coordinator, {"trained": [here.bob, here.dana]})
    await here.slack.close(here.coordinator)
    assert "to be a peer-mentor" not in await home(here, here.bob)
    services = here.slack.cairn.services
    now = here.slack.clock.now()
    workspace = WorkspaceId(here.slack.cairn.workspace_id)
    await close_programme(services.database, workspace, here.programme.id, now=now)
    services.wake()
    await here.slack.advance(minutes=5)

    offered = [
        one for one in await here.slack.messages(user=here.bob) if "peer-mentors" in one["text"]
    ]
    assert len(offered) == 1
    assert Role.PEER_MENTOR not in (await member(here, here.bob)).roles
    await here.slack.press(here.bob, "Read the offer", message=offered[0])
    await press(here, here.bob, "Yes, I would like to")
    await here.slack.settle()
    assert "You are a peer-mentor from the next groups on" in await top(here, here.bob)
    assert (await member(here, here.bob)).roles == {Role.MENTEE, Role.PEER_MENTOR}
    await here.slack.close(here.bob)

    assert "Would you like to be a peer-mentor" in await home(here, here.dana)
    await press(here, here.dana, "Read the offer")
    await press(here, here.dana, "No, thanks")
    await here.slack.close(here.dana)
    assert "Would you like to be a peer-mentor" not in await home(here, here.dana)
    assert (await member(here, here.dana)).roles == {Role.MENTEE}

    await press(here, here.coordinator, "Note training")
    listed = await top(here, here.coordinator)
    assert "said yes." in listed
    assert "declined." in listed
    assert "declined" not in str(await here.slack.messages(user=here.coordinator))
