"""Somebody of another organization, met in a shared channel, never hears of concerns."""

from tests.programme.setting_up import CAROL, PEOPLE, press, set_up, slack
from tests.support.workspace import SlackWorkspace

__all__ = ["slack"]

OUTSIDE = "U0OUTSIDE"


async def share_a_channel(slack: SlackWorkspace) -> None:
    http = slack.http
    there = {"id": "T0ELSE", "name": "Elsewhere", "install": False}
    assert (await http.post("/_sandbox/workspaces", json=there)).status_code == 200
    guest = {"id": OUTSIDE, "name": "outsider", "real_name": "Otto Outside", "team": "T0ELSE"}
    assert (await http.post("/_sandbox/users", json=guest)).status_code == 200
    channel = {"name": "both", "members": [CAROL, OUTSIDE], "shared_with": ["T0ELSE"]}
    made = (await http.post("/_sandbox/channels", json={"channels": [channel]})).json()
    for bot in [one["id"] for one in (await slack.state())["users"] if one["is_bot"]]:
        join = {"user": bot, "channel": made["channels"][0]["id"]}
        await http.post("/_sandbox/join", json=join)


async def test_nobody_of_another_workspace_hears_of_concerns(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await share_a_channel(slack)
    await press(slack, CAROL, "programme.contacts")

    answer = await slack.submit(
        CAROL,
        (await slack.view(CAROL))["id"],
        {"crisis": "Line", "concern": "Dr Amsel", **PEOPLE, "person": OUTSIDE},
    )

    assert "Choose a person of this workspace" in str(answer)
