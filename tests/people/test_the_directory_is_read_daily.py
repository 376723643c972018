"""Slack's directory is read every morning, whole, and who does not fit is told by name."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.people import store
from bot.people.directory import begin_daily_reading
from bot.people.model import Member, MemberState
from runtime.demo.cast import Cast, made_up_cast
from tests.support.rosters import import_roster
from tests.support.workspace import SlackWorkspace, all_text, slack_workspace, texts

MONDAY = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Week:
    slack: SlackWorkspace
    cast: Cast

    async def change(self, slack_id: str, **changes: Any) -> None:
        """Change an account while no event tells of it."""
        silent = {"kind": "lose", "on": "user_change"}
        await self.slack.http.post("/_sandbox/faults", json=silent)
        await self.slack.http.post("/_sandbox/user", json={"user": slack_id, **changes})

    async def fail(self, **fault: Any) -> None:
        answer = await self.slack.http.post("/_sandbox/faults", json=fault)
        assert answer.status_code == 200, answer.text

    async def morning(self) -> None:
        await self.slack.advance(days=1)

    async def member(self, slack_id: str) -> Member:
        workspace_id = WorkspaceId(self.slack.cairn.workspace_id)
        async with self.slack.cairn.database.reading() as connection:
            found = await store.member_by_slack_id(connection, workspace_id, SlackUserId(slack_id))
        assert found
        return found


@pytest.fixture
async def week(database_address: str, tmp_path: Path) -> AsyncIterator[Week]:
    cast = made_up_cast(mentors=2, mentees=4)
    async with slack_workspace(
        database_address, tmp_path / "keys", start=MONDAY, cast=cast
    ) as slack:
        cairn, workspace_id = slack.cairn, WorkspaceId(slack.cairn.workspace_id)
        await import_roster(cairn.database, workspace_id, cast.roster, now=MONDAY)
        async with cairn.database.writing() as connection:
            await begin_daily_reading(connection, workspace_id, now=MONDAY)
        yield Week(slack, cast)


async def test_who_left_slack_unnoticed_is_told_by_name_with_what_to_do(week: Week) -> None:
    gone, guest, *_ = week.cast.mentees
    names = {one: name for one, name, *_ in week.cast.people}
    await week.change(gone, deleted=True)
    await week.change(guest, is_restricted=True, is_ultra_restricted=True)

    await week.morning()

    (told,) = await week.slack.messages(user=week.cast.coordinator)
    assert f"1 person in your list has left Slack: {names[gone]}." in told["text"]
    assert f"guest of one channel only: {names[guest]}." in told["text"]
    assert (await week.member(gone)).state is MemberState.DEACTIVATED
    assert names[gone] in all_text(await week.slack.home(week.cast.coordinator))
    await week.slack.press(week.cast.coordinator, "See what to do", message=told)
    assert "guest of several channels" in all_text(await week.slack.view(week.cast.coordinator))

    await week.morning()

    assert len(await week.slack.messages(user=week.cast.coordinator)) == 1


async def test_a_new_name_and_zone_are_followed(week: Week) -> None:
    moved = week.cast.mentors[0]
    await week.change(moved, real_name="Alice Renamed", tz="Asia/Kolkata")

    await week.morning()

    alice = await week.member(moved)
    assert (alice.name, alice.timezone) == ("Alice Renamed", "Asia/Kolkata")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "ratelimit", "on": "users.list", "retry_after_s": 600},
        {"kind": "error", "on": "users.list", "error": "fatal_error"},
        {"kind": "ratelimit", "on": "users.list", "retry_after_s": 600, "skip": 1},
    ],
    ids=["busy", "broken", "busy after the first page"],
)
async def test_by_a_reading_that_fails_nobody_is_changed_and_it_is_tried_again(
    week: Week, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.people.slack_directory.PAGE", 3)
    everybody = (*week.cast.mentors, *week.cast.mentees)
    for one in everybody:
        await week.change(one, deleted=True)
    await week.fail(**fault, count=1)

    await week.slack.go_to(datetime(2026, 9, 8, 5, 1, tzinfo=UTC))
    states = {(await week.member(one)).state for one in everybody}
    await week.slack.advance(minutes=10)

    assert states == {MemberState.ACTIVE}
    assert {(await week.member(one)).state for one in everybody} == {MemberState.DEACTIVATED}


async def test_a_short_pause_that_slack_asks_for_is_kept(
    week: Week, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.people.slack_directory.PAGE", 3)
    await week.change(week.cast.mentees[0], deleted=True)
    await week.fail(kind="ratelimit", on="users.list", retry_after_s=1, count=1, skip=1)

    await week.slack.go_to(datetime(2026, 9, 8, 5, 1, tzinfo=UTC))

    calls = await week.slack.calls("users.list")
    assert [call["answer"]["ok"] for call in calls[:3]] == [True, False, True]
    assert (await week.member(week.cast.mentees[0])).state is MemberState.DEACTIVATED


async def test_five_thousand_people_take_some_pages_only(week: Week) -> None:
    await week.fail(kind="lose", on="team_join")
    many = [{"name": f"p{n}", "id": f"U9{n:05d}", "real_name": f"P {n}"} for n in range(5_000)]
    await week.slack.http.post("/_sandbox/users", json={"users": many})

    await week.morning()

    assert len(await week.slack.calls("users.list")) <= 11
    assert texts(await week.slack.messages(user=week.cast.coordinator)) == []
