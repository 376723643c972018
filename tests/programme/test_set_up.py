"""From an empty workspace to the first day, as the coordinator and the members see it."""

from typing import Any

import pytest

from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import store
from handlers.course import listeners as course
from handlers.edge.call import Call
from handlers.edge.clients import open_session, slack_client
from handlers.people import roles, roster_import, roster_sources
from handlers.programme import contacts, hours, uses
from handlers.programme import listeners as programme
from tests.programme.setting_up import (
    ALICE,
    BOB,
    CAROL,
    CAST,
    STRANGER,
    accept,
    home_text,
    import_pasted,
    press,
    press_in_settings,
    set_up,
    slack,
)
from tests.support.bringing_in import BringingIn
from tests.support.workspace import SlackWorkspace, all_text, texts

__all__ = ["slack"]


async def test_only_who_administers_slack_may_begin(slack: SlackWorkspace) -> None:
    stranger = await home_text(slack, STRANGER)
    assert "ask somebody who administers" in stranger
    assert "people.begin" not in str(await slack.home(STRANGER))

    await press(slack, CAROL, "people.begin")

    assert "Eight steps to the first day" in await home_text(slack, CAROL)
    stranger = await home_text(slack, STRANGER)
    assert f"write to <@{CAROL}>" in stranger


async def test_a_coordinator_sets_up_step_by_step(slack: SlackWorkspace) -> None:
    await set_up(slack)

    shown = await home_text(slack, CAROL)
    assert "*1. People and roles.* Done: 1 mentor and 4 mentees, for up to" in shown
    assert "Done: Autumn &lt;!channel&gt; &amp; friends, 12 weeks from Monday 7 Sept" in shown
    assert "*4. Contacts.* Done" in shown
    assert "0 of 5 have accepted" in shown
    assert "*In a crisis:* Night line &lt;5555&gt;" in shown
    assert "*With a concern about mentoring:* Dr Amsel, 5556" in shown


async def test_members_are_invited_and_accept(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await press(slack, CAROL, "people.invite")
    asking = await slack.view(CAROL)
    assert "*5 people get this message*" in all_text(asking)
    assert "please read the code of conduct" in all_text(asking)
    await slack.submit(CAROL, asking["id"], {})
    assert "5 people are asked." in all_text(await slack.view(CAROL))
    await press(slack, CAROL, "people.invite")
    assert "asked today already" in all_text(await slack.view(CAROL))
    invited = texts(await slack.messages(user=BOB))
    assert len(invited) == 1
    assert "read the code of conduct" in invited[0]
    assert texts(await slack.messages(user=CAROL)) == []

    await accept(slack, BOB)

    assert "1 of 5 have accepted" in await home_text(slack, CAROL)
    assert "read the code of conduct and accept it" not in await home_text(slack, BOB)
    await press_in_settings(slack, BOB, "people.conduct")
    assert "You accepted this on Wednesday 2 September." in all_text(await slack.view(BOB))


async def test_the_code_of_conduct_needs_a_tick(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await press(slack, BOB, "people.conduct")
    view = await slack.view(BOB)

    answer = await slack.submit(BOB, view["id"], {"agree": []})

    assert "0 of 5 have accepted" in await home_text(slack, CAROL)
    assert "agree" in str(answer)


async def test_a_broken_roster_is_refused_line_by_line(slack: SlackWorkspace) -> None:
    await press(slack, CAROL, "people.begin")

    said = await import_pasted(
        slack, "slack_id,name,role\nU0BOB,Bob <!here>,boss\nU0BOB2,,mentee\n"
    )

    assert "Line 2, role: “boss” is" in said
    assert "<!here>" not in said
    assert "To do: bring in who takes part" in await home_text(slack, CAROL)
    refused = await slack.view(CAROL)
    await slack.click(CAROL, "people.roster", view_id=refused["id"])
    assert (await slack.view(CAROL))["callback_id"] == "people.sources"


@pytest.mark.parametrize("described", [True, False])
async def test_a_roster_can_be_uploaded(slack: SlackWorkspace, described: bool) -> None:
    await press(slack, CAROL, "people.begin")
    upload = await slack.http.post(
        f"/client/T0CAIRN/{CAROL}/home/upload",
        files={"files": ("roster.csv", b"\xef\xbb\xbf" + CAST.roster.encode(), "text/csv")},
    )
    (file,) = upload.json()["files"]
    url = f"{slack.url}/files-pri/T0CAIRN-{file['id']}/roster.csv"
    view = await BringingIn(slack, CAROL).form("list")

    uploaded = {"id": file["id"]} | ({"url_private_download": url} if described else {})
    await slack.submit(CAROL, view["id"], {"file": [uploaded]})

    assert "*5* new, *1* changed" in all_text(await slack.view(CAROL))


async def test_a_token_is_never_sent_to_another_host(slack: SlackWorkspace) -> None:
    await press(slack, CAROL, "people.begin")
    view = await BringingIn(slack, CAROL).form("list")

    elsewhere = {"id": "F1", "url_private": "https://files.example.org/roster.csv"}
    await slack.submit(CAROL, view["id"], {"file": [elsewhere]})

    assert "not kept in Slack itself" in all_text(await slack.view(CAROL))


async def test_neither_file_nor_text_or_both_is_a_sentence(slack: SlackWorkspace) -> None:
    await press(slack, CAROL, "people.begin")
    view = await BringingIn(slack, CAROL).form("list")

    nothing = await slack.submit(CAROL, view["id"], {})
    both = await slack.submit(CAROL, view["id"], {"file": [{"id": "F1"}], "pasted": "x"})

    assert "or paste the list here" in str(nothing)
    assert "not both" in str(both)


async def test_a_mentee_cannot_press_what_is_a_coordinators(slack: SlackWorkspace) -> None:
    await set_up(slack)
    coordinators = await slack.home(CAROL)

    for block in coordinators["blocks"]:
        for element in [block.get("accessory"), *block.get("elements", [])]:
            if (
                isinstance(element, dict)
                and str(element.get("action_id", "")).startswith(
                    ("people.", "programme.", "course.")
                )
                and element["action_id"] != "people.coordinators"
            ):  # which everybody may read
                await _pressed_by_bob(slack, element)

    assert "0 of 5 have accepted" in await home_text(slack, CAROL)
    assert texts(await slack.messages(user=ALICE)) == []


async def _pressed_by_bob(slack: SlackWorkspace, element: dict[str, Any]) -> None:
    """Send the click that Slack would send, had Bob the coordinator's buttons."""
    listeners = {
        "people.roster": roster_sources.on_sources,
        "people.list": roles.on_list,
        "course.calendar": course.on_calendar,
        "course.open": course.on_open,
        "people.undo": roster_import.on_undo,
        "people.invite": roles.on_invite,
        "programme.edit": programme.on_edit,
        "programme.contacts": contacts.on_contacts,
        "programme.channel": programme.on_channel,
        "programme.end": programme.on_end,
        "course.change:time_off": course.on_change,
        "course.change:framework": course.on_change,
        "programme.uses": uses.on_uses,
        "programme.hours": hours.on_hours,
        "programme.texts": hours.on_texts,
    }
    cairn = slack.cairn
    async with open_session() as session:
        call = Call(
            workspace_id=WorkspaceId(cairn.workspace_id),
            slack_user_id=SlackUserId(BOB),
            client=slack_client(
                session, token=cairn.options.bot_token or "", api_url=cairn.options.api_url
            ),
            value=element.get("value"),
        )
        with pytest.raises(UserFacing, match="Only coordinators"):
            await listeners[element["action_id"]](call, cairn.services)


async def test_a_coordinator_sets_holidays_and_a_break_and_the_country_is_proposed(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    await slack.press(CAROL, "Holidays and breaks")
    form = await slack.view(CAROL)
    country = next(one for one in form["blocks"] if one.get("block_id") == "country")

    answers = {"country": "GB", "first": "2026-10-26", "last": "2026-11-01", "moves": "skips"}
    await slack.submit(CAROL, form["id"], answers)
    region = await slack.view(CAROL)
    await slack.submit(CAROL, region["id"], {"region": "SCT"})

    assert country["element"]["initial_option"]["value"] == "DE"
    seen = await slack.view(CAROL)
    assert (
        "holidays of Britain (UK), Scotland; breaks 26 October 2026 to 1 November 2026"
        in all_text(seen)
    )
    await slack.submit(CAROL, seen["id"], {})
    assert "*Done.*" in all_text(await slack.view(CAROL))


async def test_a_start_in_a_week_that_has_passed_is_a_sentence_beside_the_day(
    slack: SlackWorkspace,
) -> None:
    await press(slack, CAROL, "people.begin")
    await import_pasted(slack, CAST.roster)
    await press(slack, CAROL, "programme.edit")
    channel = await slack.private_channel("mentoring-coordinators")
    answers = {"template": "term_12", "name": "Autumn", "channel": channel}

    past = answers | {"starts_on": "2026-08-28"}
    answer = await slack.submit(CAROL, (await slack.view(CAROL))["id"], past)

    assert "This week has passed" in str(answer)
    assert "Set up the programme" in await home_text(slack, CAROL)


async def test_a_break_ends_by_itself(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await accept(slack, BOB)
    await press_in_settings(slack, BOB, "people.pause")

    await slack.submit(BOB, (await slack.view(BOB))["id"], {"until": "2026-09-10"})

    assert "taking a break until Thursday 10 September" in await home_text(slack, BOB)
    await slack.advance(days=9)
    assert "taking a break" not in await home_text(slack, BOB)
    assert any("Welcome back" in text for text in texts(await slack.messages(user=BOB)))


async def test_a_break_into_the_past_is_a_sentence_beside_the_date(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await press_in_settings(slack, BOB, "people.pause")

    answer = await slack.submit(BOB, (await slack.view(BOB))["id"], {"until": "2026-09-01"})

    assert "Choose a day after today" in str(answer)


async def test_coming_back_early_leaving_and_returning(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await press_in_settings(slack, BOB, "people.pause")
    await slack.submit(BOB, (await slack.view(BOB))["id"], {})
    assert "You are taking a break." in await home_text(slack, BOB)

    await press(slack, BOB, "people.resume")
    assert "taking a break" not in await home_text(slack, BOB)

    await press_in_settings(slack, BOB, "people.leave")
    left = await home_text(slack, BOB)
    assert "You have left the programme" in left
    assert "Night line" in left

    await press(slack, BOB, "people.resume")
    assert "You have left" not in await home_text(slack, BOB)


async def test_a_closed_account_counts_no_more_and_a_new_zone_is_followed(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    for change in ({"user": BOB, "deleted": True}, {"user": ALICE, "tz": "Asia/Tokyo"}):
        answer = await slack.http.post("/_sandbox/user", json=change)
        assert answer.json()["ok"]
    await slack.settle()

    assert "1 mentor and 3 mentees" in await home_text(slack, CAROL)
    async with slack.cairn.database.reading() as connection:
        alice = await store.member_by_slack_id(
            connection, WorkspaceId(slack.cairn.workspace_id), SlackUserId(ALICE)
        )
    assert alice is not None
    assert alice.timezone == "Asia/Tokyo"
