"""A member's private addresses: what is behind them, for whom, and for how long."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from icalendar import Calendar

from bot.kernel.ids import WorkspaceId
from bot.people import store as people
from bot.people.model import MemberState
from runtime.process import listening_on_http
from tests.meetings.test_meetings_in_slack import answer_all, fix, offer, planned, record
from tests.support.running_programme import Running, running_programme
from tests.support.workspace import all_text

PUBLIC = "https://cairn.example.org"
Get = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path, public_url=PUBLIC) as running:
        yield running


@pytest.fixture
async def get(here: Running) -> AsyncIterator[Get]:
    """Fetch an address as a calendar program would, from the port that Cairn really listens on."""
    async with (
        listening_on_http(here.slack.cairn, host="127.0.0.1", port=0) as address,
        httpx.AsyncClient(base_url=address) as http,
    ):

        async def fetch(url: str, method: str = "GET", **headers: str) -> httpx.Response:
            assert url.startswith((PUBLIC, "/"))
            return await http.request(method, urlsplit(url).path, headers=headers)

        yield fetch


def events(text: str) -> list[Any]:
    """Read the meetings as a calendar program does."""
    return list(Calendar.from_ical(text).walk("VEVENT"))


async def make(here: Running, user: str, label: str = "Make an address") -> str:
    """Make the address from Home's settings, and read it off the form."""
    await here.slack.close(user)
    await here.slack.press(user, "My calendar", settings=True)
    await here.slack.press(user, label, modal=True)
    shown = all_text(await here.slack.view(user))
    return next(line for line in shown.splitlines() if line.startswith(PUBLIC))


async def test_a_calendar_holds_a_members_own_meetings_and_no_names_or_words(
    here: Running, get: Get
) -> None:
    url = await make(here, here.bob)
    assert events((await get(url)).text) == []
    await offer(here)
    await answer_all(here, here.bob)
    await fix(here)

    answer = await get(url)

    [event] = events(answer.text)
    plan = await planned(here)
    assert event.start == plan.starts_at
    assert event.end - event.start == timedelta(minutes=45)
    assert set(event) == {
        *("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "STATUS"),
    }
    assert "Bob" not in answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, max-age=3600"
    assert (await get(url, **{"If-None-Match": answer.headers["etag"]})).status_code == 304
    assert (await get(url, "HEAD")).content == b""
    assert (await get(url, "POST")).status_code == 404


async def test_a_meeting_that_is_called_off_is_cancelled_in_the_calendar(
    here: Running, get: Get
) -> None:
    url = await make(here, here.dana)
    await offer(here)
    await answer_all(here, here.dana)
    await fix(here)
    [before] = events((await get(url)).text)
    await here.slack.press(here.mentor, "All meetings")
    await here.slack.press(here.mentor, "Call it off", modal=True)

    [after] = events((await get(url)).text)

    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert before["UID"] == after["UID"]
    assert before["SEQUENCE"] < after["SEQUENCE"]


async def test_an_address_ends_when_it_is_renewed_turned_off_or_its_owner_leaves(
    here: Running, get: Get
) -> None:
    first = await make(here, here.bob)
    second = await make(here, here.bob, "Make a new address")
    assert [(await get(one)).status_code for one in (first, second)] == [404, 200]
    await here.slack.close(here.bob)
    await here.slack.press(here.bob, "My calendar", settings=True)
    assert second not in all_text(await here.slack.view(here.bob))
    await here.slack.press(here.bob, "Turn it off", modal=True)
    assert (await get(second)).status_code == 404

    third = await make(here, here.bob)
    database = here.slack.cairn.database
    workspace_id = WorkspaceId(here.slack.cairn.workspace_id)
    async with database.writing() as connection:
        found = await people.members(connection, workspace_id)
        bob = next(one for one in found if one.slack_user_id == here.bob)
        left = replace(bob, state=MemberState.LEFT)
        await people.put_members(connection, workspace_id, [left])
    assert (await get(third)).status_code == 404


async def test_nothing_tells_a_wrong_address_from_one_that_never_was(
    here: Running, get: Get
) -> None:
    path = urlsplit(await make(here, here.bob)).path
    workspace, kind, secret = path.removeprefix("/private/").split("/")
    wrong = [
        f"/private/{workspace}/{kind}/{'A' * 43}",
        f"/private/{workspace}/{kind}/{secret[:-1]}",
        f"/private/{workspace}/mentoring_log/{secret}",
        f"/private/{workspace}/nothing/{secret}",
        f"/private/T0OTHER/{kind}/{secret}",
        f"/private/{workspace}/{kind}/{secret}/",
        f"/private/{workspace}/{kind}/{secret}%00",
        "/private/",
    ]

    answers = [await get(one) for one in wrong]

    assert {(one.status_code, one.text) for one in answers} == {(404, "There is nothing here.")}


async def test_a_mentor_fetches_their_log_within_ten_minutes(here: Running, get: Get) -> None:
    await record(here)
    await here.slack.press(here.mentor, "All meetings")
    await here.slack.press(here.mentor, "My protected time", modal=True)
    shown = all_text(await here.slack.view(here.mentor))
    url = shown[shown.index("<https://") + 1 : shown.index("|Download")]

    answer = await get(url)
    await here.slack.advance(minutes=11)

    head, row = answer.content.decode("utf-8-sig").splitlines()
    assert head == "date,group,minutes,length,how,mentees present"
    assert row.endswith(",,,,2")
    assert "Bob" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert (await get(url)).status_code == 404


async def test_the_database_keeps_no_address_that_works(here: Running, get: Get) -> None:
    secret = urlsplit(await make(here, here.bob)).path.rpartition("/")[2]

    folder = Path(str(here.slack.cairn.database.engine.url.database)).parent
    kept = b"".join(one.read_bytes() for one in folder.glob("cairn.db*"))

    assert secret.encode() not in kept
