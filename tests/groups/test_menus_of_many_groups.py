"""A coordinator finds each of 714 groups in a menu, and nobody else finds one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from bot.kernel.ids import GroupId, MemberId, SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Group, Seat, Use
from handlers.announcements.form_views import WRITTEN_TO
from handlers.groups.mentor_views import LED_BY_NOBODY
from handlers.matching.group_page_views import BY_NAME
from handlers.menus import matching, menu, whole_menu
from sandbox_support.browsing import open_page
from tests.support.cast import BOB
from tests.support.demo import a_browser
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

MANY = 714


@pytest.fixture(params=["over Socket Mode", "over HTTP"])
async def here(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    over_http = request.param == "over HTTP"
    async with running_programme(tmp_path, over_http=over_http, uses=frozenset[Use]()) as running:
        await put_groups(running, MANY)
        yield running


async def put_groups(here: Running, many: int) -> None:
    """Add groups of one mentee each, of whom nobody has a mentor."""
    workspace = WorkspaceId(here.slack.cairn.workspace_id)
    members = [mentee(workspace, at) for at in range(many)]
    groups = [
        Group(
            id=GroupId(f"ward_{at}"),
            workspace_id=workspace,
            programme_id=here.programme.id,
            name=f"Ward {at}",
        )
        for at in range(many)
    ]
    seats = [Seat(groups[at].id, one.id, Role.MENTEE) for at, one in enumerate(members)]
    async with here.slack.cairn.database.writing() as connection:
        await people.put_members(connection, workspace, members)
        await programmes.put_groups(connection, workspace, here.programme.id, groups, seats)


def mentee(workspace: WorkspaceId, at: int) -> Member:
    its, account = MemberId(f"mentee_{at}"), SlackUserId(f"U0MENTEE{at}")
    return replace(BOB, id=its, workspace_id=workspace, slack_user_id=account, name=f"Mentee {at}")


async def test_a_group_behind_the_hundredth_is_found_and_gets_its_mentor(here: Running) -> None:
    slack, carol = here.slack, here.coordinator
    async with slack.cairn.database.writing() as connection:
        workspace = WorkspaceId(slack.cairn.workspace_id)
        mentor = await people.member_by_slack_id(connection, workspace, SlackUserId(here.mentor))
        assert mentor
        await people.put_members(connection, workspace, [replace(mentor, capacity=6)])
    view = await open_mentor_form(here)

    first = await slack.offered(carol, LED_BY_NOBODY)
    found = await slack.offered(carol, LED_BY_NOBODY, "ward 712")

    assert len(first) == 100
    assert found == [("ward_712", "Ward 712 (1 mentee)")]
    assert await slack.offered(carol, LED_BY_NOBODY, "no such group") == []
    wish = {"group": "ward_712", "mentor": here.mentor, "agreed": ["yes"]}
    await slack.submit(carol, view["id"], wish)
    async with slack.cairn.database.reading() as connection:
        seats = await programmes.seats(
            connection, workspace, here.programme.id, group_id=GroupId("ward_712")
        )
    assert {one.role for one in seats} == {Role.MENTOR, Role.MENTEE}


async def open_mentor_form(here: Running) -> dict[str, Any]:
    """Go from Home to a group of which nobody is a mentor, and on to the form."""
    slack, carol = here.slack, here.coordinator
    assert "*715 groups.*" in await here.home_text(carol, until="groups.*")
    await slack.press(carol, "All groups")
    view = await slack.view(carol)
    [(value, _)] = await slack.offered(carol, BY_NAME, "ward 713")
    await slack.click(carol, BY_NAME, value=value, view_id=view["id"])
    assert "Mentees: Mentee 713" in all_text(await slack.view(carol))
    await slack.press(carol, "Give the group a mentor", modal=True)
    form = await slack.view(carol)
    chosen = next(one for one in form["blocks"] if one["block_id"] == "group")["element"]
    assert chosen["initial_option"]["value"] == value, "the group that was looked at"
    return form


async def test_nobody_but_a_coordinator_is_offered_a_group(here: Running) -> None:
    slack, carol = here.slack, here.coordinator
    await slack.press(carol, "Write or look", tools=True)
    await slack.press(carol, "Write one", modal=True)
    offered = await slack.offered(carol, WRITTEN_TO, "Ward 71")
    assert [label for _, label in offered[:5]] == [f"Ward {at}" for at in (71, *range(710, 714))]

    await take_the_role(here, carol)

    for typed in ("", "Ward 71"):
        assert await slack.offered(carol, WRITTEN_TO, typed) == []
    assert not [text for text in await here.texts(carol) if "coordinator" in text.casefold()][1:]


@pytest.mark.browser
@pytest.mark.parametrize("here", ["over Socket Mode"], indirect=True)
async def test_a_coordinator_finds_a_group_behind_the_hundredth_in_a_browser(here: Running) -> None:
    address = (
        f"{here.slack.url}/client/{here.slack.cairn.workspace_id}/{here.coordinator}/A0SANDBOX"
    )
    async with a_browser() as browser:
        page = await open_page(browser, address)
        await page.get_by_role("button", name="All groups").click()
        groups = page.get_by_role("dialog", name="Groups")
        await groups.get_by_label("Search: options").press_sequentially("ward 712")
        await expect(groups.get_by_role("option", name="Ward 712")).to_be_attached()
        await groups.get_by_label("Find a group", exact=True).select_option("ward_712")
        await groups.get_by_role("button", name="Give the group a mentor").click()

        form = page.get_by_role("dialog", name="A mentor for a group")
        await expect(form.get_by_label("Which group?", exact=True)).to_have_value("ward_712")
        await form.get_by_label("Search: Which group?").press_sequentially("ward 70")
        await expect(form.get_by_role("option", name="Ward 709")).to_be_attached()
        await form.get_by_label("Which group?", exact=True).select_option("ward_709")
        await form.get_by_label("Who is to mentor it?").select_option(here.mentor)
        await form.get_by_label("I asked them, and they agreed").check()
        await form.get_by_role("button", name="Give it to them").click()

        await expect(page.get_by_role("dialog")).to_contain_text("mentors the group from now on")


async def take_the_role(here: Running, who: str) -> None:
    workspace = WorkspaceId(here.slack.cairn.workspace_id)
    async with here.slack.cairn.database.writing() as connection:
        member = await people.member_by_slack_id(connection, workspace, SlackUserId(who))
        assert member
        roles = frozenset({Role.MENTEE})
        await people.put_members(connection, workspace, [replace(member, roles=roles)])


def test_what_is_typed_is_found_in_any_order_and_case_and_beginnings_come_first() -> None:
    choices = [("a", "The Ward of Ann"), ("b", "Ward 7 of Bo"), ("c", "Clinic"), ("d", "Ölwerk")]

    assert [value for value, _ in matching(choices, "ward")] == ["b", "a"]
    assert [value for value, _ in matching(choices, " ANN ward ")] == ["a"]
    assert [value for value, _ in matching(choices, "ölw")] == ["d"]
    assert matching(choices, "") == choices
    assert matching([("x", "n" * 200)], "n") == [("x", "n" * 74 + "…")]


def test_a_short_menu_holds_all_and_a_long_one_looks() -> None:
    few, many = [(str(at), f"Ward {at}") for at in range(100)], [("x", "W")] * 101

    assert menu("a", few, placeholder="A group", chosen="7")["type"] == "static_select"
    assert menu("a", many, placeholder="A group")["type"] == "external_select"
    assert len(whole_menu("a", many, placeholder="A group")["option_groups"]) == 2
