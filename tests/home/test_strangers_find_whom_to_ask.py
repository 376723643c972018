"""Somebody who is no member reads whom to ask, also while Slack says nothing of them."""

from tests.programme.setting_up import CAROL, STRANGER, home_text, set_up, slack
from tests.support.workspace import SlackWorkspace

__all__ = ["slack"]


async def test_a_stranger_reads_whom_to_ask_while_slack_does_not_say_who_they_are(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    fault = {"kind": "error", "on": "users.info", "error": "fatal_error"}
    assert (await slack.http.post("/_sandbox/faults", json=fault)).json()["ok"]

    assert f"write to <@{CAROL}>" in await home_text(slack, STRANGER)
