"""A coordinator brings people in from Slack, a list or a file, and sees all before it is done."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.people.absence import ON_VACATION
from bot.people.model import Role
from bot.schedule import store as schedule
from handlers.people.roster_source_views import SAMPLE
from runtime.demo.cast import Cast, made_up_cast
from runtime.demo.sandbox import MANIFEST
from tests.support.bringing_in import BringingIn
from tests.support.workbook import xlsx
from tests.support.workspace import all_text, buttons, slack_workspace, texts

MONDAY = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
CAST: Cast = made_up_cast(mentors=2, mentees=4)
CAROL = CAST.coordinator
ALICE, OTTO = CAST.mentors
BOB, DANA, *_ = CAST.mentees
NAMES = {slack_id: name for slack_id, name, *_ in CAST.people}
EMAILS = {slack_id: email for slack_id, _, email, *_ in CAST.people}
ZONES = {slack_id: zone for slack_id, _, _, zone, _ in CAST.people}


@pytest.fixture
async def steps(database_address: str, tmp_path: Path) -> AsyncIterator[BringingIn]:
    """A workspace that Carol has set up, with nobody in it yet."""
    async with slack_workspace(
        database_address, tmp_path / "keys", start=MONDAY, cast=CAST
    ) as slack:
        await slack.press(CAROL, "Set up mentoring")
        yield BringingIn(slack, CAROL)


async def scopes_without(steps: BringingIn, *missing: str) -> None:
    """Take scopes from the app that is installed."""
    manifest = yaml.safe_load(MANIFEST.read_text())
    scopes = manifest["oauth_config"]["scopes"]
    for kind in scopes:
        scopes[kind] = [one for one in scopes[kind] if one not in missing]
    state = await steps.slack.state()
    (app,) = [one for one in state["apps"] if one["name"] == "Cairn"]
    body = {"manifest": manifest, "mode": "socket", "app_id": app["app_id"]}
    answer = await steps.slack.http.post("/_sandbox/app", json=body)
    assert answer.status_code == 200, answer.text


def names_in(members: dict[str, Any]) -> set[str]:
    return set(members)


async def test_people_are_picked_and_get_the_role_and_capacity_that_was_chosen(
    steps: BringingIn,
) -> None:
    shown = await steps.look_at("picked", picked=[ALICE, OTTO], role="mentor", capacity="4")

    assert "*2* new" in all_text(shown)
    assert f"*{NAMES[ALICE]}*: mentor, up to 4 mentees" in all_text(shown)
    assert await steps.member(ALICE) is None

    done = await steps.apply()

    assert "*2* brought in" in all_text(done)
    alice = await steps.member(ALICE)
    assert alice
    assert (set(alice.roles), alice.capacity, alice.timezone) == ({Role.MENTOR}, 4, ZONES[ALICE])
    assert (alice.name, alice.email) == (NAMES[ALICE], EMAILS[ALICE])


async def test_a_second_role_keeps_the_first(steps: BringingIn) -> None:
    await steps.look_at("picked", picked=[BOB], role="mentee")
    await steps.apply()

    shown = await steps.look_at("picked", picked=[BOB], role="peer_mentor", capacity="2")
    assert "roles: mentee → mentee, peer-mentor" in all_text(shown)
    await steps.apply()

    bob = await steps.member(BOB)
    assert bob
    assert (set(bob.roles), bob.capacity) == ({Role.MENTEE, Role.PEER_MENTOR}, 2)


@pytest.mark.parametrize("is_private", [False, True])
async def test_a_channels_members_are_brought_in_without_apps_and_coordinators(
    steps: BringingIn, is_private: bool
) -> None:
    bots = [one["id"] for one in (await steps.slack.state())["users"] if one["is_bot"]]
    body = {"name": "residents", "is_private": is_private, "members": [CAROL, BOB, DANA, *bots]}
    made = (await steps.slack.http.post("/_sandbox/channels", json=body)).json()

    shown = await steps.look_at("channel", channel=made["channel"]["id"], role="mentee")

    assert "*2* new" in all_text(shown)
    assert "Not taken" not in all_text(shown)
    await steps.apply()
    assert names_in(await steps.members()) == {NAMES[one] for one in (CAROL, BOB, DANA)}


async def test_a_private_channel_without_cairn_is_a_sentence(steps: BringingIn) -> None:
    body = {"name": "secret", "is_private": True, "members": [CAROL, BOB]}
    made = (await steps.slack.http.post("/_sandbox/channels", json=body)).json()

    shown = await steps.look_at("channel", channel=made["channel"]["id"], role="mentee")

    assert "Cairn cannot see this channel. Invite Cairn to it" in all_text(shown)
    assert "Try again" in str(buttons(shown))


async def test_a_user_groups_members_are_brought_in(steps: BringingIn) -> None:
    body = {"handle": "residents", "id": "S0RES", "name": "Residents", "users": [BOB, DANA]}
    await steps.slack.http.post("/_sandbox/usergroups", json=body)

    form = await steps.form("group")
    assert "Residents (2)" in str(form)
    shown = await steps.answer({"group": "S0RES", "role": "mentee"})
    await steps.apply()

    assert "*2* new" in all_text(shown)
    assert NAMES[BOB] in await steps.members()


async def test_bare_addresses_are_enough_and_the_role_is_asked_for(steps: BringingIn) -> None:
    asked = await steps.paste(f"{EMAILS[BOB].upper()}\n{EMAILS[DANA]}, nobody@example.org")
    assert "does not say everybody's role" in str(asked)

    shown = await steps.answer({"role": "mentee"})

    assert "*2* new" in all_text(shown)
    assert "*1* not taken" in all_text(shown)
    assert "Line 4: nobody@example.org was not found in Slack" in all_text(shown)
    await steps.apply()
    bob = await steps.member(BOB)
    assert bob
    assert set(bob.roles) == {Role.MENTEE}


async def test_the_sample_in_the_form_can_be_pasted_as_it_is(steps: BringingIn) -> None:
    form = await steps.form("list")
    assert SAMPLE in all_text(form)

    shown = await steps.answer({"pasted": SAMPLE})

    assert "*0* new" in all_text(shown)
    assert "Line 2: Ada Berg was not found in Slack" in all_text(shown)


ROWS = [["Name", "Email", "Role"], ["Bob", EMAILS[BOB], "mentee"], ["A", EMAILS[ALICE], "mentor"]]


async def test_a_workbook_is_read(steps: BringingIn) -> None:
    shown = await steps.hand_in("people.xlsx", xlsx(ROWS))

    assert "*2* new" in all_text(shown)


async def test_of_several_sheets_with_people_one_is_asked_for(steps: BringingIn) -> None:
    asked = await steps.hand_in("people.xlsx", xlsx(ROWS, sheets=("Spring", "Autumn")))
    assert "Which one is it?" in str(asked)

    shown = await steps.answer({"sheet": "1"})

    assert "*2* new" in all_text(shown)


async def test_a_file_that_is_too_large_is_refused_before_it_is_fetched(
    steps: BringingIn,
) -> None:
    await steps.form("list")

    shown = await steps.answer({"file": [{"id": "F1", "name": "x.csv", "size": 100_000_000}]})

    assert "larger than 10 MB" in all_text(shown)
    assert await steps.slack.calls("files.info") == []


async def test_a_column_that_nobody_knows_is_asked_about_and_remembered(
    steps: BringingIn,
) -> None:
    text = f"Who,Reach them,Role\nBob,{EMAILS[BOB]},mentee\nAlice,{EMAILS[ALICE]},mentor\n"
    asked = await steps.paste(text)
    assert "Which column holds the email?" in all_text(asked)
    assert EMAILS[BOB] in str(asked)

    none = {"column0": "left_out", "column1": "left_out", "column2": "role"}
    view = await steps.slack.view(CAROL)
    refused = await steps.slack.submit(CAROL, view["id"], none)
    assert "Say which column holds an email" in str(refused)

    shown = await steps.answer({"column0": "name", "column1": "email", "column2": "role"})
    assert "*2* new" in all_text(shown)

    again = await steps.paste(text)
    assert "*2* new" in all_text(again)


async def test_what_is_wrong_is_said_at_once_by_line_and_column_page_by_page(
    steps: BringingIn,
) -> None:
    head = "email,role,capacity"
    lines = [f"p{n}@example.org,boss,{n}" for n in range(40)]
    shown = await steps.hand_in("list.csv", "\n".join([head, *lines]).encode())

    said = all_text(shown)
    assert "40 things to fix" in said
    assert "Line 2, role" in said
    assert "1 to 25 of 40" in said

    await steps.slack.press(CAROL, "More", modal=True)

    said = await steps.said()
    assert "26 to 40 of 40" in said
    assert "Line 41, role" in said
    assert names_in(await steps.members()) == {NAMES[CAROL]}


async def test_barriers_that_would_change_come_first_and_need_a_tick(steps: BringingIn) -> None:
    text = f"email,role,avoid\n{EMAILS[BOB]},mentee,{EMAILS[ALICE]}\n{EMAILS[ALICE]},mentor,\n"
    await steps.paste(text)
    await steps.apply()
    bob = await steps.member(BOB)
    assert bob
    assert bob.avoid == (ALICE,)

    shown = await steps.paste(text.replace(f"mentee,{EMAILS[ALICE]}", "mentee,-"))
    assert "Who must not be matched changes" in all_text(shown)
    assert f"{NAMES[ALICE]} → nothing" in all_text(shown)
    view = await steps.slack.view(CAROL)
    refused = await steps.slack.submit(CAROL, view["id"], {})
    assert "confirm" in str(refused)
    assert (await steps.member(BOB)) == bob

    await steps.apply(confirm=["yes"])
    changed = await steps.member(BOB)
    assert changed
    assert changed.avoid == ()


async def test_an_import_is_taken_back_within_the_hour_from_home_too(steps: BringingIn) -> None:
    await steps.look_at("picked", picked=[BOB, DANA], role="mentee")
    done = await steps.apply()
    assert "Take the last list back" in str(buttons(done))

    await steps.slack.close(CAROL)
    await steps.slack.press(CAROL, "Take the last list back")

    assert "*2* taken out again" in await steps.said()
    assert names_in(await steps.members()) == {NAMES[CAROL]}
    assert "Take the last list back" not in str(await steps.slack.home(CAROL))


async def test_a_list_that_is_applied_twice_is_imported_once_and_that_is_said(
    steps: BringingIn,
) -> None:
    view = await steps.look_at("picked", picked=[BOB, DANA], role="mentee")
    press = partial(steps.slack.submit, CAROL, view["id"], {})

    await asyncio.gather(press(), press())
    assert "Done" in await steps.said()
    assert "nothing was imported" not in await steps.said()

    await steps.slack.press(CAROL, "Take the last list back")
    assert "*2* taken out again" in await steps.said()


async def test_after_an_hour_it_cannot_be_taken_back(steps: BringingIn) -> None:
    await steps.look_at("picked", picked=[BOB], role="mentee")
    done = await steps.apply()
    await steps.slack.advance(hours=1, minutes=1)

    await steps.slack.click(CAROL, "people.undo", view_id=done["id"])

    assert "an hour has passed" in await steps.said()
    assert NAMES[BOB] in await steps.members()
    assert "Take the last list back" not in str(await steps.slack.home(CAROL))


async def test_who_does_not_fit_is_said_in_the_preview(steps: BringingIn) -> None:
    for slack_id, change in ((BOB, {"deleted": True}), (DANA, {"is_restricted": True})):
        await steps.slack.http.post("/_sandbox/user", json={"user": slack_id, **change})
    bots = [one["id"] for one in (await steps.slack.state())["users"] if one["is_bot"]]

    shown = await steps.look_at("picked", picked=[BOB, DANA, bots[0]], role="mentee")

    said = all_text(shown)
    assert "*1* new" in said
    assert "has left this Slack workspace" in said
    assert "is a bot" in said
    assert f"{NAMES[DANA]} is a guest in Slack" in said


async def test_what_a_missing_scope_takes_away_is_said_with_what_works_without(
    steps: BringingIn,
) -> None:
    await scopes_without(
        steps, "users:read.email", "channels:read", "groups:read", "usergroups:read", "files:read"
    )

    offered = await steps.sources()

    said = all_text(offered)
    assert "lacks the permission `channels:read` or `groups:read`" in said
    assert "lacks the permission `usergroups:read`" in said
    assert "Without the permission `users:read.email`" in said
    assert "Without the permission `files:read`" in said
    labels = [one["text"]["text"] for one in buttons(offered)]
    assert labels == ["Pick people", "From a list or file", "Keep the list in step"]

    form = await steps.form("list")
    assert "Paste the list here" in str(form)
    assert "file_input" not in str(form)
    shown = await steps.answer({"pasted": f"email,role\n{EMAILS[BOB]},mentee"})
    assert "may not see email addresses here" in all_text(shown)

    picked = await steps.look_at("picked", picked=[BOB], role="mentee")
    assert "*1* new" in all_text(picked)


async def test_a_pause_that_slack_asks_for_is_waited_out(steps: BringingIn) -> None:
    fault = {"kind": "ratelimit", "on": "users.list", "retry_after_s": 1, "count": 1}
    await steps.slack.http.post("/_sandbox/faults", json=fault)

    shown = await steps.paste(f"email,role\n{EMAILS[BOB]},mentee")

    assert "*1* new" in all_text(shown)


async def test_when_slack_stays_busy_nothing_is_done_and_that_is_said(steps: BringingIn) -> None:
    fault = {"kind": "ratelimit", "on": "users.list", "retry_after_s": 600, "count": 1}
    await steps.slack.http.post("/_sandbox/faults", json=fault)

    shown = await steps.paste(f"email,role\n{EMAILS[BOB]},mentee")

    assert "Slack is busy" in all_text(shown)
    assert "Try again" in str(buttons(shown))
    assert names_in(await steps.members()) == {NAMES[CAROL]}


async def test_five_thousand_people_are_looked_up_in_pages_and_brought_in(
    steps: BringingIn,
) -> None:
    await steps.slack.http.post("/_sandbox/faults", json={"kind": "lose", "on": "team_join"})
    many = [
        {"name": f"p{n}", "id": f"U9{n:05d}", "real_name": f"P {n}", "email": f"p{n}@example.org"}
        for n in range(5_000)
    ]
    await steps.slack.http.post("/_sandbox/users", json={"users": many})
    lines = [f"P {n},p{n}@example.org,mentee" for n in range(5_000)]

    shown = await steps.hand_in("all.csv", "\n".join(["name,email,role", *lines]).encode())

    assert all(said in all_text(shown) for said in ("*5000* new", "1 to 25 of 5000"))
    assert len(await steps.slack.calls("users.list")) <= 11
    await steps.slack.advance(minutes=1)  # Slack takes twenty such calls a minute
    await steps.apply()
    assert len(await steps.members()) == 5_001


async def test_a_new_coordinator_is_told_what_that_means(steps: BringingIn) -> None:
    await steps.look_at("picked", picked=[ALICE], role="coordinator")
    await steps.apply()
    await steps.slack.advance(hours=1)

    assert "you coordinate mentoring with Cairn" in texts(await steps.slack.messages(user=ALICE))[0]
    assert texts(await steps.slack.messages(user=CAROL)) == []


async def test_a_list_waits_for_an_hour_and_no_longer(steps: BringingIn) -> None:
    await steps.look_at("picked", picked=[BOB], role="mentee")
    await steps.slack.advance(seconds=timedelta(hours=1, minutes=1).total_seconds())

    view = await steps.slack.view(CAROL)
    await steps.slack.submit(CAROL, view["id"], {})

    assert "waited for more than an hour" in str(await steps.slack.views(CAROL))
    assert names_in(await steps.members()) == {NAMES[CAROL]}


async def test_who_is_on_vacation_in_slack_when_brought_in_is_on_a_break(
    steps: BringingIn,
) -> None:
    back_at = MONDAY + timedelta(days=5)
    status = {"status_emoji": ":palm_tree:", "status_expiration": int(back_at.timestamp())}
    await steps.slack.http.post("/_sandbox/user", json={"user": BOB, **status})

    await steps.look_at("picked", picked=[BOB], role="mentee")
    await steps.apply()

    bob, database = await steps.member(BOB), steps.slack.cairn.database
    assert bob
    its = {"subject_id": bob.id, "reason": ON_VACATION}
    async with database.reading() as connection:
        assert await schedule.is_paused(connection, bob.workspace_id, **its)
