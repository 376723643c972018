"""People of another organization are in a shared channel, and not in the programme."""

from tests.people.test_people_are_brought_in import BOB, CAROL, steps
from tests.support.bringing_in import BringingIn
from tests.support.workspace import all_text

__all__ = ["steps"]


async def test_somebody_of_another_organization_is_not_taken_from_a_shared_channel(
    steps: BringingIn,
) -> None:
    http = steps.slack.http
    there = {"id": "T0ELSE", "name": "Elsewhere", "install": False}
    assert (await http.post("/_sandbox/workspaces", json=there)).status_code == 200
    guest = {"id": "U0OUTSIDE", "name": "outsider", "real_name": "Otto Outside", "team": "T0ELSE"}
    assert (await http.post("/_sandbox/users", json=guest)).status_code == 200
    channel = {"name": "both", "members": [CAROL, BOB, "U0OUTSIDE"], "shared_with": ["T0ELSE"]}
    made = (await http.post("/_sandbox/channels", json={"channels": [channel]})).json()
    bots = [one["id"] for one in (await steps.slack.state())["users"] if one["is_bot"]]
    for bot in bots:
        join = {"user": bot, "channel": made["channels"][0]["id"]}
        await http.post("/_sandbox/join", json=join)

    shown = await steps.look_at("channel", channel=made["channels"][0]["id"], role="mentee")

    assert "Otto Outside belongs to another Slack workspace" in all_text(shown)
    assert "*1* new" in all_text(shown)
