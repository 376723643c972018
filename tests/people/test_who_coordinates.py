"""Somebody who administers the workspace, or a coordinator, makes somebody else coordinator."""

import pytest

from tests.programme.setting_up import (
    ALICE,
    BOB,
    CAROL,
    STRANGER,
    home_text,
    press,
    press_in_settings,
    set_up,
    slack,
)
from tests.support.workspace import SlackWorkspace, all_text, texts

__all__ = ["slack"]


async def change(slack: SlackWorkspace, user: str, **changes: object) -> None:
    answer = await slack.http.post("/_sandbox/user", json={"user": user, **changes})
    assert answer.json()["ok"]
    await slack.settle()


async def name(slack: SlackWorkspace, by: str, who: str) -> dict[str, object]:
    """Choose somebody on the page of coordinators, which is open; confirm what is shown."""
    answer = await slack.submit(by, (await slack.view(by))["id"], {"who": who})
    shown = await slack.view(by)
    if shown["callback_id"] == "people.coordinator_form":
        assert texts(await slack.messages(user=who)) == []
        assert "you coordinate mentoring with Cairn from now on" in all_text(shown)
        return await slack.submit(by, shown["id"], {})
    return answer


async def test_who_administers_and_is_no_member_makes_somebody_coordinator(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    assert "people.coordinators" not in str(await slack.home(STRANGER))
    await change(slack, STRANGER, is_admin=True)
    assert "You administer this workspace" in await home_text(slack, STRANGER)
    await press(slack, STRANGER, "people.coordinators")

    await name(slack, STRANGER, ALICE)

    assert "coordinates from now on" in all_text(await slack.view(STRANGER))
    assert "3. Coordinators.* Done: 2 people" in await home_text(slack, ALICE)
    await slack.advance(hours=12)
    assert "you coordinate mentoring with Cairn" in texts(await slack.messages(user=ALICE))[-1]
    await press(slack, CAROL, "home.tools")
    await slack.click(CAROL, "audit.open", view_id=(await slack.view(CAROL))["id"])
    acts = all_text(await slack.view(CAROL))
    assert "coordinator, as somebody who administers the workspace" in acts


async def test_before_anybody_coordinates_an_administrator_names_somebody(
    slack: SlackWorkspace,
) -> None:
    await press(slack, CAROL, "people.coordinators")

    await name(slack, CAROL, STRANGER)

    assert "Eight steps to the first day" in await home_text(slack, STRANGER)
    assert f"write to <@{STRANGER}>" in await home_text(slack, CAROL)


async def test_an_administrator_who_is_a_mentee_finds_it_in_settings(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    await press_in_settings(slack, BOB, "people.coordinators")
    shown = await slack.view(BOB)
    assert f"<@{CAROL}>" in all_text(shown)
    assert not shown.get("submit")
    await change(slack, BOB, is_admin=True)
    await press_in_settings(slack, BOB, "people.coordinators")

    await name(slack, BOB, ALICE)

    assert "3. Coordinators.* Done: 2 people" in await home_text(slack, ALICE)


async def test_who_is_neither_is_refused_at_the_last_step_too(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await change(slack, BOB, is_admin=True)
    await press_in_settings(slack, BOB, "people.coordinators")
    await slack.submit(BOB, (await slack.view(BOB))["id"], {"who": ALICE})
    await change(slack, BOB, is_admin=False)

    await slack.submit(BOB, (await slack.view(BOB))["id"], {})

    assert "Only coordinators, and those who administer" in all_text(await slack.view(BOB))
    assert "3. Coordinators.* You alone" in await home_text(slack, CAROL)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"is_restricted": True}, "Guests and people from outside cannot coordinate"),
        ({"is_ultra_restricted": True}, "Guests and people from outside cannot coordinate"),
        ({"deleted": True}, "This account is closed in Slack"),
    ],
)
async def test_who_cannot_coordinate_is_a_sentence_beside_the_choice(
    slack: SlackWorkspace, changes: dict[str, object], sentence: str
) -> None:
    await set_up(slack)
    await press(slack, CAROL, "people.coordinators")
    await change(slack, STRANGER, **changes)

    answer = await name(slack, CAROL, STRANGER)

    assert sentence in str(answer)
    assert "You alone" in await home_text(slack, CAROL)


async def test_an_app_oneself_and_who_has_left_are_refused(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await press_in_settings(slack, BOB, "people.leave")
    await press(slack, CAROL, "people.coordinators")

    app = await name(slack, CAROL, "USLACKBOT")
    oneself = await name(slack, CAROL, CAROL)
    await name(slack, CAROL, BOB)

    assert "this is an app" in str(app) or "Slack did not say" in str(app)
    assert "Choose somebody else" in str(oneself)
    assert "has left the programme" in all_text(await slack.view(CAROL))


async def test_who_administers_cannot_add_themselves_beside_a_coordinator(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    await change(slack, STRANGER, is_admin=True)
    await press(slack, STRANGER, "people.coordinators")

    answer = await name(slack, STRANGER, STRANGER)

    assert "ask a coordinator to add you" in str(answer)
    assert "You alone" in await home_text(slack, CAROL)
